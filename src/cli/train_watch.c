#include "cli/train_watch.h"

#include "base/amounts.h"
#include "cli/say.h"
#include "engine/params.h"
#include "run/standing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- events ---- */

static const char *const event_names[] = {
    "note", "decode", "step", "epoch", "example", "judged", "index", "saved"};

/* Under the names that they have in the log. */
static void say_metrics(tb_json_writer *w, const tb_training_event *e)
{
    char name[80];
    for (int i = 0; i < e->metric_count; i++) {
        snprintf(name, sizeof name, "train_%s", e->metrics[i].name);
        tb_json_put_number(w, name, e->trained[i]);
        if (!e->metrics[i].tested)
            continue;
        snprintf(name, sizeof name, "held_out_%s", e->metrics[i].name);
        tb_json_put_number(w, name, e->tested[i]);
    }
}

static void say_stage_json(tb_json_writer *w, const tb_stage *s)
{
    tb_json_put_integer(w, "epoch", s->epoch);
    tb_json_put_integer(w, "sounds", s->sounds);
    tb_json_put_number(w, "score", s->score);
    tb_json_put_number(w, "real_low", s->real_low);
    tb_json_put_number(w, "real_high", s->real_high);
    tb_json_put_number(w, "quoted", s->quoted);
    tb_json_put_number(w, "longest_quote", s->longest);
    tb_json_put_number(w, "variety", s->variety);
    tb_json_put_flag(w, "copy", s->copy);
    tb_json_put_text(w, "why", s->why[0] ? s->why : NULL);
}

/* Nearest neighbour is what the others are held against. */
static void say_stage(const tb_stage *s)
{
    char words[TB_STAGE_WORDS];
    bool scored = !s->copy && isfinite(s->score);
    tb_stage_words(s, words, sizeof words);
    if (s->epoch > 0)
        printf("  epoch %d, all examples: %s%s\n", s->epoch, words,
               scored ? "  (0: your recordings, 1: noise)" : "");
    else
        printf("  nearest neighbour, from the same prompts: %s\n", words);
}

static void say_json(const tb_training_event *e)
{
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", event_names[e->kind]);
    if (e->text)
        tb_json_put_text(&w, e->kind == TB_EVENT_DECODE ? "file" : "text",
                         e->text);
    if (e->path)
        tb_json_put_text(&w, "path", e->path);
    if (e->stage)
        say_stage_json(&w, e->stage);
    if (e->kind == TB_EVENT_DECODE || e->kind == TB_EVENT_INDEX)
        tb_json_put_number(&w, "done", e->done);
    if (e->kind == TB_EVENT_STEP || e->kind == TB_EVENT_EPOCH) {
        tb_json_put_integer(&w, "epoch", e->epoch);
        tb_json_put_integer(&w, "epochs", e->epochs);
        tb_json_put_integer(&w, "step", e->step);
        tb_json_put_integer(&w, "steps", e->steps);
        tb_json_put_number(&w, "seconds", e->seconds);
        tb_json_put_number(&w, "seconds_left", e->seconds_left);
        say_metrics(&w, e);
        tb_json_put_number(&w, "learned", e->learned);
        tb_json_put_number(&w, "ahead", e->ahead);
        tb_json_put_number(&w, "learning_rate", e->rate);
        tb_json_put_number(&w, "gradient_norm", e->norm);
    }
    tb_json_end_object(&w);
    cli_json_line(&w);
}

static void say_step(const tb_training_event *e, double indexed)
{
    char left[32], of[32] = "", quotes[64] = "";
    tb_time_text(e->seconds_left, left);
    if (indexed > 0 && indexed < 1)
        snprintf(quotes, sizeof quotes,
                 ", getting ready to find quotes: %.0f %%", 100 * indexed);
    if (e->epochs)
        snprintf(of, sizeof of, " of %lld", (long long)e->epochs);
    cli_bar((double)e->step / (double)e->steps,
            left[0] ? "epoch %lld%s, %s left%s" : "epoch %lld%s%s%s",
            (long long)e->epoch, of, left, quotes);
}

