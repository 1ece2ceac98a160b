/* Messages of protocol buffers being written: fields one after the other, as
   the encoding has them (protobuf.dev/programming-guides/encoding). A message
   is a row of pieces, of which the long ones lie where the caller has them. */
#ifndef TB_ONNX_PROTOBUF_H
#define TB_ONNX_PROTOBUF_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct tb_protobuf_piece tb_protobuf_piece;

/* All zero but for the arena, which must outlive it, is an empty message.
   Without memory `failed` is set, and all that follows does nothing. */
typedef struct tb_protobuf {
    tb_arena *arena;
    tb_protobuf_piece *first, *last;
    size_t size; /* bytes */
    bool failed;
} tb_protobuf;

/* Fields are known by their numbers. Whole numbers: */
void tb_protobuf_integer(tb_protobuf *m, int field, int64_t x);

/* A float, in four bytes. */
void tb_protobuf_real(tb_protobuf *m, int field, float x);

/* Copied. */
void tb_protobuf_text(tb_protobuf *m, int field, const char *text);

/* Not copied: they must outlive the message. */
void tb_protobuf_bytes(tb_protobuf *m, int field, const void *data,
                       size_t bytes);

/* A message within this one, which takes its pieces: it is empty afterwards. */
void tb_protobuf_message(tb_protobuf *m, int field, tb_protobuf *part);

/* The fields of another one behind those of this; it is not used any more. */
void tb_protobuf_append(tb_protobuf *m, const tb_protobuf *part);

/* False after a failure, and where the file cannot be written. */
bool tb_protobuf_write(const tb_protobuf *m, FILE *to);

#endif
