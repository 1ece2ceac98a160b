#include "base/npy.h"

#include "base/half.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC = 6, MOST_HEADER = 1 << 16 };
static const char magic[] = "\x93NUMPY";

/* ---- the header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} */

/* What is left of the text, which no zero ends. */
typedef struct npy_text {
    const char *at, *end;
    const char *what;
    tb_error *error;
} npy_text;

static tb_status refuse(const npy_text *r, const char *why)
{
    return tb_fail(r->error, TB_ERR_FORMAT,
                   "'%s' is no array that can be "
                   "read: %s.",
                   r->what, why);
}

static void skip_space(npy_text *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
        r->at++;
}

static bool take(npy_text *r, char c)
{
    skip_space(r);
    bool there = r->at < r->end && *r->at == c;
    r->at += there;
    return there;
}

/* A text between quotes, without escapes. */
static bool take_text(npy_text *r, char *text, size_t size)
{
    size_t n = 0;
    char quote = take(r, '\'') ? '\'' : take(r, '"') ? '"' : 0;
    if (!quote)
        return false;
    while (r->at < r->end && *r->at != quote && n + 1 < size)
        text[n++] = *r->at++;
    text[n] = 0;
    return r->at < r->end && *r->at++ == quote;
}

static bool take_word(npy_text *r, const char *word)
{
    size_t n = strlen(word);
    skip_space(r);
    bool there = (size_t)(r->end - r->at) >= n && memcmp(r->at, word, n) == 0;
    r->at += there ? n : 0;
    return there;
}

static bool take_count(npy_text *r, int64_t *x)
{
    bool any = false;
    skip_space(r);
    *x = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        any = true;
        if (*x > INT64_MAX / 16)
            return false;
        *x = *x * 10 + (*r->at - '0');
    }
    return any && (take(r, 'L') || true); /* as Python 2 wrote them */
}

/* "(2, 3)", "(2,)", "()". */
static bool take_shape(npy_text *r, tb_npy *a)
{
    if (!take(r, '('))
        return false;
    while (!take(r, ')')) {
        if (a->rank == TB_NPY_RANK || !take_count(r, &a->shape[a->rank]))
            return false;
        a->rank++;
        if (!take(r, ','))
            return take(r, ')');
    }
    return true;
}

/* "<f4": order, kind, bytes. */
static bool take_type(npy_text *r, tb_npy *a)
{
    char text[8];
    if (!take_text(r, text, sizeof text) || strlen(text) != 3 ||
        !strchr("<>|=", text[0]) || !strchr("fiub", text[1]))
        return false;
    a->kind = text[1];
    a->size = text[2] - '0';
    a->is_big_endian = text[0] == '>';
    bool power = a->size == 1 || a->size == 2 || a->size == 4 || a->size == 8;
    return power && (a->kind != 'f' || a->size > 1) &&
           (a->kind != 'b' || a->size == 1) && (a->size == 1 || text[0] != '|');
}

static tb_status read_dict(npy_text *r, tb_npy *a, bool *fortran)
{
    bool type = false, order = false, shape = false;
    char key[32];
    if (!take(r, '{'))
        return refuse(r, "its header is damaged");
    while (!take(r, '}')) {
        if (!take_text(r, key, sizeof key) || !take(r, ':'))
            return refuse(r, "its header is damaged");
        if (strcmp(key, "descr") == 0 && !type)
            type = take_type(r, a);
        else if (strcmp(key, "fortran_order") == 0 && !order) {
            *fortran = take_word(r, "True");
            order = *fortran || take_word(r, "False");
        } else if (strcmp(key, "shape") == 0 && !shape)
            shape = take_shape(r, a);
        else
            return refuse(r, "its header is damaged");
        if (!type && strcmp(key, "descr") == 0)
            return refuse(r, "its elements are no numbers of 1, 2, 4 or 8 "
                             "bytes");
        take(r, ',');
    }
    return type && order && shape ? TB_OK : refuse(r, "its header is damaged");
}

/* Strides and how many bytes all of it takes. */
static tb_status lay_out(const npy_text *r, tb_npy *a, bool fortran,
                         size_t bytes)
{
    int64_t all = 1, most = (int64_t)(bytes / (size_t)a->size);
    for (int i = 0; i < a->rank; i++)
        if (a->shape[i] == 0)
            all = 0;
    for (int i = 0; i < a->rank; i++) {
        int axis = fortran ? i : a->rank - 1 - i;
        a->stride[axis] = all;
        if (a->shape[axis] > 0 && all > most / a->shape[axis])
            return refuse(r, "it ends before its last number");
        all *= a->shape[axis];
    }
    return all <= most ? TB_OK : refuse(r, "it ends before its last number");
}

