/* Checkpoints: what is saved comes back, and nothing else is taken for one. */
#include "models/checkpoint.h"

#include "base/memory.h"
#include "base/paths.h"
#include "check_network.h"

#include <locale.h>
#include <unistd.h>

static const char changes[] = "frame_sizes=4,2,3 hidden=3,2 levels=8 "
                              "cell=lstm mulaw=0.3 input=embedding";
static char folder[] = "/tmp/timbrel-checkpoint-XXXXXX";
static char path[128];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static tb_checkpoint of_network(network *n)
{
    return (tb_checkpoint){.instrument = &tb_samplernn_instrument,
                           .config = &n->config,
                           .params = n->params,
                           .epoch = 12,
                           .trained_on = "three bells"};
}

static void save(const char *name, size_t real_size)
{
    const tb_backend *backend =
        real_size == sizeof(float) ? tb_backend_naive() : tb_backend_naive64();
    network n = network_new(changes, 1, backend);
    tb_checkpoint c = of_network(&n);
    tb_stored_text more = {"mood", "calm"};
    tb_error error = {0};
    OK(tb_checkpoint_save(in_folder(name), &c, &more, 1, NULL, &error) ==
       TB_OK);
    network_free(&n);
}

static void check_back(const char *name)
{
    network n = network_new(changes, 1, tb_backend_naive());
    tb_checkpoint c;
    tb_error error = {0};
    OK(tb_checkpoint_open(in_folder(name), &c, &error) == TB_OK);
    OK(c.instrument == &tb_samplernn_instrument);
    EQ(c.epoch, 12);
    SAME_TEXT(c.trained_on, "three bells");
    tb_samplernn *config = c.config;
    OK(config && config->frame_sizes.at[2] == 3 && config->sound.mulaw == 0.3 &&
       config->hidden.count == 2 && config->input == TB_SAMPLERNN_EMBEDDING);
    EQ(tb_params_count(c.params), tb_params_count(n.params));
    EQ(tb_params_total(c.params), tb_params_total(n.params));
    bool same = true;
    for (int i = 0; i < tb_params_count(n.params); i++)
        same &=
            memcmp(tb_params_value(c.params, i), tb_params_value(n.params, i),
                   (size_t)tb_params_at(n.params, i)->n * sizeof(float)) == 0;
    OK(same);
    OK(tb_params_data(c.params) == NULL || !tb_backend_cpu()->storage->is_host);
    OK(!c.known_level.known);
    EQ(c.trained.steps, 0);
    EQ(c.trained.weights, TB_WEIGHTS_UNTOLD);
    SAME_TEXT(c.trained.version, TIMBREL_VERSION);
    tb_checkpoint_clear(&c);
    tb_checkpoint_clear(&c);
    network_free(&n);
}

/* How it was trained comes back; what is damaged is not told. */
static void check_trained(void)
{
    network n = network_new(changes, 1, tb_backend_naive());
    tb_checkpoint c = of_network(&n), back;
    tb_error error = {0};
    c.trained = (tb_trained){.steps = 1234567,
                             .phase = "adversarial",
                             .sound_seconds = 1260.5,
                             .weights = TB_WEIGHTS_PLAIN,
                             .version = "0.0.9"};
    OK(tb_checkpoint_save(in_folder("trained.safetensors"), &c, NULL, 0, NULL,
                          &error) == TB_OK);
    OK(tb_checkpoint_open(path, &back, &error) == TB_OK);
    EQ(back.trained.steps, 1234567);
    SAME_TEXT(back.trained.phase, "adversarial");
    OK(back.trained.sound_seconds == 1260.5);
    EQ(back.trained.weights, TB_WEIGHTS_PLAIN);
    SAME_TEXT(back.trained.version, "0.0.9");
    tb_checkpoint_clear(&back);
    const tb_stored_text damaged[] = {
        {"steps", "-4"}, {"sound_seconds", "1e99"}, {"weights", "golden"}};
    c.trained = (tb_trained){0};
    OK(tb_checkpoint_save(path, &c, damaged, 3, NULL, &error) == TB_OK);
    OK(tb_checkpoint_open(path, &back, &error) == TB_OK);
    EQ(back.trained.steps, 0);
    OK(back.trained.sound_seconds == 0);
    EQ(back.trained.weights, TB_WEIGHTS_UNTOLD);
    tb_checkpoint_clear(&back);
    network_free(&n);
}

/* The level that a network knows; older checkpoints know none, and of what is
   damaged nothing is believed. */
