#include "train/estimate.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "engine/source.h"
#include "train/resume.h"

/* Timed, after one that warms up; slow steps tell enough the first time. */
enum { STEPS = 3, SLOW_SECONDS = 2 };

static tb_status build(const tb_job *job, tb_estimate *e, tb_error *error)
{
    tb_error own;
    error = error ? error : &own;
    const tb_trainer_settings settings =
        tb_job_trainer(job, e->data.batch, e->data.test_batch, 1);
    e->trainer = tb_trainer_new(&settings, error);
    if (!e->trainer)
        return error->status == TB_ERR_MEMORY ? tb_job_fail_memory(job, error)
                                              : error->status;
    e->size = tb_trainer_measure(e->trainer);
    e->size.bytes += tb_resume_bytes(e->trainer); /* a copy that is saved */
    return TB_OK;
}

static tb_status one_step(tb_estimate *e, bool test, const tb_batch *batch,
                          tb_error *error)
{
    tb_step_report report;
    double metric[TB_MOST_METRICS], yard[TB_MOST_METRICS];
    if (test)
        return tb_trainer_test(e->trainer, batch, metric, yard, error);
    tb_status status = tb_trainer_step(e->trainer, batch, &report, error);
    return status ? status : tb_trainer_settle(e->trainer, &report, error);
}

/* Noise in place of sound; for free_noise. */
typedef struct noise_batch {
    tb_batch batch;
    float *frames;
    bool *reset;
} noise_batch;

static tb_status make_noise(noise_batch *b, int rows, int64_t samples,
                            tb_error *error)
{
    *b = (noise_batch){.frames = tb_alloc_array((size_t)rows * (size_t)samples,
                                                sizeof *b->frames),
                       .reset = tb_alloc_array((size_t)rows, sizeof *b->reset)};
    if (!b->frames || !b->reset)
        return tb_fail_memory(error);
    b->batch.reset = b->reset;
    for (int i = 0; i < TB_MOST_FEEDS; i++)
        b->batch.frames[i] = b->frames;
    tb_uniform_row(1, 0, 0, 0, (uint32_t)(rows * samples), b->frames);
    return TB_OK;
}

static void free_noise(noise_batch *b)
{
    tb_free(b->frames);
    tb_free(b->reset);
}

/* The quickest of a few steps, of which the first may measure what hooks of the
   start want. */
static tb_status time_steps(tb_estimate *e, bool test, int64_t samples,
                            double *seconds, tb_error *error)
{
    int rows = test ? e->data.test_batch : e->data.batch;
    noise_batch noise;
    bool measures = !test && tb_trainer_learning(e->trainer)->hook_count > 0;
    tb_status status = make_noise(&noise, rows, samples, error);
    for (int i = 0; i <= STEPS && !status; i++) {
        double start = tb_seconds();
        status = one_step(e, test, &noise.batch, error);
        double took = tb_seconds() - start;
        if (i <= 1 || took < *seconds)
            *seconds = took;
        if (took > SLOW_SECONDS && (i > 0 || !measures))
            break;
    }
    free_noise(&noise);
    return status;
}

/* The longest feed, in samples. */
static int64_t samples_of(const tb_learning *l, int channels)
{
    int64_t most = 0;
    for (int i = 0; i < l->feed_count; i++) {
        const tb_feed *f = &l->feed[i];
        int64_t n = (f->context + f->window) * tb_feed_channels(f, channels);
        most = n > most ? n : most;
    }
    return most;
}

/* Of the context. */
static double seconds_of(const tb_feed *f, double sample_rate)
{
    double ratio = f->kind == TB_FEED_METHOD
                       ? (double)f->symbols.per / (double)f->symbols.frames
                       : 1;
    return (double)f->context * ratio / sample_rate;
}

static bool has_states(const tb_graph *g)
{
    for (const tb_node *n = g ? tb_graph_first(g) : NULL; n; n = n->next)
        if (n->op == &tb_op_state)
            return true;
    return false;
}

