/* A method's output over the corpus, made once and kept beside the decoded
   sounds: what a feed of TB_FEED_METHOD draws from. */
#ifndef TB_TRAIN_ENCODED_H
#define TB_TRAIN_ENCODED_H

#include "corpus/cache.h"
#include "models/learning.h"

/* A method of a checkpoint over the files of a corpus. Whatever it is made of
   must outlive it. */
typedef struct tb_symbol_encoder tb_symbol_encoder;

tb_symbol_encoder *tb_symbol_encoder_open(const tb_feed *feed,
                                          const tb_cache *sound,
                                          tb_error *error);
void tb_symbol_encoder_close(tb_symbol_encoder *encoder); /* accepts null */

/* [count, numbers of a frame]: what comes next. */
typedef tb_status tb_encoded_sink(void *to, const float *frames, int64_t count,
                                  tb_error *error);

/* All frames of a file, in order; several threads may at once. */
tb_status tb_symbol_encoder_run(const tb_symbol_encoder *encoder, int file,
                                tb_encoded_sink *put, void *to,
                                tb_error *error);

/* Frame j of a file is frame j of the stream of the method over that file, from
   its beginning to its end. Made by all processors, whole or not at all, anew
   where the sounds or the checkpoint are others. `watch` as in tb_cache_open.
 */
tb_cache *tb_encoded_open(const tb_feed *feed, const tb_cache *sound,
                          const tb_corpus *corpus, const tb_cache_watch *watch,
                          tb_error *error);

#endif
