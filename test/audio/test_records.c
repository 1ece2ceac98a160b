/* Databases that RAVE made of recordings, written by liblmdb: all samples come,
   in order; lazy and damaged ones are refused. */
#include "audio/decode.h"
#include "audio/rave_record.h"
#include "base/lmdb.h"
#include "base/memory.h"
#include "base/paths.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 70, CHANNELS = 2, SHORT = 20, LONG = 700 };

static const char *folder;

static const char *in_golden(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int frames_of(int record)
{
    return record % 10 == 9 ? LONG : SHORT;
}

static float sample_at(int record, int channel, int frame)
{
    return (float)((131 * record + 17 * channel + 7 * frame) % 2000 - 1000) /
           32768;
}

static void check_sound(void)
{
    tb_audio_info info;
    tb_error error = {0};
    tb_decoder *d =
        tb_decoder_open(in_golden("records/data.mdb"), &info, &error);
    bool same = true;
    if (!OK_NAMED(d != NULL, error.text))
        return;
    EQ(info.channels, CHANNELS);
    EQ((int)info.sample_rate, 22050);
    EQ(info.frames, RECORDS / 10 * LONG + RECORDS / 10 * 9 * SHORT);
    for (int r = 0; r < RECORDS; r++) {
        static float x[LONG * CHANNELS];
        int n = frames_of(r);
        same &= tb_decoder_read(d, x, n, &error) == n;
        for (int i = 0; i < n * CHANNELS; i++)
            same &= x[i] == sample_at(r, i % CHANNELS, i / CHANNELS);
    }
    float last[CHANNELS];
    EQ(tb_decoder_read(d, last, 1, &error), 0);
    OK_NAMED(same, "all samples");
    tb_decoder_close(d);
}

static void check_lazy(void)
{
    tb_audio_info info;
    tb_error error = {0};
    OK(tb_decoder_open(in_golden("lazy/data.mdb"), &info, &error) == NULL);
    OK(strstr(error.text, "lazy"));
}

/* Keys in order; and with any one byte of the first pages other, or the file
   shorter, it is read or refused, and never read past its end. */
static void check_database(void)
{
    void *data;
    size_t bytes;
    tb_lmdb *db;
    tb_error error = {0};
    if (!OK(tb_read_file(in_golden("records/data.mdb"), 1 << 22, &data, &bytes,
                         &error) == TB_OK))
        return;
    EQ(tb_lmdb_read(data, bytes, "x", &db, &error), TB_OK);
    EQ(db ? tb_lmdb_count(db) : 0, RECORDS);
    for (int i = 0; db && i < RECORDS; i++) {
        char key[16];
        tb_lmdb_entry e = tb_lmdb_at(db, i);
        snprintf(key, sizeof key, "%08d", i);
        OK(e.key_bytes == 8 && memcmp(e.key, key, 8) == 0);
    }
    tb_lmdb_free(db);
    for (size_t cut = 0; cut < bytes; cut += 1000) {
        tb_lmdb_read(data, cut, "x", &db, NULL);
        tb_lmdb_free(db);
    }
    EQ(tb_lmdb_read(data, 4096, "x", &db, &error), TB_ERR_FORMAT);
    memset((char *)data + 16, 0, 4);
    EQ(tb_lmdb_read(data, bytes, "x", &db, &error), TB_ERR_FORMAT);
    tb_free(data);
}

static void check_records(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        tb_status status;
    } wrong[] = {{"\x0a\x20", 2, TB_ERR_FORMAT}, /* longer than it is */
                 {"\x0f", 1, TB_ERR_FORMAT},     /* no such type */
                 {"\x80\x80", 2, TB_ERR_FORMAT}, /* a number without end */
                 {"", 0, TB_ERR_UNSUPPORTED},    /* nothing */
                 {"\x12\0", 2, TB_ERR_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tb_rave_record record;
        tb_error error = {0};
        EQ(tb_rave_record_read(wrong[i].bytes, wrong[i].n, "x", &record,
                               &error),
           wrong[i].status);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 1;
    folder = argv[1];
    check_sound();
    check_lazy();
    check_database();
    check_records();
    return tap_done();
}
