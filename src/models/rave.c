#include "models/rave.h"

#include "dsp/pqmf_rave.h"
#include "engine/ops/cast.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/random.h"
#include "engine/ops/reduce.h"
#include "engine/ops/shape.h"
#include "models/rave_budget.h"
#include "models/rave_latents.h"
#include "models/rave_layers.h"
#include "nn/init.h"
#include "nn/layers.h"

#include <string.h>

/* ---- the bank ---- */

/* Empty (an error of the graph, if there is one) where there is none. */
static tb_pqmf bank_of(const tb_rave *c, tb_graph *g)
{
    tb_pqmf bank = {0};
    tb_error error = {0};
    int search = c->compat == TB_RAVE_2_3 ? TB_PQMF_RAVE : c->bank;
    if (c->bands > 1 && tb_pqmf_init(&bank, c->bands, c->attenuation,
                                     (tb_pqmf_search)search, &error))
        tb_graph_fail(g, "%s", error.text);
    return bank;
}

/* Through one of the four of dsp/pqmf_rave.h; null without a bank. */
static tb_value *through_bank(const tb_rave *c, tb_value *x,
                              tb_value *(*way)(tb_value *, const tb_pqmf *,
                                               bool))
{
    tb_pqmf bank = bank_of(c, x ? x->graph : NULL);
    tb_value *y = bank.filters ? way(x, &bank, c->causal) : NULL;
    tb_pqmf_clear(&bank);
    return y;
}

static tb_value *analysed(const tb_rave *c, tb_value *x)
{
    return through_bank(c, x,
                        c->compat == TB_RAVE_2_3 ? tb_pqmf_rave_analyse
                                                 : tb_pqmf_analyse);
}

static tb_value *synthesised(const tb_rave *c, tb_value *x)
{
    return through_bank(c, x,
                        c->compat == TB_RAVE_2_3 ? tb_pqmf_rave_synthesise
                                                 : tb_pqmf_synthesise);
}

int64_t tb_rave_ratio(const tb_rave *c)
{
    const int64_t each[] = {c->bands, 1, c->mel_hop};
    return each[c->hears] * tb_rave_product(&c->ratios);
}

int64_t tb_rave_delay(const tb_rave *c)
{
    tb_pqmf bank = bank_of(c, NULL);
    bool heard = c->hears == TB_RAVE_BANDS, said = c->says == TB_RAVE_BANDS;
    int64_t delay = 0;
    if (bank.filters)
        delay = tb_pqmf_delay(&bank, c->causal) * (heard + said) / 2;
    if (bank.filters && c->compat == TB_RAVE_2_3) {
        tb_pqmf_lateness late = tb_pqmf_rave_lateness(&bank, c->causal);
        delay += heard * late.analysis + said * late.synthesis;
    }
    tb_pqmf_clear(&bank);
    return delay;
}

/* ---- latents ---- */

static tb_value *normal_noise(tb_value *like, int64_t n)
{
    return like ? tb_noise(like, TB_NORMAL_NOISE,
                           tb_dims(like->dim[0], n, TB_FRAMES))
                : NULL;
}

static tb_value *drawn(const tb_rave *c, const tb_rave_how *how,
                       const tb_rave_signals *s)
{
    tb_value *eps = how->latent_noise ? how->latent_noise
                                      : normal_noise(s->mean, c->latents);
    tb_value *away = tb_mul(s->deviation, eps);
    if (how->spread)
        away = tb_mul(
            away, tb_reshape(how->spread, tb_dims(how->spread->dim[0], 1, 1)));
    return tb_add(s->mean, away);
}

static void variational(const tb_rave *c, const tb_rave_how *how,
                        tb_rave_signals *s)
{
    int64_t n = c->latents;
    s->mean = tb_slice(s->encoded, 1, 0, n, 1);
    s->deviation =
        tb_map(tb_map(tb_slice(s->encoded, 1, n, 2 * n, 1), TB_SOFTPLUS, 0, 0),
               TB_AFFINE, 1, 1e-4);
    s->latents = how->draws ? drawn(c, how, s) : s->mean;
}

/* The decoder hears codes; their gradient is that of what they were chosen
   for. */
static void discrete(const tb_rave *c, tb_rave_signals *s)
{
    tb_residual_codes how = {c->codebooks, c->codes, "encoder.rvq.layers"};
    s->mean = s->encoded;
    s->coded = tb_residual_codes_of(s->encoded, &how);
    s->latents =
        tb_add(s->coded.vectors, tb_sub(s->encoded, tb_detach(s->encoded)));
}

