/* Allocation i fails, for every i, over what reads archives and pickles. */
#include "torchscript/archive.h"
#include "torchscript/pickle.h"

#include "failing.h"
#include "zip_writer.h"

static zip_writer archive_bytes;

static bool told(tb_status status)
{
    if (status != TB_OK && status != TB_ERR_MEMORY)
        OK_NAMED(0, "a failure is TB_ERR_MEMORY");
    return status == TB_OK;
}

static bool archive(void)
{
    tb_archive *a = NULL;
    const void *data;
    tb_error error;
    bool good = told(tb_archive_read(archive_bytes.file.at,
                                     archive_bytes.file.size, "m", &a, &error));
    for (size_t i = 0; good && i < tb_archive_count(a); i++)
        good = told(tb_archive_data(a, tb_archive_at(a, i), &data, &error));
    tb_archive_close(a);
    return good;
}

/* With more marks, remembered values and items than there is room at first. */
static bool pickle(void)
{
    static char bytes[8192];
    char *p = bytes;
    for (int i = 0; i < 100; i++)
        *p++ = '(';
    for (int i = 0; i < 600; i++) {
        memcpy(p, "\x8c\1x\x94", 4);
        p += 4;
    }
    memcpy(p, "lca\nC\n)\x81K\1aK\1K\2s.", 17);
    p += 17;
    tb_unpickled u;
    tb_error error;
    tb_arena *arena = tb_arena_new();
    bool good = arena && told(tb_unpickle(bytes, (size_t)(p - bytes), "p",
                                          arena, &u, &error));
    tb_arena_free(arena);
    return good;
}

int main(void)
{
    static char code[20000];
    zip_add(&archive_bytes, "m/code.py", code, sizeof code, ZIP_DEFLATED);
    zip_add(&archive_bytes, "m/data.pkl", "N.", 2, 0);
    zip_finish(&archive_bytes, 0);
    fail_each(archive, "archive", 4, 20);
    fail_each(pickle, "pickle", 8, 50);
    zip_free(&archive_bytes);
    return tap_done();
}
