#include "torchscript/archive.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "tap.h"
#include "zip_writer.h"

static tb_error error;
static const char code[] = "class A(Module):\n  pass\n  pass\n  pass\n  pass\n";
static const unsigned char weights[100] = {1, 2, 3};

/* ---- what is read ---- */

/* Three entries, whatever their form. */
static zip_writer model(int flags)
{
    zip_writer z = {0};
    zip_add(&z, "my[3]/data/0", weights, sizeof weights, flags);
    zip_add(&z, "my[3]/data.pkl", "\x80\2N.", 4, flags);
    zip_add(&z, "my[3]/code/__torch__.py", code, sizeof code - 1,
            flags | ZIP_DEFLATED);
    zip_finish(&z, flags);
    return z;
}

static bool holds(tb_archive *a, const char *name, const void *data,
                  size_t bytes)
{
    const void *found = NULL, *again = NULL;
    tb_archive_entry *e = tb_archive_find(a, name);
    return e && strcmp(e->name, name) == 0 && e->bytes == bytes &&
           tb_archive_data(a, e, &found, &error) == TB_OK &&
           memcmp(found, data, bytes) == 0 &&
           tb_archive_data(a, e, &again, &error) == TB_OK && again == found;
}

static void check_model(tb_archive *a, const char *name)
{
    OK_NAMED(tb_archive_count(a) == 3 &&
                 strcmp(tb_archive_at(a, 1)->name, "data.pkl") == 0 &&
                 holds(a, "data/0", weights, sizeof weights) &&
                 holds(a, "data.pkl", "\x80\2N.", 4) &&
                 holds(a, "code/__torch__.py", code, sizeof code - 1) &&
                 !tb_archive_find(a, "data/1") &&
                 !tb_archive_find(a, "my[3]/data/0"),
             name);
}

static void forms(void)
{
    for (int flags = 0; flags < 16; flags++) {
        char name[40];
        tb_archive *a = NULL;
        zip_writer z = model(flags);
        snprintf(name, sizeof name, "an archive of form %d", flags);
        if (EQ(tb_archive_read(z.file.at, z.file.size, "m", &a, &error), TB_OK))
            check_model(a, name);
        tb_archive_close(a);
        zip_free(&z);
    }
    tb_archive_close(NULL);
}

static void stored_is_not_copied(void)
{
    const void *data = NULL;
    tb_archive *a = NULL;
    zip_writer z = model(ZIP_ALIGNED);
    tb_archive_read(z.file.at, z.file.size, "m", &a, &error);
    tb_archive_data(a, tb_archive_find(a, "data/0"), &data, &error);
    EQ((const unsigned char *)data - z.file.at, 64 * 2);
    tb_archive_drop(a, NULL);
    tb_archive_drop(a, tb_archive_at(a, 2));
    check_model(a, "dropping memory of a caller's does nothing");
    SAME_TEXT(tb_archive_name(a), "m");
    tb_archive_close(a);
    zip_free(&z);
}

static void from_a_file(void)
{
    char path[] = "/tmp/timbrel-archive-XXXXXX";
    tb_archive *a = NULL;
    zip_writer z = model(ZIP_DESCRIPTOR);
    int file = mkstemp(path);
    OK(write(file, z.file.at, z.file.size) == (ssize_t)z.file.size);
    close(file);
    EQ(tb_archive_open(path, &a, &error), TB_OK);
    unlink(path);
    check_model(a, "a mapped archive");
    tb_archive_drop(a, tb_archive_find(a, "data/0"));
    tb_archive_drop(a, NULL);
    check_model(a, "a mapped archive whose pages were given back");
    tb_archive_close(a);
    EQ(tb_archive_open(path, &a, &error), TB_ERR_FILE);
    OK(!a && strstr(error.text, path));
    zip_free(&z);
}

/* Pages of files that this process holds; 0: nobody knows. */
static long held_pages(void)
{
    long size = 0, resident = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%ld %ld %ld", &size, &resident, &shared) != 3)
        shared = 0;
    fclose(file);
    return shared;
}

