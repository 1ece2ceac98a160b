/* What the two halves of bench_sound share. */
#ifndef TB_BENCH_BENCH_SOUND_H
#define TB_BENCH_BENCH_SOUND_H

#include "base/json.h"
#include "base/status.h"

enum { BENCH_MOST_SOUNDS = 16 };

typedef struct bench_judged_sound {
    char name[64]; /* "1.wav" */
    char tag[32];  /* "standing loop" */
    double quoted; /* share */
} bench_judged_sound;

/* What `timbrel judge --json` has said of the sounds of a cell. */
typedef struct bench_judged {
    bench_judged_sound sound[BENCH_MOST_SOUNDS];
    int count;
    tb_json *line;        /* the last one */
    const tb_json *score; /* the same, or null: it was not reached */
} bench_judged;

/* From judge.jsonl in the folder; the caller clears it. */
tb_status bench_judged_read(const char *cell, bench_judged *judged,
                            tb_error *error);
void bench_judged_clear(bench_judged *judged);

/* FOLDER/MATERIAL/INSTRUMENT/N.wav become FOLDER/index.html. */
tb_status bench_sound_page(const char *folder, const char *minutes,
                           const char *threads, tb_error *error);

#endif
