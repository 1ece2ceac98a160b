#include "models/rave_layers.h"

#include "dsp/pqmf.h"
#include "dsp/sound_distance.h"
#include "nn/filtered_noise.h"

static const char *const said[] = {"bands", "sound", NULL};
static const char *const heard[] = {"bands", "sound", "mel", NULL};
static const char *const versions[] = {"1", "2", NULL};
static const char *const activations[] = {"leaky_relu", "snake", NULL};
static const char *const kinds[] = {"variational", "wasserstein", "spherical",
                                    "discrete", NULL};
static const char *const discriminators[] = {"scales", "periods", "spectral",
                                             "descript", NULL};
static const char *const adversaries[] = {"hinge", "least_squares",
                                          "non_saturating", NULL};

static const char *const learners[] = {"all", "decoder", "gains", NULL};
static const char *const compats[] = {"none", "rave-2.3", NULL};

static const tb_setting rows[] = {
    TB_SETTING_CHOICE(tb_rave, compat, "none", compats,
                      "Does as RAVE 2.3 does, its faults included."),
    TB_SETTING_FLOAT(tb_rave, sample_rate, "44100", 4000, 192000, "Hz",
                     "Samples in a second of sound."),
    TB_SETTING_INT(tb_rave, channels, "1", 1, 16, NULL, "Of the sound."),
    TB_SETTING_INT(tb_rave, bands, "16", 1, TB_PQMF_MOST_BANDS, NULL,
                   "Bands that the sound is divided into; a power of two."),
    TB_SETTING_FLOAT(tb_rave, attenuation, "100", 20, 160, "dB",
                     "Of what a band lets through: less is sooner."),
    TB_SETTING_CHOICE(tb_rave, bank, "exact", tb_pqmf_searches,
                      "Filters as good as they can be, or published ones."),
    TB_SETTING_BOOL(tb_rave, causal, "no",
                    "Layers look at the past alone: little latency."),
    TB_SETTING_CHOICE(tb_rave, hears, "bands", heard, "The encoder's input."),
    TB_SETTING_CHOICE(tb_rave, says, "bands", said, "The decoder's output."),
    TB_SETTING_INT(tb_rave, mel_size, "2048", 16, 65536, "samples",
                   "Windows of mel spectra that are heard."),
    TB_SETTING_INT(tb_rave, mel_hop, "256", 1, 65536, "samples",
                   "From one of these to the next."),
    TB_SETTING_INT(tb_rave, mel_bands, "128", 1, 1024, NULL,
                   "Of these spectra."),
    TB_SETTING_CHOICE(tb_rave, version, "2", versions,
                      "How layers are built: as in v1 or as in v2."),
    TB_SETTING_INT(tb_rave, capacity, "96", 1, 1024, NULL,
                   "Channels of the first layer; the deepest have many more."),
    TB_SETTING_INT(tb_rave, kernel, "3", 1, 15, NULL,
                   "Taps of most layers; the first version has its own."),
    TB_SETTING_INTS(tb_rave, ratios, "4,4,4,2", 1, 32, NULL,
                    "Frames that become one, stage by stage."),
    TB_SETTING_INTS(tb_rave, decoder_ratios, "0", 0, 32, NULL,
                    "The same of the decoder, from the sound on (0: alike)."),
    TB_SETTING_INTS(tb_rave, dilations, "1,3,9", 1, 1024, NULL,
                    "Frames between taps, of the units of a stage."),
    TB_SETTING_INTS(tb_rave, units, "3,3,3,2", 1, TB_LIST_MAX, NULL,
                    "How many of these each stage has."),
    TB_SETTING_INTS(tb_rave, encoder_units, "0", 0, TB_LIST_MAX, NULL,
                    "The same of the encoder (0: alike)."),
    TB_SETTING_INT(tb_rave, gru_layers, "0", 0, 8, NULL,
                   "Layers that remember latents, before the decoder."),
    TB_SETTING_CHOICE(tb_rave, activation, "leaky_relu", activations,
                      "Between stages; version 1 has leaky_relu."),
    TB_SETTING_BOOL(tb_rave, biases, "no",
                    "Layers of version 1 have biases, as RAVE's of 2022."),
    TB_SETTING_BOOL(tb_rave, adain, "no",
                    "Layers can take on statistics of another sound."),
    TB_SETTING_BOOL(tb_rave, amplitude, "yes",
                    "Says a waveform and its amplitude; version 2."),
    TB_SETTING_INT(tb_rave, noise_bins, "0", 0, TB_NOISE_MOST_BINS, NULL,
                   "Magnitudes of the noise's filters (0: no noise)."),
    TB_SETTING_INT(tb_rave, noise_hidden, "128", 1, 1024, NULL,
                   "Channels of the noise's layers; version 2."),
    TB_SETTING_INTS(tb_rave, noise_ratios, "2,2,2", 1, 32, NULL,
                    "Frames for one of these filters, layer by layer."),
    TB_SETTING_BOOL(tb_rave, noise_cropped, "no",
                    "Filters of the noise cut as in published models."),
    TB_SETTING_CHOICE(tb_rave, latent_kind, "variational", kinds,
                      "What the numbers between encoder and decoder are."),
    TB_SETTING_INT(tb_rave, latents, "128", 1, 1024, NULL,
                   "How many of these there are."),
    TB_SETTING_INT(tb_rave, directions, "0", 0, 1024, NULL,
                   "Of exports: directions of latents in their place (0: "
                   "latents)."),
    TB_SETTING_INT(tb_rave, noise_latents, "0", 0, 1024, NULL,
                   "Noise that the decoder hears beside them."),
    TB_SETTING_INT(tb_rave, codebooks, "16", 1, TB_MOST_CODEBOOKS, NULL,
                   "Codes that are added up; discrete latents."),
    TB_SETTING_INT(tb_rave, codes, "1024", 2, 65536, NULL,
                   "To choose each of these from."),
    TB_SETTING_INTS(tb_rave, scales, "2048,1024,512,256,128", 16, 65536,
                    "samples",
                    "Windows of the spectra that are compared; multiples of "
                    "4."),
    TB_SETTING_FLOAT(tb_rave, log_floor, "1e-7", 1e-12, 10, NULL,
                     "Added to magnitudes that are compared in decibels."),
    TB_SETTING_FLOAT(tb_rave, quietest, "-60", -200, 0, "dB",
                     "Faults in quieter sound count as in sound so loud."),
    TB_SETTING_BOOL(tb_rave, crop, "no",
                    "Bands are compared only where all that they depend on "
                    "was heard (everywhere, if latents are remembered)."),
    TB_SETTING_FLOAT(tb_rave, sound_distance, "1", 0, 1000, NULL,
                     "Weight of the distance of the sound ..."),
    TB_SETTING_FLOAT(tb_rave, bands_distance, "1", 0, 1000, NULL,
                     "... and of that of its bands."),
    TB_SETTING_FLOAT(tb_rave, divergence_start, "1e-6", 1e-12, 1000, NULL,
                     "What draws latents together weighs so much at first ..."),
    TB_SETTING_FLOAT(tb_rave, divergence, "0.05", 1e-12, 1000, NULL,
                     "... and so much in the end: more for fewer latents."),
    TB_SETTING_INT(tb_rave, divergence_steps, "20000", 0, 100000000, "steps",
                   "How long that takes."),
    TB_SETTING_FLOAT(tb_rave, free_bits, "0", 0, 100, "bits",
                     "What each variational latent may tell of a moment before "
                     "that draws it."),
    TB_SETTING_CHOICE(tb_rave, learns, "all", learners,
                      "What a training moves: beside --from little is sooner."),
    TB_SETTING_INT(tb_rave, phase1, "1000000", 0, 1000000000, "steps",
                   "Then discriminators join in (0: not because of steps) ..."),
    TB_SETTING_FLOAT(tb_rave, phase1_share, "0.67", 0, 1, NULL,
                     "... or after this part of the minutes or epochs ..."),
    TB_SETTING_INT(tb_rave, patience, "4000", 0, 1000000000, "steps",
                   "... or, without minutes or epochs, when so many have not "
                   "brought it nearer."),
    TB_SETTING_BOOL(tb_rave, encoder_freezes, "yes",
                    "From then on the encoder stands still."),
    TB_SETTING_CHOICE(tb_rave, discriminators, "scales", discriminators,
                      "What listens in the second phase of learning."),
    TB_SETTING_INT(tb_rave, discriminator_capacity, "0", 0, 1024, NULL,
                   "Their channels at scales and periods (0: capacity)."),
    TB_SETTING_INT(tb_rave, spectral_capacity, "32", 1, 1024, NULL,
                   "Channels of those of spectra, and of descript."),
    TB_SETTING_INT(tb_rave, discriminator_scales, "3", 1, 8, NULL,
                   "Listens to the sound, a half of its rate, a quarter..."),
    TB_SETTING_INTS(tb_rave, discriminator_periods, "2,3,5,7,11", 1, 1024,
                    "samples", "Listens to every second sample, third..."),
    TB_SETTING_INTS(tb_rave, discriminator_spectra, "0", 0, 65536, "samples",
                    "Windows of spectra that it listens to (0: the usual)."),
    TB_SETTING_INT(tb_rave, discriminator_every, "2", 1, TB_RAVE_MOST_TURNS,
                   "steps", "One of so many is a step of the discriminators."),
    TB_SETTING_FLOAT(tb_rave, discriminator_rate, "0.1", 1e-6, 1000, NULL,
                     "How far their steps go, times learning_rate."),
    TB_SETTING_CHOICE(tb_rave, adversary, "hinge", adversaries,
                      "How scores count."),
    TB_SETTING_FLOAT(tb_rave, adversarial, "1", 0, 1000, NULL,
                     "Weight of being taken for real."),
    TB_SETTING_FLOAT(tb_rave, feature_matching, "20", 0, 1000, NULL,
                     "Weight of being heard alike, layer by layer."),
    TB_SETTING_BOOL(tb_rave, relative_features, "yes",
                    "Layers count relative to how loud they are."),
    TB_SETTING_INT(tb_rave, skipped_features, "1", 0, 4, NULL,
                   "First layers that do not count."),
};

