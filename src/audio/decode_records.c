/* Databases that RAVE made of recordings: pieces of equal length, in the order
   in which they were cut, so that one behind the other they are the recordings
   again, but for ends that were left out. */
#include "audio/decode_source.h"
#include "audio/rave_record.h"
#include "base/file_map.h"
#include "base/lmdb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct record_reader {
    tb_file_map map;
    tb_lmdb *db;
    const char *path;
    tb_rave_record now;
    int next;   /* of the records */
    int64_t at; /* frame of `now` */
    int channels;
} record_reader;

bool tb_is_records(int file)
{
    static const unsigned char magic[4] = {0xDE, 0xC0, 0xEF, 0xBE};
    unsigned char head[4];
    return pread(file, head, sizeof head, 16) == sizeof head &&
           memcmp(head, magic, sizeof head) == 0;
}

static void records_close(void *state)
{
    record_reader *r = state;
    tb_lmdb_free(r->db);
    tb_file_map_close(&r->map);
    free(r);
}

/* The next record; false at the end. */
static bool go_on(record_reader *r, tb_error *error)
{
    if (r->next == tb_lmdb_count(r->db))
        return false;
    tb_lmdb_entry e = tb_lmdb_at(r->db, r->next++);
    r->at = 0;
    if (tb_rave_record_read(e.value, e.value_bytes, r->path, &r->now, error))
        return false;
    if (r->now.channels == r->channels)
        return true;
    tb_fail(error, TB_ERR_UNSUPPORTED,
            "'%s' holds recordings of %d channels and of %d.", r->path,
            r->channels, r->now.channels);
    return false;
}

static float sample_at(const tb_rave_record *r, int channel, int64_t frame)
{
    const uint8_t *p = r->samples + 2 * (channel * r->frames + frame);
    return (float)(int16_t)(uint16_t)(p[0] | p[1] << 8) / 32768;
}

static int64_t records_read(void *state, float *interleaved, int64_t frames,
                            tb_error *error)
{
    record_reader *r = state;
    tb_error why = {0};
    while (r->at == r->now.frames)
        if (!go_on(r, &why)) {
            if (why.status && error)
                *error = why;
            return why.status ? -1 : 0;
        }
    int64_t left = r->now.frames - r->at;
    frames = frames < left ? frames : left;
    for (int64_t i = 0; i < frames; i++)
        for (int ch = 0; ch < r->channels; ch++)
            *interleaved++ = sample_at(&r->now, ch, r->at + i);
    r->at += frames;
    return frames;
}

/* Frames of all records; -1: one of them is damaged. */
static int64_t count_frames(const record_reader *r, tb_error *error)
{
    int64_t frames = 0;
    for (int i = 0; i < tb_lmdb_count(r->db); i++) {
        tb_lmdb_entry e = tb_lmdb_at(r->db, i);
        tb_rave_record record;
        if (tb_rave_record_read(e.value, e.value_bytes, r->path, &record,
                                error))
            return -1;
        frames += record.frames;
    }
    return frames;
}

static tb_status begin(record_reader *r, tb_audio_info *info, tb_error *error)
{
    tb_status status = tb_file_map_open(r->path, &r->map, NULL, error);
    if (!status)
        status =
            tb_lmdb_read(r->map.data, r->map.bytes, r->path, &r->db, error);
    if (status)
        return status;
    if (tb_lmdb_count(r->db) == 0)
        return tb_fail(error, TB_ERR_FORMAT, "'%s' holds no recordings.",
                       r->path);
    tb_lmdb_entry e = tb_lmdb_at(r->db, 0);
    status =
        tb_rave_record_read(e.value, e.value_bytes, r->path, &r->now, error);
    int64_t frames = status ? -1 : count_frames(r, error);
    if (frames < 0)
        return status ? status : error->status;
    r->channels = r->now.channels;
    r->next = 1;
    *info = (tb_audio_info){
        .sample_rate = r->now.sample_rate > 0 ? r->now.sample_rate : 44100,
        .channels = r->channels,
        .frames = frames,
        .length = TB_LENGTH_COUNTED};
    return TB_OK;
}

tb_status tb_source_open_records(const char *path, tb_source *source,
                                 tb_audio_info *info, tb_error *error)
{
    tb_error own;
    record_reader *r = calloc(1, sizeof *r);
    if (!r)
        return tb_fail_memory(error);
    error = error ? error : &own;
    r->path = path;
    tb_status status = begin(r, info, error);
    if (status) {
        records_close(r);
        return status;
    }
    *source = (tb_source){r, records_read, NULL, records_close};
    return TB_OK;
}
