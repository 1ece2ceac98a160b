/* Labels as a condition: what any network can learn of the names that parts of
   its recordings have, and what moves between them while it plays.

   A network that learns labels has a setting `labels` (names, "A,B"; empty: it
   learns none), names it in tb_network.labels, and adds vectors of the labels
   where it likes. */
#ifndef TB_MODELS_LABEL_CONDITION_H
#define TB_MODELS_LABEL_CONDITION_H

#include "models/instrument.h"

enum { TB_MOST_LABELS = 16, TB_LABEL_NAMES = 512 };

/* A row of settings for a field char labels[TB_LABEL_NAMES]. */
#define TB_LABELS_ROW(type)                                                    \
    TB_SETTING_TEXT(type, labels, "",                                          \
                    "Labels that it learns to follow; auto: all there are.")

/* Refuses more than TB_MOST_LABELS. */
tb_status tb_labels_check(const char *names, tb_error *error);

/* Real [rows, labels + 1, frames] in learning: 1 for the label of a frame, the
   first for none. Each frame is of `period` frames of the first feed, of whose
   labels the first counts; its first `heard` frames, which are only heard, are
   left out. In voices [rows, labels + 1, 1], by controls "label_A" that may lie
   between labels: what they sum up to is 1, and none where all are 0. Null
   where there are no names. */
tb_value *tb_label_condition(tb_builder *b, const char *names, int64_t period,
                             int64_t heard);

/* A vector of each label, by the layer `name`: [rows, frames, n] of what
   tb_label_condition gives. */
tb_value *tb_label_vectors(tb_value *label, const char *name, int64_t n);

/* x [rows, frames, n] with a vector of the frame's label added, by the layer
   `name`; the rest as for tb_label_condition. x itself where there are no
   names. */
tb_value *tb_add_labels(tb_builder *b, tb_value *x, const char *name,
                        const char *names, int64_t period, int64_t heard);

#endif
