/* Seq2Seq (mimikit's Seq2SeqLSTM, after Sutskever et al. 2014, "Sequence to
   sequence learning with neural networks"): hears a chunk of frames of spectra
   and says the chunk that follows.

   The encoder hears the chunk forwards and backwards with layers of LSTM, whose
   two directions are added, and makes one vector of it. The decoder spreads
   that vector over a chunk and says it with such layers again, each of which
   starts from the states in which the encoder's last layer ended. From one
   chunk to the next nothing is remembered, unless the encoder's states are
   carried on.

   mimikit's own lays both directions one behind the other and adds pairs of
   adjacent units where the directions were meant; its files are of such
   networks, which adjacent_units is for.

   Frame j belongs to chunk floor(j / chunk) of all that has been heard. In
   stereo a frame holds the spectra of both channels. */
#ifndef TB_MODELS_SEQ2SEQ_H
#define TB_MODELS_SEQ2SEQ_H

#include "models/label_condition.h"
#include "models/spectral_frames.h"

enum { TB_SEQ2SEQ_LONGEST = 256 }; /* frames of a chunk */

/* From the frames of a chunk to one vector. */
typedef enum tb_seq2seq_down {
    TB_DOWN_EDGE_SUM, /* the first and the last, added */
    TB_DOWN_EDGE_MEAN,
    TB_DOWN_SUM,
    TB_DOWN_MEAN,
    TB_DOWN_LINEAR /* some numbers of each, by a linear layer */
} tb_seq2seq_down;

/* From one vector to the frames of a chunk. */
typedef enum tb_seq2seq_up {
    TB_UP_REPEAT,
    TB_UP_LINEAR,     /* by a linear layer */
    TB_UP_INTERPOLATE /* and to it is added, in the first half, the encoder's
                         last state forwards, in the second that backwards */
} tb_seq2seq_up;

typedef struct tb_seq2seq {
    tb_spectral_frames frames; /* the first */
    int chunk;                 /* frames */
    int hidden;
    int encoder_layers, decoder_layers;
    int downsampling, upsampling; /* tb_seq2seq_down, tb_seq2seq_up */
    bool encoder_residuals, decoder_residuals;
    bool encoder_weight_norm, decoder_weight_norm;
    bool carried;
    bool adjacent_units; /* pairs of these are added, not the directions */
    char labels[TB_LABEL_NAMES]; /* names with commas between, or none */
} tb_seq2seq;

extern const tb_settings tb_seq2seq_settings;
extern const tb_network_size tb_seq2seq_sizes[];
extern const tb_instrument tb_seq2seq_instrument;

/* Refuses what does not go together, with the nearest that does. */
tb_status tb_seq2seq_check(const void *config, tb_error *error);

/* x [rows, chunks, chunk, n] to [rows, chunks, chunk, hidden]: what the decoder
   says of the chunk that follows, whose label is `label` [rows, labels + 1,
   chunks or 1]; null: it is told none. */
tb_value *tb_seq2seq_chunks(const tb_seq2seq *config, tb_value *x,
                            tb_value *label);

/* The chunk before each one that is to be foreseen: x [rows, n, frames], whose
   first `context` frames (a multiple of the chunk) are only heard, to [rows,
   chunks, chunk, n]. In streams `context` is 0, and first come zeros. */
tb_value *tb_seq2seq_heard(const tb_seq2seq *config, tb_value *x,
                           int64_t context);

/* The same x to [rows, frames, hidden], what is said of each frame from
   `context` on; `label` as for tb_seq2seq_chunks. */
tb_value *tb_seq2seq_frames(const tb_seq2seq *config, tb_value *x,
                            tb_value *label, int64_t context);

#endif
