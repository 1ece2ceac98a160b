/* Runs a fuzz target without libFuzzer: over each file of a folder as it is,
   cut short, and with bytes replaced, the same way every time. */
#include "fuzz.h"
#include "tap.h"
#include <dirent.h>
#include <stdlib.h>

enum { VARIANTS = 64, LARGEST = 1 << 20 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A fresh block of exactly `size` bytes, so that a sanitizer sees each read
   past the end. */
static int try_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = calloc(size ? size : 1, 1);
    if (!copy)
        return 0;
    if (size)
        memcpy(copy, bytes, size);
    int good = LLVMFuzzerTestOneInput(copy, size) == 0;
    free(copy);
    return good;
}

static int try_variants(uint8_t *bytes, size_t size)
{
    static uint8_t changed[LARGEST];
    uint32_t state = (uint32_t)size;
    int good = 1;
    for (int i = 0; i < VARIANTS && size; i++) {
        good &= try_bytes(bytes, next_random(&state) % size);
        memcpy(changed, bytes, size);
        for (uint32_t n = 1 + next_random(&state) % 4; n; n--)
            changed[next_random(&state) % size] = (uint8_t)next_random(&state);
        good &= try_bytes(changed, size);
    }
    return good;
}

static void replay(const char *folder, const char *name)
{
    static uint8_t bytes[LARGEST];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!OK_NAMED(file, name))
        return;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    OK_NAMED(try_bytes(bytes, size) && try_variants(bytes, size), name);
}

int main(int argc, char **argv)
{
    OK_NAMED(try_bytes(NULL, 0), "no bytes");
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    if (OK_NAMED(folder, "the corpus opens")) {
        for (struct dirent *entry; (entry = readdir(folder));)
            if (entry->d_name[0] != '.')
                replay(argv[1], entry->d_name);
        closedir(folder);
    }
    return tap_done();
}
