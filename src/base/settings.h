/* Typed settings: one table says what a configuration holds, and from it come
   defaults, `--set key=value`, presets, validation, the help text and the
   lines of run.ini.

   A table describes the fields of a plain struct:

       typedef struct freqnet {
           int hop;
           tb_int_list blocks;
           double learning_rate;
           int window; // index into window_names
       } freqnet;

       static const tb_setting rows[] = {
           TB_SETTING_INT(freqnet, hop, "512", 1, 65536, "samples",
                          "Distance between two analysis frames."),
           ...
       };

   Values are given as text everywhere, as a user would type them, so defaults,
   presets and the command line are parsed by the same code. Numbers are read
   and written with a decimal point whatever the locale. */
#ifndef TB_BASE_SETTINGS_H
#define TB_BASE_SETTINGS_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TB_LIST_MAX 32

typedef struct tb_int_list {
    int count;
    int at[TB_LIST_MAX];
} tb_int_list;

typedef struct tb_float_list {
    int count;
    double at[TB_LIST_MAX];
} tb_float_list;

typedef enum tb_setting_type {
    TB_TYPE_INT,    /* int */
    TB_TYPE_INTS,   /* tb_int_list, written 16,8,4 */
    TB_TYPE_FLOAT,  /* double */
    TB_TYPE_FLOATS, /* tb_float_list, written 1,0.75,0.5 */
    TB_TYPE_BOOL,   /* bool: yes or no */
    TB_TYPE_CHOICE, /* int, the index of a name in `choices` */
    TB_TYPE_TEXT,   /* char[size] */
    TB_TYPE_SEED    /* uint64_t */
} tb_setting_type;

typedef struct tb_setting {
    const char *name; /* also after "--set"; - and _ are the same there */
    tb_setting_type type;
    size_t offset, size;        /* of the field */
    const char *standard;       /* the default, as typed */
    double low, high;           /* both included, for every number of a list */
    const char *const *choices; /* ends with null */
    const char *unit;           /* or null */
    const char *help;           /* one line */
} tb_setting;

#define TB_SETTING_ROW(type, s, f, standard, low, high, choices, unit, help)   \
    {                                                                          \
#f, type, offsetof(s, f), sizeof(((s *)0)->f), standard, low, high,    \
            choices, unit, help                                                \
    }
#define TB_SETTING_INT(s, f, standard, low, high, unit, help)                  \
    TB_SETTING_ROW(TB_TYPE_INT, s, f, standard, low, high, NULL, unit, help)
#define TB_SETTING_INTS(s, f, standard, low, high, unit, help)                 \
    TB_SETTING_ROW(TB_TYPE_INTS, s, f, standard, low, high, NULL, unit, help)
#define TB_SETTING_FLOAT(s, f, standard, low, high, unit, help)                \
    TB_SETTING_ROW(TB_TYPE_FLOAT, s, f, standard, low, high, NULL, unit, help)
#define TB_SETTING_FLOATS(s, f, standard, low, high, unit, help)               \
    TB_SETTING_ROW(TB_TYPE_FLOATS, s, f, standard, low, high, NULL, unit, help)
#define TB_SETTING_BOOL(s, f, standard, help)                                  \
    TB_SETTING_ROW(TB_TYPE_BOOL, s, f, standard, 0, 1, NULL, NULL, help)
#define TB_SETTING_CHOICE(s, f, standard, choices, help)                       \
    TB_SETTING_ROW(TB_TYPE_CHOICE, s, f, standard, 0, 0, choices, NULL, help)
#define TB_SETTING_TEXT(s, f, standard, help)                                  \
    TB_SETTING_ROW(TB_TYPE_TEXT, s, f, standard, 0, 0, NULL, NULL, help)
#define TB_SETTING_SEED(s, f, standard, help)                                  \
    TB_SETTING_ROW(TB_TYPE_SEED, s, f, standard, 0, 0, NULL, NULL, help)

/* A named list of overrides, "key=value" each, ending with null.
   "training.batch" is of another table; it is left out where that one is not
   set. */
typedef struct tb_preset {
    const char *name, *help;
    const char *const *overrides;
} tb_preset;

typedef struct tb_settings {
    const char *name; /* "network", "training": heading and run.ini section */
    const tb_setting *rows;
    int count;
    const tb_preset *presets;
    int preset_count;
} tb_settings;

/* A table together with the struct that it fills. A command's settings are an
   array of these; a name that stands in two tables is told apart as
   "training.batch". */
typedef struct tb_settings_part {
    const tb_settings *table;
    void *values;
} tb_settings_part;

/* Gives every field its default. */
void tb_settings_defaults(const tb_settings_part *parts, int count);

/* Sets one field. What cannot be is refused, with the nearest right name or
   value in the error, and changes nothing. A number may carry the setting's
   unit ("512samples"), a k for thousand, and times ms, s or min. */
tb_status tb_settings_set(const tb_settings_part *parts, int count,
                          const char *name, const char *value, tb_error *error);

/* As tb_settings_set for one text "key=value". */
tb_status tb_settings_assign(const tb_settings_part *parts, int count,
                             const char *assignment, tb_error *error);

/* Applies presets in the order of `names` ("v2,causal"). */
tb_status tb_settings_preset(const tb_settings_part *parts, int count,
                             const char *names, tb_error *error);

/* Finds the row called `name`, or null with the nearest names in the error. */
const tb_setting *tb_settings_find(const tb_settings_part *parts, int count,
                                   const char *name, void **values,
                                   tb_error *error);

/* Writes a field as it could be typed (always with a final 0; cut when `size`
   is too small) and returns the length that it needs without the 0. */
size_t tb_setting_text(const tb_setting *setting, const void *values,
                       char *text, size_t size);

/* All fields as lines "key=value", which live as long as the arena; null
   without memory. */
struct tb_arena;
char *tb_settings_lines(struct tb_arena *arena, const tb_settings *table,
                        const void *values);

/* "1 to 65536 samples" or "one of none, lstm, gru"; the same contract. */
size_t tb_setting_range(const tb_setting *setting, char *text, size_t size);

/* Writes the table that `--help` shows, with the values as they stand. */
void tb_settings_help(const tb_settings_part *parts, int count, FILE *to);

/* The one of `count` names nearest to `name` when it is near enough to be what
   was meant, else null. Letter case, - and _ do not count. */
const char *tb_nearest_name(const char *name, const char *const *names,
                            int count);

#endif
