/* What a value of JSON is, for the files that read it. */
#ifndef TB_BASE_JSON_VALUE_H
#define TB_BASE_JSON_VALUE_H

#include "base/json.h"

typedef enum tb_json_kind {
    TB_JSON_NULL,
    TB_JSON_FLAG,
    TB_JSON_NUMBER,
    TB_JSON_TEXT,
    TB_JSON_ARRAY,
    TB_JSON_OBJECT
} tb_json_kind;

struct tb_json {
    tb_json_kind kind;
    bool flag;
    bool is_whole; /* then `integer` holds all digits of the number */
    double number; /* finite */
    int64_t integer;
    const char *text; /* of text */
    const char *name; /* of what stands in an object */
    tb_json *first, *next;
};

#endif
