#include "train/budget.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "train/estimate.h"

#include <stdarg.h>
#include <stdio.h>
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

/* An open-ended training is planned as one that hears everything so often:
   about then it stops getting better by itself. */
enum { OPEN_HEARINGS = 10 };

/* Steps below which fewer tracks, and so more steps, learn more than steps over
   many, and those of a network that soon learns by heart (FrameRNN: scores of
   loops and hits after 360 steps on 16 tracks 0.40 and 0.32, after 720 on 8
   tracks 0.52 and 0.48; of syllables after 240 steps 0.40 and 0.31, after 480
   0.33 and 0.34); and the fewest tracks that are left. */
enum { FEW_STEPS = 1500, FEW_BY_HEART = 200, FEWEST_TRACKS = 4 };

/* Of the time, what examples and tests leave. */
static const double FOR_LEARNING = 0.85;

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

/* ---- settings ---- */

/* The name of a setting, without its table. */
static const char *bare(const char *name)
{
    const char *point = strchr(name, '.');
    const char *equals = strchr(name, '=');
    return point && (!equals || point < equals) ? point + 1 : name;
}

static bool is_same_name(const char *a, const char *b)
{
    for (a = bare(a), b = bare(b);; a++, b++) {
        char x = *a == '-' ? '_' : *a, y = *b == '-' ? '_' : *b;
        bool over = x == 0 || x == '=';
        if (over || x != y)
            return over && (y == 0 || y == '=');
    }
}

static bool is_chosen(const tb_chosen *chosen, const char *name)
{
    for (int i = 0; i < chosen->count; i++)
        if (is_same_name(chosen->names[i], name))
            return true;
    return false;
}

/* Whether a setting is one of the network. */
static bool is_of_network(const char *setting)
{
    return strncmp(setting, "training.", 9) != 0;
}

/* What nobody chose, of a list of settings that ends with null: all of them, or
   those of training alone. */
static tb_status take_settings(tb_job *job, const char *const *list, bool all,
                               const tb_chosen *chosen, tb_error *error)
{
    tb_settings_part parts[TB_JOB_PARTS];
    tb_status status = TB_OK;
    tb_job_parts(job, parts);
    for (; *list && !status; list++)
        if ((all || !is_of_network(*list)) && !is_chosen(chosen, *list))
            status = tb_settings_assign(parts, TB_JOB_PARTS, *list, error);
    return status;
}

static tb_status take_size(tb_job *job, const tb_network_size *size,
                           const tb_chosen *chosen, tb_error *error)
{
    return take_settings(job, size->overrides, true, chosen, error);
}

/* Whether a size is what it is called. */
static bool is_whole(const tb_network_size *size, const tb_chosen *chosen)
{
    for (const char *const *o = size->overrides; *o; o++)
        if (is_of_network(*o) && is_chosen(chosen, *o))
            return false;
    return true;
}

/* ---- how much is heard ---- */

typedef struct outlook {
    double material;      /* hours that are learned from */
    double epoch_seconds; /* 0: not measured */
    double epochs;        /* in the budget; 0: nobody knows */
    int64_t steps;        /* of an epoch */
    double step_seconds;  /* likewise */
    bool slow;            /* the second phase takes longer than measured */
    bool coarse;          /* levels, because of labels */
} outlook;

/* Of a step, above which those of later phases are not measured. */
static const double SLOW_STEP = 2;

static double budget_seconds(const tb_job *job)
{
    return job->settings.minutes * 60 * FOR_LEARNING;
}

