/* Banks of filters: those of published RAVE models to the last tap, what comes
   back of a signal, gradients, and streams that give what the whole signal
   gives, later by exactly the delay. */
#include "../engine/check.h"
#include "../engine/numbers.h"
#include "dsp/pqmf_rave.h"
#include "engine/time.h"

typedef struct golden_cutoff {
    int bands;
    double attenuation;
    int taps;
    double cutoff;
} golden_cutoff;

typedef struct golden_bank {
    int bands;
    double attenuation;
    int frames;
    bool causal;
    int shift, delay;
    const double *analysed, *made;
} golden_bank;

#include "golden/pqmf.h"

static tb_pqmf bank_of(int bands, double attenuation, tb_pqmf_search search)
{
    tb_pqmf bank;
    tb_error error = {0};
    if (tb_pqmf_init(&bank, bands, attenuation, search, &error))
        fprintf(stderr, "# %s\n", error.text);
    return bank;
}

/* ---- the prototype ---- */

static void check_cutoffs(void)
{
    for (size_t i = 0; i < sizeof cutoffs / sizeof *cutoffs; i++) {
        const golden_cutoff *c = &cutoffs[i];
        tb_pqmf bank = bank_of(c->bands, c->attenuation, TB_PQMF_RAVE);
        EQ(bank.taps, c->taps);
        NEAR(bank.cutoff, c->cutoff, 1e-12);
        tb_pqmf_clear(&bank);
    }
}

static void check_refusals(void)
{
    static const struct {
        int bands;
        double attenuation;
    } wrong[] = {{1, 100}, {3, 100},  {128, 100}, {0, 100},
                 {16, 19}, {16, 161}, {16, NAN}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tb_pqmf bank;
        tb_error error = {0};
        EQ(tb_pqmf_init(&bank, wrong[i].bands, wrong[i].attenuation,
                        TB_PQMF_EXACT, &error),
           TB_ERR_ARGUMENT);
        OK(error.text[0] && !bank.filters);
        tb_pqmf_clear(&bank);
    }
}

/* Given a value [2, 3, frames]. */
static tb_value *refused(int i, tb_value *x)
{
    static tb_pqmf bank;
    if (!bank.filters)
        bank = bank_of(2, 40, TB_PQMF_EXACT);
    switch (i) {
    case 0:
        return tb_pqmf_synthesise(x, &bank, false);
    case 1:
        return tb_pqmf_analyse(tb_reshape(x, tb_dims(2, 3, TB_FRAMES, 1)),
                               &bank, false);
    case 2:
        return tb_pqmf_analyse(tb_transpose(x, 1, 2), &bank, true);
    default:
        tb_pqmf_clear(&bank);
        return tb_pqmf_analyse(tb_cast(x, TB_I64),
                               &(tb_pqmf){.bands = 2, .taps = 5}, true);
    }
}

/* ---- against RAVE ---- */

static tb_value *input_of(tb_graph *g, int channels)
{
    return tb_input(g, "x", TB_REAL, tb_dims(1, channels, TB_FRAMES));
}

static double distance_of(const double *x, const double *y, int64_t n)
{
    double off = 0, norm = 0;
    for (int64_t i = 0; i < n; i++) {
        off += (x[i] - y[i]) * (x[i] - y[i]);
        norm += y[i] * y[i];
    }
    return sqrt(off / norm);
}

/* The whole of what RAVE's own says, from the first sample to the last. */
static void check_through(const golden_bank *b, const tb_pqmf *bank,
                          bool synthesis)
{
    double *x = calloc((size_t)b->frames, sizeof *x);
    double *y = calloc((size_t)b->frames, sizeof *y);
    tb_graph *g = tb_graph_new();
    tb_value *in = input_of(g, synthesis ? b->bands : 1);
    tb_value *v = synthesis ? tb_pqmf_rave_synthesise(in, bank, b->causal)
                            : tb_pqmf_rave_analyse(in, bank, b->causal);
    for (int i = 0; i < b->frames; i++)
        x[i] =
            synthesis ? noise(2, i) : (i < b->frames * 3 / 4 ? noise(1, i) : 0);
    EQ(run_whole(g, tb_backend_naive64(),
                 synthesis ? b->frames / b->bands : b->frames, 0, 1,
                 &(given){in, x}, 1, &(taken){v, y}),
       b->frames);
    NEAR(distance_of(y, synthesis ? b->made : b->analysed, b->frames), 0,
         TOL_GOLDEN);
    tb_graph_free(g);
    free(x);
    free(y);
}

static void check_lateness(const golden_bank *b, const tb_pqmf *bank)
{
    tb_pqmf_lateness late = tb_pqmf_rave_lateness(bank, b->causal);
    EQ(late.analysis, b->shift);
    /* Ours is causal by the delay of a filter's half. */
    EQ(late.synthesis, b->delay - (b->causal ? bank->taps / 2 : 0));
}

