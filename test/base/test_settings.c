#include "base/setting_value.h"
#include "base/settings.h"
#include "tap.h"
#include <locale.h>
#include <stdlib.h>

typedef struct network {
    int hop;
    tb_int_list frame_sizes;
    double learning_rate, length;
    tb_float_list temperatures;
    bool weight_norm;
    int rnn;
    char note[8];
    uint64_t seed;
} network;

typedef struct training {
    int batch, hop;
} training;

enum { RNN_NONE, RNN_LSTM, RNN_GRU };
static const char *const rnn_names[] = {"none", "lstm", "gru", NULL};

static const tb_setting network_rows[] = {
    TB_SETTING_INT(network, hop, "512", 1, 65536, "samples", "Frame step."),
    TB_SETTING_INTS(network, frame_sizes, "16,8,8", 1, 4096, "samples",
                    "Frame size of each tier."),
    TB_SETTING_FLOAT(network, learning_rate, "0.001", 0, 1, NULL, "Speed."),
    TB_SETTING_FLOAT(network, length, "2", 0.1, 600, "s", "Length."),
    TB_SETTING_FLOATS(network, temperatures, "1,0.75", 0, 10, NULL, "Heat."),
    TB_SETTING_BOOL(network, weight_norm, "yes", "Weight normalisation."),
    TB_SETTING_CHOICE(network, rnn, "lstm", rnn_names, "Kind of cell."),
    TB_SETTING_TEXT(network, note, "", "A note."),
    TB_SETTING_SEED(network, seed, "18446744073709551615", "Seed."),
};
static const tb_setting training_rows[] = {
    TB_SETTING_INT(training, batch, "32", 1, 1024, NULL, "Parallel tracks."),
    TB_SETTING_INT(training, hop, "7", 1, 9, NULL, "Another hop."),
};
static const char *const small[] = {"frame_sizes=8,4", "batch=4", NULL};
static const char *const warm[] = {"temperatures=2", NULL};
static const tb_preset presets[] = {{"small", "For small machines.", small},
                                    {"warm", "Hotter.", warm}};
static const tb_settings network_table = {"network", network_rows, 9, presets,
                                          2};
static const tb_settings training_table = {"training", training_rows, 2, NULL,
                                           0};

static network net;
static training train;
static const tb_settings_part parts[] = {{&network_table, &net},
                                         {&training_table, &train}};

static void test_defaults(void)
{
    memset(&net, 0xff, sizeof net);
    tb_settings_defaults(parts, 2);
    EQ(net.hop, 512);
    EQ(net.frame_sizes.count, 3);
    EQ(net.frame_sizes.at[0], 16);
    EQ(net.frame_sizes.at[2], 8);
    NEAR(net.learning_rate, 0.001, 0);
    NEAR(net.temperatures.at[1], 0.75, 0);
    OK(net.weight_norm == true);
    EQ(net.rnn, RNN_LSTM);
    SAME_TEXT(net.note, "");
    OK(net.seed == UINT64_MAX);
    EQ(train.hop, 7);
}

static tb_status set(const char *assignment, tb_error *error)
{
    return tb_settings_assign(parts, 2, assignment, error);
}

static void test_set(void)
{
    tb_settings_defaults(parts, 2);
    EQ(set("network.hop=256", NULL), TB_OK);
    EQ(net.hop, 256);
    EQ(set("network.hop = 1k", NULL), TB_OK);
    EQ(net.hop, 1000);
    EQ(set("network.hop=64samples", NULL), TB_OK);
    EQ(net.hop, 64);
    EQ(set("frame-sizes=(4, 2)", NULL), TB_OK);
    EQ(net.frame_sizes.count, 2);
    EQ(net.frame_sizes.at[1], 2);
    EQ(set("temperatures=", NULL), TB_OK);
    EQ(net.temperatures.count, 0);
    EQ(set("length=1500ms", NULL), TB_OK);
    NEAR(net.length, 1.5, 1e-12);
    EQ(set("length=2min", NULL), TB_OK);
    NEAR(net.length, 120, 1e-12);
    EQ(set("learning_rate=2.5e-4", NULL), TB_OK);
    NEAR(net.learning_rate, 0.00025, 0);
    EQ(set("weight_norm=off", NULL), TB_OK);
    OK(!net.weight_norm);
    EQ(set("rnn=gru", NULL), TB_OK);
    EQ(net.rnn, RNN_GRU);
    EQ(set("note=a=b", NULL), TB_OK);
    SAME_TEXT(net.note, "a=b");
    EQ(set("seed=4711", NULL), TB_OK);
    EQ((long long)net.seed, 4711);
}

/* One text that must be refused and what the sentence must contain. */
static void refused(const char *assignment, const char *part)
{
    network before = net;
    tb_error error = {0};
    EQ(set(assignment, &error), TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, part) != NULL, assignment))
        fprintf(stderr, "# said: %s\n", error.text);
    OK(memcmp(&before, &net, sizeof net) == 0);
}

