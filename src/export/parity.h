/* Whether an exported file says what the model says. Three ways of playing one
   method are compared: the whole sound at once (the graph that learned, in
   evaluation), the stream in blocks, and the program in the file. */
#ifndef TB_EXPORT_PARITY_H
#define TB_EXPORT_PARITY_H

#include "export/nn_contract.h"

/* Both relative to the level of what the model says. */
typedef struct tb_parity {
    double stream; /* of the stream from the whole: 0 where all bits agree */
    double file;   /* of the file from the stream */
} tb_parity;

/* Above this the file is wrong. */
extern const double tb_parity_most;

/* Plays `rows` voices through method `i`, from the first sample until a while
   after the latency is over, with the attributes a little away from where they
   stand. */
tb_status tb_parity_of(const tb_nn_model *nn, int i, const char *path, int rows,
                       tb_parity *parity, tb_error *error);

#endif
