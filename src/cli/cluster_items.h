/* What `timbrel cluster` sorts: stretches of recordings, each a row of numbers.
 */
#ifndef TB_CLI_CLUSTER_ITEMS_H
#define TB_CLI_CLUSTER_ITEMS_H

#include "cli/prepare.h"

typedef struct cli_item {
    int source;
    int64_t start, end; /* frames */
    bool even;          /* one of equal lengths: may be joined to the next */
} cli_item;

typedef struct cli_items {
    cli_source *sources; /* in the order of the corpus */
    int source_count;
    cli_item *at; /* [count], source by source */
    float *rows;  /* [count, width], standardised */
    int count, room, width;
} cli_items;

/* Hears all recordings and describes their stretches, by --of and --by. To be
   cleared, also after a failure. */
tb_status cli_items_find(cli_prepare *p, cli_items *items, tb_error *error);
void cli_items_clear(cli_items *items);

#endif
