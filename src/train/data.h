/* What a training hears: the recordings found, decoded, divided into what is
   learned from and what is held out, and cut into tracks. */
#ifndef TB_TRAIN_DATA_H
#define TB_TRAIN_DATA_H

#include "corpus/cache.h"
#include "corpus/corpus.h"
#include "corpus/holdout.h"
#include "corpus/tracks.h"
#include "judge/yardstick.h"
#include "models/instrument.h"
#include "models/known_level.h"
#include "train/training_settings.h"

typedef struct tb_data {
    tb_corpus *corpus;
    tb_cache *cache;
    tb_holdout holdout;
    int feeds;
    tb_cache *encoded[TB_MOST_FEEDS];      /* what METHOD draws from; or null */
    tb_tracks *tracks[TB_MOST_FEEDS];      /* what is learned from; of LABELS:
                                              null, the first's know them */
    tb_tracks *test_tracks[TB_MOST_FEEDS]; /* what is held out; null: nothing */
    tb_label_map *labels;                  /* of the first feed; or null */
    uint64_t heard; /* a hash of what labels chose, and of themselves */
    tb_yard yard;   /* of the first metric */
    tb_sound_format format;
    tb_known_level level; /* that a network hears it at */
} tb_data;

/* Tracks for each feed of a learning program, and what its first metric is held
   against. The caller clears `data`, also after a failure. */
tb_status tb_data_open(const char *const *paths, int count,
                       const tb_training_settings *settings,
                       const tb_sound_format *format,
                       const tb_learning *learning, const tb_cache_watch *watch,
                       tb_data *data, tb_error *error);
void tb_data_clear(tb_data *data);

/* From the decoded sound; of a large corpus, parts at even distances. For
   tb_data_open. The caller clears it. */
tb_status tb_data_measure_level(const tb_data *data, tb_known_level *known,
                                tb_error *error);

/* All tracks (or all of what is held out) at one place. */
tb_status tb_data_seek(const tb_data *data, bool test, tb_tracks_place place,
                       tb_error *error);

/* "A 12 s in 3 stretches, B 5.1 s in 1; 3 s have no label": of the first feed.
 */
void tb_data_say_labels(const tb_data *data, const char *names, char *text,
                        size_t size);

/* What can be known before anything is decoded: lengths as files tell them. */
typedef struct tb_data_estimate {
    double seconds;            /* of everything */
    double test_seconds;       /* of those, held out */
    int batch, test_batch;     /* tracks; test_batch 0: nothing is held out */
    int64_t steps, test_steps; /* per epoch */
    char sentence[200];        /* about the tracks */
} tb_data_estimate;

tb_status tb_data_expect(const tb_corpus *corpus,
                         const tb_training_settings *settings,
                         const tb_sound_format *format,
                         const tb_learning *learning,
                         tb_data_estimate *estimate, tb_error *error);

/* The settings of a feed's tracks: `test` for what is held out. */
tb_tracks_settings tb_data_tracks(const tb_training_settings *settings,
                                  double sample_rate,
                                  const tb_learning *learning, int feed,
                                  bool test);

#endif
