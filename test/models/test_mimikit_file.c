/* A checkpoint of mimikit opens like any other, whatever way its numbers are
   stored; what is damaged, foreign or not known here is refused by a sentence.
   The file is golden/mimikit_file.ckpt, written by the script beside it. */
#include "failing.h"
#include "models/blend.h"
#include "models/checkpoint.h"
#include "models/checkpoint_find.h"
#include "models/mimikit.h"
#include "models/samplernn.h"

#include "base/memory.h"
#include "base/paths.h"

#include <dlfcn.h>
#include <unistd.h>

static char folder[] = "/tmp/timbrel-mimikit-XXXXXX";
static char path[160];
static char *bytes; /* of the file */
static size_t size;
static tb_error error;
static bool has_library = true;

void *__real_dlopen(const char *name, int how);
void *__wrap_dlopen(const char *name, int how);

void *__wrap_dlopen(const char *name, int how)
{
    return has_library ? __real_dlopen(name, how) : NULL;
}

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *data, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");
    OK(f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
}

/* ---- what it holds ---- */

static double value(const tb_params *params, const char *name, int64_t i)
{
    int at = tb_params_find(params, name);
    return at < 0 ? NAN : ((const float *)tb_params_value(params, at))[i];
}

static void check_settings(const tb_checkpoint *c)
{
    const tb_samplernn *s = c->config;
    OK(c->instrument == &tb_samplernn_instrument);
    EQ(c->epoch, 3);
    SAME_TEXT(c->trained_on, "it's a voice.wav and 1 more, by mimikit");
    NEAR(s->sound.sample_rate, 11025, 0);
    NEAR(s->sound.mulaw, 0.5, 0);
    OK(s->sound.levels == 4 && s->sound.channels == 1);
    OK(s->frame_sizes.count == 2 && s->frame_sizes.at[0] == 4 &&
       s->frame_sizes.at[1] == 2);
    OK(s->hidden.at[0] == 2 && s->head_size == 3 && s->head_layers == 0);
    OK(s->learned_temperature && s->min_temperature == 0.001);
    OK(!s->weight_norm && s->cell == TB_CELL_GRU && s->layers == 1);
}

/* Numbers i of a tensor are (i + first) / 8 in the file. */
static void check_ramp(const tb_params *p, const char *name, int64_t n)
{
    bool same = true;
    for (int64_t i = 0; i < n; i++)
        same = same && value(p, name, i) == (double)i / 8;
    OK_NAMED(same, name);
}

static void check_weights(const tb_params *p)
{
    check_ramp(p, "tiers.0.rnn.weight_hh_l0", 12);
    check_ramp(p, "tiers.0.rnn.bias_ih_l0", 6);
    check_ramp(p, "tiers.0.rnn.bias_hh_l0", 6);
    check_ramp(p, "head.0.weight", 15);
    check_ramp(p, "head.0.bias", 5);
    NEAR(value(p, "tiers.0.rnn.weight_ih_l0", 11), 0.5, 0);
    /* Direction and length; levels read in another scale: 3 / 8. */
    NEAR(value(p, "tiers.0.input.bias", 0), -0.5, 0);
    NEAR(value(p, "tiers.0.input.bias", 1), 0.25, 0);
    double length = sqrt(1 + 1.125 * 1.125 + 1.25 * 1.25 + 1.375 * 1.375);
    NEAR(value(p, "tiers.0.input.weight", 1), 2 * 1.125 / length * 0.375, 1e-7);
    /* The head's first layer [1 0, 0 1, 1 1] behind what leads to it. */
    NEAR(value(p, "tiers.0.up.weight", 0), 0, 0);
    NEAR(value(p, "tiers.0.up.weight", 3 * 2 + 2), 6.0 / 8, 0);
    NEAR(value(p, "tiers.0.up.weight", 3 * 2 + 5), (5.0 + 7) / 8, 0);
    NEAR(value(p, "tiers.0.up.bias", 11), (6.0 + 7) / 8, 0);
    NEAR(value(p, "sample.input.weight", 5), (1.0 + 3) / 8 * 0.375, 0);
    NEAR(value(p, "sample.input.bias", 2), 1.0 / 8 + 16, 0);
}

