/* What a network says of the next symbol: a distribution that can be drawn
   from, that tells how well it foresaw a symbol, and that can be mixed with
   others of its kind.

     TB_LEVELS  one of Q levels. A frame may hold several, each of its own:
                symbols i64 [rows, frames] or [rows, frames, n].
                temperature: logits are divided by it; top_k, top_p as
                tb_sample.

     TB_NORMAL  vectors of n real numbers, independent and normal:
                symbols real [rows, n, frames].
                temperature: deviations are multiplied by it; 0: the mean (of
                a mixture: that of the one whose turn it is).
                top_k and top_p have no meaning: there are no levels to leave
                out.

     TB_LOGISTICS  one of Q levels that lie on a line, such as the 65,536 of
                16-bit sound: a mixture of logistic distributions, of which
                each level gets the mass from half a step below it to half a
                step above, the outermost ones all that lies beyond (Salimans
                et al. 2017, "PixelCNN++", section 2.1). Symbols i64 [rows,
                frames].
                temperature: logits of the components are divided by it;
                scale_temperature: their scales are multiplied by it. 0 and 0:
                the middle of the likeliest component.
                top_k, top_p: so many of the likeliest components, or those
                that together reach p, as tb_sample.

     TB_FRAMES_OF_NORMALS
                the same vectors, in groups of so many neighbours: one of K
                normal vectors is chosen for each group of each frame.
                temperature: deviations are multiplied by it, and the logits of
                the choice divided; 0: the mean of the likeliest.
                top_k and top_p have no meaning.

     TB_CODES   frames of K codes, each one of Q, chosen one after the other:
                each choice knows those before it. Symbols i64 [rows, frames,
                K]; temperature, top_k and top_p hold for each choice.

     TB_PLAIN   the vectors themselves: nothing is left to chance, and there is
                no likelihood. Temperature, top_k and top_p have no meaning.
                Mixed, it is the mean of all by their weights.

   As all builders these take null for null and leave errors in the graph. */
#ifndef TB_NN_DISTRIBUTION_H
#define TB_NN_DISTRIBUTION_H

#include "engine/graph.h"

typedef enum tb_distribution_kind {
    TB_LEVELS,
    TB_NORMAL,
    TB_LOGISTICS,
    TB_FRAMES_OF_NORMALS,
    TB_CODES,
    TB_PLAIN
} tb_distribution_kind;

enum {
    TB_MIXED_MOST = 8, /* distributions in a mixture */
    TB_CODES_MOST = 16 /* of a frame */
};

/* What a code is chosen by. */
typedef struct tb_code_choice tb_code_choice;

/* One of those that are mixed: logits of LEVELS; mean and logarithm of the
   deviation of NORMAL; LOGISTICS: what K of them are, in steps from the middle
   of the levels; FRAMES_OF_NORMALS: all three, [rows, frames, groups, K] and
   [rows, frames, K, n]; PLAIN: the mean; CODES: what the network found, and
   what choices are made by. */
typedef struct tb_distribution_component {
    tb_value *logits; /* [rows, frames, Q] or [rows, frames, n, Q]; K for Q */
    tb_value *mean, *log_deviation; /* [rows, n, frames]; LOGISTICS: [rows,
                                       frames, K] and ln of the scale */
    tb_value *found;                /* [rows, frames, any] */
    const tb_code_choice *choices;  /* as many as there are codes */
} tb_distribution_component;

typedef struct tb_distribution {
    tb_distribution_kind kind;
    int count;  /* components; LEVELS and LOGISTICS are mixed at once: one */
    int levels; /* Q of LOGISTICS and CODES */
    int codes;  /* K of CODES */
    tb_distribution_component component[TB_MIXED_MOST];
    tb_value *log_weights; /* [rows, count]; null: one component */
    int64_t group;         /* FRAMES_OF_NORMALS: numbers of one, the last may
                              have fewer */
} tb_distribution;

tb_distribution tb_levels_distribution(tb_value *logits);
tb_distribution tb_normal_distribution(tb_value *mean, tb_value *log_deviation);
tb_distribution tb_logistics_distribution(tb_value *logits, tb_value *mean,
                                          tb_value *log_scale, int levels);
tb_distribution tb_frames_of_normals(tb_value *logits, tb_value *mean,
                                     tb_value *log_deviation, int64_t group);
tb_distribution tb_plain_distribution(tb_value *value);

/* From what a network found, [rows, frames, any]; the parameters of the choices
   are called name.0.hidden.weight and so on. */
tb_distribution tb_codes_distribution(tb_value *found, const char *name,
                                      int codes, int levels);

/* What a draw depends on: values [rows] (top_k: i64). Kinds leave out what has
   no meaning for them. */
typedef struct tb_draw {
    tb_value *temperature, *top_k, *top_p;
    tb_value *scale_temperature; /* LOGISTICS */
} tb_draw;

/* Which of them have one. */
bool tb_distribution_ranks(tb_distribution_kind kind);  /* top_k and top_p */
bool tb_distribution_scales(tb_distribution_kind kind); /* scale_temperature */

/* Symbols, one draw from each frame. No gradient. */
tb_value *tb_distribution_draw(const tb_distribution *d, const tb_draw *how);

/* -ln p(symbols), real [rows, frames]: of all that a frame holds, in nats (for
   real numbers: of the density). */
tb_value *tb_distribution_nats(const tb_distribution *d, tb_value *symbols);

/* -ln p(low < x < high) of LOGISTICS, where levels lie at -(Q - 1) / 2, ...,
   (Q - 1) / 2: real [rows, frames]. Bounds of 1e9 and more stand for none. */
tb_value *tb_logistics_nats_between(const tb_distribution *d, tb_value *low,
                                    tb_value *high);

/* What learning makes small, real [1]: the mean of the nats over rows and
   frames. Of PLAIN it is the distance from the symbols, frame by frame as a
   part of these: the sum of the differences over all rows and numbers by that
   of the symbols, both without their sign, in the mean over frames. */
tb_value *tb_distribution_loss(const tb_distribution *d, tb_value *symbols);

/* That distance between vectors [rows, n, frames]. */
tb_value *tb_relative_distance(tb_value *said, tb_value *symbols);

/* Voting: with probability weights[row][i] the symbol comes from d[i]; weights
   are real [rows, n] and sum to 1. All of one kind and shape, n up to
   TB_MIXED_MOST, none a mixture itself unless of LEVELS or LOGISTICS. */
tb_distribution tb_distribution_mix(int n, const tb_distribution *d,
                                    tb_value *weights);

#endif
