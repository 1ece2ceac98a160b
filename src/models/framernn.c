#include "models/framernn.h"

#include "engine/ops/random.h"
#include "engine/ops/shape.h"
#include "nn/layers.h"

#include <assert.h>

static_assert(offsetof(tb_framernn, frames) == 0,
              "tb_spectral_frames stands for the whole");

/* ---- settings ---- */

static const tb_setting rows[] = {
    TB_SPECTRAL_FRAMES_ROWS,
    TB_SETTING_INT(tb_framernn, hidden, "384", 1, 8192, NULL,
                   "Size of the memory: how much it can tell apart."),
    TB_SETTING_CHOICE(tb_framernn, cell, "gru", tb_cell_names,
                      "How it remembers."),
    TB_SETTING_INT(tb_framernn, layers, "1", 1, 8, NULL,
                   "Recurrent layers, one above the other."),
    TB_SETTING_CHOICE(tb_framernn, h0, "zeros", tb_first_state_names,
                      "What it remembers before it heard anything."),
    TB_SETTING_FLOAT(tb_framernn, dropout, "0.2", 0, 0.95, NULL,
                     "Part of what it reads and says left out in training."),
    TB_SETTING_CHOICE(tb_framernn, activation, "gelu", tb_activation_names,
                      "Activation of what it reads."),
    TB_LABELS_ROW(tb_framernn),
};

/* Few rows of short windows: many steps in little time, with a memory that is
   carried from one to the next. Codes do not wander off. */
static const char *const small[] = {"sample_rate=16000",
                                    "fft_size=2048",
                                    "hop=512",
                                    "components=64",
                                    "head=codes",
                                    "left_out=yes",
                                    "past_noise=0.6",
                                    "hidden=256",
                                    "dropout=0.3",
                                    "training.batch=16",
                                    "training.window=32768",
                                    "training.piece=16",
                                    "training.learning_rate=0.002",
                                    "training.beta2=0.95",
                                    NULL};
static const char *const large[] = {"sample_rate=16000",
                                    "fft_size=1024",
                                    "hop=256",
                                    "components=128",
                                    "head=normals",
                                    "left_out=yes",
                                    "choices=8",
                                    "past_noise=0.5",
                                    "hidden=512",
                                    "dropout=0.2",
                                    "training.batch=24",
                                    "training.window=32768",
                                    "training.piece=16",
                                    "training.learning_rate=0.001",
                                    "training.beta2=0.95",
                                    NULL};

/* What changes from codes to normal numbers. */
static const char *const smooth[] = {"head=normals",
                                     "choices=8",
                                     "past_noise=0.5",
                                     "dropout=0.2",
                                     "training.learning_rate=0.001",
                                     NULL};

static const tb_preset presets[] = {
    {"small", "256 units, says codes; learns in a minute", small},
    {"large", "512 units, says normal numbers; from 4 minutes of sound on",
     large},
    {"smooth", "normal numbers in place of codes: small,smooth", smooth},
};

/* Scores of 10 s that it goes on by itself, on the material of bench/sound.txt,
   seed by seed, and seconds of one core that learning took:

     256 units, codes, spectra of 2048, 60 hearings
       orchestra 0.28 0.30 (60 s), loops and hits 0.40 0.32 (24 s), syllables
       0.40 0.31 (16 s)
     the same with spectra of 1024
       0.42 0.38 (105 s), 0.27 0.63 0.43 (41 s), 0.39 0.35 (27 s)
     512 units, normal numbers, spectra of 1024, 40 hearings
       0.26 0.32 (157 s), not tried, 0.75

   Held-out frames are foreseen best after 15 hearings, but what it says by
   itself is best after 35 to 60. */
static const tb_network_size sizes[] = {{"256 units", small, 1, 0, 60, NULL},
                                        {NULL, NULL, 0, 0, 0, NULL}};

const tb_settings tb_framernn_settings = {"network", rows,
                                          sizeof rows / sizeof *rows, presets,
                                          sizeof presets / sizeof *presets};

/* ---- what it says ---- */

static int64_t context_of(const void *config)
{
    return 1 + tb_spectral_incomplete(config);
}

static tb_distribution loop(tb_builder *b, tb_value *symbols, int64_t context)
{
    const tb_framernn *c = b->config;
    const tb_recurrent memory = {.cell = c->cell,
                                 .layers = c->layers,
                                 .hidden = c->hidden,
                                 .first = c->h0,
                                 .dropout = c->dropout};
    tb_value *x = tb_spectral_heard(b, symbols, context, 0);
    x = tb_linear_layer(tb_transpose(x, 1, 2), "input", c->hidden, 0);
    x = tb_add_labels(b, x, "labels", c->labels, tb_spectral_symbols(c).per,
                      context);
    x = tb_dropout(tb_activation(x, c->activation), c->dropout);
    x = tb_recurrent_layer(x, "rnn", &memory);
    return tb_spectral_head(&c->frames, x,
                            tb_spectral_past(symbols, context, 0));
}

static const char *labels_of(const void *config)
{
    return ((const tb_framernn *)config)->labels;
}

static tb_status check(const void *config, tb_error *error)
{
    tb_status status = tb_spectral_check(config, error);
    return status
               ? status
               : tb_labels_check(((const tb_framernn *)config)->labels, error);
}

static const tb_network network = {TB_SPECTRAL_NETWORK, .loop = loop,
                                   .context = context_of, .labels = labels_of};

static const tb_suits suits = {0.95, 0.9, 0.8, 0.5,
                               "It plays spectrum by spectrum: your harmonies, "
                               "hits and voices in orders of "
                               "its own; attacks are softer than they were."};

const tb_instrument tb_framernn_instrument = {
    .name = "framernn",
    .about = "A memory that hears spectra and says the next one.",
    .settings = &tb_framernn_settings,
    .sizes = sizes,
    .suits = &suits,
    .config_size = sizeof(tb_framernn),
    .preset = "small",
    .check = check,
    .format = tb_spectral_format,
    .network = &network,
    .buffers = tb_spectral_buffers,
    .init = tb_spectral_init};