/* The second phase has its share of the time; its steps take longer. */
static tb_status expect_epochs(const tb_job *job, tb_estimate *e, outlook *o,
                               tb_error *error)
{
    const tb_learning *l = tb_trainer_learning(e->trainer);
    double seconds = budget_seconds(job);
    double share = l->phase_count > 1 ? l->phase[1].share : 0;
    tb_status status = TB_OK;
    o->epochs = e->epoch_seconds > 0 ? seconds / e->epoch_seconds : 0;
    o->slow = share > 0 && e->step_seconds > SLOW_STEP;
    if (share <= 0 || seconds <= 0 || o->slow)
        return TB_OK;
    status = tb_estimate_phases(job, e, error);
    double later =
        e->epoch_seconds +
        (double)e->data.steps * (e->phase_seconds[1] - e->step_seconds);
    if (!status && later > 0)
        o->epochs = share * o->epochs + (1 - share) * seconds / later;
    return status;
}

static tb_status look(const tb_job *job, outlook *o, tb_error *error)
{
    tb_estimate e;
    tb_status status = tb_estimate_make(job, &e, error);
    if (!status) {
        o->material = (e.data.seconds - e.data.test_seconds) / 3600;
        o->epoch_seconds = e.epoch_seconds;
        o->step_seconds = e.step_seconds;
        o->steps = e.data.steps;
        status = expect_epochs(job, &e, o, error);
    }
    tb_estimate_clear(&e);
    return status;
}

/* What the headers of the files tell, without a clock. */
static tb_status look_at_sounds(const tb_job *job, outlook *o, tb_error *error)
{
    tb_corpus *corpus;
    const tb_training_settings *s = &job->settings;
    tb_status status = tb_corpus_find((const char *const *)job->paths,
                                      job->path_count, &corpus, error);
    o->epochs = s->epochs > 0 ? s->epochs : OPEN_HEARINGS;
    for (int i = 0; !status && i < corpus->count; i++)
        o->material += tb_corpus_file_seconds(&corpus->files[i]) / 3600;
    if (!status)
        tb_corpus_free(corpus);
    return status;
}

/* ---- choosing ---- */

/* Down from the size that the first one's speed promises, until one keeps what
   was promised: machines are not alike in what their caches hold. */
static tb_status choose_timed(tb_job *job, const tb_network_size *sizes,
                              const tb_chosen *chosen, outlook *o, int *size,
                              tb_error *error)
{
    tb_status status = take_size(job, &sizes[0], chosen, error);
    if (!status)
        status = look(job, o, error);
    if (status)
        return status;
    *size = tb_budget_size(sizes, o->epochs * o->material, true, o->material);
    for (int i = *size; i > 0; i = --*size) {
        status = take_size(job, &sizes[i], chosen, error);
        if (!status)
            status = look(job, o, error);
        if (!status && o->epochs * o->material >= 0.8 * sizes[i].wants)
            return TB_OK;
        if (status && status != TB_ERR_MEMORY)
            return status;
    }
    status = take_size(job, &sizes[0], chosen, error);
    return status ? status : look(job, o, error);
}

static tb_status choose_size(tb_job *job, const tb_chosen *chosen, outlook *o,
                             int *size, tb_error *error)
{
    const tb_network_size *sizes = job->instrument->sizes;
    *size = -1;
    bool timed = job->settings.minutes > 0;
    if (!sizes || chosen->size)
        return timed ? look(job, o, error) : look_at_sounds(job, o, error);
    if (timed)
        return choose_timed(job, sizes, chosen, o, size, error);
    tb_status status = look_at_sounds(job, o, error);
    if (status)
        return status;
    *size = tb_budget_size(sizes, o->epochs * o->material, false, o->material);
    return take_size(job, &sizes[*size], chosen, error);
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
    return p->taken ? take_settings(job, p->taken, !*job->settings.from, chosen,
                                    error)
                    : TB_OK;
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
                              short_plan *p, outlook *o, tb_error *error)
{
    const char *const *before = p->taken;
    double hours = o->epochs * o->material;
    if (!p->config || job->instrument->budget(p->config, hours) == before)
        return TB_OK;
    job->settings = p->settings;
    memcpy(job->config, p->config, job->instrument->config_size);
    tb_status status = take_short(job, chosen, p, hours, error);
    return status || job->settings.minutes <= 0 ? status : look(job, o, error);
}

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
static tb_status choose_output(tb_job *job, const tb_chosen *chosen, outlook *o,
                               tb_error *error)
{
    tb_settings_part part = {job->instrument->settings, job->config};
    void *values;
    char is[16] = "";
    const tb_setting *row = tb_settings_find(&part, 1, "output", &values, NULL);
    if (!row || chosen->size || is_chosen(chosen, "output") ||
        !has_text(&part, "labels"))
        return TB_OK;
    tb_setting_text(row, values, is, sizeof is);
    o->coarse = strcmp(is, "levels") != 0;
    return tb_settings_set(&part, 1, "output", "levels", error);
}