static tb_value *heard_by(const tb_rave *c, const tb_rave_signals *s)
{
    if (c->hears == TB_RAVE_MEL)
        return tb_rave_mel(c, s->sound);
    return c->hears == TB_RAVE_BANDS && c->bands > 1 ? s->bands : s->sound;
}

void tb_rave_encode(const tb_rave *c, const tb_rave_how *how,
                    tb_rave_signals *s)
{
    s->bands = analysed(c, s->sound);
    s->encoded = tb_rave_encoder(c, how, heard_by(c, s), s);
    switch ((tb_rave_latents)c->latent_kind) {
    case TB_RAVE_VARIATIONAL:
        variational(c, how, s);
        break;
    case TB_RAVE_DISCRETE:
        discrete(c, s);
        break;
    case TB_RAVE_SPHERICAL:
        s->mean = s->latents =
            tb_div(s->encoded, tb_norm(s->encoded, 2, TB_AXIS(1), true));
        break;
    case TB_RAVE_WASSERSTEIN:
        s->mean = s->latents = s->encoded;
    }
}

void tb_rave_decode(const tb_rave *c, const tb_rave_how *how,
                    tb_rave_signals *s)
{
    tb_value *z[] = {s->latents, how->more_noise};
    if (c->noise_latents && !z[1])
        z[1] = normal_noise(s->latents, c->noise_latents);
    s->decoded = tb_rave_decoder(
        c, how, c->noise_latents ? tb_concat(2, z, 1) : s->latents);
    if (c->says == TB_RAVE_BANDS && c->bands > 1) {
        s->made_bands = s->decoded;
        s->made = synthesised(c, s->decoded);
    } else {
        s->made = s->decoded;
        s->made_bands = analysed(c, s->made);
    }
}

tb_value *tb_rave_target(const tb_rave *c, tb_value *sound)
{
    int64_t delay = c->compat == TB_RAVE_2_3 ? 0 : tb_rave_delay(c);
    return delay ? tb_pad(sound, 2, delay, -delay) : sound;
}

static void set_targets(const tb_rave *c, tb_rave_signals *s)
{
    s->target = tb_rave_target(c, s->sound);
    s->target_bands = c->says == TB_RAVE_BANDS || s->target == s->sound
                          ? s->bands
                          : analysed(c, s->target);
}

tb_rave_signals tb_rave_rebuilt(const tb_rave *c, tb_value *sound,
                                const tb_rave_how *how)
{
    tb_rave_signals s = {.sound = sound};
    tb_rave_encode(c, how, &s);
    tb_rave_decode(c, how, &s);
    set_targets(c, &s);
    return s;
}

/* ---- the instrument ---- */

static const tb_control spread = {
    .name = "spread",
    .help = "How far latents are drawn around their means: 0 not at all.",
    .type = TB_CONTROL_REAL,
    .low = 0,
    .high = 4,
    .length = 1,
    .per_row = true};

#define SWITCH(id, means)                                                      \
    {                                                                          \
        .name = id, .help = means, .type = TB_CONTROL_BOOL, .high = 1,         \
        .length = 1, .per_row = true                                           \
    }

static const tb_control adapting[] = {
    SWITCH("learn_source", "What runs through tells how the source sounds."),
    SWITCH("learn_target", "What runs through tells how the target sounds."),
    SWITCH("reset_source", "Forgets how the source sounds, while it is on."),
    SWITCH("reset_target", "Forgets how the target sounds, while it is on."),
};

/* Null where layers do not adapt. */
static const tb_adapting *adapting_of(tb_builder *b, tb_adapting *to)
{
    const tb_rave *c = b->config;
    tb_value *x[4];
    if (!c->adain)
        return NULL;
    for (int i = 0; i < 4; i++)
        x[i] = tb_cast(tb_builder_control(b, &adapting[i]), TB_REAL);
    *to = (tb_adapting){x[0], x[1], x[2], x[3]};
    return to;
}

static tb_symbols symbols(const void *config)
{
    const tb_rave *c = config;
    return (tb_symbols){.type = TB_REAL,
                        .channels = c->directions ? c->directions : c->latents,
                        .frames = 1,
                        .per = tb_rave_ratio(c)};
}