static void test_refusals(void)
{
    tb_settings_defaults(parts, 2);
    refused("frame_size=4", "Did you mean 'frame_sizes'?");
    refused("tempratures=4", "Did you mean 'temperatures'?");
    refused("learning=4", "Did you mean 'learning_rate'?");
    refused("zzz=4", "There is no setting 'zzz'; --help");
    refused("hop=4", "'network.hop' or 'training.hop'");
    refused("training.batch=0", "too small: it goes from 1 to 1024.");
    refused("batch=0", "The nearest is 1.");
    refused("network.hop=100000", "The nearest is 65536.");
    refused("batch=3.5", "3 or 4");
    refused("batch=many", "should be a whole number, such as 32");
    refused("batch=1,2", "one whole number");
    refused("batch=", "should be a whole number");
    refused("batch=3parsecs", "'parsecs' is not a unit");
    refused("length=3samples", "counts in s");
    refused("learning_rate=nan", "should be a number");
    refused("learning_rate=inf", "should be a number");
    refused("learning_rate=1e999", "should be a number");
    refused("frame_sizes=16,,8", "should be a whole number");
    refused("frame_sizes=16;8", "not a unit");
    refused("frame_sizes=16,5000", "too large");
    refused("rnn=lstn", "Did you mean 'lstm'?");
    refused("rnn=qqqqqq", "one of none, lstm, gru");
    refused("weight_norm=maybe", "yes or no");
    refused("note=12345678", "8 bytes long, more than the 7");
    refused("seed=-1", "whole number from 0");
    refused("seed=18446744073709551616", "whole number from 0");
    refused("learning_rate=0,002", "write 0.002, with a point");
    refused("learning_rate=-,5", "write -0.5, with a point");
    refused("temperatures=0,8",
            "Write 0.8, with a point, for one, and 0.0,8.0 for two.");
    refused("temperatures=(1,0,2)", "Write 1.0, with a point, for one");
    refused("=4", "not of the form");
    refused("hop", "not of the form");
}

/* What is written reads back, also where no number has a point of its own. */
static void test_whole_reals(void)
{
    char text[64];
    tb_settings_defaults(parts, 2);
    EQ(set("temperatures=0, 8", NULL), TB_OK);
    EQ(net.temperatures.count, 2);
    EQ(set("temperatures=0.0,8", NULL), TB_OK);
    EQ(net.temperatures.count, 2);
    const tb_setting *s =
        tb_settings_find(parts, 2, "temperatures", NULL, NULL);
    tb_setting_text(s, &net, text, sizeof text);
    SAME_TEXT(text, "0.0,8.0");
    EQ(tb_setting_parse(s, text, &net, NULL), TB_OK);
    NEAR(net.temperatures.at[1], 8, 0);
}

static void test_long_lists(void)
{
    char text[256] = "frame_sizes=1";
    for (int i = 1; i < TB_LIST_MAX; i++)
        strcat(text, ",1");
    EQ(set(text, NULL), TB_OK);
    EQ(net.frame_sizes.count, TB_LIST_MAX);
    strcat(text, ",1");
    refused(text, "at most 32");
}

static void test_presets(void)
{
    tb_error error = {0};
    tb_settings_defaults(parts, 2);
    EQ(tb_settings_preset(parts, 2, "small,warm", &error), TB_OK);
    EQ(net.frame_sizes.count, 2);
    EQ(train.batch, 4);
    NEAR(net.temperatures.at[0], 2, 0);
    EQ(tb_settings_preset(parts, 2, "smal", &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "Did you mean 'small'?"));
    EQ(tb_settings_preset(parts, 2, "q", &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "there are small, warm."));
    EQ(tb_settings_preset(parts + 1, 1, "q", &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "none here"));
}

static void test_text(void)
{
    tb_settings_defaults(parts, 2);
    char text[64];
    for (int i = 0; i < network_table.count; i++) {
        const tb_setting *row = &network_rows[i];
        size_t length = tb_setting_text(row, &net, text, sizeof text);
        EQ(length, strlen(text));
        SAME_TEXT(text, row->standard);
    }
    EQ(tb_setting_text(&network_rows[1], &net, text, 4), 6);
    SAME_TEXT(text, "16,");
    tb_setting_range(&network_rows[6], text, sizeof text);
    SAME_TEXT(text, "one of none, lstm, gru");
    tb_number_text(1.0 / 3, text);
    NEAR(strtod(text, NULL), 1.0 / 3, 0);
    tb_number_text(44100, text);
    SAME_TEXT(text, "44100");
    tb_number_text(1e-7, text);
    SAME_TEXT(text, "1e-07");
    tb_number_digits(2.0 / 3, 6, text);
    SAME_TEXT(text, "0.666667");
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        tb_number_digits(2.0 / 3, 6, text);
    setlocale(LC_NUMERIC, "C");
    SAME_TEXT(text, "0.666667");
}

/* Reads back what was printed; a line may not be wider than a terminal. */
static void test_help(void)
{
    FILE *file = tmpfile();
    tb_settings_defaults(parts, 2);
    tb_settings_help(parts, 2, file);
    rewind(file);
    char line[256];
    size_t widest = 0;
    int found = 0;
    while (fgets(line, sizeof line, file)) {
        widest = strlen(line) > widest ? strlen(line) : widest;
        found += !strcmp(line, "Network:\n") + !strcmp(line, "Training:\n") +
                 !strcmp(line, "  hop=512  (1 to 65536 samples)\n") +
                 !strcmp(line, "      Frame step.\n") +
                 (strstr(line, "For small machines.") != NULL);
    }
    fclose(file);
    EQ(found, 5);
    OK(widest <= 80);
}

static void test_nearest(void)
{
    static const char *const names[] = {"sampler", "samplernn", "freqnet"};
    SAME_TEXT(tb_nearest_name("samplrenn", names, 3), "samplernn");
    SAME_TEXT(tb_nearest_name("FreqNet", names, 3), "freqnet");
    SAME_TEXT(tb_nearest_name("rnn", names, 3), "samplernn");
    OK(tb_nearest_name("wavenet", names + 0, 2) == NULL);
    OK(tb_nearest_name("", names, 3) == NULL);
}

int main(void)
{
    test_defaults();
    test_set();
    test_refusals();
    test_whole_reals();
    test_long_lists();
    test_presets();
    test_text();
    test_help();
    test_nearest();
    return tap_done();
}
