/* One value of a table of settings, read from text. */
#ifndef TB_BASE_SETTING_VALUE_H
#define TB_BASE_SETTING_VALUE_H

#include "base/settings.h"

/* Reads `text` into the field of `values` that `setting` describes; a field
   whose text is refused keeps its value. */
tb_status tb_setting_parse(const tb_setting *setting, const char *text,
                           void *values, tb_error *error);

/* The number of a text that is nothing but a number, with a decimal point
   whatever the locale. */
bool tb_number_parse(const char *text, const char **end, double *number);

/* Whether `text` [length] is one number with a decimal comma, as "0,5"; then
   `pointed` holds it with a point, as it should be written. */
bool tb_number_has_comma(const char *text, size_t length, char pointed[32]);

/* Refuses a list of reals for `setting` in which a comma may be a decimal one,
   with how to write either. */
tb_status tb_setting_check_commas(const tb_setting *setting, const char *text,
                                  tb_error *error);

/* The shortest text that reads back as `number`, with a decimal point. */
void tb_number_text(double number, char text[32]);

/* At most so many digits of it, up to 17, with a decimal point. */
void tb_number_digits(double number, int digits, char text[32]);

#endif