/* x in other axes. */
static tb_value *turned(const tb_rave *c, tb_value *x, const char *name,
                        int64_t out)
{
    return c->directions
               ? tb_conv_layer(x, name, out, 1, tb_conv_plain(1, 1), 0)
               : x;
}

static tb_value *encoded(tb_builder *b, tb_value *sound,
                         const tb_adapting *adapts)
{
    const tb_rave *c = b->config;
    tb_rave_how how = {.adapts = adapts};
    tb_rave_signals s = {.sound = sound};
    if (c->latent_kind == TB_RAVE_VARIATIONAL) {
        how.draws = true;
        how.spread = tb_builder_control(b, &spread);
    }
    tb_rave_encode(c, &how, &s);
    return turned(c, s.latents, TB_RAVE_DIRECTIONS, c->directions);
}

static tb_value *decoded(tb_builder *b, tb_value *latents,
                         const tb_adapting *adapts)
{
    const tb_rave *c = b->config;
    tb_rave_how how = {.adapts = adapts};
    tb_rave_signals s = {.latents =
                             turned(c, latents, TB_RAVE_LATENTS, c->latents)};
    tb_rave_decode(c, &how, &s);
    return s.made;
}

static tb_value *encode(tb_builder *b, tb_value *sound)
{
    tb_adapting switches;
    return encoded(b, sound, adapting_of(b, &switches));
}

static tb_value *decode(tb_builder *b, tb_value *latents, const tb_prime *prime)
{
    tb_adapting switches;
    (void)prime;
    return decoded(b, latents, adapting_of(b, &switches));
}

static tb_value *encode_unadapted(tb_builder *b, tb_value *sound)
{
    return encoded(b, sound, NULL);
}

static tb_value *decode_unadapted(tb_builder *b, tb_value *latents,
                                  const tb_prime *prime)
{
    (void)prime;
    return decoded(b, latents, NULL);
}

static tb_sound_format format(const void *config)
{
    const tb_rave *c = config;
    return (tb_sound_format){c->sample_rate, c->channels};
}

static const char *advice(const void *config)
{
    const tb_rave *c = config;
    return c->capacity > 32 ? "A RAVE of this size learns for days on a "
                              "processor: --preset raspberry is the smallest."
                            : "A RAVE learns for hours before it sounds like "
                              "your recordings.";
}

static bool ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* What leaves most of a network as it is. */
static const char *wants_from(const void *config)
{
    const tb_rave *c = config;
    return c->learns == TB_RAVE_LEARNS_GAINS     ? "learns=gains"
           : c->learns == TB_RAVE_LEARNS_DECODER ? "learns=decoder"
                                                 : NULL;
}

/* Layers as PyTorch begins them; snakes and variances at 1. */
static void init(const void *config, tb_params *params, uint64_t seed)
{
    tb_init_params(params, seed);
    tb_rave_init_codes(config, params);
    for (int i = 0; i < tb_params_count(params); i++) {
        const char *name = tb_params_at(params, i)->name;
        if (ends(name, ".alpha") || ends(name, ".running_var"))
            tb_init_fill(params, name, 1);
    }
}

static const tb_network network = {
    .symbols = symbols, .encode = encode, .decode = decode};

const tb_network tb_rave_unadapted = {
    .symbols = symbols, .encode = encode_unadapted, .decode = decode_unadapted};

/* Batch normalisation stands at every third place of the first encoder. */
#define NORM(n)                                                                \
    {                                                                          \
        "encoder.encoder.net." #n ".running_", TB_WRITER_STEP                  \
    }

static const tb_buffer_row buffers[] = {NORM(1),
                                        NORM(4),
                                        NORM(7),
                                        NORM(10),
                                        NORM(13),
                                        NORM(16),
                                        NORM(19),
                                        NORM(22),
                                        {"encoder.rvq.", TB_WRITER_STEP},
                                        {"decoder.warmed_up", TB_WRITER_HOOK},
                                        {NULL, TB_WRITER_STEP}};

const tb_instrument tb_rave_instrument = {
    .name = "rave",
    .about = "Autoencoder: your sound as a few numbers, and sound of these.",
    .settings = &tb_rave_settings,
    .config_size = sizeof(tb_rave),
    .preset = "raspberry",
    .check = tb_rave_check,
    .format = format,
    .advice = advice,
    .wants_from = wants_from,
    .budget = tb_rave_budget,
    .network = &network,
    .buffers = buffers,
    .init = init,
    .learn = tb_rave_learn};