/* Reading a large entry holds its pages; dropping it gives them back. */
static void drops_pages(void)
{
    enum { BYTES = 8 << 20 };
    char path[] = "/tmp/timbrel-archive-XXXXXX";
    tb_archive *a = NULL;
    const void *data = NULL;
    zip_writer z = {0};
    unsigned char *large = calloc(1, BYTES);
    zip_add(&z, "m/data/0", large, BYTES, ZIP_ALIGNED);
    zip_finish(&z, 0);
    int file = mkstemp(path);
    OK(write(file, z.file.at, z.file.size) == (ssize_t)z.file.size);
    close(file);
    tb_archive_open(path, &a, &error);
    unlink(path);
    tb_archive_entry *e = tb_archive_find(a, "data/0");
    EQ(tb_archive_data(a, e, &data, &error), TB_OK);
    long held = held_pages(), most = BYTES / sysconf(_SC_PAGESIZE);
    tb_archive_drop(a, e);
    long left = held_pages();
    OK_NAMED(!held || held - left > most / 2, "dropped pages are given back");
    OK(memcmp(data, large, BYTES) == 0);
    tb_archive_close(a);
    zip_free(&z);
    free(large);
}

/* What zip programs add: a folder's own entry, a folder beside the root, a
   comment at the end. */
static void other_programs(void)
{
    tb_archive *a = NULL;
    zip_writer z = {0};
    zip_add(&z, "m/", "", 0, 0);
    zip_add(&z, "__MACOSX/m/data.pkl", "x", 1, 0);
    zip_add(&z, "mm", "x", 1, 0);
    zip_add(&z, "m/data.pkl", "N.", 2, 0);
    zip_finish(&z, 0);
    z.file.at[z.file.size - 2] = 7;
    zip_put(&z.file, "PK\5\6 hi", 7);
    EQ(tb_archive_read(z.file.at, z.file.size, "m", &a, &error), TB_OK);
    OK(tb_archive_count(a) == 1 && holds(a, "data.pkl", "N.", 2));
    tb_archive_close(a);
    zip_free(&z);
}

/* ---- what is refused ---- */

static tb_status reads(const zip_bytes *file)
{
    tb_archive *a;
    const void *data;
    tb_status status = tb_archive_read(file->at, file->size, "m", &a, &error);
    for (size_t i = 0; status == TB_OK && i < tb_archive_count(a); i++)
        status = tb_archive_data(a, tb_archive_at(a, i), &data, &error);
    tb_archive_close(a);
    return status;
}

/* Replaces bytes of the n-th record with this signature. */
static void replace(const zip_writer *z, const char *signature, int n,
                    size_t at, const void *data, size_t bytes)
{
    for (size_t i = 0; i + at + bytes <= z->file.size; i++)
        if (memcmp(z->file.at + i, signature, 4) == 0 && n-- == 0) {
            memcpy(z->file.at + i + at, data, bytes);
            return;
        }
    OK_NAMED(false, "there is such a record");
}

static void cut(void)
{
    zip_writer z = model(ZIP_WIDE | ZIP_DESCRIPTOR);
    bool refused = true;
    for (size_t n = 0; n < z.file.size; n++)
        refused = refused && reads(&(zip_bytes){.at = z.file.at, .size = n}) ==
                                 TB_ERR_FORMAT;
    OK(refused);
    OK(strstr(error.text, "'m' is not a model that PyTorch saved"));
    zip_free(&z);
}

/* Any changed bit of the data is found out. */
static void damage(void)
{
    zip_writer z = model(ZIP_DEFLATED);
    tb_archive *a;
    const void *data;
    bool refused = true;
    for (size_t i = 42; i < 42 + 4; i++) {
        z.file.at[i] ^= 4;
        refused = refused && reads(&z.file) == TB_ERR_FORMAT;
        z.file.at[i] ^= 4;
    }
    OK(refused);
    zip_free(&z);
    z = model(0);
    z.file.at[42 + 50] ^= 4;
    EQ(reads(&z.file), TB_ERR_FORMAT);
    OK(strstr(error.text, "the checksum of 'data/0' is wrong"));
    tb_archive_read(z.file.at, z.file.size, "m", &a, &error);
    tb_archive_trust(a);
    EQ(tb_archive_data(a, tb_archive_at(a, 0), &data, &error), TB_OK);
    tb_archive_close(a);
    zip_free(&z);
}