/* ---- presets ---- */

#define LEARNING                                                               \
    "training.batch=8", "training.window=131072",                              \
        "training.learning_rate=0.001", "training.beta1=0.5",                  \
        "training.beta2=0.9", "training.clip=0", "training.schedule=linear",   \
        "training.final_rate=0.1", "training.phase=0.8",                       \
        "training.dequantise=16"
#define PHASE_1(steps, freezes) "phase1=" steps, "encoder_freezes=" freezes
#define MATCHES(every, weight, relative, skipped)                              \
    "discriminator_every=" every, "feature_matching=" weight,                  \
        "relative_features=" relative, "skipped_features=" skipped
#define WEIGHS(start, end, steps)                                              \
    "divergence_start=" start, "divergence=" end, "divergence_steps=" steps
#define V1                                                                     \
    LEARNING, WEIGHS("0.1", "0.1", "0"), "log_floor=1e-7", "version=1",        \
        "crop=no", "ratios=4,4,4,2", "dilations=1,3,5", "units=3",             \
        PHASE_1("1000000", "yes"), "discriminators=scales",                    \
        MATCHES("2", "10", "no", "0")
#define V2                                                                     \
    LEARNING, WEIGHS("1e-6", "0.05", "20000"), "log_floor=1e-7", "version=2",  \
        "crop=yes", "capacity=96", "ratios=4,4,4,2", "dilations=1,3,9",        \
        "units=3,3,3,2", PHASE_1("1000000", "yes"), "discriminators=periods",  \
        MATCHES("4", "20", "yes", "1")