tb_status tb_npy_read(const void *data, size_t bytes, const char *what,
                      tb_npy *array, tb_error *error)
{
    const unsigned char *p = data;
    npy_text r = {.what = what, .error = error};
    bool fortran = false;
    *array = (tb_npy){0};
    if (bytes < MAGIC + 4 || memcmp(p, magic, MAGIC) != 0)
        return refuse(&r, "it does not begin as .npy files do");
    if (p[MAGIC] < 1 || p[MAGIC] > 3)
        return refuse(&r, "its version is a newer one");
    size_t begin = p[MAGIC] == 1 ? MAGIC + 4 : MAGIC + 6, length = 0;
    for (size_t i = begin; i-- > MAGIC + 2;)
        length = length << 8 | (i < bytes ? p[i] : 0);
    if (length > MOST_HEADER || begin > bytes || length > bytes - begin)
        return refuse(&r, "it ends within its header");
    r.at = (const char *)p + begin;
    r.end = r.at + length;
    tb_status status = read_dict(&r, array, &fortran);
    array->data = p + begin + length;
    if (!status)
        status = lay_out(&r, array, fortran, bytes - begin - length);
    if (status)
        *array = (tb_npy){0};
    return status;
}

tb_status tb_npy_open(const char *path, tb_npy *array, tb_error *error)
{
    tb_file_map map;
    *array = (tb_npy){0};
    tb_status status = tb_file_map_open(path, &map, NULL, error);
    if (!status)
        status = tb_npy_read(map.data, map.bytes, path, array, error);
    if (status)
        tb_file_map_close(&map);
    else
        array->map = map;
    return status;
}

void tb_npy_close(tb_npy *array)
{
    tb_file_map_close(&array->map);
    *array = (tb_npy){0};
}

/* ---- numbers ---- */

static double real_of(uint64_t bits, int size)
{
    double x;
    if (size == 2)
        return tb_float_of_half((uint16_t)bits);
    if (size == 4)
        return tb_float_of_bits((uint32_t)bits);
    memcpy(&x, &bits, sizeof x);
    return x;
}

double tb_npy_number(const tb_npy *array, int64_t offset)
{
    const unsigned char *p = array->data + offset * array->size;
    uint64_t bits = 0;
    for (int i = 0; i < array->size; i++)
        bits |= (uint64_t)p[array->is_big_endian ? array->size - 1 - i : i]
                << (8 * i);
    if (array->kind == 'f')
        return real_of(bits, array->size);
    if (array->kind == 'u')
        return (double)bits;
    if (array->kind == 'b')
        return bits != 0;
    uint64_t sign = (uint64_t)1 << (8 * array->size - 1);
    return (double)(int64_t)((bits ^ sign) - sign);
}

/* ---- writing ---- */

/* The header is written again when it is known how many frames there are. */
enum { HEADER = 128 };

struct tb_npy_writer {
    tb_file *file;
    int channels;
    bool whole;
    int64_t frames;
};

static void make_header(const tb_npy_writer *w, char *header)
{
    memset(header, ' ', HEADER);
    memcpy(header, magic, MAGIC);
    header[MAGIC] = 1;
    header[MAGIC + 1] = 0;
    header[MAGIC + 2] = (char)(HEADER - MAGIC - 4);
    header[MAGIC + 3] = 0;
    int n = snprintf(header + MAGIC + 4, HEADER - MAGIC - 4,
                     "{'descr': '%s', 'fortran_order': True, 'shape': "
                     "(%d, %" PRId64 "), }",
                     w->whole ? "<i8" : "<f4", w->channels, w->frames);
    header[MAGIC + 4 + n] = ' ';
    header[HEADER - 1] = '\n';
}

tb_npy_writer *tb_npy_writer_open(const char *path, int channels, bool whole,
                                  tb_error *error)
{
    char header[HEADER];
    tb_npy_writer *w = tb_alloc(sizeof *w);
    if (!w) {
        tb_fail_memory(error);
        return NULL;
    }
    *w = (tb_npy_writer){tb_file_begin(path, error), channels, whole, 0};
    make_header(w, header);
    if (w->file && tb_file_write(w->file, header, HEADER, error) == TB_OK)
        return w;
    tb_npy_writer_discard(w);
    return NULL;
}

tb_status tb_npy_writer_add(tb_npy_writer *w, const float *frames,
                            int64_t count, tb_error *error)
{
    int64_t n = count * w->channels;
    tb_status status = TB_OK;
    w->frames += count;
    if (!w->whole)
        return tb_file_write(w->file, frames, (size_t)n * sizeof *frames,
                             error);
    for (int64_t i = 0; i < n && !status; i++) {
        int64_t x = (int64_t)frames[i];
        status = tb_file_write(w->file, &x, sizeof x, error);
    }
    return status;
}

tb_status tb_npy_writer_close(tb_npy_writer *w, tb_error *error)
{
    char header[HEADER];
    FILE *to = tb_file_stream(w->file);
    make_header(w, header);
    if (fseek(to, 0, SEEK_SET) == 0)
        fwrite(header, 1, HEADER, to); /* errors are told by the commit */
    tb_status status = tb_file_commit(w->file, error);
    tb_free(w);
    return status;
}

void tb_npy_writer_discard(tb_npy_writer *w)
{
    if (!w)
        return;
    tb_file_abort(w->file);
    tb_free(w);
}
