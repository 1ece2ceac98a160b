/* SampleRNN against PyTorch, its gradients, fresh weights and settings. */
#include "check_golden.h"

#include "golden/samplernn.h"

/* ---- settings ---- */

static double loss_of(const char *changes, bool training)
{
    step s = step_new(changes, 16, training);
    tb_samplernn_instrument.init(&s.config, s.params, 2);
    write_levels(&s);
    double loss = step_loss(&s);
    step_free(&s);
    return loss;
}

static void check_dropout(void)
{
    const char *with = "frame_sizes=8,4,4 hidden=6 levels=8 dropout=0.5";
    const char *without = "frame_sizes=8,4,4 hidden=6 levels=8";
    OK(loss_of(with, false) == loss_of(without, false));
    OK(loss_of(with, true) != loss_of(without, true));
}

static const tb_learning_size one_row = {.rows = 1, .window = 512};

static void refused(const char *changes, const char *because)
{
    tb_samplernn c = configured(changes);
    tb_error error = {0};
    tb_learning l;
    OK(tb_samplernn_instrument.check(&c, &error) == TB_ERR_ARGUMENT);
    OK_NAMED(strstr(error.text, because), because);
    OK(tb_instrument_learn(&tb_samplernn_instrument, &c, &one_row, &l,
                           &error) == TB_ERR_ARGUMENT);
    EQ(l.objective_count, 0);
}

static void check_presets(void)
{
    for (int i = 0; i < tb_samplernn_settings.preset_count; i++) {
        char changes[64];
        snprintf(changes, sizeof changes, "preset=%s",
                 tb_samplernn_settings.presets[i].name);
        tb_samplernn c = configured(changes);
        const char *name = tb_samplernn_settings.presets[i].name;
        bool fine = strcmp(name, "small") == 0 || strcmp(name, "exact") == 0;
        tb_learning l;
        NEAR(c.sound.past_noise, fine ? 0.5 : 0, 0);
        EQ(c.sound.output,
           fine ? TB_SAMPLE_OUTPUT_LOGISTICS : TB_SAMPLE_OUTPUT_LEVELS);
        OK(tb_instrument_learn(&tb_samplernn_instrument, &c, &one_row, &l,
                               NULL) == TB_OK);
        const tb_value *loss = l.objective[0].loss;
        OK(loss && loss->rank == 1 && loss->dim[0] == 1);
        EQ(l.feed[0].context % c.frame_sizes.at[0], 0);
        EQ(l.grain, c.frame_sizes.at[0]);
        SAME_TEXT(l.metric[0].name, "bits");
        EQ(l.metric[0].levels, fine ? 65536 : c.sound.levels);
        EQ(l.metric_count, fine ? 2 : 1);
        tb_learning_clear(&l);
    }
}

/* 16-bit sound is told in its own levels, and in 256. */
static void check_fine(void)
{
    tb_samplernn c = configured("output=logistics");
    tb_learning l;
    OK(tb_instrument_learn(&tb_samplernn_instrument, &c, &one_row, &l, NULL) ==
       TB_OK);
    EQ(l.feed[0].context, 32);
    EQ(l.metric_count, 2);
    EQ(l.metric[0].levels, 65536);
    NEAR(l.metric[0].mulaw, 0, 0);
    SAME_TEXT(l.metric[0].name, "bits");
    SAME_TEXT(l.metric[1].name, "bits_256");
    OK(l.metric[1].tested && l.metric[1].value != l.metric[0].value);
    tb_learning_clear(&l);
}

static void check_kinds(void)
{
    tb_error error = {0};
    OK(tb_instrument_named("samplernn", &error) == &tb_samplernn_instrument);
    OK(!tb_instrument_named("samplern", &error));
    OK(strstr(error.text, "'samplernn'"));
    tb_samplernn c = configured("channels=2 levels=64 mulaw=0.5");
    tb_sound_format f = tb_samplernn_instrument.format(&c);
    tb_symbols s = tb_samplernn_instrument.network->symbols(&c);
    OK(f.channels == 2 && s.levels == 64 && s.frames == 2 && s.per == 1);
    NEAR(tb_samplernn_instrument.network->mulaw(&c), 0.5, 0);
    NEAR(f.sample_rate, 16000, 0);
}

int main(void)
{
    check_golden("frame_sizes=8,2,3 hidden=3,4 levels=6 head_size=4 "
                 "input=linear learned_temperature=no cell=gru",
                 8, sizeof plain_gradients / sizeof *plain_gradients,
                 plain_gradients, plain_logits, plain_loss[0]);
    check_golden("frame_sizes=4,4,2,5 hidden=2,3,2 levels=5 head_size=2 "
                 "cell=lstm layers=2 input=embedding embedding_size=2 "
                 "weight_norm=yes inputs_mode=static_mix min_temperature=0.3",
                 8, sizeof rich_gradients / sizeof *rich_gradients,
                 rich_gradients, rich_logits, rich_loss[0]);
    check_differences("frame_sizes=4,2,3 hidden=3 levels=5 head_size=3 "
                      "cell=lstm layers=2 h0=learned dropout=0.3 channels=2");
    check_differences("frame_sizes=4,2,3 hidden=3 levels=5 head_size=3 "
                      "cell=rnn weight_norm=yes inputs_mode=mean h0=randn "
                      "input=embedding embedding_size=2");
    check_differences("frame_sizes=4,2 hidden=3 levels=5 head_layers=2 "
                      "cell=none head_size=4 head_activation=tanh");
    check_differences("frame_sizes=4,2 hidden=3 levels=5 head_layers=2 "
                      "layers=0 head_size=4 head_activation=none");
    check_dropout();
    check_presets();
    check_fine();
    check_kinds();
    refused("frame_sizes=16", "at least two");
    refused("frame_sizes=16,6,4", "nearest that do are 12 and 18.");
    refused("frame_sizes=4,6,4", "nearest that does is 6.");
    refused("frame_sizes=16,8,4,4 hidden=3,4", "one for each");
    return tap_done();
}
