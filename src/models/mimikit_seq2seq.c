/* mimikit's Seq2Seq is ours but for its two directions (adjacent_units). */
#include "models/mimikit.h"
#include "models/seq2seq.h"

#include <string.h>

/* Ours for mimikit's name in one of its settings. */
static void set_named(tb_mimikit *m, const char *key, const char *ours,
                      const char *const names[][2])
{
    const char *name = tb_mimikit_text(m, key);
    for (; (*names)[0]; names++)
        if (strcmp((*names)[0], name) == 0) {
            tb_mimikit_set(m, ours, "%s", (*names)[1]);
            return;
        }
    tb_mimikit_refuse(m, "its %s is '%.100s', which is not known here", key,
                      name);
}

static void set_flag(tb_mimikit *m, const char *key, const char *ours)
{
    tb_mimikit_set(m, ours, "%s", tb_mimikit_flag(m, key) ? "yes" : "no");
}

/* Whether weights are normed is seen by their names: what mimikit says of the
   decoder's is not what it does. */
static void set_all(tb_mimikit *m, int64_t hidden)
{
    static const char *const downs[][2] = {
        {"edge_sum", "edge_sum"}, {"edge_mean", "edge_mean"},    {"sum", "sum"},
        {"mean", "mean"},         {"linear_resample", "linear"}, {NULL, NULL}};
    static const char *const ups[][2] = {{"repeat", "repeat"},
                                         {"linear_resample", "linear"},
                                         {"interp", "interpolate"},
                                         {NULL, NULL}};
    int64_t chunk = tb_mimikit_integer(m, "hop", 1, TB_SEQ2SEQ_LONGEST);
    tb_mimikit_set(m, "chunk", "%d", (int)chunk);
    tb_mimikit_set(m, "hidden", "%d", (int)hidden);
    set_named(m, "enc_downsampling", "downsampling", downs);
    set_named(m, "dec_upsampling", "upsampling", ups);
    set_flag(m, "enc_apply_residuals", "encoder_residuals");
    set_flag(m, "dec_apply_residuals", "decoder_residuals");
    tb_mimikit_set(m, "carried", "no");
    tb_mimikit_set(m, "adjacent_units", "yes");
}

static void take_lstm(tb_mimikit *m, const char *theirs, const char *ours)
{
    static const char *const kinds[] = {"weight_ih", "weight_hh", "bias_ih",
                                        "bias_hh"};
    for (int i = 0; i < 8; i++) {
        const char *name = tb_mimikit_name(m, "%s_l0%s", kinds[i % 4],
                                           i < 4 ? "" : "_reverse");
        tb_mimikit_take(m, tb_mimikit_name(m, "%s.%s", theirs, name),
                        tb_mimikit_name(m, "%s.%s", ours, name));
    }
}

static void take_layers(tb_mimikit *m, const char *key, const char *theirs,
                        const char *ours)
{
    int n = (int)tb_mimikit_integer(m, key, 1, 16);
    tb_mimikit_set(m, tb_mimikit_name(m, "%s_layers", ours), "%d", n);
    for (int i = 0; i < n; i++)
        take_lstm(m, tb_mimikit_name(m, "%s.lstm.%d", theirs, i),
                  tb_mimikit_name(m, "%s.lstm.%d", ours, i));
}

/* A linear layer, if there is one: only then frames are resampled by it. */
static void take_resampling(tb_mimikit *m, const char *theirs, const char *ours)
{
    static const char *const kinds[] = {"weight", "bias"};
    for (int i = 0; i < 2; i++) {
        const char *name = tb_mimikit_name(m, "%s.%s", theirs, kinds[i]);
        if (tb_mimikit_has_tensor(m, name))
            tb_mimikit_take(m, name,
                            tb_mimikit_name(m, "%s.%s", ours, kinds[i]));
    }
}

static void convert(tb_mimikit *m)
{
    int64_t hidden = tb_mimikit_integer(m, "model_dim", 1, 8192);
    m->instrument = "seq2seq";
    tb_mimikit_set_spectra(m);
    set_all(m, hidden);
    take_layers(m, "enc_n_lstm", "enc", "encoder");
    take_resampling(m, "enc.fc.fc", "encoder.down");
    tb_mimikit_take(m, "enc.fc_out.weight", "encoder.out.weight");
    take_layers(m, "dec_n_lstm", "dec", "decoder");
    take_resampling(m, "dec.fc.fc", "decoder.up");
    const tb_mimikit_layer head =
        tb_mimikit_sum_of(m, "output_module.heads.0.0", m->io.output_chunks,
                          tb_dims(m->io.fft / 2 + 1, hidden));
    tb_mimikit_give(m, &head, "head");
}

const tb_mimikit_network tb_mimikit_seq2seq = {"Seq2SeqLSTMNetwork.Config",
                                               convert};