static tb_status expect(const tb_job *job, tb_estimate *e, tb_error *error)
{
    tb_learning learning;
    tb_sound_format format = job->instrument->format(job->config);
    tb_status status = tb_job_learning(job, &learning, error);
    if (!status)
        status = tb_data_expect(e->corpus, &job->settings, &format, &learning,
                                &e->data, error);
    if (!status)
        status = build(job, e, error);
    int64_t samples = samples_of(&learning, format.channels);
    e->context_seconds = seconds_of(&learning.feed[0], format.sample_rate);
    e->remembers = has_states(learning.objective[0].graph);
    tb_learning_clear(&learning);
    if (status)
        return status;
    status = time_steps(e, false, samples, &e->step_seconds, error);
    if (!status && e->data.test_batch > 0)
        status = time_steps(e, true, samples, &e->test_step_seconds, error);
    e->epoch_seconds = (double)e->data.steps * e->step_seconds +
                       (double)e->data.test_steps * e->test_step_seconds;
    return status;
}

tb_status tb_estimate_make(const tb_job *job, tb_estimate *e, tb_error *error)
{
    *e = (tb_estimate){0};
    tb_status status = tb_job_check(job, error);
    if (!status)
        status = tb_corpus_find((const char *const *)job->paths,
                                job->path_count, &e->corpus, error);
    return status ? status : expect(job, e, error);
}

/* One row takes a part of the time and memory of many, and nearly so many times
   less. */
tb_status tb_estimate_step(const tb_job *job, double *seconds, tb_error *error)
{
    tb_job single = *job;
    tb_learning l = {0};
    tb_estimate e = {.data = {.batch = 1, .test_batch = 1}};
    int channels = job->instrument->format(job->config).channels;
    single.settings.batch = single.settings.micro_batches = 1;
    tb_status status = tb_job_learning(&single, &l, error);
    int64_t samples = samples_of(&l, channels);
    tb_learning_clear(&l);
    if (!status)
        status = build(&single, &e, error);
    if (!status)
        status = time_steps(&e, false, samples, seconds, error);
    if (!status)
        *seconds *= job->settings.batch;
    tb_estimate_clear(&e);
    return status;
}

/* Steps after which turns come again. */
static int64_t cycle_of(const tb_learning_phase *p)
{
    int64_t most = 1;
    for (int i = 0; i < p->turn_count; i++)
        most = p->turn[i].every > most ? p->turn[i].every : most;
    return most;
}

static tb_status time_phase(tb_estimate *e, int phase, const tb_batch *batch,
                            tb_error *error)
{
    const tb_learning *l = tb_trainer_learning(e->trainer);
    int64_t steps = cycle_of(&l->phase[phase]);
    tb_status status = TB_OK;
    tb_trainer_begin_phase(e->trainer, phase);
    double start = tb_seconds();
    for (int64_t i = 0; i < steps && !status; i++)
        status = one_step(e, false, batch, error);
    e->phase_seconds[phase] = (tb_seconds() - start) / (double)steps;
    return status;
}

tb_status tb_estimate_phases(const tb_job *job, tb_estimate *e, tb_error *error)
{
    const tb_learning *l = tb_trainer_learning(e->trainer);
    noise_batch noise;
    int channels = job->instrument->format(job->config).channels;
    tb_status status =
        make_noise(&noise, e->data.batch, samples_of(l, channels), error);
    e->phase_seconds[0] = e->step_seconds;
    for (int i = 1; i < l->phase_count && !status; i++)
        status = time_phase(e, i, &noise.batch, error);
    free_noise(&noise);
    return status;
}

double tb_usual_steps(const tb_learning *l, int phase)
{
    int next = phase + 1 < l->phase_count ? phase + 1 : phase;
    return next > 0 ? (double)l->phase[next].from : 0;
}

void tb_estimate_clear(tb_estimate *e)
{
    tb_trainer_free(e->trainer);
    tb_corpus_free(e->corpus);
    *e = (tb_estimate){0};
}
