/* Which recordings an example quotes, in words. All that is learned from is
   listened to in the background first. */
#ifndef TB_TRAIN_EXAMPLE_QUOTES_H
#define TB_TRAIN_EXAMPLE_QUOTES_H

#include "judge/quotes.h"
#include "run/example_list.h"
#include "train/data.h"

/* One thread at a time. */
typedef struct tb_quote_finder tb_quote_finder;

/* Begins to listen. `data` must outlive it; `max_bytes` as in tb_quotes_new.
   Null after a failure: TB_ERR_ARGUMENT at a rate that is too low to judge. */
tb_quote_finder *tb_quote_finder_new(const tb_data *data, size_t max_bytes,
                                     tb_error *error);

/* Stops listening, within a moment. Accepts null. */
void tb_quote_finder_free(tb_quote_finder *finder);

/* How much it has heard, 0 to 1. */
double tb_quote_finder_done(const tb_quote_finder *finder);

/* Whether it has heard all, so that what follows may be called; or why it never
   will. */
tb_status tb_quote_finder_check(tb_quote_finder *finder, bool *ready,
                                tb_error *error);

/* The finished index; it stays the finder's. */
tb_quotes *tb_quote_finder_index(const tb_quote_finder *finder);

/* The share of what it has heard that it knows, 0 to 1. */
double tb_quote_finder_coverage(const tb_quote_finder *finder);

/* Searches example i of the list of the run in `folder` and enters what it
   quotes: "quotes bell.wav, 3.2 s", with the share that was searched unless all
   was. The sound is read from its file, whenever it was made, so that the same
   run always tells the same. */
tb_status tb_quote_finder_search(const tb_quote_finder *finder,
                                 const char *folder, tb_example_list *list,
                                 int i, tb_quotes_report *report,
                                 tb_error *error);

#endif
