#include "models/transformer.h"

#include "models/frame_sizes.h"
#include "nn/layers.h"

#include <assert.h>

static_assert(offsetof(tb_transformer, sound) == 0,
              "tb_sample_levels stands for the whole");

static const tb_setting rows[] = {
    TB_SAMPLE_LEVELS_ROWS,
    TB_SETTING_INTS(tb_transformer, frame_sizes, "16", 1, 65536, "samples",
                    "Frames of tiers, long to short (or none), then samples "
                    "that are read at once."),
    TB_SETTING_INTS(tb_transformer, dim, "64", 1, 8192, NULL,
                    "Size of all tiers, or of each: what it can tell apart."),
    TB_SETTING_INTS(tb_transformer, layers, "4", 1, 64, NULL,
                    "Layers of all tiers, or of each."),
    TB_SETTING_INTS(tb_transformer, look_back, "256", 1, 65536, "frames",
                    "Frames that each layer compares, of all tiers or each."),
    TB_SETTING_INT(tb_transformer, heads, "4", 1, 256, NULL,
                   "Places that a layer can look at in one moment."),
    TB_SETTING_INT(tb_transformer, mlp_factor, "4", 1, 16, NULL,
                   "How much wider layers think than they remember."),
    TB_SETTING_BOOL(tb_transformer, gated, "no",
                    "Layers choose, moment by moment, what they pass on."),
    TB_SETTING_FLOAT(tb_transformer, dropout, "0", 0, 0.95, NULL,
                     "Part of each layer's output left out in training."),
    TB_SETTING_CHOICE(tb_transformer, norm, "layer", tb_transformer_norms,
                      "How numbers are kept in range between layers."),
    TB_SETTING_CHOICE(tb_transformer, positions, "learned",
                      tb_transformer_position_names,
                      "How layers know distances: learned, fixed or not."),
    TB_SETTING_INT(tb_transformer, embedding_size, "16", 0, 4096, NULL,
                   "Numbers that stand for a sample (0: its own)."),
    TB_SETTING_INT(tb_transformer, head_size, "64", 1, 8192, NULL,
                   "Size of the head, which says the next sample."),
    TB_SETTING_INT(tb_transformer, head_layers, "1", 0, 8, NULL,
                   "Its layers before it speaks."),
    TB_SETTING_CHOICE(tb_transformer, head_activation, "mish",
                      tb_activation_names, "Its activation."),
    TB_SETTING_BOOL(tb_transformer, learned_temperature, "yes",
                    "The network chooses how sure it is, sample by sample."),
    TB_SETTING_FLOAT(tb_transformer, min_temperature, "0.001", 1e-6, 1, NULL,
                     "The lowest temperature that it can choose."),
    TB_LABELS_ROW(tb_transformer),
};

static const char *const small[] = {"training.window=1024",
                                    "training.learning_rate=0.001", NULL};

static const char *const tiered[] = {"frame_sizes=64,8,16",
                                     "dim=128,96,64",
                                     "layers=4,2,2",
                                     "look_back=128,64,32",
                                     "training.window=1024",
                                     "training.learning_rate=0.001",
                                     NULL};

static const char *const large[] = {"dim=256",
                                    "layers=8",
                                    "heads=8",
                                    "look_back=512",
                                    "embedding_size=64",
                                    "head_size=256",
                                    "training.window=4096",
                                    "training.learning_rate=0.0005",
                                    NULL};

static const tb_preset presets[] = {
    {"small", "hears 64 ms; learns for hours on a laptop", small},
    {"tiered", "hears two seconds through frames of samples; half as long",
     tiered},
    {"large", "hears a quarter of a second, 256 wide; wants a GPU", large},
};

const tb_settings tb_transformer_settings = {
    "network", rows, sizeof rows / sizeof *rows, presets,
    sizeof presets / sizeof *presets};

/* ---- what goes together ---- */

enum {
    /* Frames of sound; all that a window can be. */
    LONGEST = 1 << 20
};

static tb_status check_list(const tb_transformer *c, const tb_int_list *list,
                            const char *name, tb_error *error)
{
    if (list->count == 1 || list->count == c->frame_sizes.count)
        return TB_OK;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Transformer: %s has %d entries, and frame_sizes has %d. "
                   "Give one for all, or one for each of these.",
                   name, list->count, c->frame_sizes.count);
}

static bool divides_all(const tb_int_list *dim, int heads)
{
    for (int i = 0; i < dim->count; i++)
        if (dim->at[i] % heads)
            return false;
    return true;
}

static tb_status check_heads(const tb_transformer *c, tb_error *error)
{
    int less = c->heads, more = c->heads;
    if (divides_all(&c->dim, c->heads))
        return TB_OK;
    while (!divides_all(&c->dim, less))
        less--;
    while (more <= c->dim.at[0] && !divides_all(&c->dim, more))
        more++;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Transformer: %d heads do not divide dim. The nearest that "
                   "do are %d%s%.0d.",
                   c->heads, less, more <= c->dim.at[0] ? " and " : "",
                   more <= c->dim.at[0] ? more : 0);
}

/* The entry that reaches furthest is told what it may look back on. */
static tb_status check_reach(const tb_transformer *c, tb_error *error)
{
    int64_t all = tb_transformer_context(c);
    int longest = 0;
    if (all <= LONGEST)
        return TB_OK;
    for (int i = 1; i < c->frame_sizes.count; i++) {
        tb_transformer_how a = tb_transformer_how_of(c, longest);
        tb_transformer_how b = tb_transformer_how_of(c, i);
        if (tb_transformer_past(&b) * tb_transformer_span(c, i) >
            tb_transformer_past(&a) * tb_transformer_span(c, longest))
            longest = i;
    }
    tb_transformer_how how = tb_transformer_how_of(c, longest);
    int64_t each = how.layers * tb_transformer_span(c, longest);
    int64_t less = how.window - 1 - (all - LONGEST + each - 1) / each;
    if (less < 0)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Transformer would listen to more than %d samples. Give "
                       "it shorter frames or fewer layers.",
                       LONGEST);
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Transformer would listen to %lld samples, and can to %d: "
                   "tier %d looks back on %lld frames in each of %d layers. "
                   "%lld are possible.",
                   (long long)all, LONGEST, longest + 1, (long long)how.window,
                   how.layers, (long long)less + 1);
}

tb_status tb_transformer_check(const void *config, tb_error *error)
{
    const tb_transformer *c = config;
    tb_status status = tb_labels_check(c->labels, error);
    if (!status)
        status = tb_frame_sizes_check("Transformer", &c->frame_sizes,
                                      c->frame_sizes.count - 1, error);
    if (!status)
        status = check_list(c, &c->dim, "dim", error);
    if (!status)
        status = check_list(c, &c->layers, "layers", error);
    if (!status)
        status = check_list(c, &c->look_back, "look_back", error);
    if (!status)
        status = check_heads(c, error);
    return status ? status : check_reach(c, error);
}
