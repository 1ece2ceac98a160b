#include "train/budget_state.h"

#include "base/memory.h"
#include "train/choose.h"

#include <string.h>

/* Measured on 9.4 minutes of orchestral music at 16 kHz with SampleRNN, one
   seed, bits per held-out sample against processor seconds on one core:

     one rate of 0.003 for five minutes                        5.24
     a cosine to 2 % over the same five minutes                5.01
     128 units, head of 64, windows of 512 on 16 tracks,
       cosine, 7 epochs in 219 s                               4.93
     the same with a head of 128 that sees 16 samples,
       5 epochs in 236 s                                       4.91
     the same on 8 tracks at 0.002, 5 epochs in 247 s          4.87
     256 units, rate 0.002, cosine, 2 epochs in 170 s          5.19
     256 units, rate 0.002, cosine, 9 epochs (15 minutes
       on two cores)                                           4.77

   So rates always fall; what is small learns more from little, and 256 units
   are worth their time from about eight hearings of these recordings on. */

/* Steps below which fewer tracks, and so more steps, learn more than steps over
   many, and those of a network that soon learns by heart (FrameRNN: scores of
   loops and hits after 360 steps on 16 tracks 0.40 and 0.32, after 720 on 8
   tracks 0.52 and 0.48; of syllables after 240 steps 0.40 and 0.31, after 480
   0.33 and 0.34); and the fewest tracks that are left. */
enum { FEW_STEPS = 1500, FEW_BY_HEART = 200, FEWEST_TRACKS = 4 };

int tb_budget_size(const tb_network_size *sizes, double hours, bool timed,
                   double material)
{
    int best = 0;
    for (int i = 0; sizes[i].name; i++) {
        double heard = timed ? hours / sizes[i].cost : hours;
        double most = TB_BUDGET_HEARINGS * material;
        if ((heard < most ? heard : most) >= sizes[i].wants)
            best = i;
    }
    return best;
}

/* ---- the size ---- */

/* What suits sounds that sustain does hits and voices harm. */
static tb_status listen(const tb_job *job, const tb_chosen *chosen,
                        tb_outlook *o, tb_error *error)
{
    tb_sound_kind kind;
    const tb_network_size *sizes = job->instrument->sizes;
    if (!sizes || !sizes->sustained || chosen->size || o->coarse ||
        tb_budget_is_chosen(chosen, "output"))
        return TB_OK;
    tb_status status = tb_sound_kind_hear((const char *const *)job->paths,
                                          job->path_count, &kind, error);
    o->sustained = !status && tb_sound_kind_sustains(&kind);
    return status;
}

static tb_status take_size(tb_job *job, const tb_network_size *size,
                           const tb_chosen *chosen, const tb_outlook *o,
                           tb_error *error)
{
    tb_status status = tb_budget_take(job, size->overrides, chosen, error);
    if (!status && o->sustained)
        status = tb_budget_take(job, size->sustained, chosen, error);
    return status;
}

/* Down from the size that the first one's speed promises, until one keeps what
   was promised: machines are not alike in what their caches hold. */
static tb_status choose_timed(tb_job *job, const tb_network_size *sizes,
                              const tb_chosen *chosen, tb_outlook *o, int *size,
                              tb_error *error)
{
    tb_status status = take_size(job, &sizes[0], chosen, o, error);
    if (!status)
        status = tb_budget_look(job, o, error);
    if (status)
        return status;
    *size = tb_budget_size(sizes, o->epochs * o->material, true, o->material);
    for (int i = *size; i > 0; i = --*size) {
        status = take_size(job, &sizes[i], chosen, o, error);
        if (!status)
            status = tb_budget_look(job, o, error);
        if (!status && o->epochs * o->material >= 0.8 * sizes[i].wants)
            return TB_OK;
        if (status && status != TB_ERR_MEMORY)
            return status;
    }
    status = take_size(job, &sizes[0], chosen, o, error);
    return status ? status : tb_budget_look(job, o, error);
}

static tb_status choose_size(tb_job *job, const tb_chosen *chosen,
                             tb_outlook *o, int *size, tb_error *error)
{
    const tb_network_size *sizes = job->instrument->sizes;
    *size = -1;
    bool timed = job->settings.minutes > 0;
    if (!sizes || chosen->size)
        return timed ? tb_budget_look(job, o, error)
                     : tb_budget_look_at_sounds(job, o, error);
    if (timed)
        return choose_timed(job, sizes, chosen, o, size, error);
    tb_status status = tb_budget_look_at_sounds(job, o, error);
    if (status)
        return status;
    *size = tb_budget_size(sizes, o->epochs * o->material, false, o->material);
    return take_size(job, &sizes[*size], chosen, o, error);
}

/* ---- budgets ---- */

/* What an instrument says of short trainings, as it is tried. */
typedef struct short_plan {
    tb_training_settings settings; /* as presets have them ... */
    void *config;                  /* ... and the network's; or null */
    const char *const *taken;      /* of tb_instrument's budget; or null */
} short_plan;

static tb_status take_short(tb_job *job, const tb_chosen *chosen, short_plan *p,
                            double hours, tb_error *error)
{
    p->taken = job->instrument->budget(p->config, hours);
    return p->taken ? tb_budget_take(job, p->taken, chosen, error) : TB_OK;
}

/* Before the speed of anything is measured: the shortest, which takes the least
   time and memory. What has no end is nothing short. */