static void check_rave(void)
{
    for (size_t i = 0; i < sizeof banks / sizeof *banks; i++) {
        tb_pqmf bank =
            bank_of(banks[i].bands, banks[i].attenuation, TB_PQMF_RAVE);
        check_lateness(&banks[i], &bank);
        check_through(&banks[i], &bank, false);
        check_through(&banks[i], &bank, true);
        tb_pqmf_clear(&bank);
    }
}

/* ---- there and back ---- */

enum { LENGTH = 12288 };

/* dB by which the signal is louder than what has changed, where the filters lie
   within it. */
static double likeness(const double *x, const double *y, int64_t delay,
                       int64_t margin)
{
    double off = 0, norm = 0;
    for (int64_t i = margin; i + delay + margin < LENGTH; i++) {
        double d = y[i + delay] - x[i];
        off += d * d;
        norm += x[i] * x[i];
    }
    return 10 * log10(norm / off);
}

static double back_again(int bands, double attenuation, bool causal,
                         const tb_backend *backend)
{
    static double x[LENGTH], y[LENGTH];
    tb_pqmf bank = bank_of(bands, attenuation, TB_PQMF_EXACT);
    tb_graph *g = tb_graph_new();
    tb_value *in = input_of(g, 1);
    tb_value *v =
        tb_pqmf_synthesise(tb_pqmf_analyse(in, &bank, causal), &bank, causal);
    for (int i = 0; i < LENGTH; i++)
        x[i] = noise(7, i);
    EQ(run_whole(g, backend, LENGTH, 0, 1, &(given){in, x}, 1, &(taken){v, y}),
       LENGTH);
    double found = likeness(x, y, tb_pqmf_delay(&bank, causal), 2 * bank.taps);
    tb_graph_free(g);
    tb_pqmf_clear(&bank);
    return found;
}

static void at_least(double found, double wanted)
{
    if (!OK_NAMED(found >= wanted, "the signal comes back"))
        fprintf(stderr, "# %g dB, not %g\n", found, wanted);
}

static void check_reconstruction(void)
{
    for (int bands = 2; bands <= 64; bands *= 2) {
        at_least(back_again(bands, 100, false, tb_backend_cpu()), 60);
        at_least(back_again(bands, 100, true, tb_backend_cpu()), 60);
    }
    at_least(back_again(16, 40, true, tb_backend_cpu()), 29);
    at_least(back_again(16, 60, false, tb_backend_naive64()), 45);
    at_least(back_again(16, 80, false, tb_backend_naive64()), 60);
}

/* ---- streams ---- */

typedef struct bank_case {
    int bands;
    double attenuation;
    int channels;
    bool causal;
} bank_case;

static tb_value *through(tb_value *in, const bank_case *c, bool back)
{
    tb_pqmf bank = bank_of(c->bands, c->attenuation, TB_PQMF_EXACT);
    tb_value *y = tb_pqmf_analyse(in, &bank, c->causal);
    y = back ? tb_pqmf_synthesise(y, &bank, c->causal) : y;
    tb_pqmf_clear(&bank);
    return y;
}

static tb_value *analysed(tb_value *const *in, const void *how)
{
    return through(in[0], how, false);
}

static tb_value *returned(tb_value *const *in, const void *how)
{
    return through(in[0], how, true);
}

static tb_value *said(tb_value *const *in, const void *how)
{
    const bank_case *c = how;
    tb_pqmf bank = bank_of(c->bands, c->attenuation, TB_PQMF_EXACT);
    tb_value *y = tb_pqmf_synthesise(in[0], &bank, c->causal);
    tb_pqmf_clear(&bank);
    return y;
}

static tb_value *as_rave(tb_value *const *in, const void *how)
{
    const bank_case *c = how;
    tb_pqmf bank = bank_of(c->bands, c->attenuation, TB_PQMF_RAVE);
    tb_value *y = tb_pqmf_rave_analyse(in[0], &bank, c->causal);
    y = tb_pqmf_rave_synthesise(y, &bank, c->causal);
    tb_pqmf_clear(&bank);
    return y;
}

static const bank_case centred = {4, 40, 1, false}, causal = {4, 40, 1, true},
                       stereo = {2, 30, 2, false},
                       late_stereo = {2, 30, 2, true};

#define WAYS (CHECK_TIMED | CHECK_UNGOLDEN)