static void say_epoch(const tb_training_event *e)
{
    char time[32], standing[160];
    tb_time_text(e->seconds, time);
    if (e->kind == TB_EVENT_SAVED && !e->path)
        return;
    const char *part = e->kind == TB_EVENT_SAVED ? ", not all of it heard" : "";
    if (isfinite(e->learned)) {
        tb_standing_text(e->learned, e->ahead, e->metrics[0].name, e->than,
                         standing, sizeof standing);
        printf("epoch %-4lld %s  (%s%s)\n", (long long)e->epoch, standing, time,
               part);
    } else if (e->metric_count > 0)
        printf("epoch %-4lld %s: %.4g%s%s  (%s%s)\n", (long long)e->epoch,
               e->metrics[0].title,
               isfinite(e->tested[0]) ? e->tested[0] : e->trained[0],
               e->metrics[0].unit ? " " : "",
               e->metrics[0].unit ? e->metrics[0].unit : "", time, part);
}

static void on_event(void *context, const tb_training_event *e)
{
    cli_train_watch *state = context;
    if (state->json) {
        say_json(e);
        return;
    }
    if (e->kind == TB_EVENT_STEP) {
        say_step(e, state->indexed);
        return;
    }
    if (e->kind == TB_EVENT_INDEX) {
        state->indexed = e->done;
        cli_bar(e->done, "getting ready to find quotes");
        return;
    }
    if (e->kind == TB_EVENT_DECODE) {
        cli_bar(e->done, "reading %s", e->text ? e->text : "");
        return;
    }
    cli_bar_clear();
    if (e->kind == TB_EVENT_EPOCH || e->kind == TB_EVENT_SAVED)
        say_epoch(e);
    else if (e->kind == TB_EVENT_EXAMPLE)
        printf("  epoch %lld, %s\n", (long long)e->epoch, e->text);
    else if (e->kind == TB_EVENT_JUDGED)
        say_stage(e->stage);
    else if (e->kind == TB_EVENT_NOTE)
        printf("%s\n", e->text);
    fflush(stdout);
}

static bool on_stop(void *context)
{
    (void)context;
    return cli_is_stopped();
}

tb_training_watch cli_watch_training(cli_train_watch *state)
{
    return (tb_training_watch){
        .event = on_event, .stop = on_stop, .context = state};
}

/* ---- before ---- */

static const char *advice_of(const tb_job *job)
{
    return job->instrument->advice ? job->instrument->advice(job->config)
                                   : NULL;
}

static void say_network(const tb_job *job, int64_t weights, size_t bytes,
                        int threads)
{
    char count[32], memory[32];
    tb_sound_format f = job->instrument->format(job->config);
    tb_count_text((double)weights, count);
    tb_bytes_text((double)bytes, memory);
    printf("Network: %s, %s weights, %s of memory, %d %s, %g kHz %s.\n",
           job->instrument->name, count, memory, threads,
           tb_plural(threads, "thread", "threads"), f.sample_rate / 1000,
           f.channels == 1 ? "mono" : "stereo");
    if (advice_of(job))
        printf("%s\n", advice_of(job));
    if (job->usual[0] && !job->resume)
        printf("%s\n", job->usual);
    if (job->plan[0] && !job->resume)
        printf("%s\n", job->plan);
}

static void say_sounds(const tb_data *d)
{
    char text[TB_HOLDOUT_TEXT];
    tb_corpus_report(d->corpus, stdout);
    printf("%s\n", tb_tracks_chosen(d->tracks[0])->sentence);
    tb_holdout_sentence(&d->holdout, d->corpus, d->format.sample_rate, text,
                        sizeof text);
    printf("%s\n", text);
}

static void say_start_json(const tb_job *job, const tb_training *t)
{
    tb_training_facts facts = tb_training_describe(t);
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "start");
    tb_json_put_text(&w, "run", tb_training_folder(t));
    tb_json_put_text(&w, "network", job->instrument->name);
    tb_json_put_text(&w, "plan", job->plan);
    tb_json_put_integer(&w, "seed", (int64_t)job->settings.seed);
    tb_json_put_integer(&w, "weights", facts.weights);
    tb_json_put_integer(&w, "bytes", (int64_t)facts.bytes);
    tb_json_put_integer(&w, "threads", facts.threads);
    tb_json_put_integer(&w, "batch", facts.batch);
    tb_json_put_integer(&w, "steps", facts.steps);
    tb_json_put_integer(&w, "epochs_done", facts.epoch);
    tb_json_put_integer(&w, "steps_done", facts.step);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

