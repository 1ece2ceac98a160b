/* Which label each frame of a corpus has, for networks that learn labels as a
   condition. Labels are numbered from 1 in the order of their names; 0 is none.
   Where several cover a frame the one that began last counts. */
#ifndef TB_CORPUS_LABEL_MAP_H
#define TB_CORPUS_LABEL_MAP_H

#include "corpus/corpus.h"

#include <stdbool.h>

typedef struct tb_label_map tb_label_map;

/* Labels called as one of `names` ("A,B") that lie beside the recordings
   (corpus/labels.h). frames: [corpus->count], of each file at `sample_rate`. It
   is an error when none is there. */
tb_label_map *tb_label_map_new(const tb_corpus *corpus, const char *names,
                               const int64_t *frames, double sample_rate,
                               tb_error *error);
void tb_label_map_free(tb_label_map *map); /* accepts null */

/* The label of a frame of a file. */
int tb_label_map_at(const tb_label_map *map, int file, int64_t frame);

/* Of label `label` (0: of none): frames, and stretches; what two cover counts
   for both. */
int64_t tb_label_map_frames(const tb_label_map *map, int label);
int tb_label_map_stretches(const tb_label_map *map, int label);

/* A hash of all that it says. */
uint64_t tb_label_map_hash(const tb_label_map *map);

/* All names of labels beside the recordings, "A,B" in the order of bytes. An
   error where there are none, more than `most`, or one with a comma. */
tb_status tb_label_names_all(const tb_corpus *corpus, int most, char *names,
                             size_t size, tb_error *error);

#endif
