/* What a network learns from, and what it never hears so that it can be asked
   how well it knows this kind of sound. */
#ifndef TB_CORPUS_HOLDOUT_H
#define TB_CORPUS_HOLDOUT_H

#include "base/status.h"
#include "corpus/corpus.h"
#include <stdint.h>

/* Frames of one file. */
typedef struct tb_region {
    int file;
    int64_t start, frames;
} tb_region;

typedef struct tb_holdout {
    tb_region *training, *held_out; /* in the order of files */
    int training_count, held_out_count;
    int64_t training_frames, held_out_frames;
} tb_holdout;

/* Material shorter than this is all learned from. */
#define TB_HOLDOUT_LEAST_SECONDS 180

/* `frames` are those of `files` files. With `whole_file` >= 0 that file is held
   out, whole. Otherwise the ends of some files, evenly chosen, are: together
   with a guard gap before each, in which nothing is learned or asked, at most
   `fraction` (0 to 0.05) of everything and two minutes, and a fifth of a file.
   Ends last from 8 s down to 1 s, as files allow; files that are shorter still
   are held out whole. Nothing is with a `fraction` of 0, or when everything is
   shorter than TB_HOLDOUT_LEAST_SECONDS. The caller clears `holdout`. */
tb_status tb_holdout_make(const int64_t *frames, int files, double sample_rate,
                          double fraction, int whole_file, tb_holdout *holdout,
                          tb_error *error);

/* Makes `holdout` empty. */
void tb_holdout_clear(tb_holdout *holdout);

/* What is held out, six places at most: "bell.wav 0:08.8 to 0:09.8; 1.0 s in
   all, 4.3 %", or "nothing". Always with a final 0, cut when `size` is too
   small. */
enum { TB_HOLDOUT_TEXT = 2048 };
void tb_holdout_places(const tb_holdout *holdout, const tb_corpus *corpus,
                       double sample_rate, char *text, size_t size);

/* The same as a sentence. */
void tb_holdout_sentence(const tb_holdout *holdout, const tb_corpus *corpus,
                         double sample_rate, char *text, size_t size);

/* The number of the file of the corpus that `path` leads to, or that has this
   name as no other one has it; or -1. */
int tb_corpus_index(const tb_corpus *corpus, const char *path);

#endif