/* Where all is done, the training says so. */
static void say_place(const tb_training_facts *facts)
{
    if (facts->over || (facts->epochs && facts->epoch >= facts->epochs) ||
        (facts->epoch == 0 && facts->step == 0))
        return;
    printf("Going on with epoch %lld", (long long)facts->epoch + 1);
    if (facts->epochs)
        printf(" of %lld", (long long)facts->epochs);
    if (facts->step > 0)
        printf(", after step %lld of %lld", (long long)facts->step,
               (long long)facts->steps);
    printf(".\n");
}

void cli_say_training(const tb_job *job, const tb_training *t, bool json)
{
    if (json) {
        say_start_json(job, t);
        return;
    }
    tb_training_facts facts = tb_training_describe(t);
    cli_bar_clear();
    say_sounds(tb_training_data(t));
    say_network(job, facts.weights, facts.bytes, facts.threads);
    printf("Run: %s, seed %llu. Ctrl-C saves and stops.\n",
           tb_training_folder(t), (unsigned long long)job->settings.seed);
    say_place(&facts);
    fflush(stdout);
}

/* ---- dry run ---- */

static void say_layers(const tb_params *params)
{
    for (int i = 0; i < tb_params_count(params); i++) {
        const tb_parameter *p = tb_params_at(params, i);
        char shape[96] = "";
        size_t used = 0;
        for (int k = 0; k < p->shape.rank && used < sizeof shape; k++)
            used +=
                (size_t)snprintf(shape + used, sizeof shape - used, "%s%lld",
                                 k ? " x " : "", (long long)p->shape.dim[k]);
        printf("  %-36s %-16s %9lld\n", p->name, shape, (long long)p->n);
    }
}

static void say_estimate_json(const tb_job *job, const tb_estimate *e)
{
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "estimate");
    tb_json_put_text(&w, "network", job->instrument->name);
    if (advice_of(job))
        tb_json_put_text(&w, "advice", advice_of(job));
    tb_json_put_text(&w, "plan", job->plan);
    tb_json_put_number(&w, "sound_seconds", e->data.seconds);
    tb_json_put_number(&w, "held_out_seconds", e->data.test_seconds);
    tb_json_put_integer(&w, "weights", e->size.weights);
    tb_json_put_integer(&w, "bytes", (int64_t)e->size.bytes);
    tb_json_put_integer(&w, "threads", e->size.threads);
    tb_json_put_number(&w, "context_ms", 1000 * e->context_seconds);
    tb_json_put_integer(&w, "batch", e->data.batch);
    tb_json_put_integer(&w, "steps", e->data.steps);
    tb_json_put_number(&w, "step_seconds", e->step_seconds);
    tb_json_put_number(&w, "epoch_seconds", e->epoch_seconds);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

/* How many of them there is time for is told by the plan, too; where later
   phases take longer, by the plan alone. */
static void say_duration(const tb_training_settings *s, double epoch_seconds,
                         bool alike)
{
    char one[TB_AMOUNT], all[TB_AMOUNT];
    double whole = epoch_seconds * s->epochs, limit = s->minutes * 60;
    tb_time_text(epoch_seconds, one);
    tb_time_text(whole, all);
    printf("An epoch takes about %s", one);
    if (limit > 0 && alike && (!s->epochs || limit < whole)) {
        tb_time_text(limit, all);
        printf("; in %s there is time for about %.2g", all,
               limit / epoch_seconds);
    } else if (s->epochs > 1 && alike) {
        printf("; %d of them %s", s->epochs, all);
    }
    printf(". ");
}

void cli_say_estimate(const tb_job *job, const tb_estimate *e, bool json)
{
    char time[TB_AMOUNT];
    if (json) {
        say_estimate_json(job, e);
        return;
    }
    tb_corpus_report(e->corpus, stdout);
    printf("%s\n", e->data.sentence);
    tb_time_text(e->data.test_seconds, time);
    if (e->data.test_batch > 0)
        printf("Held out for tests: %s.\n", time);
    say_network(job, e->size.weights, e->size.bytes, e->size.threads);
    printf("It looks back on %.3g ms%s.\n", 1000 * e->context_seconds,
           e->remembers ? " directly, further by what it remembers" : "");
    say_layers(tb_trainer_params(e->trainer));
    say_duration(&job->settings, e->epoch_seconds,
                 tb_trainer_learning(e->trainer)->phase_count == 1);
    printf("Nothing was written.\n");
}
