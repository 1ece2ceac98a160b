/* Two voices of a checkpoint that go on from a tone:

       play CHECKPOINT

   Build: cc play.c -o play -ltimbrel -lz -lm -pthread */
#include <math.h>
#include <stdio.h>
#include <timbrel/model.h>

enum { FRAMES = 1024 };

static float left[FRAMES * 2], right[FRAMES * 2]; /* room for stereo */

static void say_controls(tb_model *model)
{
    const tb_control *c;
    for (int i = 0; (c = tb_model_control(model, "generate", i)); i++)
        printf("%s, from %g to %g: %s\n", c->name, c->low, c->high, c->help);
}

static int play(const char *path)
{
    tb_message message;
    tb_model *model = tb_model_open(path, &message);
    tb_voices_settings settings = tb_voices_defaults();
    settings.voices = 2;
    settings.seed = 4711;
    tb_voices *voices =
        model ? tb_voices_new(model, &settings, &message) : NULL;
    if (!voices) {
        fprintf(stderr, "%s\n", message.text);
        tb_model_close(model);
        return 1;
    }
    say_controls(model);

    float *const sound[] = {left, right};
    int heat = tb_voices_control(voices, "temperature");
    tb_voices_set(voices, heat, 0, 0.7); /* the first voice alone */
    for (int i = 0; i < FRAMES * 2; i++)
        left[i] = right[i] = 0.3f * sinf(0.1f * (float)i);
    tb_voices_prompt(voices, (const float *const *)sound, FRAMES);
    tb_voices_run(voices, sound, FRAMES);
    printf("The first samples are %g and %g.\n", left[0], right[0]);

    tb_voices_free(voices);
    tb_model_close(model);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return play(argv[1]);
    fprintf(stderr, "usage: play CHECKPOINT\n");
    return 2;
}