static bool has_few_steps(const tb_job *job, const outlook *o, int size)
{
    int most = size < 0 ? 0 : job->instrument->sizes[size].most;
    double epochs = most && o->epochs > most ? most : o->epochs;
    return epochs * (double)o->steps < (most ? FEW_BY_HEART : FEW_STEPS);
}

/* More steps where there would be few. */
static tb_status choose_tracks(tb_job *job, const tb_chosen *chosen, outlook *o,
                               int size, tb_error *error)
{
    tb_training_settings *s = &job->settings;
    tb_status status = TB_OK;
    if (s->minutes <= 0 || chosen->size || is_chosen(chosen, "batch"))
        return TB_OK;
    while (!status && o->epochs > 0 && s->batch >= 2 * FEWEST_TRACKS &&
           has_few_steps(job, o, size)) {
        s->batch /= 2;
        status = look(job, o, error);
    }
    return status;
}

/* What has time for more than it can use ends before it learns by heart. */
static bool choose_end(tb_job *job, const tb_chosen *chosen, const outlook *o,
                       int size)
{
    tb_training_settings *s = &job->settings;
    int most = size < 0 ? 0 : job->instrument->sizes[size].most;
    if (!most || s->minutes <= 0 || o->epochs <= most ||
        is_chosen(chosen, "epochs"))
        return false;
    s->epochs = most;
    return true;
}

/* ---- telling ---- */

typedef struct sentence {
    char *text;
    size_t size, used;
} sentence;

static void __attribute__((format(printf, 2, 3)))
say(sentence *s, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(s->text + s->used, s->size - s->used, format, list);
    va_end(list);
    s->used += n > 0 ? (size_t)n : 0;
    if (s->used >= s->size)
        s->used = s->size - 1;
}

static void say_rate(sentence *to, const tb_training_settings *s)
{
    say(to, "rate %.3g", s->learning_rate);
    if (s->schedule == TB_SCHEDULE_PLATEAU)
        say(to, ", which falls when that helps");
    else if (s->schedule == TB_SCHEDULE_LINEAR ||
             s->schedule == TB_SCHEDULE_COSINE)
        say(to, " falling to %.3g %%", 100 * s->final_rate);
}

static void say_size(sentence *to, const tb_job *job, const tb_chosen *chosen,
                     int size)
{
    const tb_training_settings *s = &job->settings;
    const tb_network_size *sizes = job->instrument->sizes;
    if (size >= 0 && is_whole(&sizes[size], chosen))
        say(to, "%s, ", sizes[size].name);
    say(to, "windows of %d samples on %d %s, ", s->window, s->batch,
        tb_plural(s->batch, "track", "tracks"));
    say_rate(to, s);
}

/* What the next size would need. */
static void say_more(sentence *to, const tb_job *job, const tb_chosen *chosen,
                     const outlook *o, int size)
{
    char time[TB_AMOUNT];
    const tb_network_size *sizes = job->instrument->sizes;
    if (size < 0 || !sizes[size + 1].name || o->epoch_seconds <= 0 ||
        !is_whole(&sizes[size + 1], chosen))
        return;
    const tb_network_size *next = &sizes[size + 1];
    double hearings = next->wants / o->material;
    double epoch = o->epoch_seconds * next->cost / sizes[size].cost;
    if (hearings > TB_BUDGET_HEARINGS) {
        say(to, " For %s this is too little sound.", next->name);
        return;
    }
    tb_time_text(hearings * epoch / FOR_LEARNING, time);
    say(to, " %s would want %s.", next->name, time);
}

