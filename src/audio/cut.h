/* A part of a sound file as a user types it: "bell.wav@3.5s+1s". */
#ifndef TB_AUDIO_CUT_H
#define TB_AUDIO_CUT_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct tb_cut {
    char path[4096];
    double start_seconds;
    double length_seconds; /* 0: to the end */
} tb_cut;

/* "name@start+length", where "@start" or "+length" may be missing. Times are
   "3.5s", "250ms", "1:30" (minutes and seconds) or "1:02:30". The last '@'
   counts, and a name that exists as it stands is a whole file, whatever is in
   it. Does not look whether the part exists. */
tb_status tb_cut_parse(const char *text, tb_cut *cut, tb_error *error);

/* Reads one such time, all of `text` [length]; false when it is none. */
bool tb_parse_seconds(const char *text, size_t length, double *seconds);

#endif
