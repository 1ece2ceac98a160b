#include "models/rave_budget.h"

#include "models/rave_targets.h"

/* Measured by bench/rave-budget with raspberry: ten minutes of music for small
   orchestra heard 8 times (1400 steps of two windows of 65536, the first phase
   alone), one seed. Distances are those of 44 s that were held out, by means of
   latents; information is that of all 128 latents, in nats; the last column is
   by how many dB means play softer than drawn latents.

     divergence 0.1, as of version 1 and raspberry     32.1     2   10
     0.01                                              28.2     9    6
     0.001                                             25.5    39    1
     from 1e-6 to 0.01 in 1400 steps                   26.3    27    1
     from 1e-6 to 0.1 in 20000 steps, of which 1400    26.1   340    0
     8 windows of 131072, from 1e-6 to 0.001
       in 2000 steps, of which 170                     28.3

   With 0.1 latents have collapsed: their means differ by 0.06 between moments
   and are drawn with deviations of 0.97, so that the decoder learns to hear
   noise. So what draws latents together is small and waits, and steps are small
   and many.

   An hour of two cores (31 minutes for orchestra, 64,000 such steps of the
   first phase): with 0.001 latents go on losing what they tell. Of 44 s that
   were held out, by means and by drawn latents, and twice the nats of a moment:

     epoch  24   18.8  18.9   5500        epoch  72   17.9  17.6   110
            48   17.3  17.4    620               88   19.3  17.7    52
            64   17.5  17.5    180              103   20.2  17.7    47

   Below some 170 the decoder hears noise where latents say nothing, and means
   play duller and softer than it has learned. A bit that each of 128 latents
   may keep leaves 177; seven epochs more from epoch 61 on stayed at 253 with
   it, and went on falling without. The row of a night lies between that of an
   hour and presets; it is not measured.

   Of networks that crop what they compare, v2's 750 of the 4096 frames of a
   window of 65536 are left, of 131072 4846 of 8192: these take one of those. */
typedef struct budget_row {
    double hours; /* of sound that is heard, at most */
    const char *const *variational, *const *other;
} budget_row;

#define SHORT "training.batch=2", "training.window=65536"
#define LONG "training.batch=1", "training.window=131072"
#define HOUR                                                                   \
    "divergence_start=1e-6", "divergence=0.001", "divergence_steps=5000",      \
        "free_bits=1", NULL
#define NIGHT                                                                  \
    "divergence_start=1e-6", "divergence=0.01", "divergence_steps=50000",      \
        "free_bits=1", NULL

static const char *const short_hour[] = {SHORT, HOUR};
static const char *const short_night[] = {SHORT, NIGHT};
static const char *const short_steps[] = {SHORT, NULL};
static const char *const long_hour[] = {LONG, HOUR};
static const char *const long_night[] = {LONG, NIGHT};
static const char *const long_steps[] = {LONG, NULL};

/* An hour of one core, raspberry; a night of two. Beyond that all is as presets
   say. */
static const budget_row rows[] = {{40, short_hour, short_steps},
                                  {300, short_night, short_steps}};
static const budget_row cropped[] = {{40, long_hour, long_steps},
                                     {300, long_night, long_steps}};

enum { ROWS = sizeof rows / sizeof *rows };

const char *const *tb_rave_budget(const void *config, double hours)
{
    const tb_rave *c = config;
    const budget_row *row = tb_rave_crops(c) ? cropped : rows;
    for (int i = 0; i < ROWS; i++, row++)
        if (hours <= row->hours)
            return c->latent_kind == TB_RAVE_VARIATIONAL ? row->variational
                                                         : row->other;
    return NULL;
}