/* What is shared between phases. */
static void say_phase(sentence *to, const tb_job *job)
{
    tb_learning l;
    bool ends = job->settings.minutes > 0 || job->settings.epochs > 0;
    if (!ends || tb_job_learning(job, &l, NULL))
        return;
    if (l.phase_count > 1 && l.phase[1].share > 0)
        say(to, " The phase %s begins when %.0f %% of that are over.",
            l.phase[1].name, 100 * l.phase[1].share);
    tb_learning_clear(&l);
}

static void tell(tb_job *job, const tb_chosen *chosen, const outlook *o,
                 int size, bool ends)
{
    const tb_training_settings *s = &job->settings;
    sentence to = {job->plan, sizeof job->plan, 0};
    if (s->minutes > 0)
        say(&to, "%.4g minutes: ", s->minutes);
    else if (s->epochs > 0)
        say(&to, "%d %s: ", s->epochs, tb_plural(s->epochs, "epoch", "epochs"));
    else
        say(&to, "For as long as it helps: ");
    say_size(&to, job, chosen, size);
    if (s->minutes > 0)
        say(&to, " - %s %.*f %s", o->slow ? "at most" : "about",
            o->epochs < 9.5, o->epochs,
            o->epochs >= 0.95 && o->epochs < 1.05 ? "epoch" : "epochs");
    say(&to, ".");
    say_phase(&to, job);
    if (o->coarse)
        say(&to, " It speaks in levels, since labels are followed less surely "
                 "in 16-bit sound.");
    if (ends)
        say(&to, " It ends after %d: more would be learned by heart.",
            s->epochs);
    say_more(&to, job, chosen, o, size);
}

/* How long it takes until it is what others call trained, where the first phase
   usually ends by steps, of as much sound as presets have in one. What has too
   little memory for that is told so by others. */
static tb_status tell_usual(tb_job *job, const tb_training_settings *preset,
                            const outlook *o, tb_error *error)
{
    char time[TB_AMOUNT];
    tb_learning l;
    outlook now = *o;
    const tb_training_settings *s = &job->settings;
    double larger =
        (double)preset->batch * preset->window / ((double)s->batch * s->window);
    tb_status status = tb_job_learning(job, &l, error);
    if (status)
        return status;
    double steps = tb_usual_steps(&l, 0);
    if (steps > 0 && now.step_seconds <= 0)
        status = look(job, &now, error);
    if (steps > 0 && !status) {
        tb_time_text(steps * now.step_seconds * larger, time);
        snprintf(job->usual, sizeof job->usual,
                 "The usual %.0f steps of the phase %s would take %s on this "
                 "machine. Sooner: a smaller --preset, --minutes M, in which "
                 "all is planned for that time, --from with a network that "
                 "somebody has trained, or a machine with a graphics card.",
                 steps, l.phase[0].name, time);
    }
    tb_learning_clear(&l);
    return status == TB_ERR_MEMORY ? TB_OK : status;
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
    outlook o = {0};
    short_plan brief = {.config = NULL};
    int size;
    tb_training_settings *s = &job->settings;
    if (!is_chosen(chosen, "schedule"))
        choose_schedule(s);
    tb_status status = choose_output(job, chosen, &o, error);
    if (!status)
        status = begin_short(job, chosen, &brief, error);
    if (!status)
        status = choose_size(job, chosen, &o, &size, error);
    if (!status)
        status = choose_short(job, chosen, &brief, &o, error);
    if (!status)
        status = tell_usual(job, &brief.settings, &o, error);
    if (!status)
        status = choose_tracks(job, chosen, &o, size, error);
    if (!status)
        tell(job, chosen, &o, size, choose_end(job, chosen, &o, size));
    tb_free(brief.config);
    return status;
}
