/* How long it takes from a folder of recordings to sounds worth hearing.

     bench_first_sound corpus FOLDER RECORDING...
     bench_first_sound wait RUN PROGRAM ARGUMENT...

   The first fills a folder: each recording at five speeds. The second starts a
   training and prints the seconds until one epoch has four examples of ten
   seconds behind their prompt that move, and then ends the training. */
#include "audio/decode.h"
#include "audio/encode.h"
#include "audio/load.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/paths.h"
#include "bench.h"
#include "child.h"
#include "run/example_list.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { EXAMPLES = 4, LONGEST_WAIT = 600 };
static const double LEAST_SECONDS = 10;

/* ---- the corpus ---- */

static bool save_at_speed(const char *folder, const char *recording,
                          double speed, tb_error *error)
{
    static const double rate = 16000;
    const tb_encode_settings encode = {.sample_rate = rate, .channels = 1};
    tb_audio audio;
    char path[4096], *stem = tb_path_stem(recording);
    snprintf(path, sizeof path, "%s/%.200s-%.2f.wav", folder, stem ? stem : "",
             speed);
    tb_free(stem);
    if (tb_load_audio(recording, rate / speed, 1, 0, 0, &audio, error))
        return false;
    tb_status status =
        tb_save_audio(path, &encode, audio.data, audio.frames, NULL, error);
    tb_audio_clear(&audio);
    return status == TB_OK;
}

static int make_corpus(const char *folder, int count, char **recordings)
{
    static const double speeds[] = {1, 0.84, 1.19, 0.71, 1.41};
    tb_error error;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 5; k++)
            if (!save_at_speed(folder, recordings[i], speeds[k], &error)) {
                fprintf(stderr, "%s\n", error.text);
                return 1;
            }
    return 0;
}

/* ---- the wait ---- */

static double seconds_of(const char *run, const char *sound)
{
    tb_audio_info info;
    char *path = tb_path_join(run, sound);
    tb_decoder *decoder = path ? tb_decoder_open(path, &info, NULL) : NULL;
    double seconds = decoder ? (double)info.frames / info.sample_rate : 0;
    if (decoder)
        tb_decoder_close(decoder);
    tb_free(path);
    return seconds;
}

static bool is_heard(const char *run, double prompt)
{
    tb_example_list list;
    int good = 0, epoch = 0;
    bool read = tb_example_list_read(run, &list, NULL) == TB_OK;
    for (int i = 0; read && good < EXAMPLES && i < list.count; i++) {
        const tb_example *e = &list.examples[i];
        good = e->epoch == epoch ? good : 0;
        epoch = e->epoch;
        good += e->epoch > 0 && e->tag && strncmp(e->tag, "moving", 6) == 0 &&
                seconds_of(run, e->sound) >= prompt + LEAST_SECONDS - 1e-3;
    }
    tb_example_list_clear(&list);
    return good >= EXAMPLES;
}

static int wait_for_sound(const char *run, char **command)
{
    const struct timespec moment = {0, 100000000};
    double began = tb_seconds(), seconds = 0;
    pid_t child = bench_start(command);
    bool running = child > 0, heard = false;
    while (running && !heard && seconds < LONGEST_WAIT) {
        nanosleep(&moment, NULL);
        seconds = tb_seconds() - began;
        running = waitpid(child, NULL, WNOHANG) == 0;
        heard = is_heard(run, seconds_of(run, "examples/prompt1.wav"));
    }
    if (running) {
        kill(child, SIGINT);
        bench_exit_status(child);
    }
    if (!heard) {
        fprintf(stderr, "%s: no four examples of ten seconds that move\n", run);
        return 1;
    }
    bench_report("four examples of 10 s, moving", seconds, "s", 0);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "corpus") == 0)
        return make_corpus(argv[2], argc - 3, argv + 3);
    if (argc > 3 && strcmp(argv[1], "wait") == 0)
        return wait_for_sound(argv[2], argv + 3);
    fprintf(stderr, "usage: bench_first_sound corpus FOLDER RECORDING...\n"
                    "       bench_first_sound wait RUN PROGRAM...\n");
    return 2;
}