/* One field of one record is another than it should be. */
static void fields(void)
{
    static const struct {
        const char *record;
        int n;
        size_t at;
        const char *bytes;
        size_t count;
        const char *says;
        tb_status status;
    } cases[] = {
        {"PK\5\6", 0, 8, "\xff\xff\xff\xff", 4, "cannot have 65535 entries",
         TB_ERR_FORMAT},
        {"PK\5\6", 0, 10, "\4", 1, "its directory ends too early",
         TB_ERR_FORMAT},
        {"PK\5\6", 0, 10, "\2", 1, "more entries than it says", TB_ERR_FORMAT},
        {"PK\5\6", 0, 4, "\1", 1, "several pieces", TB_ERR_FORMAT},
        {"PK\5\6", 0, 12, "\xff\xff", 2, "lies outside of it", TB_ERR_FORMAT},
        {"PK\5\6", 0, 16, "\xff\xff", 2, "lies outside of it", TB_ERR_FORMAT},
        {"PK\5\6", 0, 20, "\1", 1, "not a model that PyTorch saved",
         TB_ERR_FORMAT},
        {"PK\1\2", 0, 8, "\1", 1, "is encrypted", TB_ERR_UNSUPPORTED},
        {"PK\1\2", 0, 10, "\14", 1, "method 12", TB_ERR_UNSUPPORTED},
        {"PK\1\2", 0, 10, "\10", 1, "'data/0' is described twice",
         TB_ERR_FORMAT},
        {"PK\1\2", 0, 34, "\1", 1, "several pieces", TB_ERR_FORMAT},
        {"PK\1\2", 0, 24, "\1", 1, "two different sizes", TB_ERR_FORMAT},
        {"PK\1\2", 2, 27, "\1", 1, "cannot be as large as it says",
         TB_ERR_FORMAT},
        {"PK\1\2", 2, 24, "\1", 1, "does not expand", TB_ERR_FORMAT},
        {"PK\1\2", 2, 24, "\xff", 1, "does not expand", TB_ERR_FORMAT},
        {"PK\1\2", 0, 20, "\xff\xff\xff\xff\xff\xff\xff\xff", 8,
         "the size of an entry is missing", TB_ERR_FORMAT},
        {"PK\1\2", 0, 20, "\xff\xff\0\0\xff\xff\0\0", 8, "is cut off",
         TB_ERR_FORMAT},
        {"PK\1\2", 0, 42, "\1", 1, "is not where it should be", TB_ERR_FORMAT},
        {"PK\1\2", 0, 42, "\xff\xff\xff\x7f", 4, "is not where it should be",
         TB_ERR_FORMAT},
        {"PK\1\2", 0, 46, "you", 3, "described twice", TB_ERR_FORMAT},
        {"PK\1\2", 1, 52, "\1", 1, "is not a text", TB_ERR_FORMAT},
        {"PK\1\2", 1, 52, "\0", 1, "is not a text", TB_ERR_FORMAT},
        {"PK\1\2", 1, 52, "\xc3", 1, "is not a text", TB_ERR_FORMAT},
        {"PK\1\2", 0, 28, "\xff\xff", 2, "ends too early", TB_ERR_FORMAT},
        {"PK\1\2", 1, 0, "X", 1, "ends too early", TB_ERR_FORMAT},
        {"PK\3\4", 0, 28, "\xff\xff", 2, "is cut off", TB_ERR_FORMAT},
        {"PK\3\4", 0, 8, "\10", 1, "is described twice", TB_ERR_FORMAT},
        {"PK\3\4", 0, 26, "\1", 1, "is described twice", TB_ERR_FORMAT},
        {"PK\3\4", 1, 40, "X", 1, "is described twice", TB_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        zip_writer z = model(0);
        replace(&z, cases[i].record, cases[i].n, cases[i].at, cases[i].bytes,
                cases[i].count);
        tb_status status = reads(&z.file);
        if (!OK_NAMED(status == cases[i].status &&
                          strstr(error.text, cases[i].says),
                      cases[i].says))
            fprintf(stderr, "# case %zu: %d, %s\n", i, status, error.text);
        zip_free(&z);
    }
}

static void wide_fields(void)
{
    static const struct {
        const char *record;
        size_t at;
        const char *bytes;
        const char *says;
    } cases[] = {
        {"PK\6\7", 8, "\1", "is not where it should be"},
        {"PK\6\7", 15, "\xff", "is not where it should be"},
        {"PK\6\7", 4, "\1", "contradict each other"},
        {"PK\6\6", 0, "X", "is not where it should be"},
        {"PK\6\6", 24, "\4", "contradict each other"},
        {"PK\6\6", 32, "\4", "contradict each other"},
        {"PK\6\6", 40, "\4", "contradict each other"},
        {"PK\6\6", 55, "\xff", "lies outside of it"},
        {"PK\5\6", 16, "\1", "contradict each other"},
        {"PK\1\2", 46 + 12 + 2, "\1", "missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        zip_writer z = model(ZIP_WIDE);
        replace(&z, cases[i].record, 0, cases[i].at, cases[i].bytes, 1);
        EQ(reads(&z.file), TB_ERR_FORMAT);
        if (!OK_NAMED(strstr(error.text, cases[i].says), cases[i].says))
            fprintf(stderr, "# case %zu: %s\n", i, error.text);
        zip_free(&z);
    }
}

static void same_twice(void)
{
    zip_writer z = {0};
    zip_add(&z, "m/a", "x", 1, 0);
    zip_add(&z, "m/a", "y", 1, 0);
    zip_finish(&z, 0);
    EQ(reads(&z.file), TB_ERR_FORMAT);
    OK(strstr(error.text, "it has two entries 'a'"));
    zip_free(&z);
    zip_add(&z, "m/a", "x", 1, 0);
    zip_add(&z, "m/a", "y", 1, 0);
    zip_finish(&z, 0);
    replace(&z, "PK\1\2", 1, 42, "\0", 1);
    EQ(reads(&z.file), TB_ERR_FORMAT);
    OK(strstr(error.text, "'a' and 'a' overlap"));
    zip_free(&z);
}

static void not_ours(void)
{
    zip_writer z = {0};
    zip_finish(&z, 0);
    EQ(reads(&z.file), TB_OK);
    zip_free(&z);
    zip_add(&z, "a", "x", 1, 0);
    zip_finish(&z, 0);
    EQ(reads(&z.file), TB_ERR_FORMAT);
    OK(strstr(error.text, "but not one of PyTorch"));
    zip_free(&z);
    zip_add(&z, "/a", "x", 1, 0);
    zip_finish(&z, 0);
    EQ(reads(&z.file), TB_ERR_FORMAT);
    zip_free(&z);
}

/* A hundred entries of zeros, each within what deflate can do. */
static void bomb(void)
{
    enum { BYTES = 1 << 20 };
    zip_writer z = {0};
    void *zeros = calloc(1, BYTES);
    for (int i = 0; i < 100; i++) {
        char name[20];
        snprintf(name, sizeof name, "m/%d", i);
        zip_add(&z, name, zeros, BYTES, ZIP_DEFLATED);
    }
    zip_finish(&z, 0);
    EQ(reads(&z.file), TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "to 104857600 bytes, which no model does"));
    zip_free(&z);
    free(zeros);
}

int main(void)
{
    forms();
    stored_is_not_copied();
    from_a_file();
    drops_pages();
    other_programs();
    cut();
    damage();
    fields();
    wide_fields();
    same_twice();
    not_ours();
    bomb();
    return tap_done();
}
