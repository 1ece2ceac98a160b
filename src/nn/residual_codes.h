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

/* How far x lies from the sums of its first code, of its first two and so on:
   squares, on average over elements, added up over books, [1]. It draws x to
   what is chosen for it and leaves the books alone (van den Oord et al. 2017,
   "Neural discrete representation learning", equation 3, third term; Defossez
   et al. 2022, equation 7). */
tb_value *tb_commitment(tb_value *x, const tb_coded *coded, int books);

/* ---- books that learn ---- */

/* What a batch says of one book. */
typedef struct tb_code_use {
    tb_value *share; /* [codes]: the part of all vectors that chose a code */
    tb_value *sum;   /* [codes, n]: their sum, by the number of all vectors */
} tb_code_use;

/* Of book i; `vectors` is how many there are, rows * frames. Both are means
   over vectors: those of micro-batches average to those of the batch. */
tb_code_use tb_code_use_of(const tb_coded *coded, int i, int codes,
                           int64_t vectors);

/* Codes in use, as if all were chosen equally often: the exponential of the
   entropy of `share`, [1] (of the micro-batch). */
tb_value *tb_code_perplexity(tb_value *share);

/* A book and the moving averages of shares behind it, one batch later: codes
   move to the average of what chose them, of which the past counts `kept` (van
   den Oord et al. 2017, appendix A.1). A code that nobody chooses stays. */
typedef struct tb_code_book {
    tb_value *share; /* [codes] */
    tb_value *codes; /* [codes, n] */
} tb_code_book;

tb_code_book tb_code_book_after(tb_code_book old, tb_code_use use, double kept);

#endif
