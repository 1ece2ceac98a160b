/* Prompts from files, and the example programs. */
#include "generate/prompt.h"

#include "audio/encode.h"
#include "base/paths.h"
#include "dsp/loudness.h"
#include "models/checkpoint.h"
#include "voice.h"

static char folder[] = "/tmp/timbrel-prompt-XXXXXX";

static const char *in_folder(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

/* Two seconds of a ramp up to this level, in stereo at 8 kHz. */
static void write_sound(const char *path, float level)
{
    static float x[2 * 16000];
    tb_encode_settings s = {.sample_rate = 8000, .channels = 2};
    for (int i = 0; i < 2 * 16000; i++)
        x[i] = level * (float)i / (2 * 16000);
    OK(tb_save_audio(path, &s, x, 16000, NULL, NULL) == TB_OK);
}

static tb_cut part(const char *path, double start, double length)
{
    tb_cut cut = {.start_seconds = start, .length_seconds = length};
    snprintf(cut.path, sizeof cut.path, "%s", path);
    return cut;
}

static void check_prompts(const tb_model *m)
{
    char path[128];
    double gain;
    tb_audio a;
    tb_error error = {0};
    write_sound(in_folder(path, "ramp.wav"), 1);
    tb_cut cut = part(path, 0.5, 0.25);
    OK(tb_prompt_load(&cut, m, &a, &gain, &error) == TB_OK);
    EQ(a.frames, 2000);
    EQ(a.channels, 1);
    NEAR(a.sample_rate, 8000, 0);
    NEAR(a.data[0], 0.25, 1e-3);
    NEAR(gain, 1, 0);
    tb_audio_clear(&a);
    cut = part(path, 0, 0);
    OK(tb_prompt_load(&cut, m, &a, &gain, &error) == TB_OK);
    EQ(a.frames, 16000);
    tb_audio_clear(&a);
    cut = part("/nowhere.wav", 1, 0);
    OK(tb_prompt_load(&cut, m, &a, &gain, &error) != TB_OK);
    OK(strstr(error.text, "/nowhere.wav") && !a.data);
}

/* ---- levels ---- */

/* A checkpoint that knows this level, and the recording at `path`. */
static tb_model *knowing(const char *checkpoint, double level, const char *path,
                         double gain)
{
    char to[128];
    tb_checkpoint c;
    tb_known_gain g = {0, gain};
    OK(tb_hash_file(path, &g.hash, NULL) == TB_OK);
    OK(tb_checkpoint_open(checkpoint, &c, NULL) == TB_OK);
    const tb_known_level none = c.known_level;
    c.known_level = (tb_known_level){true, level, 1, &g};
    OK(tb_checkpoint_save(in_folder(to, "known.safetensors"), &c, NULL, 0, NULL,
                          NULL) == TB_OK);
    c.known_level = none;
    tb_checkpoint_clear(&c);
    return tb_model_open(to, NULL);
}

static double gain_of(const tb_model *m, tb_cut cut)
{
    double gain = 0;
    tb_audio a, plain;
    OK(tb_prompt_load(&cut, m, &a, &gain, NULL) == TB_OK);
    OK(tb_load_audio(cut.path, 8000, 1, cut.start_seconds, cut.length_seconds,
                     &plain, NULL) == TB_OK);
    NEAR(a.data[a.frames - 1], gain * plain.data[a.frames - 1], 1e-6);
    tb_audio_clear(&a);
    tb_audio_clear(&plain);
    return gain;
}

/* A recording comes as it was learned, anything else as loud as those were. */
static void check_levels(const char *checkpoint)
{
    char known[128], soft[128], other[128], silent[128];
    write_sound(in_folder(known, "known.wav"), 0.5);
    write_sound(in_folder(other, "other.wav"), 0.25);
    write_sound(in_folder(soft, "soft.wav"), 0.01);
    write_sound(in_folder(silent, "silent.wav"), 0);
    tb_model *m = knowing(checkpoint, -20, known, 1.75);
    NEAR(gain_of(m, part(known, 0.5, 0.25)), 1.75, 1e-6);
    double gain = gain_of(m, part(other, 0.5, 0.25));
    OK_NAMED(gain > 0.3 && gain < 1, "what is louder is made softer");
    NEAR(gain_of(m, part(other, 1, 0.25)), gain, 1e-9);
    NEAR(gain_of(m, part(soft, 0.5, 0.25)) / gain, 25, 0.3);
    NEAR(gain_of(m, part(silent, 0, 1)), 1, 0);
    tb_model_close(m);
    m = knowing(checkpoint, 20, known, 1);
    gain = gain_of(m, part(other, 1.5, 0.5));
    NEAR(gain * 0.25, TB_NORMAL_PEAK, 2e-3);
    NEAR(gain_of(m, part(soft, 0, 0.1)), 100, 0);
    tb_model_close(m);
}

/* The example makes the sound that voices make here. */
static void check_example(const char *program, const char *checkpoint)
{
    char path[128], command[512];
    static float x[800];
    float *const voices[] = {x};
    tb_audio a;
    tb_error error = {0};
    in_folder(path, "example.wav");
    snprintf(command, sizeof command, "'%s' '%s' '%s' 0.1 0.8 7", program,
             checkpoint, path);
    OK(system(command) == 0);
    OK(tb_load_audio(path, 0, 0, 0, 0, &a, &error) == TB_OK);
    EQ(a.frames, 800);
    tb_model *m = tb_model_open(checkpoint, NULL);
    tb_voices_settings s = tb_voices_defaults();
    s.seed = 7;
    tb_voices *g = tb_voices_new(m, &s, NULL);
    turn(g, "temperature", -1, 0.8);
    tb_voices_reset(g, 7);
    tb_voices_run(g, voices, 800);
    double off = 0;
    for (int i = 0; i < a.frames; i++)
        off = fmax(off, fabs((double)(a.data[i] - x[i])));
    NEAR(off, 0, 1e-4);
    tb_audio_clear(&a);
    tb_voices_free(g);
    tb_model_close(m);
    snprintf(command, sizeof command, "'%s' /nowhere '%s' 2>/dev/null", program,
             path);
    OK(system(command) != 0);
}

/* The other one tells of controls and continues a tone. */
static void check_player(const char *program, const char *checkpoint)
{
    char path[128], command[512], said[2000] = "";
    in_folder(path, "said");
    snprintf(command, sizeof command, "'%s' '%s' >'%s'", program, checkpoint,
             path);
    OK(system(command) == 0);
    FILE *file = fopen(path, "r");
    if (file) {
        said[fread(said, 1, sizeof said - 1, file)] = 0;
        fclose(file);
    }
    OK(strstr(said, "temperature, from 0 to 100: "));
    OK(strstr(said, "The first samples are "));
    snprintf(command, sizeof command, "'%s' /nowhere 2>/dev/null", program);
    OK(system(command) != 0);
}

int main(int argc, char **argv)
{
    char path[128], command[128];
    if (argc < 3 || !mkdtemp(folder))
        return 1;
    save_model(in_folder(path, "a.safetensors"),
               "frame_sizes=8,4,6 hidden=8 levels=32 sample_rate=8000");
    tb_model *m = tb_model_open(path, NULL);
    check_prompts(m);
    check_levels(path);
    check_example(argv[1], path);
    check_player(argv[2], path);
    tb_model_close(m);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    OK(system(command) == 0);
    return tap_done();
}
