/* Archives of models: bytes that begin as a zip file's do are read as they are;
   others choose the entries of one, and which of its fields are wrong. */
#include "torchscript/archive.h"

#include <stdlib.h>

#include "cursor.h"
#include "fuzz.h"
#include "torchscript/pickled_torch.h"
#include "torchscript/zip_writer.h"

/* ---- an archive that is chosen ---- */

static void add_entry(zip_writer *z, fuzz_cursor *c)
{
    static const char *const names[] = {
        "m/data.pkl", "m/data/0", "m/code/__torch__.py", "m/byteorder",
        "m/",         "n/data/0", "m/\xc3\xa4",          "m/version"};
    uint8_t data[1024];
    const char *name = names[fuzz_choose(c, 8)];
    int flags = fuzz_choose(c, 16);
    size_t size = fuzz_next(c) * (size_t)(1 + fuzz_choose(c, 4));
    for (size_t i = 0; i < size; i++)
        data[i] = i % 8 ? data[i - 1] : fuzz_next(c);
    zip_add(z, name, data, size, flags);
}

/* Where the n-th record of a kind lies; 0: there are not as many. */
static size_t find_record(const zip_bytes *file, const char *signature, int n)
{
    for (size_t i = 0; i + 4 <= file->size; i++)
        if (memcmp(file->at + i, signature, 4) == 0 && n-- == 0)
            return i;
    return 0;
}

static void change_field(zip_bytes *file, fuzz_cursor *c)
{
    static const char *const records[] = {"PK\1\2", "PK\3\4", "PK\5\6",
                                          "PK\6\6", "PK\6\7", "PK\1\2"};
    const char *record = records[fuzz_choose(c, 6)];
    size_t at = find_record(file, record, fuzz_choose(c, 4)) +
                (size_t)fuzz_choose(c, 80);
    uint8_t value = fuzz_next(c);
    int width = 1 + fuzz_choose(c, 8);
    for (int i = 0; i < width && at < file->size; i++, at++)
        file->at[at] = value;
}

static zip_bytes choose_archive(fuzz_cursor *c)
{
    zip_writer z = {0};
    for (int n = fuzz_choose(c, 8); n > 0; n--)
        add_entry(&z, c);
    zip_finish(&z, fuzz_choose(c, 8));
    for (int n = fuzz_choose(c, 4); n > 0; n--)
        change_field(&z.file, c);
    if (fuzz_choose(c, 16) == 15)
        z.file.size -= z.file.size / 16;
    free(z.directory.at);
    return z.file;
}

/* ---- what opens holds together ---- */

static void read_entry(tb_archive *a, tb_archive_entry *e)
{
    const void *data, *again;
    tb_error error;
    unsigned sum = 0;
    if (tb_archive_find(a, e->name) != e)
        abort();
    if (tb_archive_data(a, e, &data, &error) != TB_OK) {
        if (!error.text[0])
            abort();
        return;
    }
    for (size_t i = 0; i < e->bytes; i++)
        sum += ((const unsigned char *)data)[i];
    if (tb_archive_data(a, e, &again, &error) != TB_OK || again != data)
        abort();
    tb_archive_drop(a, sum % 2 ? e : NULL);
}

static void read_archive(const void *bytes, size_t size, bool trust)
{
    tb_archive *a;
    tb_error error = {0};
    if (tb_archive_read(bytes, size, "input", &a, &error) != TB_OK) {
        if (a || !error.text[0])
            abort();
        return;
    }
    if (trust)
        tb_archive_trust(a);
    for (size_t i = 0; i < tb_archive_count(a); i++)
        read_entry(a, tb_archive_at(a, i));
    tb_archive_check_order(a, &error);
    tb_archive_close(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size && bytes[0] == 'P') {
        read_archive(bytes, size, true);
        return 0;
    }
    fuzz_cursor cursor = {bytes, size};
    bool trust = fuzz_choose(&cursor, 8) != 7;
    zip_bytes file = choose_archive(&cursor);
    uint8_t *exact = malloc(file.size ? file.size : 1);
    if (exact && file.size) {
        memcpy(exact, file.at, file.size);
        read_archive(exact, file.size, trust);
    }
    free(exact);
    free(file.at);
    return 0;
}