static void check_kept(const tb_checkpoint *c)
{
    tb_checkpoint again;
    char kept[200];
    snprintf(kept, sizeof kept, "%s/kept.safetensors", folder);
    OK(tb_checkpoint_save(kept, c, NULL, 0, NULL, &error) == TB_OK);
    if (!OK(tb_checkpoint_open(kept, &again, &error) == TB_OK))
        return;
    check_weights(again.params);
    tb_checkpoint_clear(&again);
}

static void check_whole(void)
{
    tb_checkpoint c, twice;
    write_file("epoch=3.ckpt", bytes, size);
    if (!OK(tb_checkpoint_open(path, &c, &error) == TB_OK)) {
        fprintf(stderr, "# %s\n", error.text);
        return;
    }
    check_settings(&c);
    check_weights(c.params);
    check_kept(&c);
    tb_checkpoint_rest(&c);
    OK(tb_checkpoint_open_known(path, c.hash, &twice, &error) == TB_OK);
    tb_checkpoint_clear(&twice);
    OK(tb_checkpoint_open_known(path, c.hash + 1, &twice, NULL) != TB_OK);
    tb_checkpoint_clear(&c);
}

/* A folder of mimikit's trainings is one like a run's. */
static void check_found(void)
{
    char *file = NULL;
    write_file("epoch=12.ckpt", bytes, size);
    OK(tb_checkpoint_find(folder, -1, &file, &error) == TB_OK);
    SAME_TEXT(file ? tb_path_base(file) : NULL, "epoch=12.ckpt");
    tb_free(file);
    const tb_blended all = {folder, 1};
    tb_checkpoint c;
    OK(tb_blend_open(&all, 1, &c, &error) == TB_OK && c.epoch == 12);
    tb_checkpoint_clear(&c);
    OK(unlink(in_folder("epoch=12.ckpt")) == 0);
}

/* ---- what is refused ---- */

static void refused(const char *name, tb_status wanted, const char *word)
{
    tb_checkpoint c;
    error = (tb_error){0};
    EQ(tb_checkpoint_open(in_folder(name), &c, &error), wanted);
    OK_NAMED(strstr(error.text, word) && strstr(error.text, name), error.text);
    OK(!c.params && !c.config && !c.file);
}

/* The file with a text in it replaced by one as long. */
static void changed(const char *from, const char *to, tb_status wanted,
                    const char *word)
{
    size_t n = strlen(from);
    char *copy = malloc(size);
    memcpy(copy, bytes, size);
    int found = 0;
    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(copy + i, from, n) == 0) {
            memcpy(copy + i, to, n);
            found++;
        }
    OK_NAMED(found > 0 && strlen(to) == n, word);
    write_file("x.ckpt", copy, size);
    free(copy);
    refused("x.ckpt", wanted, word);
}

static void check_changes(void)
{
    changed("config", "konfig", TB_ERR_FORMAT, "not a checkpoint of mimikit");
    changed("SampleRNN", "SampleRNM", TB_ERR_UNSUPPORTED, "SampleRNM.Config");
    changed("MuLawCompress", "ALawCompressX", TB_ERR_UNSUPPORTED, "ALaw");
    changed("FramedLinearIO", "EmbeddingBagIO", TB_ERR_UNSUPPORTED,
            "EmbeddingBagIO");
    changed("RemoveDC", "Emphasis", TB_ERR_UNSUPPORTED, "Emphasis");
    changed("sr: 11025", "sr: 11   ", TB_ERR_UNSUPPORTED, "sr");
    changed("sr: 11025", "xx: 11025", TB_ERR_UNSUPPORTED, "sr");
    changed("extractors", "extractorz", TB_ERR_UNSUPPORTED, "sample rate");
    changed("act: Mish", "act: Sinh", TB_ERR_UNSUPPORTED, "Sinh");
    changed("scaled: false", "scaled:  true", TB_ERR_UNSUPPORTED, "scaled");
    changed("hidden_dim: 2", "hidden_dim: 3", TB_ERR_UNSUPPORTED, "size");
    changed("hidden_dim: 2", "hidden_dim: x", TB_ERR_UNSUPPORTED, "hidden_dim");
    changed("- 4\n- 2\n", "- 4\n- x\n", TB_ERR_UNSUPPORTED, "frame_sizes");
    changed("- 4\n- 2\n", "- 4    \n", TB_ERR_UNSUPPORTED, "frame_sizes");
    changed("n_rnn: 1", "n_rnn: 2", TB_ERR_UNSUPPORTED, "weight_ih_l1");
    changed("rnn_bias: true", "rnn_bias: null", TB_ERR_UNSUPPORTED, "rnn_bias");
    changed("h0_init: zeros", "h0_init: zzros", TB_ERR_FORMAT, "h0");
    changed("q_levels: 4", "q_levels: 9", TB_ERR_FORMAT, "head.0");
    changed("targets:", "targetz:", TB_ERR_UNSUPPORTED, "targets");
    changed("type: Sam", "type: [am", TB_ERR_FORMAT, "YAML");
    changed("true\nh0_init: zeros", "false\nh0_init: ones", TB_ERR_UNSUPPORTED,
            "has weights 'tiers.0.rnn.bias_hh_l0'");
}

