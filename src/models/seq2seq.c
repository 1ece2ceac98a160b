#include "models/seq2seq.h"

#include "engine/ops/frames.h"

/* Whole chunks, of which the last is heard and those before are too early to
   have whole windows. */
static int64_t context_of(const void *config)
{
    const tb_seq2seq *c = config;
    int64_t early = tb_spectral_incomplete(&c->frames);
    return (1 + (early + c->chunk - 1) / c->chunk) * c->chunk;
}

static int64_t grain_of(const void *config)
{
    return ((const tb_seq2seq *)config)->chunk;
}

/* What the chunk is said to differ from: the last frame that is known, for each
   of its frames. Null of codes, which nothing is added to. */
static tb_value *last_known(const tb_seq2seq *c, tb_value *symbols,
                            int64_t context)
{
    if (!symbols || symbols->type == TB_I64)
        return NULL;
    tb_value *x = tb_seq2seq_heard(c, symbols, context);
    x = tb_slice(x, 2, c->chunk - 1, c->chunk, 1);
    if (!x)
        return NULL;
    x = tb_reshape(x, tb_dims(x->dim[0], TB_FRAMES, x->dim[3]));
    return tb_repeat(tb_transpose(x, 1, 2), c->chunk);
}

static tb_distribution loop(tb_builder *b, tb_value *symbols, int64_t context)
{
    const tb_seq2seq *c = b->config;
    tb_value *label =
        tb_label_condition(b, c->labels, tb_spectral_symbols(c).per * c->chunk,
                           context / c->chunk);
    tb_value *found =
        tb_seq2seq_frames(c, tb_spectral_noisy(b, symbols), label, context);
    return tb_spectral_head(&c->frames, found, last_known(c, symbols, context));
}

static const char *labels_of(const void *config)
{
    return ((const tb_seq2seq *)config)->labels;
}

static const tb_network network = {TB_SPECTRAL_NETWORK, .loop = loop,
                                   .context = context_of, .grain = grain_of,
                                   .labels = labels_of};

const tb_instrument tb_seq2seq_instrument = {
    .name = "seq2seq",
    .about = "Hears some frames of spectra at once, and says as many more.",
    .settings = &tb_seq2seq_settings,
    .sizes = tb_seq2seq_sizes,
    .config_size = sizeof(tb_seq2seq),
    .preset = "small",
    .check = tb_seq2seq_check,
    .format = tb_spectral_format,
    .network = &network,
    .buffers = tb_spectral_buffers,
    .init = tb_spectral_init};
