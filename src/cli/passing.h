/* Commands that send files through a method of a model, one by one, each into
   a file of its own: transfer, encode and decode. */
#ifndef TB_CLI_PASSING_H
#define TB_CLI_PASSING_H

#include "cli/args.h"

#include <timbrel/model.h>

/* Rows for their tables of options. */
#define CLI_PASSING_OPTIONS                                                    \
    {"attribute", "NAME=VALUE", NULL,                                          \
     "Turns something of the model first: 'a=0.5', 'a=1,0'."},                 \
        {"as-stored", NULL, NULL,                                              \
         "A .ts begins with what it remembers of its exporter's sound, as in " \
         "other hosts, not as after silence."},                                \
        {"seed", "S", NULL,                                                    \
         "Repeats what is drawn by chance; random if not given."},             \
        {"rate", "HZ", NULL, "The model's, if it does not say its own."},      \
        {"no-noise", NULL, NULL, "What a .ts draws by chance is zero."},       \
        {"half", NULL, NULL, "Weights in 16 bits: faster, hardly other."},     \
        {"threads", "N", NULL, "So many processors [all]."},                   \
    {                                                                          \
        "force", NULL, NULL, "Overwrites what is there."                       \
    }

typedef struct cli_passing {
    const cli_args *args;
    tb_model *model;
    tb_voices_settings voices; /* method, weights, chance, threads */
    double rate;               /* Hz, of models that say none; 0: not given */
    const char *out;
    bool replace;
    char **paths; /* those that go through */
    int count, room;
    bool (*takes)(const char *path); /* of the files in folders; null: all */
    const char *half_of; /* method, of which voices are one half: attributes of
                            the other half are left out; null: they are whole */
} cli_passing;

/* Reads MODEL FILE... -o OUT and the options, and opens the model. `takes` is
   set before. Closed also after a failure. */
tb_status cli_passing_open(cli_passing *passing, const cli_args *args,
                           const char *method, tb_error *error);
void cli_passing_close(cli_passing *passing);

/* Voices for the method, their attributes set. */
tb_voices *cli_passing_voices(const cli_passing *passing, int voices,
                              tb_error *error);

/* Samples that go through them at a time: long enough that weights are read
   few times, and a multiple of `grain`. */
int64_t cli_passing_block(int64_t grain);

typedef tb_status (*cli_pass)(void *context, const char *from, const char *to,
                              tb_error *error);

/* Each file: to OUT itself for a single one, else to OUT/NAME.extension. */
tb_status cli_passing_each(const cli_passing *passing, const char *extension,
                           cli_pass pass, void *context, tb_error *error);

/* The exit code for what came of it. */
int cli_passing_code(tb_status status, const tb_error *error);

#endif
