#include "torchscript/pickle_write.h"

#include "base/memory.h"

#include <string.h>

/* ---- bytes ---- */

static bool has_room(tb_pickle_writer *p, size_t bytes)
{
    size_t room = p->room ? p->room : 4096;
    while (room - p->size < bytes)
        room *= 2;
    if (room == p->room || p->failed)
        return !p->failed;
    unsigned char *larger = tb_alloc(room);
    if (!larger) {
        p->failed = true;
        return false;
    }
    if (p->size)
        memcpy(larger, p->at, p->size);
    tb_free(p->at);
    p->at = larger;
    p->room = room;
    return true;
}

static void put(tb_pickle_writer *p, const void *data, size_t bytes)
{
    if (!has_room(p, bytes))
        return;
    memcpy(p->at + p->size, data, bytes);
    p->size += bytes;
}

static void put_op(tb_pickle_writer *p, char op)
{
    put(p, &op, 1);
}

/* An opcode and its argument, little-endian. */
static void put_number(tb_pickle_writer *p, char op, uint64_t x, int bytes)
{
    unsigned char to[9] = {(unsigned char)op};
    for (int i = 1; i <= bytes; i++, x >>= 8)
        to[i] = (unsigned char)x;
    put(p, to, (size_t)bytes + 1);
}

void tb_pickle_begin(tb_pickle_writer *p)
{
    *p = (tb_pickle_writer){.at = NULL};
    put_number(p, '\x80', 2, 1);
}

void tb_pickle_end(tb_pickle_writer *p)
{
    put_op(p, '.');
}

void tb_pickle_clear(tb_pickle_writer *p)
{
    tb_free(p->at);
    *p = (tb_pickle_writer){.at = NULL};
}

/* ---- values ---- */

void tb_pickle_bool(tb_pickle_writer *p, bool x)
{
    put_op(p, x ? '\x88' : '\x89');
}

void tb_pickle_int(tb_pickle_writer *p, int64_t x)
{
    if (x >= INT32_MIN && x <= INT32_MAX) {
        put_number(p, 'J', (uint64_t)x, 4);
        return;
    }
    unsigned char op[2] = {0x8a, 8};
    put(p, op, 1);
    put_number(p, (char)op[1], (uint64_t)x, 8);
}

/* Big-endian, unlike all else. */
void tb_pickle_real(tb_pickle_writer *p, double x)
{
    uint64_t bits, turned = 0;
    memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 8; i++, bits >>= 8)
        turned = turned << 8 | (bits & 255);
    put_number(p, 'G', turned, 8);
}

void tb_pickle_text(tb_pickle_writer *p, const char *text)
{
    size_t n = strlen(text);
    put_number(p, 'X', n, 4);
    put(p, text, n);
}

void tb_pickle_ints(tb_pickle_writer *p, int n, const int64_t *x)
{
    tb_pickle_open_tuple(p);
    for (int i = 0; i < n; i++)
        tb_pickle_int(p, x[i]);
    tb_pickle_close_tuple(p);
}

void tb_pickle_global(tb_pickle_writer *p, const char *module, const char *name)
{
    put_op(p, 'c');
    put(p, module, strlen(module));
    put_op(p, '\n');
    put(p, name, strlen(name));
    put_op(p, '\n');
}

void tb_pickle_open_tuple(tb_pickle_writer *p)
{
    put_op(p, '(');
}

void tb_pickle_close_tuple(tb_pickle_writer *p)
{
    put_op(p, 't');
}

/* restore_type_tag(list, type): a list alone would not say what it holds. */
void tb_pickle_open_list(tb_pickle_writer *p)
{
    tb_pickle_global(p, "torch.jit._pickle", "restore_type_tag");
    tb_pickle_open_tuple(p);
    put(p, "](", 2);
}

void tb_pickle_close_list(tb_pickle_writer *p, const char *type)
{
    put_op(p, 'e');
    tb_pickle_text(p, type);
    tb_pickle_close_tuple(p);
    tb_pickle_call(p);
}

void tb_pickle_open_object(tb_pickle_writer *p, const char *class_name)
{
    tb_pickle_global(p, "__torch__", class_name);
    put(p, ")\x81}(", 4);
}

void tb_pickle_close_object(tb_pickle_writer *p)
{
    put(p, "ub", 2);
}

void tb_pickle_call(tb_pickle_writer *p)
{
    put_op(p, 'R');
}

void tb_pickle_persistent(tb_pickle_writer *p)
{
    put_op(p, 'Q');
}

/* ---- what stands at several places ---- */

uint32_t tb_pickle_remember(tb_pickle_writer *p)
{
    put_number(p, 'r', p->remembered, 4);
    return p->remembered++;
}

void tb_pickle_again(tb_pickle_writer *p, uint32_t number)
{
    put_number(p, 'j', number, 4);
}
