#include "models/rave_budget.h"

/* Measured by bench/rave-budget (see there) with raspberry on nine minutes of
   music for small orchestra, of which 44 s were held out; 8 hearings, 70
   minutes of sound heard, all of it in the first phase; distances of held-out
   sound by means of latents, and drawn ones:

     batch 2 x 65536, divergence 0.1 (that of version 1)     32.1  32.1
     the same, 0.01                                          28.2  28.2
     the same, 0.001                                         25.5
     the same, from 1e-6 to 0.1 in 20000 steps               26.1
     batch 8 x 131072, from 1e-6 to 0.001 in 2000 steps      27.2

   With 0.1 latents have collapsed: all 128 together say 2 nats, their means
   differ by 0.06 and are drawn with deviations of 0.97, so that the decoder
   hears noise, and is 10 dB softer where it hears means. With 0.001 no latent
   is left alone. So what draws latents together waits, and steps are small and
   many. */
typedef struct budget_row {
    double hours; /* of sound that is heard, at most */
    const char *const *variational, *const *other;
} budget_row;

#define SMALL_STEPS "training.batch=2", "training.window=65536"

static const char *const hour[] = {SMALL_STEPS, "divergence_start=1e-6",
                                   "divergence=0.001", "divergence_steps=5000",
                                   NULL};
static const char *const night[] = {SMALL_STEPS, "divergence_start=1e-6",
                                    "divergence=0.01",
                                    "divergence_steps=50000", NULL};
static const char *const small_steps[] = {SMALL_STEPS, NULL};

/* From about a million steps on all is as presets say. */
static const budget_row rows[] = {{30, hour, small_steps},
                                  {300, night, small_steps}};

const char *const *tb_rave_budget(const void *config, double hours)
{
    const tb_rave *c = config;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (hours <= rows[i].hours)
            return c->latent_kind == TB_RAVE_VARIATIONAL ? rows[i].variational
                                                         : rows[i].other;
    return NULL;
}
