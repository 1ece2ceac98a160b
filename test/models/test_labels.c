/* Labels as a condition: what learning hears of them is what controls turn. */
#include "engine/ops/frames.h"
#include "models/transformer.h"
#include "models/wavenet.h"

#include "check_network.h"

static const double NEAR_ENOUGH = 2e-4;

/* Logits over a whole length after `context` frames of symbols, with the label
   of each frame of sound. */
static recording labelled(const network *s, recording *levels,
                          recording *labels, int64_t context)
{
    tb_error error = {0};
    int64_t ch = s->config.sound.channels, frames = levels->frames - context;
    tb_graph *g = tb_graph_new();
    tb_value *in = tb_input(g, "sound", TB_I64, tb_dims(s->rows, TB_FRAMES));
    tb_builder b = {.graph = g, .config = &s->config, .rows = s->rows};
    b.labels = tb_input(g, "labels", TB_I64, tb_dims(s->rows, TB_FRAMES));
    tb_value *x = ch == 1 ? in : tb_repeat(in, ch);
    tb_distribution next = CHECK_INSTRUMENT.network->loop(&b, x, context);
    tb_output out = {next.component[0].logits, NULL};
    tb_plan_settings set = {.backend = s->backend,
                            .params = s->params,
                            .frames = levels->frames / ch,
                            .training = true};
    tb_plan *p = tb_plan_new(g, 1, &out, &set, &error);
    recording y =
        recording_new(s->rows, frames, s->width, s->backend->real_size);
    if (OK_NAMED(p != NULL, "a graph for learning")) {
        copy(levels, 0, 0, tb_plan_tensor(p, in), levels->frames / ch, true);
        copy(labels, 0, 0, tb_plan_tensor(p, b.labels), levels->frames / ch,
             true);
        tb_plan_run(p, CHECK_SEED, NULL);
        const tb_tensor *t = tb_plan_tensor(p, out.value);
        EQ(t->dim[1], frames);
        copy(&y, 0, 0, t, frames, false);
    } else {
        fprintf(stderr, "# %s\n", error.text);
    }
    tb_plan_free(p);
    tb_graph_free(g);
    return y;
}

/* One label before a frame of sound, another from there on. */
static recording labels_of(int rows, int64_t frames, int64_t from, int64_t one,
                           int64_t two)
{
    recording r = recording_new(rows, frames, 1, sizeof(int64_t));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < frames; j++)
            *(int64_t *)at(&r, i, j, 0) = j < from ? one : two;
    return r;
}

/* The controls of labels stand so when a stream begins. */
static void follow(network *n, double a, double b)
{
    for (int i = 0; i < n->voices.control_count; i++) {
        tb_control *c = (tb_control *)n->voices.control[i];
        if (strcmp(c->name, "label_a") == 0)
            c->standard = a;
        if (strcmp(c->name, "label_b") == 0)
            c->standard = b;
    }
}

static void check_stream(network *n, int64_t label, double a, double b)
{
    recording levels = material(&n->config, n->rows, 96, 3);
    recording labels = labels_of(n->rows, 96, 0, 0, label);
    recording learned = labelled(n, &levels, &labels, 0);
    follow(n, a, b);
    recording whole_length = streamed(n, &levels, 96, false);
    recording blocks = streamed(n, &levels, 7, false);
    OK_NAMED(same_bits(&whole_length, &blocks), "the same in any blocks");
    double off = distance(&learned, &blocks);
    if (!OK_NAMED(off < NEAR_ENOUGH, "what is learned is what is played"))
        fprintf(stderr, "# label %d: %g\n", (int)label, off);
    free(learned.data);
    free(whole_length.data);
    free(blocks.data);
    free(labels.data);
    free(levels.data);
}

static recording with(network *n, double a, double b)
{
    recording levels = material(&n->config, n->rows, 96, 3);
    follow(n, a, b);
    recording y = streamed(n, &levels, 96, false);
    free(levels.data);
    return y;
}

/* Half way is neither; loudness of the two does not count, only their share. */
static void check_between(network *n)
{
    recording a = with(n, 1, 0), half = with(n, 0.5, 0.5),
              low = with(n, 0.25, 0.25), b = with(n, 0, 1);
    OK(distance(&a, &b) > 1e-3 && distance(&a, &half) > 1e-4);
    OK(distance(&half, &b) > 1e-4 && distance(&half, &low) < 1e-4);
    free(a.data);
    free(b.data);
    free(half.data);
    free(low.data);
}

/* A label that comes with frame 16 after the context changes what is said from
   there on, and nothing before. */
static void check_place(const network *n)
{
    int64_t ch = n->config.sound.channels;
    int64_t context = CHECK_INSTRUMENT.network->context(&n->config);
    int64_t frames = context + 48 * ch, from = context / ch + 16;
    recording levels = material(&n->config, n->rows, frames, 3);
    recording one = labels_of(n->rows, frames / ch, 0, 1, 1);
    recording two = labels_of(n->rows, frames / ch, from, 1, 2);
    recording a = labelled(n, &levels, &one, context);
    recording b = labelled(n, &levels, &two, context);
    recording before[] = {part_of(&a, 0, 16 * ch), part_of(&b, 0, 16 * ch)};
    recording there[] = {part_of(&a, 16 * ch, 1), part_of(&b, 16 * ch, 1)};
    OK_NAMED(same_bits(&before[0], &before[1]), "nothing before");
    OK_NAMED(distance(&there[0], &there[1]) > 1e-5, "at once");
    for (int i = 0; i < 2; i++) {
        free(before[i].data);
        free(there[i].data);
    }
    free(a.data);
    free(b.data);
    free(one.data);
    free(two.data);
    free(levels.data);
}

static void refused(const char *changes, const char *because)
{
    tb_error error = {0};
    CHECK_CONFIG c = configured(changes);
    OK(CHECK_INSTRUMENT.check(&c, &error) == TB_ERR_ARGUMENT);
    OK_NAMED(strstr(error.text, because), because);
}

int main(void)
{
    network n = network_new(CHECK_CHANGES, 2, tb_backend_cpu());
    check_stream(&n, 0, 0, 0);
    check_stream(&n, 1, 1, 0);
    check_stream(&n, 2, 0, 0.4);
    check_between(&n);
    check_place(&n);
    network_free(&n);
    n = network_new(CHECK_CHANGES " channels=2", 2, tb_backend_cpu());
    check_place(&n);
    network_free(&n);
    refused("labels=a,,b", "without a name");
    refused("labels=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "up to 16");
    return tap_done();
}
