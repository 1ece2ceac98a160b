#include "train/budget_state.h"

#include "base/amounts.h"
#include "train/estimate.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- the plan ---- */

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
    if (size >= 0 && tb_budget_is_whole(job, &sizes[size], chosen))
        say(to, "%s, ", sizes[size].name);
    say(to, "windows of %d samples on %d %s, ", s->window, s->batch,
        tb_plural(s->batch, "track", "tracks"));
    say_rate(to, s);
}

/* What the next size would need. */
static void say_more(sentence *to, const tb_job *job, const tb_chosen *chosen,
                     const tb_outlook *o, int size)
{
    char time[TB_AMOUNT];
    const tb_network_size *sizes = job->instrument->sizes;
    if (size < 0 || !sizes[size + 1].name || o->epoch_seconds <= 0 ||
        !tb_budget_is_whole(job, &sizes[size + 1], chosen))
        return;
    const tb_network_size *next = &sizes[size + 1];
    double hearings = next->wants / o->material;
    double epoch = o->epoch_seconds * next->cost / sizes[size].cost;
    if (hearings > TB_BUDGET_HEARINGS) {
        say(to, " For %s this is too little sound.", next->name);
        return;
    }
    tb_time_text(100 * hearings * epoch / TB_BUDGET_FOR_LEARNING, time);
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

void tb_budget_tell(tb_job *job, const tb_chosen *chosen, const tb_outlook *o,
                    int size, bool ends)
{
    const tb_training_settings *s = &job->settings;
    sentence to = {job->plan, sizeof job->plan, 0};
    if (s->minutes > 0)
        say(&to, "%.4g %s: ", s->minutes,
            s->minutes == 1 ? "minute" : "minutes");
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
    if (o->sustained)
        say(&to, " It learns fades and ways out of silence, since this is "
                 "mostly sustained sound.");
    if (ends)
        say(&to, " It ends after %d: more would be learned by heart.",
            s->epochs);
    say_more(&to, job, chosen, o, size);
}

/* ---- the usual time ---- */

tb_status tb_budget_tell_usual(tb_job *job, const tb_training_settings *preset,
                               const tb_outlook *o, tb_error *error)
{
    char time[TB_AMOUNT];
    tb_learning l;
    double seconds = o->step_seconds;
    const tb_training_settings *s = &job->settings;
    double larger =
        (double)preset->batch * preset->window / ((double)s->batch * s->window);
    tb_status status = tb_job_learning(job, &l, error);
    if (status)
        return status;
    double steps = tb_usual_steps(&l, 0);
    if (steps > 0 && seconds <= 0)
        status = tb_estimate_step(job, &seconds, error);
    if (steps > 0 && !status) {
        tb_time_text(steps * seconds * larger, time);
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
