#include "models/freqnet.h"

#include "nn/layers.h"

#include <assert.h>

static_assert(offsetof(tb_freqnet, frames) == 0,
              "tb_spectral_frames stands for the whole");

static const tb_setting rows[] = {
    TB_SPECTRAL_FRAMES_ROWS,
    TB_SETTING_INTS(tb_freqnet, kernel_sizes, "2", 1, 64, NULL,
                    "Taps of all layers, of a block's or of each."),
    TB_SETTING_INTS(tb_freqnet, blocks, "6", 1, 32, NULL,
                    "Layers of each block; each looks further back."),
    TB_SETTING_BOOL(tb_freqnet, gated, "yes",
                    "Layers choose, moment by moment, what they pass on."),
    TB_SETTING_INT(tb_freqnet, dims_dilated, "256", 1, 8192, NULL,
                   "Size of the layers: how much each can tell apart."),
    TB_SETTING_INT(tb_freqnet, residuals_dim, "256", 0, 8192, NULL,
                   "Size of what layers only add to (0: they replace it)."),
    TB_SETTING_INT(tb_freqnet, skips_dim, "256", 0, 8192, NULL,
                   "What all layers tell the head (0: only the last does)."),
    TB_SETTING_INT(tb_freqnet, layer_groups, "1", 1, 1024, NULL,
                   "Layers work in so many groups: faster, knows less."),
    TB_SETTING_CHOICE(tb_freqnet, activation, "mish", tb_activation_names,
                      "Activation before the head, if there are skips."),
    TB_SETTING_FLOAT(tb_freqnet, dropout, "0.2", 0, 0.95, NULL,
                     "Part of what layers and head read left out in training."),
    TB_LABELS_ROW(tb_freqnet),
};

/* Few rows of short windows: many steps in little time. */
static const char *const small[] = {"sample_rate=16000",
                                    "components=64",
                                    "choices=8",
                                    "past_noise=0.5",
                                    "training.batch=16",
                                    "training.window=32768",
                                    "training.learning_rate=0.001",
                                    "training.beta2=0.95",
                                    NULL};

static const char *const large[] = {"sample_rate=16000",
                                    "components=128",
                                    "choices=8",
                                    "past_noise=0.5",
                                    "dims_dilated=512",
                                    "residuals_dim=512",
                                    "skips_dim=512",
                                    "training.batch=24",
                                    "training.window=32768",
                                    "training.learning_rate=0.001",
                                    "training.beta2=0.95",
                                    NULL};

static const char *const mimikit[] = {"sample_rate=22050",
                                      "fft_size=2048",
                                      "hop=512",
                                      "fft_window=hann",
                                      "scale=magnitude",
                                      "network.normalise=no",
                                      "components=0",
                                      "past_noise=0",
                                      "head=plain",
                                      "residual=no",
                                      "kernel_sizes=2",
                                      "blocks=3",
                                      "dims_dilated=2048",
                                      "residuals_dim=0",
                                      "skips_dim=0",
                                      "layer_groups=8",
                                      "dropout=0",
                                      "training.learning_rate=0.001",
                                      "training.batch=16",
                                      "training.window=32768",
                                      "training.beta1=0.9",
                                      "training.beta2=0.9",
                                      "training.temperatures=1",
                                      "training.normalise=file",
                                      "training.dc=highpass",
                                      "training.clip=0",
                                      "training.average=0",
                                      NULL};

static const tb_preset presets[] = {
    {"small", "hears 2 s; learns on a laptop, heard within a minute", small},
    {"large", "512 wide, for a quarter of an hour and more", large},
    {"mimikit", "hears 0.2 s, 2048 wide, says frames outright", mimikit},
};

const tb_settings tb_freqnet_settings = {"network", rows,
                                         sizeof rows / sizeof *rows, presets,
                                         sizeof presets / sizeof *presets};

/* Scores of 10 s that it goes on by itself, on the material of bench/sound.txt:

     hearings              60    150    all of 15 minutes
     loops and hits        0.30  0.39   0.56 (740)
     syllables             0.49  0.50   0.67 (652)
     orchestra             0.41         0.37 (370)

   (those of 15 minutes with each file by itself). Held-out frames are foreseen
   best after 14, 37 and 33 hearings. */
const tb_network_size tb_freqnet_sizes[] = {
    {"layers of 256", small, 1, 0, 60, NULL}, {NULL, NULL, 0, 0, 0, NULL}};

tb_status tb_freqnet_check(const void *config, tb_error *error)
{
    tb_wavenet layers = tb_freqnet_layers(config);
    tb_status status = tb_spectral_check(config, error);
    if (!status)
        status = tb_labels_check(((const tb_freqnet *)config)->labels, error);
    return status ? status : tb_wavenet_check(&layers, error);
}
