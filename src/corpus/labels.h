/* Labels: stretches of a recording with names, as Audacity's label tracks write
   them: a line of text for each, "start<tab>end<tab>name", in seconds.

   Labels lie beside their recording and are found by its name: those of
   bell.wav are in bell.txt, bell.slices.txt, bell.segments.txt and
   bell.clusters.txt, as many as there are. */
#ifndef TB_CORPUS_LABELS_H
#define TB_CORPUS_LABELS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_sound_label {
    double start, end; /* seconds; equal: a point, which reaches to the next
                          label, or to the end */
    char *name;        /* may be empty */
} tb_sound_label;

/* All zero bytes are no labels. */
typedef struct tb_labels {
    tb_sound_label *at; /* by their starts, once they are read */
    int count, room;
} tb_labels;

void tb_labels_clear(tb_labels *labels);

tb_status tb_labels_add(tb_labels *labels, double start, double end,
                        const char *name, tb_error *error);

/* By their starts, those that begin together by their ends. */
void tb_labels_sort(tb_labels *labels);

/* Adds those of a label file's text. Lines that begin with a backslash (the
   frequencies of a label) and empty ones are passed over, a decimal comma is
   read as a point. What is not a label is refused, with the number of its line;
   `what` names the file in errors. */
tb_status tb_labels_parse(const char *text, size_t bytes, const char *what,
                          tb_labels *labels, tb_error *error);

/* Adds those of the file at `path`. */
tb_status tb_labels_read(const char *path, tb_labels *labels, tb_error *error);

/* Writes a label file, whole or not at all; one that is there is only replaced
   when `replace` says so. Tabs and line ends in names become spaces. */
tb_status tb_labels_write(const char *path, const tb_labels *labels,
                          bool replace, tb_error *error);

/* The label file of a recording: of kind "slices" of a/bell.wav it is
   a/bell.slices.txt, of kind null a/bell.txt; in another folder when that is
   given. Null without memory; the caller frees it with tb_free. */
char *tb_labels_path(const char *recording, const char *folder,
                     const char *kind);

/* Adds all labels that lie beside a recording, of one kind or (null) of every
   kind. None is no error. */
tb_status tb_labels_of(const char *recording, const char *kind,
                       tb_labels *labels, tb_error *error);

/* Adds the listener's own: those of bell.txt. None is no error. */
tb_status tb_labels_own(const char *recording, tb_labels *labels,
                        tb_error *error);

/* Whether the label's name is one of "a,b,c"; blanks around commas do not
   count. */
bool tb_label_is_one_of(const tb_sound_label *label, const char *names);

/* Frames of a recording of `total` frames. */
typedef struct tb_extent {
    int64_t start, frames;
} tb_extent;

/* What label i covers of a recording of `total` frames: at most what there is,
   perhaps nothing. */
tb_extent tb_label_extent(const tb_labels *labels, int i, double sample_rate,
                          int64_t total);

#endif
