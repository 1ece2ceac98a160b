/* JSON (RFC 8259): a strict reader, typed access with errors that name the key,
   and a writer for headers and for the lines of --json. */
#ifndef TB_BASE_JSON_H
#define TB_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* ---- reading ---- */

/* A value; objects and arrays own the values in them. */
typedef struct tb_json tb_json;

/* Parses text that need not end with a zero; a name that an object has twice is
   an error. `what` names it in errors, which tell the line and the byte. The
   caller frees `*out`, which is null on failure. */
tb_status tb_json_parse(const char *text, size_t bytes, const char *what,
                        tb_json **out, tb_error *error);

/* Accepts null. */
void tb_json_free(tb_json *json);

bool tb_json_is_object(const tb_json *json);
bool tb_json_is_array(const tb_json *json);
bool tb_json_is_null(const tb_json *json);

/* The member with this very name, or null. */
const tb_json *tb_json_find(const tb_json *object, const char *key);

/* For walking through an object or array: null at the end. The name of what
   stands in an array is null. */
const tb_json *tb_json_first(const tb_json *container);
const tb_json *tb_json_next(const tb_json *item);
const char *tb_json_name(const tb_json *item);

/* The text of a value, owned by it; null when it is none. */
const char *tb_json_as_text(const tb_json *item);

/* Whether a value is a whole number from low to high; if so, stores it. */
bool tb_json_as_integer(const tb_json *item, int64_t low, int64_t high,
                        int64_t *out);

/* The same for any number, and for true and false. */
bool tb_json_as_number(const tb_json *item, double *out);
bool tb_json_as_flag(const tb_json *item, bool *out);

/* Members that must be there and be of this kind. */
tb_status tb_json_text(const tb_json *object, const char *key, const char **out,
                       tb_error *error);
tb_status tb_json_number(const tb_json *object, const char *key, double *out,
                         tb_error *error);
tb_status tb_json_integer(const tb_json *object, const char *key, int64_t low,
                          int64_t high, int64_t *out, tb_error *error);
tb_status tb_json_flag(const tb_json *object, const char *key, bool *out,
                       tb_error *error);
tb_status tb_json_array(const tb_json *object, const char *key,
                        const tb_json **out, tb_error *error);
tb_status tb_json_object(const tb_json *object, const char *key,
                         const tb_json **out, tb_error *error);

/* An array of at most `most` integers. */
tb_status tb_json_integers(const tb_json *object, const char *key, int64_t low,
                           int64_t high, int64_t *out, int most, int *count,
                           tb_error *error);

/* ---- writing ---- */

/* All zero is a writer ready to use. */
typedef struct tb_json_writer {
    char *text; /* null until something is written */
    size_t length, capacity;
    bool failed; /* there was no memory */
} tb_json_writer;

/* Frees the text; the writer can be used again. */
void tb_json_clear(tb_json_writer *w);

/* Begins a new text in the same memory. */
void tb_json_restart(tb_json_writer *w);

/* `key` is null in arrays and for the outermost value. */
void tb_json_begin_object(tb_json_writer *w, const char *key);
void tb_json_end_object(tb_json_writer *w);
void tb_json_begin_array(tb_json_writer *w, const char *key);
void tb_json_end_array(tb_json_writer *w);

/* Bytes that are not UTF-8 become U+FFFD; null text and numbers that are not
   finite become null. */
void tb_json_put_text(tb_json_writer *w, const char *key, const char *text);
void tb_json_put_number(tb_json_writer *w, const char *key, double number);
void tb_json_put_integer(tb_json_writer *w, const char *key, int64_t number);
void tb_json_put_flag(tb_json_writer *w, const char *key, bool flag);

/* The text, owned by the writer, or null when there was no memory. */
const char *tb_json_finish(tb_json_writer *w);

#endif
