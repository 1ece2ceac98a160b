#include "models/rave_gin.h"

#include "dsp/pqmf.h"

#include <stdio.h>
#include <string.h>

/* A configuration on its way; the first failure is kept. */
typedef struct gin_reading {
    const tb_gin *gin;
    const char *what;
    tb_rave *c;
    const char *encoder, *decoder; /* classes: "EncoderV2", "GeneratorV2" */
    tb_error error;
} gin_reading;

/* ---- pieces ---- */

static void refuse(gin_reading *r, const char *why)
{
    if (!r->error.status)
        tb_fail(&r->error, TB_ERR_UNSUPPORTED, "'%s' cannot be read: %s.",
                r->what, why);
}

static const char *of_class(const char *class, const char *key, char name[128])
{
    snprintf(name, 128, "%s.%s", class, key);
    return name;
}

static int whole(gin_reading *r, const char *class, const char *key, int least)
{
    char name[128];
    double x = tb_gin_number(r->gin, of_class(class, key, name), -1);
    if (x >= least && x <= 1 << 20 && x == (int)x)
        return (int)x;
    refuse(r, "a number of its network is missing, or no number");
    return least;
}

static bool names(const gin_reading *r, const char *class, const char *key,
                  const char *what)
{
    char name[128];
    return tb_gin_names(r->gin, of_class(class, key, name), what);
}

static bool has(const gin_reading *r, const char *class, const char *key)
{
    char name[128];
    return tb_gin_find(r->gin, of_class(class, key, name)) != NULL;
}

static tb_int_list list(gin_reading *r, const char *class, const char *key,
                        tb_int_list *inner)
{
    char name[128];
    tb_int_list x;
    if (tb_gin_list(r->gin, of_class(class, key, name), &x, inner))
        return x;
    refuse(r, "a list of its network is missing, or too long");
    return (tb_int_list){1, {1}};
}

static bool same(const tb_int_list *a, const tb_int_list *b)
{
    bool same = a->count == b->count;
    for (int i = 0; same && i < a->count; i++)
        same = a->at[i] == b->at[i];
    return same;
}

/* ---- units ---- */

/* Dilations stage by stage, or of all: each stage has the first so many of the
   longest list. */
static void read_units(gin_reading *r, const char *class, tb_int_list *longest,
                       tb_int_list *units)
{
    tb_int_list inner, all = list(r, class, "dilations", &inner);
    if (inner.count == 0) {
        *longest = all;
        *units = (tb_int_list){1, {all.count}};
        return;
    }
    *units = inner;
    longest->count = 0;
    for (int i = 0, at = 0; i < inner.count; at += inner.at[i++])
        for (int k = 0; k < inner.at[i] && at + k < all.count; k++) {
            if (k == longest->count)
                longest->at[longest->count++] = all.at[at + k];
            if (longest->at[k] != all.at[at + k])
                refuse(r, "dilations of its stages differ in more than how "
                          "many there are");
        }
}

static void read_second_units(gin_reading *r)
{
    tb_int_list heard, said, units;
    read_units(r, r->decoder, &said, &r->c->units);
    read_units(r, r->encoder, &heard, &units);
    for (int i = 0; i < heard.count; i++)
        if (i >= said.count || heard.at[i] != said.at[i])
            refuse(r, "encoder and decoder have other dilations");
    r->c->dilations = said;
    r->c->encoder_units =
        same(&units, &r->c->units) ? (tb_int_list){1, {0}} : units;
}

/* Pairs, of which the second is that of the small convolution. */
static void read_first_units(gin_reading *r)
{
    tb_int_list inner;
    tb_int_list all = list(r, "ResidualStack", "dilations_list", &inner);
    r->c->dilations = (tb_int_list){0};
    for (int i = 0; i + 1 < all.count; i += 2) {
        r->c->dilations.at[r->c->dilations.count++] = all.at[i];
        if (all.at[i + 1] != 1)
            refuse(r, "its second convolutions have dilations");
    }
    r->c->units = (tb_int_list){1, {r->c->dilations.count}};
    r->c->encoder_units = (tb_int_list){1, {0}};
}

/* ---- the network ---- */

