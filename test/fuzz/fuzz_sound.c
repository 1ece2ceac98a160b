/* Sound files: frames and tags of whatever libsndfile takes. Nothing is handed
   to ffmpeg. */
#include "audio/decode.h"
#include "audio/tags.h"
#include "files.h"
#include "fuzz.h"

#include <math.h>

/* What the libraries leak of a file that they refuse is not ours to free. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libsndfile\nleak:libvorbis\nleak:libFLAC\nleak:libopus\n"
           "leak:libmpg123\n";
}

enum { MOST_BYTES = 1 << 14, MOST_FRAMES = 1 << 15, BLOCK = 256 };

static bool reads_frames(tb_decoder *decoder, int channels)
{
    tb_error error = {0};
    int64_t n = 0, all = 0;
    float *block = malloc(sizeof *block * BLOCK * (size_t)channels);
    bool good = block && channels >= 1;
    while (good && all < MOST_FRAMES &&
           (n = tb_decoder_read(decoder, block, BLOCK, &error)) > 0) {
        good = n <= BLOCK;
        for (int64_t i = 0; good && i < n * channels; i++)
            good = !isnan(block[i]);
        all += n;
    }
    free(block);
    return good && (n >= 0 || error.text[0]);
}

static bool reads_tags(const char *path)
{
    tb_tags tags;
    tb_error error = {0};
    char value[64];
    if (tb_tags_read(path, &tags, &error) != TB_OK)
        return error.text[0];
    tb_tags_get(&tags, "seed", value, sizeof value);
    return memchr(tags.comment, 0, sizeof tags.comment) &&
           memchr(tags.title, 0, sizeof tags.title);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_error error = {0};
    tb_audio_info info;
    if (size > MOST_BYTES)
        return 0;
    setenv("PATH", "/nowhere", 1);
    const char *path = fuzz_file("sound", bytes, size);
    bool good = reads_tags(path);
    tb_decoder *decoder = tb_decoder_open(path, &info, &error);
    if (!decoder)
        return !good || error.text[0] == 0;
    good = good && reads_frames(decoder, info.channels);
    tb_decoder_close(decoder);
    return !good;
}