#define NOISE_V1 "noise_bins=5", "noise_ratios=4,4,4"
#define SNAKE "activation=snake"
#define DESCRIPT "discriminators=descript"
#define DISCRETE                                                               \
    V2, "ratios=4,4,2,2", "latent_kind=discrete", "codebooks=16",              \
        "codes=1024", "noise_latents=128", PHASE_1("200000", "no"),            \
        "skipped_features=0"
#define NO_BANK V2, "capacity=64", "says=sound", "decoder_ratios=8,8,8,4"

static const char *const v1[] = {V1, "capacity=64", NOISE_V1, NULL};
static const char *const v2[] = {V2, NULL};
static const char *const v2_small[] = {V2,
                                       "capacity=48",
                                       "ratios=4,2,2,2",
                                       "noise_bins=32",
                                       "noise_hidden=64",
                                       "noise_ratios=2,2,2",
                                       WEIGHS("0.01", "0.01", "0"),
                                       "discriminator_every=2",
                                       NULL};
static const char *const v2_nopqmf[] = {NO_BANK,
                                        WEIGHS("1e-6", "0.01", "500000"), NULL};
static const char *const v2_nopqmf_small[] = {NO_BANK,
                                              WEIGHS("0.1", "0.1", "0"), NULL};
static const char *const v3[] = {V2, "adain=yes", SNAKE, DESCRIPT, NULL};
static const char *const discrete[] = {DISCRETE, "log_floor=1",
                                       WEIGHS("0.1", "0.1", "0"), NULL};
