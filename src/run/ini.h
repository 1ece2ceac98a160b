/* Files of settings that people may edit: sections of `name = value` lines, as
   every ini reader knows them. Values may hold anything: a line break, a tab, a
   semicolon and a backslash are written \n, \t, \; and \\, a space at either
   end \s; a value that is too long for one line goes on in the next one of the
   same name, and then ends with a backslash in the first. */
#ifndef TB_RUN_INI_H
#define TB_RUN_INI_H

#include "base/settings.h"
#include "base/status.h"
#include <stdio.h>

/* ---- writing, to a file of the caller's ---- */

/* "[name]" after an empty line, with a comment below it (null: none). */
void tb_ini_write_section(FILE *to, const char *name, const char *comment);

void tb_ini_write(FILE *to, const char *name, const char *value);

/* A section for each table, each setting with its help and range above it. */
void tb_ini_write_settings(FILE *to, const tb_settings_part *parts, int count);

/* ---- reading ---- */

typedef struct tb_ini tb_ini;

/* Null after a failure, which names the line. The caller frees it. */
tb_ini *tb_ini_read(const char *path, tb_error *error);
void tb_ini_free(tb_ini *ini);

/* The value, or null when there is none; lives as long as `ini`. */
const char *tb_ini_get(const tb_ini *ini, const char *section,
                       const char *name);

/* Lines of a section, continued ones as one. */
int tb_ini_count(const tb_ini *ini, const char *section);

/* Sets what stands in the tables' sections; what does not stand there keeps its
   value, what no table knows is refused. */
tb_status tb_ini_read_settings(const tb_ini *ini, const tb_settings_part *parts,
                               int count, tb_error *error);

#endif
