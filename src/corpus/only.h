/* A corpus of which only labelled stretches are heard. */
#ifndef TB_CORPUS_ONLY_H
#define TB_CORPUS_ONLY_H

#include "corpus/corpus.h"
#include "corpus/holdout.h"

/* Takes everything out of what is learned from and of what is held out that no
   label named in `names` ("a,b") covers; labels lie beside the recordings
   (corpus/labels.h). `frames` are those of the corpus's files at `sample_rate`.
   Where labels overlap their stretches are heard once. It is an error when
   nothing to learn from is left, which names labels that there are. */
tb_status tb_holdout_only(tb_holdout *holdout, const tb_corpus *corpus,
                          const int64_t *frames, double sample_rate,
                          const char *names, tb_error *error);

#endif
