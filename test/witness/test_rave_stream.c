/* A small RAVE as a stream: the graph that was trained, gradients and all,
   gives block by block what it gives over the whole length, bit for bit, later
   by exactly its latency. */
#include "engine/grad.h"
#include "rave_losses.h"

enum { MOST = 1100, N_MAX = 96 };

typedef struct subject_rave {
    const char *name;
    rave r;
    tb_params *params;
    const tb_backend *backend;
} subject_rave;

/* Signals [row][frame]. */
typedef struct signals {
    double x[ROWS][MOST], noise[ROWS][MOST], y[ROWS][MOST];
    int64_t n, made;
} signals;

/* `trained`: with losses and gradients in the graph, and noise as an input;
   else the decoder draws its own. */
static subject_rave subject_of(bool trained, const tb_backend *backend)
{
    subject_rave s = {trained ? "as trained" : "drawing noise",
                      rave_new(!trained), NULL, backend};
    if (trained) {
        tb_value *d;
        tb_grad(distances(&s.r), 1, &s.r.x, &d);
    }
    s.params = witness_params(s.r.graph, s.r.graph, backend);
    return s;
}

static void subject_clear(subject_rave *s)
{
    tb_params_free(s->params);
    tb_graph_free(s->r.graph);
}

static void draw_signals(signals *s, int64_t n)
{
    s->n = n;
    s->made = 0;
    for (int i = 0; i < ROWS * MOST; i++) {
        s->x[i / MOST][i % MOST] = (float)noise(31, i);
        s->noise[i / MOST][i % MOST] = (float)noise(32, i);
    }
}

/* Frames of a tensor [rows, 1, frames] from `at` on. */
static void move(const tb_tensor *t, double (*rows)[MOST], int64_t at,
                 size_t size, bool into_tensor)
{
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < t->dim[2] && at + j < MOST; j++) {
            int64_t o = i * t->stride[0] + j * t->stride[2];
            if (into_tensor)
                set_real(t->data, o, rows[i][at + j], size);
            else
                rows[i][at + j] = real_at(t->data, o, size);
        }
}

/* ---- the whole length ---- */

static tb_plan *whole_plan(const subject_rave *s, int64_t n)
{
    tb_error error = {0};
    tb_output want = {s->r.y, NULL};
    tb_plan_settings how = {
        .backend = s->backend, .params = s->params, .frames = n};
    tb_plan *p = tb_plan_new(s->r.graph, 1, &want, &how, &error);
    no_error(&error, p != NULL);
    return p;
}

static void run_whole(const subject_rave *s, tb_plan *p, signals *g)
{
    size_t size = s->backend->real_size;
    const tb_tensor *noise = tb_plan_tensor(p, s->r.noise);
    move(tb_plan_tensor(p, s->r.x), g->x, 0, size, true);
    if (noise)
        move(noise, g->noise, 0, size, true);
    set_real(tb_plan_tensor(p, s->r.temperature)->data, 0, 0.5, size);
    run_plan(p, 9);
    const tb_tensor *y = tb_plan_tensor(p, s->r.y);
    move(y, g->y, 0, size, false);
    g->made = y->dim[2];
}

/* ---- block by block ---- */

static bool take(const subject_rave *s, const tb_stream *t, signals *g)
{
    tb_tensor y = tb_stream_read(t, s->r.y);
    bool follows = y.first == g->made;
    move(&y, g->y, g->made, s->backend->real_size, false);
    g->made += y.dim[2];
    return follows;
}

static void feed(const subject_rave *s, tb_stream *t, signals *g, int64_t n)
{
    const tb_value *inputs[] = {s->r.x, s->r.noise};
    double(*rows[])[MOST] = {g->x, g->noise};
    for (int i = 0; i < 2; i++) {
        tb_tensor to = tb_stream_write(t, inputs[i], n);
        move(&to, rows[i], tb_stream_clock(t), s->backend->real_size, true);
    }
    run_stream(t, n);
}

/* False when frames come at another time than the latency says: paced ones at
   exactly that, eager ones no later. */
static bool run_blocks(const subject_rave *s, tb_stream_plan *plan,
                       tb_stream *t, const tb_stream_settings *how, tb_rng *rng,
                       signals *g)
{
    int64_t quantum = how->quantum;
    int64_t latency = tb_time_latency(tb_stream_plan_time(plan, s->r.y));
    const tb_tensor *temperature = tb_stream_control(t, s->r.temperature);
    set_real(temperature->data, 0, 0.5, s->backend->real_size);
    bool paced = how->schedule == TB_PACED;
    bool good = take(s, t, g) && g->made == 0;
    while (good && tb_stream_clock(t) < g->n) {
        int64_t blocks = (int64_t)tb_rng_below(rng, N_MAX / quantum + 1);
        int64_t n = blocks * quantum, left = g->n - tb_stream_clock(t);
        feed(s, t, g, n < left ? n : left);
        good = take(s, t, g);
        int64_t due = tb_stream_clock(t) - latency;
        good = good && (paced ? g->made == (due > 0 ? due : 0)
                              : g->made >= due && g->made <= g->n);
    }
    tb_stream_finish(t);
    for (int k = 0; good && k < 100 && !tb_stream_done(t); k++) {
        run_stream(t, N_MAX / quantum * quantum);
        good = take(s, t, g);
    }
    return good && tb_stream_done(t);
}

