/* Databases, and recordings in them: what is read lies within the input. */
#include "audio/rave_record.h"
#include "base/lmdb.h"
#include "fuzz.h"

static void look(const void *data, size_t bytes)
{
    tb_rave_record record;
    volatile unsigned sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum = sum + ((const uint8_t *)data)[i];
    if (tb_rave_record_read(data, bytes, "input", &record, NULL))
        return;
    for (int64_t i = 0; i < 2 * record.channels * record.frames; i++)
        sum = sum + record.samples[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_lmdb *db;
    tb_error error = {0};
    look(bytes, size);
    if (tb_lmdb_read(bytes, size, "input", &db, &error))
        return error.text[0] == 0 || db;
    for (int i = 0; i < tb_lmdb_count(db); i++) {
        tb_lmdb_entry e = tb_lmdb_at(db, i);
        look(e.value, e.value_bytes);
    }
    tb_lmdb_free(db);
    return 0;
}
