/* Any network as a user trains and plays it: settings in `small` and `changes`,
   sounds as make_sounds makes them. */
#ifndef TB_TEST_CLI_NETWORK_H
#define TB_TEST_CLI_NETWORK_H

#include "program.h"

/* Stopped and gone on with, it has the same weights. */
static inline void test_resumed(const char *kind, const char *name,
                                const char *small, const char *changes)
{
    char a[128], b[128];
    RUN(0, "train %s sounds --run %s-whole --epochs 2 --threads 1 %s%s", kind,
        name, small, changes);
    RUN(0, "train %s sounds --run %s --epochs 1 --threads 2 %s%s", kind, name,
        small, changes);
    RUN(0, "train --resume %s --epochs 2", name);
    for (int epoch = 1; epoch <= 2; epoch++) {
        const char *file = "checkpoints/epoch-%04d.safetensors";
        char path[64];
        snprintf(path, sizeof path, file, epoch);
        snprintf(a, sizeof a, "%s-whole/%s", name, path);
        snprintf(b, sizeof b, "%s/%s", name, path);
        OK_NAMED(same_files(a, b), "gone on with, the same weights");
    }
}

/* The same seed is the same sound, another one another. */
static inline void test_generated(const char *name, const char *format)
{
    char a[64], b[64];
    snprintf(a, sizeof a, "%s.wav", name);
    snprintf(b, sizeof b, "%s-again.wav", name);
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 3 "
        "--temperature 0.5..1.2 -o %s",
        name, a);
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 3 "
        "--temperature 0.5..1.2 -o %s",
        name, b);
    OK_NAMED(same_sound(a, b), "the same seed, the same sound");
    RUN(0,
        "generate %s --prompt sounds/a.wav@0.5s+0.5s --seconds 1 --seed 4 "
        "--temperature 0.5..1.2 -o again-%s",
        name, b);
    snprintf(a, sizeof a, "again-%s-again.wav", name);
    OK_NAMED(!same_sound(a, b), "another seed, another sound");
    RUN(0, "info %s", b);
    OK_NAMED(strstr(said, format) != NULL, format);
}

#endif
