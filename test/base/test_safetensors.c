#include "base/safetensors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/half.h"
#include "base/memory.h"
#include "base/paths.h"
#include "tap.h"

static char root[] = "/tmp/timbrel-safetensors-XXXXXX";
static char path[100];
static tb_error error;

/* ---- round trip ---- */

static const float weights[6] = {1, -2, 3.5f, 0, 1e-30f, 1e30f};
static const uint8_t bytes[3] = {0, 1, 255};
static const int64_t large[2] = {INT64_MIN, INT64_MAX};

static void write_all(void)
{
    static const double pi = 3.14159265358979;
    static const uint16_t half = 0x3c00, bfloat = 0x4000;
    static const int32_t minus = -7;
    static const uint8_t flags[2] = {1, 0};
    tb_stored list[] = {
        {"bytes", TB_STORED_U8, 1, {3}, bytes, 0},
        {"layer.weight", TB_STORED_F32, 2, {2, 3}, weights, 0},
        {"pi", TB_STORED_F64, 0, {0}, &pi, 0},
        {"half", TB_STORED_F16, 1, {1}, &half, 0},
        {"bfloat", TB_STORED_BF16, 1, {1}, &bfloat, 0},
        {"large", TB_STORED_I64, 1, {2}, large, 0},
        {"minus", TB_STORED_I32, 3, {1, 1, 1}, &minus, 0},
        {"flags", TB_STORED_BOOL, 1, {2}, flags, 0},
        {"none", TB_STORED_F32, 2, {5, 0}, NULL, 0},
    };
    tb_stored_text text[] = {{"model", "{\"hop\": 128}"},
                             {"name", "Gl\xc3\xb6"
                                      "ckchen \"1\"\n"},
                             {"checksum", "stale"}};
    EQ(tb_safetensors_write(path, list, sizeof list / sizeof *list, text, 3,
                            &error),
       TB_OK);
}

static double value_of(const tb_safetensors *file, const char *name)
{
    const tb_stored *t = tb_safetensors_find(file, name);
    double x = NAN;
    float y = NAN;
    if (!t)
        return x;
    tb_stored_doubles(t, 0, 1, &x);
    tb_stored_floats(t, 0, 1, &y);
    return y == (float)x ? x : NAN;
}

static void check_values(const tb_safetensors *file)
{
    const tb_stored *t = tb_safetensors_find(file, "layer.weight");
    EQ(t->rank, 2);
    EQ(t->shape[0], 2);
    EQ(t->shape[1], 3);
    EQ(tb_stored_elements(t), 6);
    float copy[6];
    tb_stored_floats(t, 0, 6, copy);
    OK(memcmp(copy, weights, sizeof copy) == 0);
    tb_stored_floats(t, 2, 1, copy);
    NEAR(copy[0], 3.5, 0);
    NEAR(value_of(file, "pi"), 3.14159265358979, 0);
    NEAR(value_of(file, "half"), 1, 0);
    NEAR(value_of(file, "bfloat"), 2, 0);
    NEAR(value_of(file, "minus"), -7, 0);
    NEAR(value_of(file, "flags"), 1, 0);
    OK(memcmp(tb_safetensors_find(file, "large")->data, large, 16) == 0);
    OK(memcmp(tb_safetensors_find(file, "bytes")->data, bytes, 3) == 0);
    EQ(tb_stored_elements(tb_safetensors_find(file, "none")), 0);
    EQ(tb_safetensors_find(file, "pi")->rank, 0);
    OK(!tb_safetensors_find(file, "pie"));
}

static void round_trip(void)
{
    tb_safetensors *file = NULL;
    write_all();
    EQ(tb_safetensors_open(path, &file, &error), TB_OK);
    if (!OK(file))
        return;
    EQ(tb_safetensors_count(file), 9);
    check_values(file);
    SAME_TEXT(tb_safetensors_text(file, "model"), "{\"hop\": 128}");
    SAME_TEXT(tb_safetensors_text(file, "name"), "Gl\xc3\xb6"
                                                 "ckchen \"1\"\n");
    OK(strncmp(tb_safetensors_text(file, "checksum"), "xxh64:", 6) == 0);
    OK(!tb_safetensors_text(file, "other"));
    EQ(tb_safetensors_text_count(file), 3);
    SAME_TEXT(tb_safetensors_text_at(file, 0).key, "model");
    bool aligned = true;
    const char *start = tb_safetensors_at(file, 0)->data;
    for (size_t i = 0; i < 9; i++) {
        const tb_stored *t = tb_safetensors_at(file, i);
        size_t offset = (size_t)((const char *)t->data - start);
        aligned = aligned && offset % tb_stored_size(t->type) == 0;
    }
    OK(aligned);
    tb_safetensors_close(file);
    tb_safetensors_close(NULL);
}

