/* The recordings of a corpus, decoded once to the rate and channels that a
   network wants, in a file that is mapped into memory: from one second to
   hundreds of hours, without ever holding a whole recording.

   The file lies in $TIMBREL_CACHE, or $XDG_CACHE_HOME/timbrel, or
   ~/.cache/timbrel, named after the content of the recordings and what was done
   to them. Recordings whose size and time have not changed are not read again;
   those that were moved, copied or touched are only hashed; when one has
   changed, the file is made anew and the old one removed. It appears whole or
   not at all. */
#ifndef TB_CORPUS_CACHE_H
#define TB_CORPUS_CACHE_H

#include "base/status.h"
#include "corpus/corpus.h"
#include <stdbool.h>
#include <stdint.h>

#define TB_CACHE_CHANNELS 8 /* the most there may be */

/* How a constant offset is removed. */
typedef enum tb_dc {
    TB_DC_OFF,
    TB_DC_MEAN,    /* the mean of each channel of each file is subtracted */
    TB_DC_HIGHPASS /* (1 - 1/z) / (1 - r/z), r = 0.99 at 16 kHz and the same
                      26 Hz elsewhere, at rest on the first sample */
} tb_dc;

/* What is brought to a peak of -0.5 dBFS (dsp/loudness.h). Silence stays. */
typedef enum tb_normalise {
    TB_NORMALISE_OFF,
    TB_NORMALISE_CORPUS, /* the loudest file: differences between files stay */
    TB_NORMALISE_FILE    /* every file */
} tb_normalise;

/* Names in the order of the values, ending with null, for settings. */
extern const char *const tb_dc_names[];
extern const char *const tb_normalise_names[];

typedef struct tb_cache_settings {
    double sample_rate;
    int channels; /* 1: the mean of a file's; more: mono files are repeated, and
                     of a file with more channels the first are taken */
    bool half;    /* 16-bit integers on the disk, with 6 dB of headroom */
    tb_dc dc;
    tb_normalise normalise;
    int threads; /* that decode; 0: one for each processor. Changes no bit */
} tb_cache_settings;

/* Whom to tell while recordings are decoded. Either function may be null; they
   are called from any thread, one call at a time. */
typedef struct tb_cache_watch {
    /* `done` of all is decoded (0 to 1), `path` is next; false: stop. */
    bool (*progress)(void *context, double done, const char *path);
    /* A sentence about a damaged file, or about all that is silent. */
    void (*note)(void *context, const char *text);
    void *context;
} tb_cache_watch;

typedef struct tb_cache tb_cache;

/* Opens what is there or decodes. `watch` may be null. Null after a failure:
   TB_ERR_FILE when the folder cannot be written or the disk is full,
   TB_ERR_STOPPED when the watch said so. Keeps no pointer to `corpus`. */
tb_cache *tb_cache_open(const tb_corpus *corpus,
                        const tb_cache_settings *settings,
                        const tb_cache_watch *watch, tb_error *error);

void tb_cache_close(tb_cache *cache);

/* ---- what is made of it ---- */

typedef struct tb_derived_file tb_derived_file;

/* Numbers that something (an encoder) makes of the sound of each file. */
typedef struct tb_derivation {
    uint64_t key;        /* whoever has it makes the same numbers */
    int channels;        /* numbers in a frame, any number of them */
    int64_t frames, per; /* so many frames of them for so many of sound */
    /* Gives the numbers of a file, in order, to tb_derived_put; called from
       several threads. */
    tb_status (*make)(void *context, int file, tb_derived_file *to,
                      tb_error *error);
    void *context;
} tb_derivation;

/* For `make`: [count, channels]. TB_ERR_STOPPED when the watch said so. */
tb_status tb_derived_put(tb_derived_file *to, const float *frames,
                         int64_t count, tb_error *error);

/* The same numbers as a cache of their own, which lies beside that of the sound
   and is made where it is not there, or not whole. `corpus` is that of
   `sound`; as tb_cache_open in all else. */
tb_cache *tb_cache_derive(const tb_cache *sound, const tb_corpus *corpus,
                          const tb_derivation *how, const tb_cache_watch *watch,
                          tb_error *error);

/* From here on: safe from several threads at once. File i is file i of the
   corpus. */

/* Writes `frames` frames of file `file` from `start` on, offset removed and
   normalised: `out` [frames, channels]. Silence where the file has no frames,
   before 0 and after its end. */
void tb_cache_read(const tb_cache *cache, int file, int64_t start,
                   int64_t frames, float *out);

int tb_cache_files(const tb_cache *cache);
int tb_cache_channels(const tb_cache *cache);
double tb_cache_sample_rate(const tb_cache *cache);
int64_t tb_cache_frames(const tb_cache *cache, int file);
int64_t tb_cache_total_frames(const tb_cache *cache);

/* The hash of the bytes of the recording, and what its samples are multiplied
   by. */
uint64_t tb_cache_hash(const tb_cache *cache, int file);
float tb_cache_gain(const tb_cache *cache, int file);

/* Where the decoded sounds lie, and whether they were there already. */
const char *tb_cache_path(const tb_cache *cache);
bool tb_cache_was_there(const tb_cache *cache);

#endif
