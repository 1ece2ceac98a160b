/* What a run's page tells of its examples, kept in examples/list.json so that a
   resumed training still knows it. */
#ifndef TB_RUN_EXAMPLE_LIST_H
#define TB_RUN_EXAMPLE_LIST_H

#include "base/arena.h"
#include "base/status.h"
#include "run/remade.h"

#include <stdbool.h>

/* An example: all paths are relative to the run's folder. */
typedef struct tb_example {
    int epoch, prompt; /* both from 1; epoch 0: the original of a clip, or what
                          nearest neighbour makes of a prompt */
    double temperature;
    const char *clip; /* `prompt` counts recordings that are made again, and
                         this is its name; null: prompts */
    const char *sound, *picture;     /* picture may be null */
    const char *tag, *quotes, *note; /* null: nothing to say */
    bool unsearched;         /* for quotes, because the index was not ready */
    double prompt_seconds;   /* at its start, which are not judged */
    const tb_remade *remade; /* of a clip; null: not measured */
} tb_example;

/* "prompt 2, temperature 0.7" or the clip's name, which lives in the arena or
   in the example; null without memory. */
const char *tb_example_row(const tb_example *example, tb_arena *arena);

/* Texts live in the arena of the list. */
typedef struct tb_example_list {
    tb_arena *arena;
    tb_example *examples; /* in the order made */
    int count, room;
} tb_example_list;

/* Reads a run's list; without such a file it is empty. The caller clears it,
   also after a failure. */
tb_status tb_example_list_read(const char *folder, tb_example_list *list,
                               tb_error *error);

/* Renames a damaged list, so that a new one can begin: its new name goes to
   `*aside` (null: the list is whole), to be freed with tb_free. */
tb_status tb_example_list_set_aside(const char *folder, char **aside,
                                    tb_error *error);

tb_status tb_example_list_write(const char *folder, const tb_example_list *list,
                                tb_error *error);
void tb_example_list_clear(tb_example_list *list);

/* Copies an example into the list, in place of one of the same epoch, prompt
   and temperature. */
tb_status tb_example_list_add(tb_example_list *list, const tb_example *example,
                              tb_error *error);

/* Of the clips of an epoch, the median of each number; false: none was
   measured. */
bool tb_example_list_remade(const tb_example_list *list, int epoch,
                            tb_remade *median);

/* Example i has been searched: what it quotes, or null. */
tb_status tb_example_list_set_quotes(tb_example_list *list, int i,
                                     const char *quotes, tb_error *error);

#endif
