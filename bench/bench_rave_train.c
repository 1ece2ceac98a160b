/* Steps of a RAVE's training as its presets have it, and the memory that they
   need:

     bench_rave_train [OPTION...] PRESET ROWS

   Rows are sounds of 131072 samples. Of the second phase, a step of the decoder
   and one of the discriminators. What each bound stands for is the work of its
   convolutions at the processor's peak. */
#include "bench.h"
#include "engine/frames.h"
#include "engine/ops/conv.h"
#include "models/rave.h"
#include "train/job.h"
#include "train/trainer_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WINDOW = 131072 };

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static bool told(const tb_error *error, bool good)
{
    if (!good)
        fprintf(stderr, "%s\n", error->text);
    return good;
}

/* ---- a training ---- */

typedef struct training {
    tb_trainer *trainer;
    float *frames;
    int rows;
    double before; /* MB */
} training;

static bool begin(training *t, const bench_options *o, tb_job *job, int rows)
{
    tb_error error = {0};
    tb_trainer_settings s = tb_job_trainer(job, rows, 0, 1000);
    s.window = WINDOW;
    s.rows = rows;
    s.threads = o->threads;
    t->rows = rows;
    t->before = peak_mb();
    t->trainer = tb_trainer_new(&s, &error);
    t->frames = malloc(sizeof(float) * (size_t)rows * WINDOW);
    if (!told(&error, t->trainer != NULL) || !t->frames)
        return false;
    uint32_t noise = 1;
    for (int i = 0; i < rows * WINDOW; i++) {
        noise = noise * 1664525u + 1013904223u;
        t->frames[i] = (float)(noise >> 8) / 41943040.f - 0.2f;
    }
    return true;
}

static void step(void *context)
{
    training *t = context;
    tb_error error = {0};
    tb_step_report report;
    tb_batch batch = {{t->frames}, NULL};
    tb_status status = tb_trainer_step(t->trainer, &batch, &report, &error);
    if (!status)
        status = tb_trainer_settle(t->trainer, &report, &error);
    told(&error, status == TB_OK);
}

/* ---- work ---- */

/* Without the axes of batch and channels. */
static double places(const tb_value *v, const int64_t *frames)
{
    double n = 1;
    for (int k = 2; k < v->rank; k++)
        n *= (double)(k == v->time ? frames[v->id] : v->dim[k]);
    return n;
}

static double numbers(tb_shape s)
{
    double n = 1;
    for (int k = 0; k < s.rank; k++)
        n *= (double)s.dim[k];
    return n;
}

/* A multiply-add is two operations; each weight is used once for each place of
   the coarser side. */
static double work_of_node(const tb_node *n, const int64_t *frames)
{
    if (n->op == &tb_op_conv)
        return 2 * (double)n->out[0]->dim[0] * places(n->out[0], frames) *
               numbers(tb_value_shape(n->in[1]));
    if (n->op == &tb_op_conv_transposed)
        return 2 * (double)n->in[0]->dim[0] * places(n->in[0], frames) *
               numbers(tb_value_shape(n->in[1]));
    if (n->op == &tb_op_conv_wgrad)
        return 2 * (double)n->in[1]->dim[0] * places(n->in[1], frames) *
               numbers(((const tb_conv_wgrad_attr *)n->attr)->w);
    return 0;
}

static double work_of(const tb_plan *plan, const tb_graph *g)
{
    int64_t *frames = calloc((size_t)tb_graph_values(g) + 1, sizeof *frames);
    double sum = 0;
    if (!frames)
        return 0;
    tb_lengths(g, WINDOW, WINDOW, frames);
    for (int i = 0; plan && i < tb_plan_steps(plan); i++)
        sum += work_of_node(tb_plan_step(plan, i), frames);
    free(frames);
    return sum;
}

static double work_of_step(const training *t, int objective)
{
    const tb_trainer *r = t->trainer;
    const tb_objective *o = r->learn.objective;
    double sum = work_of(r->learning[objective].plan, o[objective].graph);
    if (objective == TB_RAVE_DISCRIMINATES)
        sum += work_of(r->giving[TB_RAVE_DECEIVES].plan,
                       o[TB_RAVE_DECEIVES].graph);
    return sum;
}

/* ---- telling ---- */

static void measure(const bench_options *o, training *t, const char *preset,
                    const char *name, int objective)
{
    char text[80];
    tb_learning_phase *p = &t->trainer->learn.phase[objective > 0];
    double work = work_of_step(t, objective);
    if (objective > 0)
        tb_trainer_begin_phase(t->trainer, 1);
    p->turn_count = 1;
    p->turn[0] = (tb_phase_turn){objective, 1, 0};
    snprintf(text, sizeof text, "%s %s", preset, name);
    bench_report(text, bench_median(o, step, t), "s/step",
                 work / bench_peak_flops(o));
    snprintf(text, sizeof text, "%s %s work", preset, name);
    bench_report(text, work / 1e9, "GFLOP", 0);
}

static int run(const bench_options *o, const char *preset, int rows)
{
    tb_error error = {0};
    tb_job job;
    tb_settings_part parts[TB_JOB_PARTS];
    training t = {NULL};
    char text[80];
    if (!told(&error, !tb_job_init(&job, &tb_rave_instrument, &error)))
        return 1;
    tb_job_parts(&job, parts);
    bool good = told(&error, !tb_settings_preset(parts, TB_JOB_PARTS, preset,
                                                 &error)) &&
                begin(&t, o, &job, rows);
    if (good) {
        measure(o, &t, preset, "phase 1", TB_RAVE_REBUILDS);
        measure(o, &t, preset, "decoder", TB_RAVE_DECEIVES);
        measure(o, &t, preset, "discriminators", TB_RAVE_DISCRIMINATES);
        snprintf(text, sizeof text, "%s memory", preset);
        bench_report(text, peak_mb() - t.before, "MB", 0);
    }
    tb_trainer_free(t.trainer);
    free(t.frames);
    tb_job_clear(&job);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    bench_options o = bench_begin(argv);
    int status = 2;
    if (argc - (int)(o.rest - argv) == 2)
        status = run(&o, o.rest[0], atoi(o.rest[1]));
    else
        fprintf(stderr, "usage: bench_rave_train [OPTION...] PRESET ROWS\n");
    bench_end(&o);
    return status;
}