static void required(void)
{
    tb_safetensors *file = NULL;
    const tb_stored *t = NULL;
    tb_safetensors_open(path, &file, NULL);
    EQ(tb_safetensors_get(file, "layer.weight", 2, (int64_t[]){2, 3}, &t,
                          &error),
       TB_OK);
    OK(t);
    EQ(tb_safetensors_get(file, "bytes", 0, NULL, &t, &error), TB_OK);
    EQ(tb_safetensors_get(file, "layer.weight", 2, (int64_t[]){3, 2}, &t,
                          &error),
       TB_ERR_FORMAT);
    OK(strstr(error.text, "has the shape [2, 3] where [3, 2] is needed"));
    EQ(tb_safetensors_get(file, "x", 0, NULL, &t, &error), TB_ERR_FORMAT);
    OK(strstr(error.text, "has no tensor 'x'"));
    tb_safetensors_close(file);
}

/* ---- damage ---- */

/* Whatever single byte of the data changes, or wherever the file is cut, it
   is refused. */
static void damage(void)
{
    void *data;
    size_t size;
    tb_safetensors *file;
    tb_read_file(path, 1 << 20, &data, &size, NULL);
    unsigned char *p = data;
    size_t header = 8 + p[0] + 256 * (size_t)p[1];
    bool cut = true, flipped = true;
    for (size_t n = 0; n < size; n++)
        cut = cut && tb_safetensors_read(data, n, "cut", &file, &error) ==
                         TB_ERR_FORMAT;
    for (size_t i = header; i < size; i++) {
        p[i] ^= 4;
        flipped = flipped && tb_safetensors_read(data, size, "bad", &file,
                                                 &error) == TB_ERR_FORMAT;
        p[i] ^= 4;
    }
    OK(cut);
    OK(flipped);
    OK(header % 64 == 0);
    OK(strstr(error.text, "'bad' is a corrupt or truncated checkpoint"));
    EQ(tb_safetensors_read(data, size, "whole", &file, &error), TB_OK);
    tb_safetensors_close(file);
    tb_free(data);
}

/* A file of this header and so many zero bytes, at an odd address. */
static tb_status with_header(const char *header, size_t data_bytes)
{
    tb_safetensors *file = NULL;
    size_t n = strlen(header);
    unsigned char *data = calloc(1, n + data_bytes + 9);
    data[1] = (unsigned char)n;
    data[2] = (unsigned char)(n >> 8);
    memcpy(data + 9, header, n);
    tb_status status =
        tb_safetensors_read(data + 1, n + data_bytes + 8, "t", &file, &error);
    if (status == TB_OK && tb_safetensors_count(file)) {
        float x;
        tb_stored_floats(tb_safetensors_at(file, 0), 0, 1, &x);
    }
    tb_safetensors_close(file);
    free(data);
    return status;
}

#define ONE(name, shape, from, to)                                             \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape                         \
    ",\"data_offsets\":[" #from "," #to "]}"

static void good_headers(void)
{
    EQ(with_header("{" ONE("a", "[1]", 0, 4) "}", 4), TB_OK);
    EQ(with_header("{" ONE("a", "[1]", 0, 4) "}   \n", 4), TB_OK);
    EQ(with_header("{" ONE("a", "[1]", 4, 8) "," ONE("b", "[]", 0, 4) "}", 8),
       TB_OK);
    EQ(with_header("{}", 0), TB_OK);
    EQ(with_header("{\"__metadata__\":{}," ONE("a", "[1]", 0, 4) "}", 4),
       TB_OK);
    EQ(with_header("{\"__metadata__\":{\"checksum\":\"sha\"}}", 0), TB_OK);
}

