/* timbrel train --check: what is wrong with the sounds, and how long learning
   them takes on this machine. */
#include "cli/say.h"
#include "cli/train.h"

#include "base/amounts.h"
#include "corpus/quality.h"
#include "train/estimate.h"

#include <stdio.h>

/* From so little on one gets more than sketches; and what is usual where a
   network does not say. */
static const double FEW_MINUTES = 10;
enum { USUAL_STEPS = 1000000 };

/* ---- the sounds ---- */

static bool show_progress(void *context, double done)
{
    (void)context;
    cli_bar(done, "listening");
    return !cli_is_stopped();
}

static void say_faults(const tb_quality *q)
{
    double silent = q->seconds > 0 ? q->silent_seconds / q->seconds : 0;
    if (q->seconds < FEW_MINUTES * 60)
        printf("That is little: from %g minutes on a network learns a kind of "
               "sound rather than these recordings.\n",
               FEW_MINUTES);
    if (silent > 0.05)
        printf("%.0f %% of it is silence, which will be learned, too: cut it "
               "away if you do not want it (timbrel slice, segment).\n",
               100 * silent);
    if (q->silent_files)
        printf("%d %s nothing else.\n", q->silent_files,
               tb_plural(q->silent_files, "file holds", "files hold"));
    if (q->clipped_files)
        printf("%lld samples are clipped, in %d %s, most of them in %s: what "
               "crackles there will crackle in what is learned.\n",
               (long long)q->clipped, q->clipped_files,
               tb_plural(q->clipped_files, "file", "files"), q->worst);
    if (q->unread_files)
        printf("%d %s not be read to the end.\n", q->unread_files,
               tb_plural(q->unread_files, "file could", "files could"));
}

static void say_rate(const tb_quality *q, double rate)
{
    if (q->lowest_rate > 0 && q->lowest_rate < 0.9 * rate)
        printf("The network speaks at %g kHz, and some recordings have %g kHz: "
               "they say nothing above %g kHz.\n",
               rate / 1000, q->lowest_rate / 1000, q->lowest_rate / 2000);
}

/* ---- the time ---- */

static void say_phases(const tb_estimate *e)
{
    char step[TB_AMOUNT], all[TB_AMOUNT];
    const tb_learning *l = tb_trainer_learning(e->trainer);
    for (int i = 0; i < l->phase_count; i++) {
        double usual = tb_usual_steps(l, i);
        double steps = usual > 0 ? usual : USUAL_STEPS;
        tb_time_text(e->phase_seconds[i], step);
        tb_time_text(steps * e->phase_seconds[i], all);
        printf("A step of the phase %s takes %s; the usual %.0f take %s.\n",
               l->phase[i].name, step, steps, all);
    }
}

static void say_ways_out(const tb_job *job, const tb_learning *l)
{
    const char *advice =
        job->instrument->advice ? job->instrument->advice(job->config) : NULL;
    double share = l->phase_count > 1 ? l->phase[1].share : 0;
    if (advice)
        printf("%s\n", advice);
    printf("Shorter: a smaller --preset; --minutes M, in which rates fall to "
           "their end");
    if (share > 0)
        printf(" and the first phase has %.0f %%", 100 * share);
    printf("; or --from with a network that somebody has trained.\n");
}

/* ---- all of it ---- */

static void say_json(const tb_estimate *e, const tb_quality *q)
{
    tb_json_writer w = {0};
    const tb_learning *l = tb_trainer_learning(e->trainer);
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "check");
    tb_json_put_number(&w, "seconds", q->seconds);
    tb_json_put_number(&w, "silent_seconds", q->silent_seconds);
    tb_json_put_integer(&w, "silent_files", q->silent_files);
    tb_json_put_integer(&w, "clipped", q->clipped);
    tb_json_put_integer(&w, "clipped_files", q->clipped_files);
    tb_json_put_integer(&w, "unread_files", q->unread_files);
    tb_json_put_number(&w, "lowest_rate", q->lowest_rate);
    tb_json_put_number(&w, "highest_rate", q->highest_rate);
    tb_json_begin_object(&w, "step_seconds");
    for (int i = 0; i < l->phase_count; i++)
        tb_json_put_number(&w, l->phase[i].name, e->phase_seconds[i]);
    tb_json_end_object(&w);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

static void say(const tb_job *job, const tb_estimate *e, const tb_quality *q)
{
    const tb_learning *l = tb_trainer_learning(e->trainer);
    char bytes[TB_AMOUNT];
    tb_corpus_report(e->corpus, stdout);
    printf("%s\n", e->data.sentence);
    say_faults(q);
    say_rate(q, job->instrument->format(job->config).sample_rate);
    say_phases(e);
    tb_bytes_text((double)e->size.bytes, bytes);
    printf("It needs %s of memory.\n", bytes);
    say_ways_out(job, l);
    printf("Nothing was written.\n");
}

int cli_train_check(const tb_job *job, bool json)
{
    tb_error error;
    tb_estimate e = {0};
    tb_quality q;
    cli_catch_stop();
    tb_status status = tb_estimate_make(job, &e, &error);
    if (!status)
        status = tb_corpus_quality(e.corpus, show_progress, NULL, &q, &error);
    if (!status)
        status = tb_estimate_phases(job, &e, &error);
    cli_bar_clear();
    int code = status ? cli_complain(&error) : CLI_OK;
    if (!status && json)
        say_json(&e, &q);
    else if (!status)
        say(job, &e, &q);
    tb_estimate_clear(&e);
    return code;
}
