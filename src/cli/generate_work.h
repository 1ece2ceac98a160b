/* What the parts of timbrel generate share: its options (generate.c), prompts
   (generate_prompts.c) and files (generate_files.c). */
#ifndef TB_CLI_GENERATE_WORK_H
#define TB_CLI_GENERATE_WORK_H

#include "cli/args.h"
#include "cli/chosen.h"
#include "cli/controls.h"
#include "cli/voices.h"

enum { CLI_MOST_VOICES = 128 };

/* All that one call needs. */
typedef struct cli_generating {
    const cli_args *args;
    cli_chosen chosen;
    cli_voices_settings voices;
    cli_prompt *prompts;
    char **paths;
    tb_tags *tags;
    cli_controls controls;
    int file_count;
    double prompt_seconds;
    bool json;
} cli_generating;

/* Prompts that were named, or those from the corpus of the run: all at the
   network's level and as long as the shortest, which is told. */
tb_status cli_generate_load_prompts(cli_generating *w, tb_error *error);

/* As -o says, or after network, epoch, temperature and seed. */
tb_status cli_generate_name_files(cli_generating *w, tb_error *error);

/* Into each file goes all that repeats its sound. */
tb_status cli_generate_tag_files(cli_generating *w, tb_error *error);

#endif
