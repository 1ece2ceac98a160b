/* Makes some seconds of sound from a checkpoint:

       generate CHECKPOINT OUT.wav [SECONDS [TEMPERATURE [SEED]]]

   Build: cc generate.c -o generate -ltimbrel -lz -lm -pthread */
#include <stdio.h>
#include <stdlib.h>
#include <timbrel/model.h>

enum { BLOCK = 1024 };

static void put(FILE *to, unsigned long x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(x >> 8 * i & 255), to);
}

/* The header of a WAV file of 16-bit samples. */
static void put_header(FILE *to, unsigned long rate, unsigned channels,
                       unsigned long frames)
{
    unsigned long bytes = frames * channels * 2;
    fputs("RIFF", to);
    put(to, 36 + bytes, 4);
    fputs("WAVEfmt ", to);
    put(to, 16, 4);
    put(to, 1, 2);
    put(to, channels, 2);
    put(to, rate, 4);
    put(to, rate * channels * 2, 4);
    put(to, channels * 2, 2);
    put(to, 16, 2);
    fputs("data", to);
    put(to, bytes, 4);
}

static void write_sound(FILE *to, const tb_model *model, tb_voices *voices,
                        double seconds)
{
    static float samples[BLOCK * 2];
    float *const out[] = {samples};
    double rate = tb_model_sample_rate(model);
    int channels = tb_model_channels(model);
    long frames = (long)(seconds * rate);
    put_header(to, (unsigned long)rate, (unsigned)channels,
               (unsigned long)frames);
    while (frames > 0) {
        long n = frames < BLOCK ? frames : BLOCK;
        tb_voices_run(voices, out, n);
        for (long i = 0; i < n * channels; i++)
            put(to, (unsigned long)(long)(32767 * samples[i]), 2);
        frames -= n;
    }
}

int main(int argc, char **argv)
{
    tb_message message;
    tb_voices_settings settings = tb_voices_defaults();
    if (argc < 3) {
        fprintf(stderr, "usage: generate CHECKPOINT OUT.wav "
                        "[SECONDS [TEMPERATURE [SEED]]]\n");
        return 2;
    }
    double seconds = argc > 3 ? atof(argv[3]) : 5;
    double temperature = argc > 4 ? atof(argv[4]) : 1;
    if (argc > 5)
        settings.seed = strtoull(argv[5], NULL, 10);

    tb_model *model = tb_model_open(argv[1], &message);
    tb_voices *voices =
        model ? tb_voices_new(model, &settings, &message) : NULL;
    if (voices) {
        int control = tb_voices_control(voices, "temperature");
        tb_voices_set(voices, control, -1, temperature);
        tb_voices_reset(voices, settings.seed);
    }
    FILE *to = voices ? fopen(argv[2], "wb") : NULL;
    if (to)
        write_sound(to, model, voices, seconds);
    else
        fprintf(stderr, "%s\n", voices ? "Cannot write there." : message.text);
    int failed = !to || fclose(to) != 0;
    tb_voices_free(voices);
    tb_model_close(model);
    return failed;
}