static const check_case cases[] = {
    {"analysis", analysed, &centred, {{3, {2, 1, TB_FRAMES}}}, 45, WAYS},
    {"causal analysis", analysed, &causal, {{3, {2, 1, TB_FRAMES}}}, 45, WAYS},
    {"analysis of two", analysed, &stereo, {{3, {2, 2, TB_FRAMES}}}, 23, WAYS},
    {"synthesis", said, &centred, {{3, {2, 4, TB_FRAMES}}}, 11, WAYS},
    {"causal synthesis", said, &causal, {{3, {2, 4, TB_FRAMES}}}, 11, WAYS},
    {"synthesis of two", said, &stereo, {{3, {2, 4, TB_FRAMES}}}, 11, WAYS},
    {"both", returned, &centred, {{3, {2, 1, TB_FRAMES}}}, 46, WAYS},
    {"both, causal", returned, &causal, {{3, {2, 1, TB_FRAMES}}}, 46, WAYS},
    {"RAVE's", as_rave, &centred, {{3, {2, 1, TB_FRAMES}}}, 48, WAYS},
    {"RAVE's, causal", as_rave, &causal, {{3, {2, 1, TB_FRAMES}}}, 48, WAYS},
    {"both of two", returned, &late_stereo, {{3, {1, 2, TB_FRAMES}}}, 24, WAYS},
};

static int64_t latency_of(const tb_graph *g, tb_value *y)
{
    tb_error error = {0};
    tb_stream_settings how = {.backend = tb_backend_cpu(), .n_max = 64};
    tb_stream_plan *p = tb_stream_plan_new(g, 1, &y, &how, &error);
    int64_t latency = p ? tb_time_latency(tb_stream_plan_time(p, y)) : -1;
    if (!p)
        fprintf(stderr, "# %s\n", error.text);
    tb_stream_plan_free(p);
    return latency;
}

/* Blocks of odd numbers of bands' frames, and of such that are none. */
static void check_blocks(const bank_case *c)
{
    static double x[2 * 2048], whole[2 * 2048], y[2 * 2048];
    static const int64_t blocks[] = {16, 48, 5, 64, 1};
    const tb_backend *backend = tb_backend_cpu();
    tb_pqmf bank = bank_of(c->bands, c->attenuation, TB_PQMF_EXACT);
    int64_t latency = c->causal ? 0 : bank.taps - 1, frames = 1536;
    tb_graph *g = tb_graph_new();
    tb_value *in = input_of(g, c->channels), *v = through(in, c, true);
    for (int i = 0; i < c->channels * frames; i++)
        x[i] = noise(3, i);
    run_whole(g, backend, frames, 0, 1, &(given){in, x}, 1, &(taken){v, whole});
    EQ(latency_of(g, v), latency);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        int64_t came = run_in_blocks(g, backend, (given){in, x}, frames,
                                     blocks[b], (taken){v, y}, frames);
        bool same = came == frames - latency;
        for (int64_t k = 0; k < c->channels; k++)
            for (int64_t i = 0; i < came; i++)
                same &= y[k * frames + i] == whole[k * frames + i];
        OK_NAMED(same, "a stream in blocks gives the bits of the whole");
    }
    tb_graph_free(g);
    tb_pqmf_clear(&bank);
}

/* Between two bands, and everywhere else, a tone comes back as that tone: the
   loudest of what it is mirrored to lies this far below. */
static void check_tone(double cycles)
{
    static double x[LENGTH], y[LENGTH];
    tb_graph *g = tb_graph_new();
    const bank_case c = {16, 100, 1, false};
    tb_value *in = input_of(g, 1), *v = through(in, &c, true);
    for (int i = 0; i < LENGTH; i++)
        x[i] = sin(2 * acos(-1) * cycles * i);
    int64_t latency = latency_of(g, v);
    int64_t came = run_in_blocks(g, tb_backend_cpu(), (given){in, x}, LENGTH,
                                 48, (taken){v, y}, LENGTH);
    EQ(came, LENGTH - latency);
    double off = 0;
    for (int64_t i = 800; i < came - 800; i++)
        off = fmax(off, fabs(y[i] - x[i]));
    NEAR(off, 0, 2e-3);
    tb_graph_free(g);
}

int main(void)
{
    check_cutoffs();
    check_refusals();
    check_each_refused(4, refused);
    check_rave();
    check_reconstruction();
    check_cases(sizeof cases / sizeof *cases, cases, NULL);
    check_blocks(&(bank_case){16, 100, 1, false});
    check_blocks(&(bank_case){16, 100, 2, true});
    check_blocks(&(bank_case){32, 100, 1, false});
    check_blocks(&(bank_case){16, 40, 1, true});
    check_tone(3.0 / 32 + 30 / 44100.0);
    check_tone(3.0 / 32 - 100 / 44100.0);
    check_tone(0.0123);
    OK(!tb_pqmf_analyse(NULL, NULL, false) &&
       !tb_pqmf_synthesise(NULL, NULL, true));
    return tap_done();
}
