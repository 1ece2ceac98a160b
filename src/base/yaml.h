/* YAML as programs write their settings: nested mappings and sequences by
   indentation, scalars plain or in quotes, over several lines too, and [] and
   {}. Anchors, tags, blocks of text and filled [] and {} are refused by name.
   Source: yaml.org/spec/1.1, and what PyYAML's emitter makes of it. */
#ifndef TB_BASE_YAML_H
#define TB_BASE_YAML_H

#include "base/json.h"

/* Text that need not end with a zero becomes what JSON would have said: null,
   true, false, numbers and text; .inf and .nan stay text. `what` names it in
   errors. The caller frees `*out`, which is null on failure. */
tb_status tb_yaml_parse(const char *text, size_t bytes, const char *what,
                        tb_json **out, tb_error *error);

#endif
