/* Attributes that were set by a text, for copies of a program that are made
   later. */
#ifndef TB_MODELS_SCRIPT_ATTRIBUTES_H
#define TB_MODELS_SCRIPT_ATTRIBUTES_H

#include "torchscript/script_model.h"

enum { TB_ATTRIBUTE_NAME = 128, TB_ATTRIBUTE_VALUES = 512 };

/* "gain" and "0.5", or "1,0" where it takes several values. */
typedef struct tb_attribute_text {
    char name[TB_ATTRIBUTE_NAME], text[TB_ATTRIBUTE_VALUES];
} tb_attribute_text;

typedef struct tb_attribute_list {
    tb_attribute_text *at;
    int count, room;
} tb_attribute_list;

/* Longer ones are cut off: no model has such. */
tb_attribute_text tb_attribute_text_of(const char *name, const char *text);

/* As tb_script_model_set. */
tb_status tb_attribute_text_set(tb_script_model *model,
                                const tb_attribute_text *attribute,
                                tb_error *error);

/* In the place of what it was set to before. TB_ERR_MEMORY: nothing changed. */
tb_status tb_attribute_list_put(tb_attribute_list *list,
                                const tb_attribute_text *attribute,
                                tb_error *error);

/* What it was set to; null: it was not. Good until something is put or cleared.
 */
const char *tb_attribute_list_get(const tb_attribute_list *list,
                                  const char *name);
void tb_attribute_list_clear(tb_attribute_list *list);

#endif
