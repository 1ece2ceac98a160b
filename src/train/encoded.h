/* A method's output over the corpus, made once and kept beside the decoded
   sounds: what a feed of TB_FEED_METHOD draws from. */
#ifndef TB_TRAIN_ENCODED_H
#define TB_TRAIN_ENCODED_H

#include "corpus/cache.h"
#include "models/learning.h"

/* Frame j of a file is frame j of the stream of the method over that file, from
   its beginning to its end. Made by all processors, whole or not at all, anew
   where the sounds or the checkpoint are others. `watch` as in tb_cache_open.
 */
tb_cache *tb_encoded_open(const tb_feed *feed, const tb_cache *sound,
                          const tb_corpus *corpus, const tb_cache_watch *watch,
                          tb_error *error);

#endif