static tb_status begin_short(tb_job *job, const tb_chosen *chosen,
                             short_plan *p, tb_error *error)
{
    const tb_training_settings *s = &job->settings;
    size_t size = job->instrument->config_size;
    *p = (short_plan){.settings = *s};
    if (!job->instrument->budget || (s->minutes <= 0 && s->epochs <= 0))
        return TB_OK;
    p->config = tb_alloc(size);
    if (!p->config)
        return tb_fail_memory(error);
    memcpy(p->config, job->config, size);
    return take_short(job, chosen, p, 0, error);
}

/* What suits as much sound as will be heard. */
static tb_status choose_short(tb_job *job, const tb_chosen *chosen,
                              short_plan *p, tb_outlook *o, tb_error *error)
{
    const char *const *before = p->taken;
    double hours = o->epochs * o->material;
    if (!p->config || job->instrument->budget(p->config, hours) == before)
        return TB_OK;
    job->settings = p->settings;
    memcpy(job->config, p->config, job->instrument->config_size);
    tb_status status = take_short(job, chosen, p, hours, error);
    return status || job->settings.minutes <= 0 ? status
                                                : tb_budget_look(job, o, error);
}

/* ---- what else ---- */

static bool has_text(tb_settings_part *part, const char *name)
{
    char text[2] = "";
    void *values;
    const tb_setting *row = tb_settings_find(part, 1, name, &values, NULL);
    return row && tb_setting_text(row, values, text, sizeof text) > 0;
}

/* Tones of 80 and 400 Hz in turn, each with its label: networks that say levels
   follow at once when they are asked; those that say 16-bit sound do not, after
   30 epochs or 120, because the past alone tells them how a clean tone goes on.
   (With noise 22 dB below the tones they follow within two seconds.) */
static tb_status choose_output(tb_job *job, const tb_chosen *chosen,
                               tb_outlook *o, tb_error *error)
{
    tb_settings_part part = {job->instrument->settings, job->config};
    void *values;
    char is[16] = "";
    const tb_setting *row = tb_settings_find(&part, 1, "output", &values, NULL);
    if (!row || chosen->size || *job->settings.from ||
        tb_budget_is_chosen(chosen, "output") || !has_text(&part, "labels"))
        return TB_OK;
    tb_setting_text(row, values, is, sizeof is);
    o->coarse = strcmp(is, "levels") != 0;
    return tb_settings_set(&part, 1, "output", "levels", error);
}

static bool has_few_steps(const tb_job *job, const tb_outlook *o, int size)
{
    int most = size < 0 ? 0 : job->instrument->sizes[size].most;
    double epochs = most && o->epochs > most ? most : o->epochs;
    return epochs * (double)o->steps < (most ? FEW_BY_HEART : FEW_STEPS);
}

/* More steps where there would be few. */
static tb_status choose_tracks(tb_job *job, const tb_chosen *chosen,
                               tb_outlook *o, int size, tb_error *error)
{
    tb_training_settings *s = &job->settings;
    tb_status status = TB_OK;
    if (s->minutes <= 0 || chosen->size || tb_budget_is_chosen(chosen, "batch"))
        return TB_OK;
    while (!status && o->epochs > 0 && s->batch >= 2 * FEWEST_TRACKS &&
           has_few_steps(job, o, size)) {
        s->batch /= 2;
        status = tb_budget_look(job, o, error);
    }
    return status;
}

/* What has time for more than it can use ends before it learns by heart. */
static bool choose_end(tb_job *job, const tb_chosen *chosen,
                       const tb_outlook *o, int size)
{
    tb_training_settings *s = &job->settings;
    int most = size < 0 ? 0 : job->instrument->sizes[size].most;
    if (!most || s->minutes <= 0 || o->epochs <= most ||
        tb_budget_is_chosen(chosen, "epochs"))
        return false;
    s->epochs = most;
    return true;
}

/* Rates fall towards an end where there is one, and where there is none, when
   that helps, whatever a preset says. */
static void choose_schedule(tb_training_settings *s)
{
    if (s->minutes <= 0 && s->epochs <= 0)
        s->schedule = s->schedule == TB_SCHEDULE_CONSTANT ? TB_SCHEDULE_CONSTANT
                                                          : TB_SCHEDULE_PLATEAU;
    else if (s->schedule == TB_SCHEDULE_PLATEAU)
        s->schedule = TB_SCHEDULE_COSINE;
}

tb_status tb_budget_plan(tb_job *job, const tb_chosen *chosen, tb_error *error)
{
    tb_outlook o = {0};
    short_plan brief = {.config = NULL};
    int size;
    tb_training_settings *s = &job->settings;
    if (!tb_budget_is_chosen(chosen, "schedule"))
        choose_schedule(s);
    tb_status status = choose_output(job, chosen, &o, error);
    if (!status)
        status = listen(job, chosen, &o, error);
    if (!status)
        status = begin_short(job, chosen, &brief, error);
    if (!status)
        status = choose_size(job, chosen, &o, &size, error);
    if (!status)
        status = choose_short(job, chosen, &brief, &o, error);
    if (!status)
        status = tb_budget_tell_usual(job, &brief.settings, &o, error);
    if (!status)
        status = choose_tracks(job, chosen, &o, size, error);
    if (!status)
        tb_budget_tell(job, chosen, &o, size,
                       choose_end(job, chosen, &o, size));
    tb_free(brief.config);
    return status;
}