static void read_stages(gin_reading *r)
{
    tb_rave *c = r->c;
    tb_int_list up = list(r, r->decoder, "ratios", NULL);
    c->capacity = whole(r, r->encoder, "capacity", 1);
    if (whole(r, r->decoder, "capacity", 1) != c->capacity)
        refuse(r, "encoder and decoder have other capacities");
    c->ratios = list(r, r->encoder, "ratios", NULL);
    c->decoder_ratios = same(&up, &c->ratios) ? (tb_int_list){1, {0}} : up;
    if (c->version == 0) {
        read_first_units(r);
        return;
    }
    c->kernel = whole(r, r->encoder, "kernel_size", 1);
    c->activation = names(r, r->encoder, "activation", "Snake");
    c->adain = has(r, r->encoder, "adain");
    c->amplitude =
        tb_gin_number(r->gin, "GeneratorV2.amplitude_modulation", 0) != 0;
    c->gru_layers = has(r, r->decoder, "recurrent_layer")
                        ? whole(r, "GRU", "num_layers", 1)
                        : 0;
    read_second_units(r);
}

static void read_noise(gin_reading *r)
{
    tb_rave *c = r->c;
    const char *class = c->version ? "NoiseGeneratorV2" : "NoiseGenerator";
    bool is = c->version ? has(r, r->decoder, "noise_module")
                         : tb_gin_number(r->gin, "Generator.use_noise", 0) != 0;
    c->noise_cropped = true;
    c->noise_bins = is ? whole(r, class, "noise_bands", 2) : 0;
    if (is)
        c->noise_ratios = list(r, class, "ratios", NULL);
    if (is && c->version)
        c->noise_hidden = whole(r, class, "hidden_size", 1);
}

/* Both classes share what follows. */
static void read_ports(gin_reading *r)
{
    const tb_gin *g = r->gin;
    tb_rave *c = r->c;
    c->bands = has(r, "RAVE", "pqmf") ? whole(r, "CachedPQMF", "n_band", 2) : 1;
    c->attenuation = tb_gin_number(g, "CachedPQMF.attenuation", 100);
    c->bank = TB_PQMF_RAVE;
    c->hears = tb_gin_is(g, "RAVE.input_mode", "mel")   ? TB_RAVE_MEL
               : tb_gin_is(g, "RAVE.input_mode", "raw") ? TB_RAVE_SOUND
                                                        : TB_RAVE_BANDS;
    c->says =
        tb_gin_is(g, "RAVE.output_mode", "raw") ? TB_RAVE_SOUND : TB_RAVE_BANDS;
    c->sample_rate = tb_gin_number(g, "RAVE.sampling_rate", 44100);
    c->causal = tb_gin_is(g, "convs.get_padding.mode", "causal");
    if (c->hears == TB_RAVE_MEL) {
        c->mel_size = whole(r, "MelSpectrogram", "n_fft", 16);
        c->mel_hop = whole(r, "MelSpectrogram", "hop_length", 1);
        c->mel_bands = whole(r, "MelSpectrogram", "n_mels", 1);
    }
}

static void read_latents(gin_reading *r)
{
    static const char *const classes[] = {
        "VariationalEncoder", "WasserteinEncoder", "SphericalEncoder",
        "DiscreteEncoder"};
    tb_rave *c = r->c;
    int kind = -1;
    for (int i = 0; i < 4; i++)
        if (names(r, "RAVE", "encoder", classes[i]))
            kind = i;
    if (kind < 0) {
        refuse(r, "its latents are of a kind that is not known here");
        return;
    }
    c->latent_kind = kind;
    c->latents = whole(r, r->encoder, "latent_size", 1);
    c->noise_latents = (int)tb_gin_number(
        r->gin, "get_augmented_latent_size.noise_augmentation", 0);
    if (kind == TB_RAVE_DISCRETE) {
        c->codebooks =
            whole(r, "ResidualVectorQuantization", "num_quantizers", 1);
        c->codes = whole(r, "ResidualVectorQuantization", "codebook_size", 2);
    }
}

/* ---- learning ---- */

