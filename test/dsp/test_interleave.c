/* Channels behind each other and beside each other, whole and block by
   block. */
#include "dsp/interleave.h"

#include "../engine/numbers.h"

enum { ROWS = 2, FRAMES = 23, MOST = 5, ALL = ROWS * MOST * FRAMES };

static double sample_at(int row, int channel, int frame)
{
    return row * 1000 + channel * 100 + frame;
}

typedef struct signal {
    double apart[ALL], joined[ALL]; /* [rows, channels, frames], [rows, all] */
} signal;

static signal signal_of(int channels)
{
    signal s;
    for (int row = 0; row < ROWS; row++)
        for (int ch = 0; ch < channels; ch++)
            for (int i = 0; i < FRAMES; i++) {
                double x = sample_at(row, ch, i);
                s.apart[(row * channels + ch) * FRAMES + i] = x;
                s.joined[(row * FRAMES + i) * channels + ch] = x;
            }
    return s;
}

/* `from` through the graph is `to`, also in blocks of its base. */
static void check(tb_graph *g, tb_value *in, tb_value *out, const double *from,
                  int64_t frames, const double *to, int64_t out_frames, int n,
                  const char *what)
{
    double y[ALL];
    char name[96];
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_cpu()};
    for (int b = 0; b < 2; b++) {
        snprintf(name, sizeof name, "%s: %s, %d channels", backends[b]->name,
                 what, n);
        EQ(run_whole(g, backends[b], frames, 0, 1, &(given){in, from}, 1,
                     &(taken){out, y}),
           ROWS * n * FRAMES);
        OK_NAMED(memcmp(y, to, sizeof(double) * ROWS * n * FRAMES) == 0, name);
        for (int64_t block = 1; block <= frames; block = 3 * block + 1) {
            EQ(run_in_blocks(g, backends[b], (given){in, from}, frames, block,
                             (taken){out, y}, out_frames),
               out_frames);
            OK_NAMED(memcmp(y, to, sizeof(double) * ROWS * n * FRAMES) == 0,
                     "and in blocks");
        }
    }
}

static void check_channels(int n, tb_type type)
{
    signal s = signal_of(n);
    tb_graph *g = tb_graph_new();
    tb_value *x = tb_input(g, "x", type, tb_dims(ROWS, n, TB_FRAMES));
    check(g, x, tb_interleave(x), s.apart, FRAMES, s.joined, FRAMES * n, n,
          "behind each other");
    tb_value *y = tb_deinterleave(tb_interleave(x), n);
    check(g, x, y, s.apart, FRAMES, s.apart, FRAMES, n, "there and back");
    tb_graph_free(g);
    g = tb_graph_new();
    x = tb_input(g, "x", type, tb_dims(ROWS, TB_FRAMES));
    check(g, x, tb_deinterleave(x, n), s.joined, FRAMES * n, s.apart, FRAMES, n,
          "beside each other");
    tb_graph_free(g);
}

int main(void)
{
    static const int channels[] = {1, 2, MOST};
    for (int i = 0; i < 3; i++) {
        check_channels(channels[i], TB_REAL);
        check_channels(channels[i], TB_I64);
    }
    OK(!tb_interleave(NULL) && !tb_deinterleave(NULL, 2));
    return tap_done();
}