static void bad_headers(void)
{
    static const struct {
        const char *header;
        size_t data;
        const char *says;
    } bad[] = {
        {"", 0, "no header"},
        {"[]", 0, "no header"},
        {" {}", 0, "no header"},
        {"{\"a\":", 0, "cannot be understood"},
        {"{}x", 0, "cannot be understood"},
        {"{\"a\":1}", 0, "is no tensor"},
        {"{\"a\":{}}", 0, "has no type"},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "shape"},
        {"{" ONE("a", "[-1]", 0, 4) "}", 4, "shape"},
        {"{" ONE("a", "[1.5]", 0, 4) "}", 4, "shape"},
        {"{" ONE("a", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 4, "at most 8"},
        {"{" ONE("a", "[4294967296,4294967296]", 0, 0) "}", 0, "large"},
        {"{" ONE("a", "[1]", 0, 8) "}", 8, "contradicts"},
        {"{" ONE("a", "[1]", 4, 0) "}", 8, "where it lies"},
        {"{" ONE("a", "[1]", -4, 0) "}", 8, "where it lies"},
        {"{" ONE("a", "[1]", 0, 4) "}", 3, "past the end"},
        {"{" ONE("a", "[1]", 4, 8) "}", 8, "does not follow"},
        {"{" ONE("a", "[1]", 0, 4) "}", 8, "belong to no tensor"},
        {"{" ONE("a", "[1]", 0, 4) "," ONE("b", "[1]", 0, 4) "}", 4,
         "does not follow"},
        {"{" ONE("a", "[2]", 0, 8) "," ONE("b", "[1]", 4, 8) "}", 8,
         "does not follow"},
        {"{" ONE("a", "[1]", 0, 4) "," ONE("a", "[1]", 4, 8) "}", 8,
         "there twice"},
        {"{\"__metadata__\":1}", 0, "metadata"},
        {"{\"__metadata__\":{\"x\":1}}", 0, "'x' is not text"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "metadata"},
        {"{\"__metadata__\":{\"x\":\"\",\"x\":\"\"}}", 0, "there twice"},
        {"{\"__metadata__\":{\"checksum\":\"xxh64:0\"}}", 0, "checksum"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error.text[0] = 0;
        EQ(with_header(bad[i].header, bad[i].data), TB_ERR_FORMAT);
        if (!OK_NAMED(strstr(error.text, bad[i].says), bad[i].header))
            fprintf(stderr, "# %s\n", error.text);
    }
    EQ(with_header("{\"a\":{\"dtype\":\"F8\",\"shape\":[1],"
                   "\"data_offsets\":[0,1]}}",
                   1),
       TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "F8"));
    unsigned char huge[20];
    tb_safetensors *file;
    memset(huge, 255, sizeof huge);
    EQ(tb_safetensors_read(huge, sizeof huge, "huge", &file, &error),
       TB_ERR_FORMAT);
    OK(!file);
}

static void bad_writes(void)
{
    float x = 0;
    tb_stored one = {"a", TB_STORED_F32, 1, {1}, &x, 0};
    tb_stored two[2] = {one, one};
    EQ(tb_safetensors_write(path, two, 2, NULL, 0, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "Two tensors are named 'a'"));
    tb_stored bad = one;
    bad.name = "__metadata__";
    EQ(tb_safetensors_write(path, &bad, 1, NULL, 0, &error), TB_ERR_ARGUMENT);
    bad = one;
    bad.rank = 9;
    EQ(tb_safetensors_write(path, &bad, 1, NULL, 0, &error), TB_ERR_ARGUMENT);
    bad = one;
    bad.shape[0] = -1;
    EQ(tb_safetensors_write(path, &bad, 1, NULL, 0, &error), TB_ERR_ARGUMENT);
    EQ(tb_safetensors_write("/nowhere/at/all", &one, 1, NULL, 0, &error),
       TB_ERR_FILE);
    tb_safetensors *file;
    EQ(tb_safetensors_open("/nowhere/at/all", &file, &error), TB_ERR_FILE);
    EQ(tb_safetensors_write(path, NULL, 0, NULL, 0, &error), TB_OK);
    EQ(tb_safetensors_open(path, &file, &error), TB_OK);
    EQ(tb_safetensors_count(file), 0);
    OK(!tb_safetensors_find(file, "a"));
    tb_safetensors_close(file);
}

/* ---- mapping ---- */

enum { LARGE = 1 << 24 };

/* Kilobytes of this process in memory, or 0 where nobody knows. */
static long resident(void)
{
    long all = 0, here = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%ld %ld", &all, &here) != 2)
        here = 0;
    fclose(file);
    return here * (sysconf(_SC_PAGESIZE) / 1024);
}