static bool streams_alike(const subject_rave *s, signals *whole,
                          int64_t quantum, tb_schedule schedule, uint64_t seed)
{
    static signals g;
    tb_error error = {0};
    tb_rng rng = {seed, 0};
    tb_stream_settings how = {.backend = s->backend,
                              .params = s->params,
                              .n_max = N_MAX,
                              .quantum = quantum,
                              .schedule = schedule};
    tb_value *y = s->r.y;
    tb_stream_plan *plan = tb_stream_plan_new(s->r.graph, 1, &y, &how, &error);
    tb_stream *t = plan ? tb_stream_new(plan, 9, &error) : NULL;
    draw_signals(&g, whole->n);
    bool good = no_error(&error, t != NULL) &&
                run_blocks(s, plan, t, &how, &rng, &g) && g.made == whole->made;
    for (int i = 0; good && i < ROWS; i++)
        good = memcmp(g.y[i], whole->y[i],
                      sizeof(double) * (size_t)whole->made) == 0;
    tb_stream_free(t);
    tb_stream_plan_free(plan);
    return good;
}

/* Lengths that fill the last frame of latent space and such that do not. */
static void stream_is_the_whole(const subject_rave *s)
{
    static signals whole;
    static const int64_t lengths[] = {640, 777, 65, 64, 9, 1};
    char name[128];
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        draw_signals(&whole, lengths[k]);
        tb_plan *p = whole_plan(s, lengths[k]);
        if (p)
            run_whole(s, p, &whole);
        tb_plan_free(p);
        for (int i = 0; i < 6; i++) {
            int64_t quantum = i == 3 && lengths[k] % 32 == 0 ? 32 : 1;
            tb_schedule schedule = i < 4 ? TB_PACED : TB_EAGER;
            snprintf(name, sizeof name,
                     "%s, %s: %d frames as %s stream, partition %d",
                     s->backend->name, s->name, (int)lengths[k],
                     i < 4 ? "a" : "an eager", i);
            OK_NAMED(p && streams_alike(s, &whole, quantum, schedule,
                                        (uint64_t)(100 * k) + (uint64_t)i),
                     name);
        }
    }
}

/* ---- latency ---- */

/* First and last frame that a click changes. */
static void find_changes(const signals *a, const signals *b, int64_t *first,
                         int64_t *last)
{
    *first = *last = -1;
    for (int64_t j = 0; j < a->made; j++)
        for (int i = 0; i < ROWS; i++)
            if (a->y[i][j] != b->y[i][j]) {
                *first = *first < 0 ? j : *first;
                *last = j;
            }
}

/* Wherever a click falls, it is heard by no frame that has left before it
   came; in one of its places it is heard by the very frame that leaves with
   it: the latency could not be smaller. */
static void clicks_tell_the_latency(const subject_rave *s)
{
    static signals plain, clicked;
    tb_value *y = s->r.y;
    tb_stream_settings how = {
        .backend = s->backend, .params = s->params, .n_max = N_MAX};
    tb_stream_plan *plan = tb_stream_plan_new(s->r.graph, 1, &y, &how, NULL);
    tb_plan *p = whole_plan(s, 1024);
    const tb_time *time = plan ? tb_stream_plan_time(plan, y) : NULL;
    int64_t latency = time ? tb_time_latency(time) : 0, least = MOST;
    int64_t reach = time ? tb_time_receptive_field(time) : 0;
    bool within = true;
    draw_signals(&plain, 1024);
    draw_signals(&clicked, 1024);
    if (p && time)
        run_whole(s, p, &plain);
    for (int64_t c = 480; p && time && c < 480 + HOP; c++) {
        int64_t first, last;
        clicked.x[0][c] += 1;
        run_whole(s, p, &clicked);
        clicked.x[0][c] -= 1;
        find_changes(&plain, &clicked, &first, &last);
        within = within && first >= 0 && last - (c - latency) < reach;
        least = first - (c - latency) < least ? first - (c - latency) : least;
    }
    OK(latency > 0);
    EQ(least, 0);
    OK(within);
    tb_plan_free(p);
    tb_stream_plan_free(plan);
}

/* ---- precision ---- */

static void whole_with(const tb_backend *backend, signals *g)
{
    subject_rave s = subject_of(false, backend);
    draw_signals(g, 777);
    tb_plan *p = whole_plan(&s, 777);
    if (p)
        run_whole(&s, p, g);
    tb_plan_free(p);
    subject_clear(&s);
}

static void floats_are_near_doubles(const tb_backend *backend)
{
    static signals a, b;
    double distance = 0, norm = 0;
    whole_with(tb_backend_naive64(), &a);
    whole_with(backend, &b);
    OK(a.made > 700 && a.made == b.made);
    for (int i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < a.made; j++) {
            distance += pow(a.y[i][j] - b.y[i][j], 2);
            norm += pow(a.y[i][j], 2);
        }
    NEAR(sqrt(distance / norm), 0, TOL_FLOAT_DEEP);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++)
        for (int trained = 0; trained < 2; trained++) {
            subject_rave s = subject_of(trained, backends[i]);
            stream_is_the_whole(&s);
            if (trained && i == 0)
                clicks_tell_the_latency(&s);
            subject_clear(&s);
        }
    floats_are_near_doubles(tb_backend_naive());
    floats_are_near_doubles(tb_backend_cpu());
    return witness_done();
}
