/* Configurations of gin (github.com/google/gin-config) as it writes them
   itself: lines "scope/module.Class.parameter = value", macros "NAME = value",
   values of several lines. Nothing is looked up or run; includes are left out.
   Values are texts, which the questions below understand. */
#ifndef TB_MODELS_GIN_H
#define TB_MODELS_GIN_H

#include "base/arena.h"
#include "base/setting_value.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct tb_gin tb_gin;

/* Of a text of at most 1 MiB, into values that live as long as the arena. Null
   and an error, which names `what`, when it is none. */
tb_gin *tb_gin_read(const char *text, size_t bytes, const char *what,
                    tb_arena *arena, tb_error *error);

/* The value of the last parameter whose name ends so, in any scope
   ("EncoderV2.capacity" of "a/blocks.EncoderV2.capacity"), or of a macro,
   through macros that it names ("%CAPACITY"). Null: there is none, or None. */
const char *tb_gin_find(const tb_gin *gin, const char *name);

/* Whether a value, or what it lists, names this ("@blocks.Snake" Snake). */
bool tb_gin_names(const tb_gin *gin, const char *name, const char *what);

/* The text of 'text'. False: it is another. */
bool tb_gin_is(const tb_gin *gin, const char *name, const char *text);

/* A number; `standard` where there is none. False is 0, True 1. */
double tb_gin_number(const tb_gin *gin, const char *name, double standard);

/* The whole numbers of a list, brackets within it left out; how many there are
   in each inner list goes to `inner` (null: not wanted). False: there is no
   such list, or it is too long. */
bool tb_gin_list(const tb_gin *gin, const char *name, tb_int_list *list,
                 tb_int_list *inner);

#endif
