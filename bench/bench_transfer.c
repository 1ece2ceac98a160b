/* Long recordings through a model that goes from sound to sound: whole
   commands, how many seconds of sound a second, and the most memory that they
   held.

     bench_transfer [OPTION...] TIMBREL MODEL FOLDER SOUND

   The sound is repeated for a minute and for an hour; files lie in the folder
   for as long as they are needed. */
/* wait4 is of BSD. */
#define _DEFAULT_SOURCE
#include "audio/encode.h"
#include "audio/load.h"
#include "base/clock.h"
#include "bench.h"
#include "child.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const double RATE = 44100, MOST_MB = 600, LEAST_SPEED = 15;

static tb_status repeat(const char *from, const char *to, double seconds,
                        tb_error *error)
{
    tb_audio sound;
    const tb_encode_settings s = {
        .sample_rate = RATE, .channels = 1, .replace = true};
    tb_status status = tb_load_audio(from, RATE, 1, 0, 0, &sound, error);
    if (status)
        return status;
    tb_encoder *encoder = tb_encoder_open(to, &s, error);
    status = encoder ? TB_OK : error->status;
    int64_t left = (int64_t)(seconds * RATE);
    while (!status && left > 0) {
        int64_t n = sound.frames < left ? sound.frames : left;
        status = tb_encoder_write(encoder, sound.data, n, error);
        left -= n;
    }
    tb_audio_clear(&sound);
    if (encoder && status)
        tb_encoder_discard(encoder);
    else if (encoder)
        status = tb_encoder_close(encoder, NULL, error);
    return status;
}

/* False when the command failed. */
static bool run(char **command, double *seconds, double *megabytes)
{
    int state = 0;
    struct rusage usage;
    double start = tb_seconds();
    pid_t child = bench_start(command);
    if (child < 0 || wait4(child, &state, 0, &usage) != child || state != 0)
        return false;
    *seconds = tb_seconds() - start;
    *megabytes = (double)usage.ru_maxrss / 1024;
    return true;
}

static bool measure(const bench_options *o, const char *length, double sound)
{
    char in[4096], out[4096], threads[16], name[64];
    char **args = o->rest;
    double seconds, megabytes;
    tb_error error;
    snprintf(in, sizeof in, "%s/in.wav", args[2]);
    snprintf(out, sizeof out, "%s/out.wav", args[2]);
    snprintf(threads, sizeof threads, "%d", o->threads);
    if (repeat(args[3], in, sound, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    char *command[] = {args[0], "transfer",  args[1], in,        "-o",
                       out,     "--threads", threads, "--force", NULL};
    bool good = run(command, &seconds, &megabytes);
    remove(in);
    remove(out);
    if (!good)
        return false;
    snprintf(name, sizeof name, "memory, %s", length);
    bench_report(name, megabytes, "MB", MOST_MB);
    snprintf(name, sizeof name, "speed, %s", length);
    bench_report(name, sound / seconds, "s/s", LEAST_SPEED);
    return true;
}

int main(int argc, char **argv)
{
    (void)argc;
    bench_options o = bench_begin(argv);
    int n = 0;
    while (o.rest[n])
        n++;
    bool good =
        n == 4 && measure(&o, "a minute", 60) && measure(&o, "an hour", 3600);
    bench_end(&o);
    return n == 4 ? !good : 2;
}