static void check_damage(void)
{
    for (size_t n = 0; n < size; n += n < 64 ? 5 : 997) {
        tb_checkpoint c;
        write_file("cut.ckpt", bytes, n);
        error = (tb_error){0};
        OK(tb_checkpoint_open(path, &c, &error) != TB_OK && error.text[0]);
    }
    write_file("text.ckpt", "PK\3\4 something else altogether", 30);
    refused("text.ckpt", TB_ERR_FORMAT, "text.ckpt");
    write_file("first.ckpt", bytes, 8);
    refused("first.ckpt", TB_ERR_FORMAT, "damaged HDF5 file");
}

/* libhdf5 1.10 crashes in these, other versions may open them. */
__attribute__((unused)) static void check_crashes(void)
{
    static const struct {
        int at;
        char byte;
    } changes[] = {{2023, 14}, {2073, -7}, {2075, 100}, {3015, -90}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        tb_checkpoint c;
        char kept = bytes[changes[i].at];
        bytes[changes[i].at] = changes[i].byte;
        write_file("crash.ckpt", bytes, size);
        bytes[changes[i].at] = kept;
        error = (tb_error){0};
        tb_status status = tb_checkpoint_open(path, &c, &error);
        OK(status == TB_OK || strstr(error.text, "crash.ckpt"));
        tb_checkpoint_clear(&c);
    }
}

static void check_library(void)
{
    tb_checkpoint c;
    has_library = false;
    OK(tb_checkpoint_open(in_folder("epoch=3.ckpt"), &c, &error) ==
       TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "libhdf5-103-1") != NULL);
    has_library = true;
}

static int untold; /* failures without a sentence */

static bool open_it(void)
{
    tb_checkpoint c;
    tb_error why = {0};
    bool good = tb_checkpoint_open(path, &c, &why) == TB_OK;
    tb_checkpoint_clear(&c);
    untold += !good && !why.text[0];
    return good;
}

/* Where there is no libhdf5, that is all that can be seen. */
static bool is_installed(void)
{
    tb_safetensors *file = NULL;
    write_file("epoch=3.ckpt", bytes, size);
    bool good = tb_mimikit_open(path, &file, &error) != TB_ERR_UNSUPPORTED;
    tb_safetensors_close(file);
    return good;
}

int main(int count, char **words)
{
    char clean[128];
    void *data = NULL;
    if (count < 2 || !mkdtemp(folder) ||
        tb_read_file(words[1], 1 << 20, &data, &size, &error))
        return 1;
    bytes = data;
    if (!is_installed()) {
        OK_NAMED(1, "opening # SKIP libhdf5 is not installed");
    } else {
        check_whole();
        check_found();
        check_changes();
        check_damage();
#ifndef SANITIZED /* which would report what the library does there */
        check_crashes();
#endif
        in_folder("epoch=3.ckpt");
        fail_each(open_it, "opening without memory", 30, 5000);
        EQ(untold, 0);
    }
    check_library();
    tb_free(data);
    snprintf(clean, sizeof clean, "rm -r '%s'", folder);
    OK(system(clean) == 0);
    return tap_done();
}
