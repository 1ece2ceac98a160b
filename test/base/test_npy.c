/* Arrays of NumPy: types, orders, and what is refused. */
#include "base/npy.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file in memory: its header text and its data. */
typedef struct npy_bytes {
    unsigned char at[512];
    size_t size;
} npy_bytes;

static npy_bytes bytes_of(int version, const char *header, const void *data,
                          size_t size)
{
    npy_bytes b = {"\x93NUMPY", 0};
    size_t n = strlen(header);
    b.at[6] = (unsigned char)version;
    b.at[8] = (unsigned char)n;
    b.size = version == 1 ? 10 : 12;
    memcpy(b.at + b.size, header, n);
    memcpy(b.at + b.size + n, data, size);
    b.size += n + size;
    return b;
}

static tb_status read_bytes(const npy_bytes *b, tb_npy *a, tb_error *error)
{
    return tb_npy_read(b->at, b->size, "x.npy", a, error);
}

static void check_type(const char *type, const void *data, size_t size,
                       double first, double second)
{
    char header[128];
    tb_npy a;
    snprintf(header, sizeof header,
             "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }\n",
             type);
    for (int version = 1; version <= 3; version++) {
        npy_bytes b = bytes_of(version, header, data, size);
        if (!OK_NAMED(read_bytes(&b, &a, NULL) == TB_OK, type))
            continue;
        NEAR(tb_npy_number(&a, 0), first, 0);
        NEAR(tb_npy_number(&a, 1), second, 0);
        tb_npy_close(&a);
    }
}

static void test_types(void)
{
    const float f4[] = {0.5F, -3};
    const double f8[] = {1e300, -0.125};
    const int64_t i8[] = {-5, 1LL << 40};
    const int32_t i4[] = {-70000, 7};
    check_type("<f4", f4, sizeof f4, 0.5, -3);
    check_type("=f4", f4, sizeof f4, 0.5, -3);
    check_type("<f8", f8, sizeof f8, 1e300, -0.125);
    check_type("<f2", "\x00\x38\x00\xc2", 4, 0.5, -3);
    check_type(">f4", "\x3f\x00\x00\x00\xc0\x40\x00\x00", 8, 0.5, -3);
    check_type("<i8", i8, sizeof i8, -5, 1099511627776.0);
    check_type("<i4", i4, sizeof i4, -70000, 7);
    check_type("<i2", "\xff\xff\x00\x01", 4, -1, 256);
    check_type(">u2", "\xff\xff\x00\x01", 4, 65535, 1);
    check_type("|i1", "\x80\x7f", 2, -128, 127);
    check_type("|u1", "\x80\x7f", 2, 128, 127);
    check_type("|b1", "\x00\x01", 2, 0, 1);
}

static void test_orders(void)
{
    const float data[] = {0, 1, 2, 3, 4, 5};
    tb_npy a;
    npy_bytes c = bytes_of(1,
                           "{'descr': '<f4', 'fortran_order': False, "
                           "'shape': (2, 3)}",
                           data, sizeof data);
    npy_bytes f = bytes_of(1,
                           "{\"shape\": (2L, 3L,), 'fortran_order': True,"
                           "'descr': '<f4'}",
                           data, sizeof data);
    OK(read_bytes(&c, &a, NULL) == TB_OK);
    EQ(a.rank, 2);
    EQ(a.shape[1], 3);
    NEAR(tb_npy_number(&a, a.stride[0] + 2 * a.stride[1]), 5, 0);
    NEAR(tb_npy_number(&a, a.stride[0]), 3, 0);
    OK(read_bytes(&f, &a, NULL) == TB_OK);
    NEAR(tb_npy_number(&a, a.stride[0]), 1, 0);
    NEAR(tb_npy_number(&a, 2 * a.stride[1]), 4, 0);
}

static void refused(const char *header, size_t size, const char *why)
{
    tb_npy a;
    tb_error error = {0};
    static const float data[64];
    npy_bytes b = bytes_of(1, header, data, size);
    OK_NAMED(read_bytes(&b, &a, &error) == TB_ERR_FORMAT, why);
    if (!OK_NAMED(strstr(error.text, why) != NULL, why))
        fprintf(stderr, "# %s\n", error.text);
    OK(!a.data);
}

static void test_refusals(void)
{
#define HEAD "{'descr': '<f4', 'fortran_order': False, 'shape': "
    refused(HEAD "(2, 3)}", 23, "ends before its last number");
    refused(HEAD "(4611686018427387904, 4)}", 64, "ends");
    refused(HEAD "(92233720368547758080, 4)}", 64, "damaged");
    refused(HEAD "(400000000000000000, 400000000000000000)}", 64, "ends");
    refused(HEAD "(1,1,1,1,1,1,1,1,1)}", 64, "damaged");
    refused(HEAD "(2, 3}", 64, "damaged");
    refused(HEAD "(2, -3)}", 64, "damaged");
    refused(HEAD "(2, 3)", 64, "damaged");
    refused(HEAD "(2,), 'more': 1}", 64, "damaged");
    refused("{'descr': '<f4', 'fortran_order': False}", 64, "damaged");
    refused("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", 8,
            "no numbers");
    refused("{'descr': '|O', 'fortran_order': False, 'shape': ()}", 8,
            "no numbers");
    refused("{'descr': [('a', '<f4')], 'shape': ()}", 8, "no numbers");
    npy_bytes b = bytes_of(1, HEAD "(2,)}", "", 0);
    tb_npy a;
    for (size_t n = 0; n < b.size; n++)
        OK_NAMED(tb_npy_read(b.at, n, "cut", &a, NULL) != TB_OK, "cut short");
    b.at[6] = 4;
    OK(read_bytes(&b, &a, NULL) == TB_ERR_FORMAT);
    OK(tb_npy_open("/nowhere/x.npy", &a, NULL) == TB_ERR_FILE);
}

/* What is written is read, frame by frame. */
static void test_written(bool whole)
{
    char path[] = "/tmp/timbrel-npy-XXXXXX";
    float frames[300];
    tb_npy a;
    tb_error error = {0};
    close(mkstemp(path));
    for (int i = 0; i < 300; i++)
        frames[i] = (float)i - (whole ? 0 : 0.5F);
    tb_npy_writer *w = tb_npy_writer_open(path, 3, whole, &error);
    OK(w && tb_npy_writer_add(w, frames, 40, &error) == TB_OK);
    OK(tb_npy_writer_add(w, frames + 120, 60, &error) == TB_OK);
    OK(tb_npy_writer_close(w, &error) == TB_OK);
    if (OK(tb_npy_open(path, &a, &error) == TB_OK)) {
        EQ(a.rank, 2);
        EQ(a.shape[0], 3);
        EQ(a.shape[1], 100);
        EQ(a.kind, whole ? 'i' : 'f');
        int same = 0;
        for (int i = 0; i < 300; i++)
            same +=
                tb_npy_number(&a, i % 3 * a.stride[0] + i / 3 * a.stride[1]) ==
                (double)frames[i];
        EQ(same, 300);
        tb_npy_close(&a);
    }
    w = tb_npy_writer_open(path, 1, whole, &error);
    tb_npy_writer_discard(w);
    OK(tb_npy_open(path, &a, &error) == TB_OK && a.shape[0] == 3);
    tb_npy_close(&a);
    unlink(path);
    tb_npy_writer_discard(NULL);
}

int main(void)
{
    test_types();
    test_orders();
    test_refusals();
    test_written(false);
    test_written(true);
    return tap_done();
}