static void check_level(void)
{
    tb_known_gain gains[2] = {{0xfedcba9876543210u, 0.25}, {7, 1.5}};
    tb_known_level k = {true, -18.5, 2, gains}, back;
    char *text = tb_known_level_gains(&k);
    OK(tb_known_level_read(&back, "-18.5", text, NULL) == TB_OK);
    OK(back.known && back.count == 2);
    NEAR(back.level, -18.5, 0);
    NEAR(tb_known_level_gain(&back, 0xfedcba9876543210u), 0.25, 1e-6);
    NEAR(tb_known_level_gain(&back, 7), 1.5, 1e-6);
    NEAR(tb_known_level_gain(&back, 8), 0, 0);
    NEAR(tb_known_level_bring(&back, -38.5, 0.01), 10, 1e-6);
    tb_known_level_clear(&back);
    tb_free(text);
    OK(tb_known_level_read(&back, NULL, NULL, NULL) == TB_OK);
    OK(!back.known && back.count == 0);
    NEAR(tb_known_level_bring(&back, -38.5, 0.01), 1, 0);
    tb_known_level_clear(&back);
    OK(tb_known_level_read(&back, "nan", "7=0\n8=-1\n9\n=\nx=2\nz=3", NULL) ==
       TB_OK);
    OK(!back.known && back.count == 0);
    tb_known_level_clear(&back);
}

/* A host may write numbers as its language does. */
static void check_level_with_commas(void)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        check_level();
    setlocale(LC_NUMERIC, "C");
}

/* Those that stand on others know what they know. */
static void check_level_of_base(void)
{
    tb_checkpoint base = {.known_level = {.known = true, .level = -7}};
    tb_checkpoint none = {0}, c = {.base = &base};
    NEAR(tb_checkpoint_level(&c)->level, -7, 0);
    OK(!tb_checkpoint_level(&none)->known);
    c.known_level = (tb_known_level){.known = true, .level = -3};
    NEAR(tb_checkpoint_level(&c)->level, -3, 0);
}

static void refused(const void *data, size_t size, tb_status status,
                    const char *because)
{
    tb_checkpoint c;
    tb_error error = {0};
    EQ(tb_checkpoint_read(data, size, "x.safetensors", &c, &error), status);
    if (!OK_NAMED(strstr(error.text, because), because))
        fprintf(stderr, "# %s\n", error.text);
    OK(!c.config && !c.params && !c.trained_on);
    OK(tb_checkpoint_read(data, size, "x", &c, NULL) == status);
}

static void check_damage(const char *name)
{
    void *data = NULL;
    size_t size = 0;
    OK(tb_read_file(in_folder(name), 1 << 20, &data, &size, NULL) == TB_OK);
    unsigned char *bytes = data;
    static const char corrupt[] = "corrupt or truncated";
    for (size_t n = 0; n < size; n += size / 7)
        refused(data, n, TB_ERR_FORMAT, corrupt);
    bytes[size - 5] ^= 1;
    refused(data, size, TB_ERR_FORMAT, corrupt);
    tb_free(data);
}

/* Without its checksum, which would catch them all: whatever single bytes are
   wrong, reading ends, with a sentence if it fails. */
static void check_bytes(const char *name)
{
    void *data = NULL;
    size_t size = 0;
    OK(tb_read_file(in_folder(name), 1 << 20, &data, &size, NULL) == TB_OK);
    unsigned char *bytes = data;
    char *sum = NULL;
    for (size_t i = 0; i + 8 < size && !sum; i++)
        if (memcmp(bytes + i, "checksum", 8) == 0)
            sum = (char *)bytes + i;
    OK(sum);
    sum[0] = 'C';
    size_t header = (size_t)bytes[0] + 256 * (size_t)bytes[1];
    tb_rng rng = {4, 0};
    int good = 0, told = 0, tries = 3000;
    for (int i = 0; i < tries; i++) {
        unsigned char *at = bytes + tb_rng_below(&rng, header + 8);
        unsigned char before = *at;
        tb_checkpoint c;
        tb_error error = {0};
        *at = i % 2 ? (unsigned char)('0' + tb_rng_below(&rng, 10))
                    : (unsigned char)tb_rng_next(&rng);
        if (tb_checkpoint_read(data, size, "x", &c, &error) == TB_OK)
            good++;
        else
            told += error.text[0] && !c.params;
        tb_checkpoint_clear(&c);
        *at = before;
    }
    EQ(good + told, tries);
    OK(told > tries / 4);
    tb_free(data);
}