static const char *const discrete_v3[] = {DISCRETE, "log_floor=1", SNAKE,
                                          DESCRIPT, NULL};
static const char *const onnx[] = {V1, "capacity=32", NULL};
static const char *const raspberry[] = {V1, "capacity=16", NULL};
static const char *const brave[] = {
    V1,        "capacity=64",         "ratios=2,2,2,1", "causal=yes",
    "units=4", "dilations=3,9,27,36", "attenuation=40", NULL};

static const char *const causal[] = {"causal=yes", NULL};
static const char *const noise[] = {"noise_bins=5", "noise_hidden=128",
                                    "noise_ratios=2,2,2", NULL};
static const char *const snake[] = {SNAKE, NULL};
static const char *const adain[] = {"adain=yes", NULL};
/* RAVE has twice as much of everything: distances weigh 2. */
static const char *const wasserstein[] = {"latent_kind=wasserstein",
                                          "latents=16",
                                          "noise_latents=128",
                                          WEIGHS("50", "50", "0"),
                                          PHASE_1("200000", "yes"),
                                          "feature_matching=10",
                                          NULL};
static const char *const spherical[] = {"latent_kind=spherical", "latents=16",
                                        "noise_latents=0",
                                        PHASE_1("200000", "no"), NULL};
static const char *const hybrid[] = {
    "hears=mel",       "ratios=2,2,2",
    "encoder_units=1", "decoder_ratios=4,4,4,2",
    "gru_layers=2",    NULL};
static const char *const spectral[] = {"discriminators=spectral", NULL};
static const char *const descript[] = {DESCRIPT, NULL};

static const tb_preset presets[] = {
    {"v1", "the first RAVE, with noise", v1},
    {"v2", "the second: better sound, learns longer", v2},
    {"v2_small", "a quarter as large, four times as many latents, with noise",
     v2_small},
    {"v2_nopqmf", "v2 that says sound instead of bands", v2_nopqmf},
    {"v2_nopqmf_small", "the same network, latents drawn together more",
     v2_nopqmf_small},
    {"v3", "v2 with snakes and statistics of other sounds", v3},
    {"discrete", "v2 whose latents are sums of codes", discrete},
    {"discrete_v3", "the same with snakes", discrete_v3},
    {"onnx", "v1 of half the size without noise", onnx},
    {"raspberry", "v1 of a quarter of the size without noise", raspberry},
    {"brave", "v1 that answers within 10 ms", brave},
    {"causal", "to add: layers look at the past alone", causal},
    {"noise", "to add: a noise synthesiser", noise},
    {"snake", "to add: periodic activations", snake},
    {"adain", "to add: statistics of other sounds", adain},
    {"wasserstein", "to add: free latents, and noise", wasserstein},
    {"spherical", "to add: latents on a sphere", spherical},
    {"hybrid", "to add: hears mel spectra, remembers latents", hybrid},
    {"spectral_discriminator", "to add: listens to spectra", spectral},
    {"descript_discriminator", "to add: listens to spectra and periods",
     descript},
};

const tb_settings tb_rave_settings = {"network", rows,
                                      sizeof rows / sizeof *rows, presets,
                                      sizeof presets / sizeof *presets};

/* ---- what does not go together ---- */

static tb_status check_bank(const tb_rave *c, tb_error *error)
{
    if (c->bands & (c->bands - 1))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A RAVE has 1, 2, 4, 8, 16, 32 or 64 bands, not %d.",
                       c->bands);
    if (c->bands == 1 &&
        (c->hears == TB_RAVE_BANDS || c->says == TB_RAVE_BANDS))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "With one band there is no bank: say hears=sound "
                       "says=sound, or take 16 bands.");
    return TB_OK;
}

