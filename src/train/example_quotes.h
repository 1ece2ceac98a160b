/* Which recording an example quotes, in words. */
#ifndef TB_TRAIN_EXAMPLE_QUOTES_H
#define TB_TRAIN_EXAMPLE_QUOTES_H

#include "judge/quotes.h"
#include "train/data.h"

typedef struct tb_quote_finder tb_quote_finder;

/* Listens to all that is learned from, which takes a while. */
tb_quote_finder *tb_quote_finder_new(const tb_data *data, tb_error *error);
void tb_quote_finder_free(tb_quote_finder *finder); /* accepts null */

/* "quotes bell.wav, 3.2 s", or empty text. */
tb_status tb_quote_finder_words(const tb_quote_finder *finder,
                                const float *mono, int64_t frames,
                                tb_quotes_report *report, char *text,
                                size_t size, tb_error *error);

#endif
