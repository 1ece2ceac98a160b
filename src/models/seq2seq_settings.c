#include "models/seq2seq.h"

#include <assert.h>

static const char *const downs[] = {"edge_sum", "edge_mean", "sum",
                                    "mean",     "linear",    NULL};
static const char *const ups[] = {"repeat", "linear", "interpolate", NULL};

static_assert(offsetof(tb_seq2seq, frames) == 0,
              "tb_spectral_frames stands for the whole");

static const tb_setting rows[] = {
    TB_SPECTRAL_FRAMES_ROWS,
    TB_SETTING_INT(tb_seq2seq, chunk, "4", 1, TB_SEQ2SEQ_LONGEST, "frames",
                   "So many frames are heard, and said, at once."),
    TB_SETTING_INT(tb_seq2seq, hidden, "256", 1, 8192, NULL,
                   "Size of the layers: how much each can tell apart."),
    TB_SETTING_INT(tb_seq2seq, encoder_layers, "1", 1, 16, NULL,
                   "Layers that hear."),
    TB_SETTING_INT(tb_seq2seq, decoder_layers, "1", 1, 16, NULL,
                   "Layers that say."),
    TB_SETTING_CHOICE(tb_seq2seq, downsampling, "edge_sum", downs,
                      "What is kept of the frames that were heard."),
    TB_SETTING_CHOICE(tb_seq2seq, upsampling, "repeat", ups,
                      "How that is spread over those that are said."),
    TB_SETTING_BOOL(tb_seq2seq, encoder_residuals, "yes",
                    "Layers that hear add to what they read, from the second."),
    TB_SETTING_BOOL(tb_seq2seq, decoder_residuals, "yes",
                    "Layers that say add to what they read."),
    TB_SETTING_BOOL(tb_seq2seq, encoder_weight_norm, "no",
                    "Weights of those that hear have a learned length."),
    TB_SETTING_BOOL(tb_seq2seq, decoder_weight_norm, "no",
                    "Weights of those that say have a learned length."),
    TB_SETTING_BOOL(tb_seq2seq, carried, "yes",
                    "It remembers what it heard before these frames."),
    TB_SETTING_BOOL(tb_seq2seq, adjacent_units, "no",
                    "Units are added in pairs, not both directions: as "
                    "networks of mimikit's files were trained."),
    TB_LABELS_ROW(tb_seq2seq),
};

/* Few rows of short windows: many steps in little time. */
static const char *const small[] = {
    "sample_rate=16000",   "components=64",
    "choices=8",           "past_noise=0.5",
    "training.batch=16",   "training.window=32768",
    "training.piece=16",   "training.learning_rate=0.001",
    "training.beta2=0.95", NULL};

static const char *const mimikit[] = {"sample_rate=22050",
                                      "fft_size=2048",
                                      "hop=512",
                                      "fft_window=hann",
                                      "scale=magnitude",
                                      "network.normalise=no",
                                      "head=plain",
                                      "components=0",
                                      "residual=no",
                                      "past_noise=0",
                                      "chunk=4",
                                      "hidden=512",
                                      "encoder_layers=2",
                                      "decoder_layers=2",
                                      "decoder_weight_norm=yes",
                                      "carried=no",
                                      "training.learning_rate=0.001",
                                      "training.batch=16",
                                      "training.window=2048",
                                      "training.beta1=0.9",
                                      "training.beta2=0.9",
                                      "training.temperatures=1",
                                      "training.normalise=file",
                                      "training.dc=highpass",
                                      "training.clip=0",
                                      "training.average=0",
                                      NULL};

static const tb_preset presets[] = {
    {"small", "remembers; learns on a laptop", small},
    {"mimikit", "163 ms at once and 512 wide, as in its notebook", mimikit},
};

const tb_settings tb_seq2seq_settings = {"network", rows,
                                         sizeof rows / sizeof *rows, presets,
                                         sizeof presets / sizeof *presets};

/* Scores of 10 s that it goes on by itself, on the material of bench/sound.txt,
   after 60 and 150 hearings: loops and hits 0.22 and 0.38, syllables 0.67 and
   0.48, orchestra 0.35 after 60. Held-out frames are foreseen best after 20, 93
   and 22. */
const tb_network_size tb_seq2seq_sizes[] = {
    {"layers of 256", small, 1, 0, 100, NULL}, {NULL, NULL, 0, 0, 0, NULL}};

/* ---- what goes together ---- */

/* The nearest number of frames whose share of the vector is whole. */
static tb_status check_chunk(const tb_seq2seq *c, tb_error *error)
{
    int less = c->chunk, more = c->chunk;
    if (c->downsampling != TB_DOWN_LINEAR || c->hidden % c->chunk == 0)
        return TB_OK;
    while (c->hidden % less)
        less--;
    while (more < c->hidden && c->hidden % more)
        more++;
    bool both = more <= c->hidden && more <= TB_SEQ2SEQ_LONGEST;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Seq2Seq: downsampling=linear makes one vector of %d "
                   "numbers out of %d frames, which is no whole number for "
                   "each. The nearest possible %s%d%s%.0d.",
                   c->hidden, c->chunk, both ? "are chunk=" : "is chunk=", less,
                   both ? " and " : "", both ? more : 0);
}

tb_status tb_seq2seq_check(const void *config, tb_error *error)
{
    const tb_seq2seq *c = config;
    tb_status status = tb_spectral_check(config, error);
    if (!status)
        status = tb_labels_check(c->labels, error);
    return status ? status : check_chunk(c, error);
}