static void write_large(const float *x)
{
    const tb_stored list[] = {{"bias", TB_STORED_F32, 1, {3}, x, 0},
                              {"large", TB_STORED_F32, 1, {LARGE}, x, 0},
                              {"eight", TB_STORED_F64, 1, {1}, x, 0},
                              {"row", TB_STORED_F32, 2, {2, 8}, x, 0}};
    EQ(tb_safetensors_write(path, list, 4, NULL, 0, &error), TB_OK);
}

static bool all_aligned(const tb_safetensors *file)
{
    bool aligned = true;
    for (size_t i = 0; i < tb_safetensors_count(file); i++)
        aligned =
            aligned &&
            (uintptr_t)tb_safetensors_at(file, i)->data % TB_ALIGNMENT == 0;
    return aligned;
}

static double sum_of(const float *x)
{
    double sum = 0;
    for (int i = 0; i < LARGE; i++)
        sum += x[i];
    return sum;
}

/* 64 MiB: far more than what else changes. */
static void mapped(void)
{
    const long most = 8 << 10;
    tb_safetensors *file;
    float *x = tb_alloc_array(LARGE, sizeof *x);
    for (int i = 0; i < LARGE; i++)
        x[i] = (float)(i % 1000);
    double sum = sum_of(x);
    write_large(x);
    tb_free(x);
    long before = resident();
    EQ(tb_safetensors_open(path, &file, &error), TB_OK);
    OK_NAMED(resident() - before < most, "opened without a copy");
    OK(all_aligned(file));
    x = (float *)tb_safetensors_find(file, "large")->data;
    write_all();
    NEAR(sum_of(x), sum, 0);
    long used = resident();
    tb_safetensors_drop(file);
    OK_NAMED(!before || used - resident() > most, "gives its memory back");
    NEAR(sum_of(x), sum, 0);
    NEAR(value_of(file, "bias"), 0, 0);
    tb_safetensors_close(file);
}

/* Cut and lengthened files, and what is no file to map. */
static void not_mapped(void)
{
    void *data;
    size_t size;
    tb_safetensors *file;
    char pipe[110];
    write_all();
    tb_read_file(path, 1 << 20, &data, &size, NULL);
    for (size_t n = 0; n < size; n += 1 + n / 2) {
        OK(truncate(path, (off_t)n) == 0);
        EQ(tb_safetensors_open(path, &file, &error), TB_ERR_FORMAT);
    }
    write_all();
    OK(truncate(path, (off_t)size + 1) == 0);
    EQ(tb_safetensors_open(path, &file, &error), TB_ERR_FORMAT);
    EQ(tb_safetensors_open(root, &file, &error), TB_ERR_FILE);
    snprintf(pipe, sizeof pipe, "cat %s", path);
    write_all();
    FILE *stream = popen(pipe, "r");
    snprintf(pipe, sizeof pipe, "/dev/fd/%d", fileno(stream));
    EQ(tb_safetensors_open(pipe, &file, &error), TB_OK);
    check_values(file);
    OK(all_aligned(file));
    tb_safetensors_drop(file);
    tb_safetensors_close(file);
    pclose(stream);
    tb_free(data);
}

/* As other programs write: in any order, the data at any place. */
static void foreign(void)
{
    static const char header[] =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3,11]}}";
    static const float x[2] = {0.5f, -3};
    tb_safetensors *file;
    unsigned char length[8] = {sizeof header - 1};
    FILE *stream = fopen(path, "wb");
    fwrite(length, 1, 8, stream);
    fwrite(header, 1, sizeof header - 1, stream);
    fwrite("abc", 1, 3, stream);
    fwrite(x, sizeof *x, 2, stream);
    fclose(stream);
    EQ(tb_safetensors_open(path, &file, &error), TB_OK);
    OK(all_aligned(file));
    OK(memcmp(tb_safetensors_find(file, "a")->data, "abc", 3) == 0);
    OK(memcmp(tb_safetensors_find(file, "b")->data, x, 8) == 0);
    tb_safetensors_close(file);
}

int main(void)
{
    if (!mkdtemp(root))
        return 1;
    snprintf(path, sizeof path, "%s/a.safetensors", root);
    round_trip();
    required();
    damage();
    good_headers();
    bad_headers();
    bad_writes();
    mapped();
    not_mapped();
    foreign();
    unlink(path);
    OK(rmdir(root) == 0);
    return tap_done();
}
