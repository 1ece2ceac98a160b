/* The file of decoded sounds: opened when it is what the settings ask for, made
   anew otherwise; reading stays within it. */
#include "corpus/cache_file.h"
#include "files.h"
#include "fuzz.h"

enum { CHANNELS = 2, FRAMES = 64 };

static const tb_cache_settings settings = {.sample_rate = 8000,
                                           .channels = CHANNELS,
                                           .half = true,
                                           .normalise = TB_NORMALISE_CORPUS};

/* One recording, the bytes of its cache, and where they lie. */
static tb_corpus *corpus;
static char cache_path[512];
static uint64_t key;

static void prepare(void)
{
    const char *path = fuzz_path("tone.wav");
    tb_error error;
    write_sine(path, 8000, 1, FRAMES, 16);
    if (tb_corpus_find(&path, 1, &corpus, &error))
        abort();
    tb_cache *cache = tb_cache_open(corpus, &settings, NULL, &error);
    if (!cache)
        abort();
    snprintf(cache_path, sizeof cache_path, "%s", tb_cache_path(cache));
    tb_cache_close(cache);
    tb_cache_header header;
    FILE *file = fopen(cache_path, "rb");
    if (!file || fread(&header, sizeof header, 1, file) != 1)
        abort();
    fclose(file);
    key = header.key;
}

/* The input stands for header, entry and the first frames; magic, key and check
   are made right, so that all the rest is looked at. */
static void write_cache(const uint8_t *bytes, size_t size)
{
    static uint8_t file[TB_CACHE_ALIGNMENT + 4096];
    size_t head = sizeof(tb_cache_header) + sizeof(tb_cache_entry);
    size_t data = size > head ? size - head : 0;
    if (data > sizeof file - TB_CACHE_ALIGNMENT)
        data = sizeof file - TB_CACHE_ALIGNMENT;
    memset(file, 0, sizeof file);
    if (size)
        memcpy(file, bytes, size < head ? size : head);
    if (data)
        memcpy(file + TB_CACHE_ALIGNMENT, bytes + head, data);
    tb_cache_header h;
    memcpy(&h, file, sizeof h);
    memcpy(h.magic, TB_CACHE_MAGIC, sizeof h.magic);
    h.key = key;
    if (h.files == 1)
        h.check = tb_cache_check(&h, (const void *)(file + sizeof h));
    memcpy(file, &h, sizeof h);
    FILE *to = fopen(cache_path, "wb");
    if (!to || fwrite(file, TB_CACHE_ALIGNMENT + data, 1, to) != 1 ||
        fclose(to))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_error error = {0};
    if (!corpus)
        prepare();
    write_cache(bytes, size);
    tb_cache *cache = tb_cache_open(corpus, &settings, NULL, &error);
    if (!cache)
        return error.text[0] == 0;
    bool good = tb_cache_channels(cache) == CHANNELS &&
                tb_cache_sample_rate(cache) == 8000 &&
                tb_cache_files(cache) == 1 && tb_cache_frames(cache, 0) >= 0;
    float out[FRAMES * CHANNELS];
    if (good)
        tb_cache_read(cache, 0, tb_cache_frames(cache, 0) - FRAMES / 2, FRAMES,
                      out);
    tb_cache_close(cache);
    return !good;
}