/* Writes a checkpoint whose metadata or tensors are not as they should be. */
static void rewritten(const char *key, const char *value, const char *tensor,
                      tb_status status, const char *because)
{
    tb_safetensors *file;
    tb_stored list[64];
    tb_stored_text text[32];
    tb_error error = {0};
    OK(tb_safetensors_open(in_folder("a"), &file, &error) == TB_OK);
    size_t n = tb_safetensors_count(file), m = 0;
    for (size_t i = 0; i < n; i++) {
        list[i] = *tb_safetensors_at(file, i);
        if (tensor && i == 2)
            list[i].name = tensor;
        if (!key && !tensor && i == 2)
            list[i].shape[0]--;
    }
    for (size_t i = 0; i < tb_safetensors_text_count(file); i++) {
        tb_stored_text t = tb_safetensors_text_at(file, i);
        if (strcmp(t.key, "checksum") == 0 ||
            (key && !value && strcmp(t.key, key) == 0))
            continue;
        text[m++] =
            key && strcmp(t.key, key) == 0 ? (tb_stored_text){key, value} : t;
    }
    OK(tb_safetensors_write(in_folder("b"), list, n, text, m, &error) == TB_OK);
    tb_safetensors_close(file);
    tb_checkpoint c;
    EQ(tb_checkpoint_open(in_folder("b"), &c, &error), status);
    if (!OK_NAMED(status == TB_OK || strstr(error.text, because), because))
        fprintf(stderr, "# %s\n", error.text);
    tb_checkpoint_clear(&c);
}

static void check_others(void)
{
    static const char newer[] = "newer Timbrel";
    rewritten("format", NULL, NULL, TB_ERR_FORMAT, "not a checkpoint");
    rewritten("format", "pt", NULL, TB_ERR_FORMAT, "not a checkpoint");
    rewritten("format_version", "2", NULL, TB_ERR_UNSUPPORTED, newer);
    rewritten("format_version", NULL, NULL, TB_ERR_FORMAT, "corrupt");
    rewritten("network", "oracle", NULL, TB_ERR_UNSUPPORTED, newer);
    rewritten("settings", "taste=sweet\n", NULL, TB_ERR_UNSUPPORTED, newer);
    rewritten("settings", "levels=much\n", NULL, TB_ERR_FORMAT, "corrupt");
    rewritten("settings", "levels\n", NULL, TB_ERR_FORMAT, "no value");
    rewritten("settings", "frame_sizes=3\n", NULL, TB_ERR_FORMAT, "two frame");
    rewritten("settings", "head_size=8192\n", NULL, TB_ERR_FORMAT, "shape");
    rewritten(NULL, NULL, "other", TB_ERR_FORMAT, "no tensor");
    rewritten(NULL, NULL, NULL, TB_ERR_FORMAT, "shape");
    rewritten("epoch", NULL, NULL, TB_OK, "");
}

static void found(const char *where, int epoch, const char *name)
{
    char *file = NULL;
    tb_error error = {0};
    tb_status status = tb_checkpoint_find(where, epoch, &file, &error);
    OK_NAMED(name ? status == TB_OK : status == TB_ERR_FILE && !file, where);
    if (name)
        SAME_TEXT(file ? tb_path_base(file) : NULL, name);
    else
        OK(strstr(error.text, "there is no checkpoint"));
    tb_free(file);
}

static void check_finding(void)
{
    static const int epochs[] = {3, 12, 9};
    char name[64], run[128], inside[160], file[300];
    snprintf(run, sizeof run, "%s/run", folder);
    snprintf(inside, sizeof inside, "%s/checkpoints", run);
    OK(tb_make_folders(run, NULL) == TB_OK);
    found(run, -1, NULL);
    OK(tb_make_folders(inside, NULL) == TB_OK);
    for (int i = 0; i < 3; i++) {
        tb_checkpoint_name(epochs[i], name);
        snprintf(file, sizeof file, "%s/%s", inside, name);
        OK(link(in_folder("a"), file) == 0);
    }
    snprintf(file, sizeof file, "%s/epoch-0099.safetensors.old", inside);
    OK(link(in_folder("a"), file) == 0);
    found(run, -1, "epoch-0012.safetensors");
    found(inside, -1, "epoch-0012.safetensors");
    found(run, 9, "epoch-0009.safetensors");
    found(run, 10, NULL);
    found(file, 10, "epoch-0099.safetensors.old");
}

int main(void)
{
    check_level();
    check_level_with_commas();
    check_level_of_base();
    char clean[128];
    if (!mkdtemp(folder))
        return 1;
    save("a", sizeof(float));
    check_back("a");
    save("d", sizeof(double));
    check_back("d");
    check_trained();
    check_damage("a");
    check_bytes("a");
    check_others();
    check_finding();
    tb_checkpoint c;
    tb_error error = {0};
    OK(tb_checkpoint_open("/nowhere/x", &c, &error) == TB_ERR_FILE);
    snprintf(clean, sizeof clean, "rm -r '%s'", folder);
    OK(system(clean) == 0);
    return tap_done();
}
