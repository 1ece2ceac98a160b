/* Prompts from files, and the example programs. */
#include "generate/prompt.h"

#include "audio/encode.h"
#include "voice.h"

static char folder[] = "/tmp/timbrel-prompt-XXXXXX";

static const char *in_folder(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

/* Two seconds of a ramp in stereo at 8 kHz. */
static void write_sound(const char *path)
{
    static float x[2 * 16000];
    tb_encode_settings s = {.sample_rate = 8000, .channels = 2};
    for (int i = 0; i < 2 * 16000; i++)
        x[i] = (float)i / (2 * 16000);
    OK(tb_save_audio(path, &s, x, 16000, NULL, NULL) == TB_OK);
}

static void check_prompts(const tb_model *m)
{
    char path[128], text[160];
    tb_audio a;
    tb_error error = {0};
    write_sound(in_folder(path, "ramp.wav"));
    snprintf(text, sizeof text, "%s@0.5s+250ms", path);
    OK(tb_prompt_load(text, m, 1, &a, &error) == TB_OK);
    EQ(a.frames, 2000);
    EQ(a.channels, 1);
    NEAR(a.sample_rate, 8000, 0);
    NEAR(a.data[0], 0.25, 1e-3);
    tb_audio_clear(&a);
    snprintf(text, sizeof text, "%s@0.5s", path);
    OK(tb_prompt_load(text, m, 0.5, &a, &error) == TB_OK);
    EQ(a.frames, 4000);
    tb_audio_clear(&a);
    OK(tb_prompt_load(path, m, 0, &a, &error) == TB_OK);
    EQ(a.frames, 16000);
    tb_audio_clear(&a);
    OK(tb_prompt_load("/nowhere.wav@1s", m, 0, &a, &error) != TB_OK);
    OK(strstr(error.text, "/nowhere.wav") && !a.data);
    OK(tb_prompt_load("x.wav@soon", m, 0, &a, &error) != TB_OK && !a.data);
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
    check_example(argv[1], path);
    check_player(argv[2], path);
    tb_model_close(m);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    OK(system(command) == 0);
    return tap_done();
}