static tb_status check_ratios(const tb_rave *c, tb_error *error)
{
    int64_t bands = c->says == TB_RAVE_BANDS ? c->bands : 1;
    int64_t up = bands * tb_rave_product(tb_rave_decoder_ratios(c));
    int64_t filter = tb_rave_product(&c->noise_ratios);
    for (int i = 0; i < c->decoder_ratios.count; i++)
        if (c->decoder_ratios.at[i] == 0 && c->decoder_ratios.count > 1)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "decoder_ratios is a list of ratios from 1 on, or "
                           "0: as the encoder's.");
    if (up != tb_rave_ratio(c))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "The encoder makes one frame of latents of %lld "
                       "samples, the decoder %lld samples of one: ratios and "
                       "decoder_ratios must have the same product, times the "
                       "bands.",
                       (long long)tb_rave_ratio(c), (long long)up);
    if (tb_rave_ratio(c) > 65536)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A frame of latents stands for %lld samples: at most "
                       "65536 can be.",
                       (long long)tb_rave_ratio(c));
    if (c->noise_bins && up / bands % filter)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A filter of the noise lasts %lld frames, which does "
                       "not divide the %lld of a frame of latents: change "
                       "noise_ratios.",
                       (long long)filter, (long long)(up / bands));
    return TB_OK;
}

static tb_status check_mel(const tb_rave *c, tb_error *error)
{
    if (c->hears != TB_RAVE_MEL)
        return TB_OK;
    if (c->mel_size % 2 || c->mel_hop > c->mel_size / 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "mel_size is an even number, and mel_hop at most half "
                       "of it: %d and %d do not go.",
                       c->mel_size, c->mel_hop);
    if (c->causal)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "What hears mel spectra (hybrid) looks ahead by half of "
                       "a window, so that causal layers win nothing: leave one "
                       "of them out.");
    return TB_OK;
}

static tb_status check_scales(const tb_rave *c, tb_error *error)
{
    if (c->scales.count > TB_MOST_SCALES)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Spectra are compared at up to %d scales, not %d.",
                       TB_MOST_SCALES, c->scales.count);
    for (int i = 0; i < c->scales.count; i++)
        if (c->scales.at[i] % 4)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Windows of spectra are multiples of 4 samples, not "
                           "%d: the nearest is %d.",
                           c->scales.at[i], (c->scales.at[i] + 2) / 4 * 4);
    return TB_OK;
}

static tb_status check_judges(const tb_rave *c, tb_error *error)
{
    const tb_int_list *sizes = &c->discriminator_spectra;
    for (int i = 0; i < sizes->count; i++)
        if (sizes->at[i] % 4 ||
            (sizes->at[i] < 16 && (sizes->at[i] || sizes->count > 1)))
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "Discriminators listen to windows that are "
                           "multiples of 4 from 16 on, not to %d; a single 0 "
                           "means the usual ones.",
                           sizes->at[i]);
    return TB_OK;
}

static tb_status check_version(const tb_rave *c, tb_error *error)
{
    if (c->version == 0 && c->adain)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "adain needs the units of version 2: take v2, or leave "
                       "it out.");
    if (c->version == 0 && c->activation)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "snake needs the stages of version 2: take v2, or "
                       "leave it out.");
    if (c->version == 0 && c->gru_layers)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "hybrid needs the decoder of version 2: take v2, or "
                       "leave it out.");
    if (c->noise_bins == 1)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A filter of noise needs 2 magnitudes or more (0: no "
                       "noise).");
    if (c->version == 0 && c->ratios.count > TB_RAVE_MOST_NORMS)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Version 1 has up to %d stages, not %d.",
                       TB_RAVE_MOST_NORMS, c->ratios.count);
    if (c->ratios.count > 10 || tb_rave_decoder_ratios(c)->count > 10)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "A RAVE has up to 10 stages: channels double with each "
                       "of them.");
    return TB_OK;
}

static tb_status check_directions(const tb_rave *c, tb_error *error)
{
    if (c->directions > c->latents)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "%d latents have no %d directions.", c->latents,
                       c->directions);
    if (c->directions && c->latent_kind == TB_RAVE_DISCRETE)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Discrete latents are codes and have no directions.");
    return TB_OK;
}

tb_status tb_rave_check(const void *config, tb_error *error)
{
    tb_status status = check_bank(config, error);
    if (!status)
        status = check_version(config, error);
    if (!status)
        status = check_mel(config, error);
    if (!status)
        status = check_scales(config, error);
    if (!status)
        status = check_judges(config, error);
    if (!status)
        status = check_directions(config, error);
    return status ? status : check_ratios(config, error);
}
