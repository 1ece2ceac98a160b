/* Writes pickles of protocol 2 as TorchScript reads them (torchscript/pickle.h
   says where that is described): one value behind the other, into memory.
   Without memory `failed` is set, and all that follows does nothing. */
#ifndef TB_TORCHSCRIPT_PICKLE_WRITE_H
#define TB_TORCHSCRIPT_PICKLE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_pickle_writer {
    unsigned char *at; /* freed by tb_pickle_clear */
    size_t size, room;
    bool failed;
    uint32_t remembered;
} tb_pickle_writer;

void tb_pickle_begin(tb_pickle_writer *p);
void tb_pickle_end(tb_pickle_writer *p);
void tb_pickle_clear(tb_pickle_writer *p);

/* ---- values ---- */

void tb_pickle_bool(tb_pickle_writer *p, bool x);
void tb_pickle_int(tb_pickle_writer *p, int64_t x);
void tb_pickle_real(tb_pickle_writer *p, double x);
void tb_pickle_text(tb_pickle_writer *p, const char *text);
void tb_pickle_ints(tb_pickle_writer *p, int n, const int64_t *x); /* a tuple */
void tb_pickle_global(tb_pickle_writer *p, const char *module,
                      const char *name);

/* The values between these two are a tuple, or (of a list, that is of
   TorchScript's `type`) a list. */
void tb_pickle_open_tuple(tb_pickle_writer *p);
void tb_pickle_close_tuple(tb_pickle_writer *p);
void tb_pickle_open_list(tb_pickle_writer *p);
void tb_pickle_close_list(tb_pickle_writer *p, const char *type);

/* Names and values of slots stand between these two. */
void tb_pickle_open_object(tb_pickle_writer *p, const char *class_name);
void tb_pickle_close_object(tb_pickle_writer *p);

/* Calls the global before the tuple that was closed last. */
void tb_pickle_call(tb_pickle_writer *p);

/* The tuple that was closed last names something outside. */
void tb_pickle_persistent(tb_pickle_writer *p);

/* ---- what stands at several places ---- */

/* A number for the last value, and that value again. */
uint32_t tb_pickle_remember(tb_pickle_writer *p);
void tb_pickle_again(tb_pickle_writer *p, uint32_t number);

#endif
