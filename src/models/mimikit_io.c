#include "models/mimikit.h"

#include <string.h>

enum { MOST_UNITS = 8192 };

/* ---- what is read ---- */

static const char *text_at(const tb_json *object, const char *key)
{
    const char *text = tb_json_as_text(tb_json_find(object, key));
    return text ? text : "";
}

static bool is_named(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* A whole number that must be there. */
static int integer_at(tb_mimikit *m, const tb_json *object, const char *key,
                      int64_t low, int64_t high)
{
    int64_t x = 0;
    if (!tb_json_as_integer(tb_json_find(object, key), low, high, &x))
        tb_mimikit_refuse(m,
                          "its %s must be a whole number from %lld to %lld "
                          "here",
                          key, (long long)low, (long long)high);
    return (int)x;
}

static double number_at(tb_mimikit *m, const tb_json *object, const char *key,
                        double low, double high)
{
    double x = 0;
    if (tb_json_number(object, key, &x, NULL) || !(x >= low && x <= high)) {
        tb_mimikit_refuse(m, "its %s must be a number from %g to %g here", key,
                          low, high);
        return low;
    }
    return x;
}

/* The only one of a list. */
static const tb_json *only(tb_mimikit *m, const tb_json *object,
                           const char *key)
{
    const tb_json *list = tb_json_find(object, key);
    const tb_json *first = tb_json_is_array(list) ? tb_json_first(list) : NULL;
    if (!first || tb_json_next(first))
        tb_mimikit_refuse(m, "its network must have just one of '%s'", key);
    return first;
}

/* ---- the sample rate ---- */

/* The rate is where files are read; what else is done to sound must not change
   what it is. */
static void read_function(tb_mimikit *m, const tb_json *function)
{
    static const char *const harmless[] = {"Normalize", "RemoveDC", "Identity",
                                           NULL};
    const char *type = text_at(function, "type");
    if (strcmp(type, "FileToSignal") == 0)
        m->io.sample_rate = integer_at(m, function, "sr", 1000, 192000);
    else if (!is_named(type, harmless))
        tb_mimikit_refuse(m,
                          "its recordings went through '%.100s', which is "
                          "not known here",
                          type);
}

static void read_rate(tb_mimikit *m, const tb_json *dataset,
                      const char *extractor)
{
    const tb_json *e = tb_json_first(tb_json_find(dataset, "extractors"));
    while (e && strcmp(text_at(e, "name"), extractor) != 0)
        e = tb_json_next(e);
    const tb_json *f = tb_json_find(e, "functional");
    const tb_json *all = tb_json_find(f, "functionals");
    if (f && !all)
        read_function(m, f);
    for (f = tb_json_first(all); f; f = tb_json_next(f))
        read_function(m, f);
    if (m->io.sample_rate == 0)
        tb_mimikit_refuse(m, "it does not say its sample rate");
}

/* ---- levels and spectra ---- */

static void read_levels(tb_mimikit *m, const tb_json *transform)
{
    m->io.levels = integer_at(m, transform, "q_levels", 2, 4096);
    m->io.mulaw = number_at(m, transform, "compression", 1e-3, 100);
}

static void read_spectra(tb_mimikit *m, const tb_json *transform)
{
    bool centred = false;
    m->io.spectra = true;
    m->io.fft = integer_at(m, transform, "n_fft", 2, 65536);
    m->io.hop = integer_at(m, transform, "hop_length", 1, m->io.fft);
    if (tb_json_flag(transform, "center", &centred, NULL) || centred)
        tb_mimikit_refuse(m, "its spectra are centred (center: true), which is "
                             "not known here");
    if (strcmp(text_at(transform, "window"), "hann") != 0)
        tb_mimikit_refuse(m,
                          "its spectra must have the window hann, not "
                          "'%.100s'",
                          text_at(transform, "window"));
}

static void read_transform(tb_mimikit *m, const tb_json *transform)
{
    const char *type = text_at(transform, "type");
    if (strcmp(type, "MuLawCompress") == 0)
        read_levels(m, transform);
    else if (strcmp(type, "MagSpec") == 0)
        read_spectra(m, transform);
    else
        tb_mimikit_refuse(m,
                          "its network hears or says '%.100s', which is not "
                          "known here",
                          type);
}

/* ---- modules ---- */

/* Null is none. */
static const char *read_activation(tb_mimikit *m, const tb_json *module)
{
    bool scaled = false;
    const tb_json *activation = tb_json_find(module, "activation");
    if (!activation || tb_json_is_null(activation))
        return "Identity";
    if (!tb_json_flag(activation, "scaled", &scaled, NULL) && scaled)
        tb_mimikit_refuse(m, "its activation is scaled, which is not known "
                             "here");
    return text_at(activation, "act");
}

static int read_chunks(tb_mimikit *m, const tb_json *module)
{
    return tb_json_find(module, "n_chunks")
               ? integer_at(m, module, "n_chunks", 1, 64)
               : 1;
}

static bool is_positive(const tb_json *object, const char *key)
{
    double x;
    return !tb_json_number(object, key, &x, NULL) && x > 0;
}

/* A dropout is a step of its own in the names of the layers. */
static void read_head(tb_mimikit *m, const tb_json *module)
{
    m->io.head_size = integer_at(m, module, "hidden_dim", 1, MOST_UNITS);
    m->io.head_layers = 1 + integer_at(m, module, "n_hidden_layers", 0, 7);
    m->io.head_stride =
        2 + is_positive(module, "dropout") + is_positive(module, "dropout1d");
    m->io.head_activation = read_activation(m, module);
    if (!tb_json_is_null(tb_json_find(module, "min_temperature")))
        m->io.min_temperature =
            number_at(m, module, "min_temperature", 1e-6, 1);
}

static void read_output(tb_mimikit *m, const tb_json *module)
{
    m->io.output = text_at(module, "type");
    m->io.output_chunks = read_chunks(m, module);
    if (strcmp(m->io.output, "MLPIO") == 0)
        read_head(m, module);
    else
        m->io.activation = read_activation(m, module);
}

static void read_input(tb_mimikit *m, const tb_json *module)
{
    m->io.input = text_at(module, "type");
    m->io.input_chunks = read_chunks(m, module);
    if (strcmp(read_activation(m, module), "Identity") != 0)
        tb_mimikit_refuse(m, "what it reads goes through an activation, which "
                             "is not known here");
}

void tb_mimikit_read_io(tb_mimikit *m, const tb_json *dataset)
{
    const tb_json *spec = tb_json_find(m->config, "io_spec");
    const tb_json *in = only(m, spec, "inputs"),
                  *out = only(m, spec, "targets");
    const tb_mimikit_io none = {.input = "",
                                .output = "",
                                .activation = "Identity",
                                .head_activation = "Identity"};
    m->io = none;
    read_transform(m, tb_json_find(out, "transform"));
    const tb_mimikit_io said = m->io;
    m->io = none;
    read_transform(m, tb_json_find(in, "transform"));
    if (said.spectra != m->io.spectra || said.levels != m->io.levels ||
        said.mulaw != m->io.mulaw || said.fft != m->io.fft ||
        said.hop != m->io.hop)
        tb_mimikit_refuse(m, "it hears other symbols than it says");
    read_rate(m, dataset, text_at(in, "extractor_name"));
    read_input(m, tb_json_find(in, "module"));
    read_output(m, tb_json_find(out, "module"));
}

/* ---- what is made of it ---- */

void tb_mimikit_set_levels(tb_mimikit *m)
{
    if (m->io.spectra)
        tb_mimikit_refuse(m, "it plays spectra where samples are expected");
    tb_mimikit_set_number(m, "sample_rate", m->io.sample_rate);
    tb_mimikit_set(m, "channels", "1");
    tb_mimikit_set(m, "output", "levels");
    tb_mimikit_set(m, "levels", "%d", m->io.levels);
    tb_mimikit_set_number(m, "mulaw", m->io.mulaw);
}

/* Our name for one of PyTorch's; "" for none. */
static const char *activation_name(tb_mimikit *m, const char *theirs)
{
    static const char *const names[][2] = {
        {"Mish", "mish"},       {"ReLU", "relu"},         {"Tanh", "tanh"},
        {"Sigmoid", "sigmoid"}, {"Softplus", "softplus"}, {"Abs", "abs"},
        {"Identity", "none"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(theirs, names[i][0]) == 0)
            return names[i][1];
    tb_mimikit_refuse(m, "its activation '%.100s' is not known here", theirs);
    return "";
}

static bool is_linear(const char *module)
{
    return strcmp(module, "ChunkedLinearIO") == 0 ||
           strcmp(module, "LinearIO") == 0;
}

void tb_mimikit_set_spectra(tb_mimikit *m)
{
    if (!m->io.spectra)
        tb_mimikit_refuse(m, "it plays samples where spectra are expected");
    if (!is_linear(m->io.output))
        tb_mimikit_refuse(m,
                          "what says its spectra is a '%.100s', which is "
                          "not known here",
                          m->io.output);
    tb_mimikit_set_number(m, "sample_rate", m->io.sample_rate);
    tb_mimikit_set(m, "channels", "1");
    tb_mimikit_set(m, "fft_size", "%d", m->io.fft);
    tb_mimikit_set(m, "hop", "%d", m->io.hop);
    tb_mimikit_set(m, "fft_window", "hann");
    tb_mimikit_set(m, "scale", "magnitude");
    tb_mimikit_set(m, "normalise", "no");
    tb_mimikit_set(m, "components", "0");
    tb_mimikit_set(m, "head", "plain");
    tb_mimikit_set(m, "residual", "no");
    tb_mimikit_set(m, "past_noise", "0");
    tb_mimikit_set(m, "plain_activation", "%s",
                   activation_name(m, m->io.activation));
}

tb_mimikit_layer tb_mimikit_head_layer(tb_mimikit *m, int i)
{
    const char *name = tb_mimikit_name(m, "output_modules.0.estimator.0.fc.%d",
                                       i * m->io.head_stride);
    tb_shape shape = tb_mimikit_shape(m, tb_mimikit_name(m, "%s.weight", name));
    if (shape.rank != 2 || shape.dim[0] > MOST_UNITS)
        tb_mimikit_refuse(m, "the layers that say its levels are too large");
    return tb_mimikit_layer_of(m, name, shape);
}

/* Of hidden layers all but the first are one and the same in mimikit, and lie
   in the file as often as they are used. */
void tb_mimikit_set_head(tb_mimikit *m, int taken)
{
    const tb_mimikit_io *io = &m->io;
    if (strcmp(io->output, "MLPIO") != 0)
        tb_mimikit_refuse(m, "what says its levels is a '%.100s', not a MLPIO",
                          io->output);
    tb_mimikit_set(m, "head_size", "%d", io->head_size);
    tb_mimikit_set(m, "head_layers", "%d", io->head_layers - taken);
    tb_mimikit_set(m, "head_activation", "%s",
                   activation_name(m, io->head_activation));
    tb_mimikit_set(m, "learned_temperature", "%s",
                   io->min_temperature > 0 ? "yes" : "no");
    if (io->min_temperature > 0) {
        tb_mimikit_set_number(m, "min_temperature", io->min_temperature);
        tb_mimikit_shape(m, "output_modules.0.estimator.0.min_temp");
    }
    for (int i = taken; i <= io->head_layers; i++) {
        const tb_mimikit_layer layer = tb_mimikit_head_layer(m, i);
        tb_mimikit_give(m, &layer, tb_mimikit_name(m, "head.%d", i - taken));
    }
}
