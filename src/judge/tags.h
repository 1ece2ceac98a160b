/* What became of a generated sound, named neutrally: silence, standing loops
   and noise are material too. */
#ifndef TB_JUDGE_TAGS_H
#define TB_JUDGE_TAGS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum tb_tag {
    TB_TAG_MOVING = 0, /* everything that is not one of the others */
    TB_TAG_SILENT,     /* below -60 dBFS, a constant included */
    TB_TAG_LOOP,       /* at its end the same cycle over and over, or what goes
                          nowhere: a tone, a chord, a drone */
    TB_TAG_NOISE,      /* unstructured, and no change but chance or a level that
                          wavers a little */
    TB_TAG_FULL        /* much of it lies at full scale, whatever else it is: it
                          ran against the ends of what a sample can be */
} tb_tag;

/* The tag and the numbers that it stands on. Those that a decision did not
   need are NaN. */
typedef struct tb_tag_report {
    tb_tag tag;
    double level_db;       /* root mean square without what is below 20 Hz */
    double silent_share;   /* of the sound's length, at its end */
    double full_share;     /* of its samples, in rows at full scale */
    double cycle_seconds;  /* of the loop; 0: a steady sound of no one cycle */
    double loop_share;     /* of the sound's length, at its end, that stands */
    double loop_agreement; /* how exactly one cycle equals the next, 0 to 1 */
    double flatness;       /* of the long-term spectrum within third octaves,
                              0 (tones) to 1 (noise) */
    double change;         /* movement of the MFCC over time against that of
                              Gaussian noise with the same long-term spectrum:
                              1 means no more than chance */
    double drift_db;       /* how far its quarter seconds lie apart in what is
                              heard of their spectra, */
    double flutter_db;     /* and its sixteenths of a second */
    double sameness;       /* likeness of the spectrum of each second to that
                              of the whole, 0 to 1 */
} tb_tag_report;

/* Listens to n mono samples (the continuation without its prompt). Sounds
   shorter than half a second are only silent, at full level or moving. */
tb_status tb_tag_sound(const float *mono, int64_t n, double sample_rate,
                       tb_tag_report *report, tb_error *error);

/* "moving", "silent", "standing loop", "noise", "at full level" */
const char *tb_tag_name(tb_tag tag);

/* The tag with its most telling number, as "standing loop, cycle 0.31 s" or
   "at full level for 40 % of it". */
void tb_tag_words(const tb_tag_report *report, char *text, size_t size);

#endif