/* A number of a dict of weights, "{'feature_matching': 20}". */
static double weight_of(const gin_reading *r, const char *key, double standard)
{
    const char *at = tb_gin_find(r->gin, "RAVE.weights"), *end;
    char quoted[64];
    double x;
    snprintf(quoted, sizeof quoted, "'%s':", key);
    at = at ? strstr(at, quoted) : NULL;
    if (!at)
        return standard;
    at += strlen(quoted);
    while (*at == ' ')
        at++;
    return tb_number_parse(at, &end, &x) ? x : standard;
}

/* The second phase. Features weigh once. */
static void read_adversary(gin_reading *r)
{
    const tb_gin *g = r->gin;
    tb_rave *c = r->c;
    tb_int_list periods;
    double steps = tb_gin_number(g, "RAVE.phase_1_duration", 0);
    c->phase1 = steps > 0 && steps < 1e9 ? (int)steps : 0;
    c->encoder_freezes = c->latent_kind == TB_RAVE_VARIATIONAL ||
                         c->latent_kind == TB_RAVE_WASSERSTEIN;
    c->adversary = names(r, "RAVE", "gan_loss", "ls_gan")              ? 1
                   : names(r, "RAVE", "gan_loss", "nonsaturating_gan") ? 2
                                                                       : 0;
    c->discriminator_every =
        (int)tb_gin_number(g, "RAVE.update_discriminator_every", 2);
    c->skipped_features = (int)tb_gin_number(g, "RAVE.num_skipped_features", 0);
    /* Written before the first step, a configuration may not tell of it: it is
       what the second version does. */
    c->relative_features =
        tb_gin_number(g, "mean_difference.relative", c->version) != 0;
    c->feature_matching = weight_of(r, "feature_matching", c->feature_matching);
    c->adversarial = weight_of(r, "adversarial", c->adversarial);
    c->sound_distance = weight_of(r, "fullband_spectral_distance", 1);
    c->bands_distance = weight_of(r, "multiband_spectral_distance", 1);
    if (tb_gin_list(g, "MultiPeriodDiscriminator.periods", &periods, NULL))
        c->discriminator_periods = periods;
}

static void read_learning(gin_reading *r)
{
    const tb_gin *g = r->gin;
    tb_rave *c = r->c;
    const char *all = "CombineDiscriminators.discriminators";
    c->discriminators =
        names(r, "RAVE", "discriminator", "DescriptDiscriminator")
            ? TB_RAVE_DESCRIPT
        : tb_gin_names(g, all, "MultiScaleSpectralDiscriminator")
            ? TB_RAVE_SPECTRAL
        : tb_gin_names(g, all, "MultiPeriodDiscriminator") ? TB_RAVE_PERIODS
                                                           : TB_RAVE_SCALES;
    c->scales = list(r, "MultiScaleSTFT", "scales", NULL);
    c->log_floor = tb_gin_number(g, "AudioDistanceV1.log_epsilon", 1e-7);
    c->crop = tb_gin_number(g, "RAVE.valid_signal_crop", 0) != 0;
    c->divergence_start = tb_gin_number(g, "BetaWarmupCallback.initial_value",
                                        c->divergence_start);
    c->divergence =
        tb_gin_number(g, "BetaWarmupCallback.target_value", c->divergence);
    c->divergence_steps = (int)tb_gin_number(g, "BetaWarmupCallback.warmup_len",
                                             c->divergence_steps);
}

/* ---- all of it ---- */

tb_status tb_rave_of_gin(const tb_gin *gin, const char *what, tb_rave *config,
                         tb_error *error)
{
    gin_reading r = {.gin = gin, .what = what, .c = config};
    bool second = names(&r, "RAVE", "decoder", "GeneratorV2");
    if (!second && !names(&r, "RAVE", "decoder", "Generator"))
        refuse(&r, "it tells of no network of RAVE");
    r.encoder = second ? "EncoderV2" : "Encoder";
    r.decoder = second ? "GeneratorV2" : "Generator";
    config->version = second;
    if (!r.error.status)
        read_stages(&r);
    if (!r.error.status) {
        read_noise(&r);
        read_ports(&r);
        read_latents(&r);
        read_learning(&r);
        read_adversary(&r);
    }
    if (!r.error.status)
        tb_rave_check(config, &r.error);
    if (r.error.status && error)
        *error = r.error;
    return r.error.status;
}
