/* Vectors as sums of codes, each from a book of its own: what the first code
   leaves over is what the second is chosen for, and so on (Zeghidour et al.
   2021, "SoundStream", algorithm 1). */
#ifndef TB_NN_RESIDUAL_CODES_H
#define TB_NN_RESIDUAL_CODES_H

#include "engine/graph.h"

enum { TB_MOST_CODEBOOKS = 32 };

typedef struct tb_residual_codes {
    int books, codes; /* so many books of so many codes */
    const char *name; /* the books are name.0._codebook.embed and so on, of
                         [codes, n] */
} tb_residual_codes;

/* What became of vectors; [rows, n, frames] but for `index`. */
typedef struct tb_coded {
    tb_value *vectors;                 /* the sums of the codes */
    tb_value *left[TB_MOST_CODEBOOKS]; /* what each code was chosen for */
    tb_value *code[TB_MOST_CODEBOOKS];
    tb_value *index[TB_MOST_CODEBOOKS]; /* i64 [rows, frames] */
} tb_coded;

/* x real [rows, n, frames]. No gradient flows through the choice of a code. */
tb_coded tb_residual_codes_of(tb_value *x, const tb_residual_codes *how);

#endif
