/* mimikit's own checkpoints (github.com/ktonal/mimikit: HDF5 files
   "epoch=N.ckpt"). Opening one makes of it what a checkpoint of ours would
   hold, the name of an instrument, its settings and its tensors, so that it is
   a checkpoint like any other from there on.

   In the file, the group "network" has the attribute "config", YAML that begins
   with "type: SampleRNN.Config", and the state of the module, a group for each
   name; the root's attribute "dataset" is YAML of what it was trained on. */
#ifndef TB_MODELS_MIMIKIT_H
#define TB_MODELS_MIMIKIT_H

#include "base/json.h"
#include "base/safetensors.h"
#include "engine/graph.h"

/* Makes a checkpoint's content of such a file; `*out` is null on failure. */
tb_status tb_mimikit_open(const char *path, tb_safetensors **out,
                          tb_error *error);

/* What lies in such a file: texts in YAML, `dataset` may be null, and floats
   under mimikit's names. */
typedef struct tb_mimikit_content {
    const char *what; /* names it in errors */
    const char *network, *dataset;
    int epoch; /* -1: not known */
    const tb_stored *tensors;
    size_t count;
} tb_mimikit_content;

/* The same from what lies in it, which is copied. */
tb_status tb_mimikit_convert(const tb_mimikit_content *content,
                             tb_safetensors **out, tb_error *error);

/* ---- what a network's file (mimikit_samplernn.c ...) writes with ---- */

/* What mimikit's networks hear and say, in one input and one target. */
typedef struct tb_mimikit_io {
    bool spectra;       /* magnitudes; else levels of samples */
    double sample_rate; /* Hz */
    int levels;         /* not of spectra */
    double mulaw;
    int fft, hop;       /* of spectra, in samples */
    const char *input;  /* the module that reads: "FramedLinearIO" */
    const char *output; /* the one that says: "MLPIO" */
    int input_chunks, output_chunks; /* of ChunkedLinearIO */
    const char *activation;          /* of the output: "Abs"; not of MLPIO */
    int head_size, head_layers;      /* of MLPIO: layers before the last */
    int head_stride; /* steps from layer to layer in its names */
    const char *head_activation;
    double min_temperature; /* 0: none is learned */
} tb_mimikit_io;

/* A file being converted. The first failure is remembered: afterwards nothing
   is done, and what is asked for is 0, "" or null. */
typedef struct tb_mimikit {
    const tb_json *config; /* of the network */
    tb_mimikit_io io;
    const char *instrument; /* of ours, to be set */
    struct mimikit_frame *frame;
} tb_mimikit;

/* A network of mimikit: `type` as its configuration begins. */
typedef struct tb_mimikit_network {
    const char *type;
    void (*convert)(tb_mimikit *m);
} tb_mimikit_network;

extern const tb_mimikit_network tb_mimikit_samplernn, tb_mimikit_seq2seq,
    tb_mimikit_wavenet;

/* What cannot be played, after "'x.ckpt' cannot be played: ". */
__attribute__((format(printf, 2, 3))) void
tb_mimikit_refuse(tb_mimikit *m, const char *format, ...);

/* Entries of the network's configuration. What is missing or out of range is
   refused. */
int64_t tb_mimikit_integer(tb_mimikit *m, const char *key, int64_t low,
                           int64_t high);
double tb_mimikit_number(tb_mimikit *m, const char *key, double low,
                         double high);
bool tb_mimikit_flag(tb_mimikit *m, const char *key);
const char *tb_mimikit_text(tb_mimikit *m, const char *key); /* null: "" */

/* Whether an entry is there and not null. */
bool tb_mimikit_has(const tb_mimikit *m, const char *key);

/* A list of integers; how many there are. out: [most] */
int tb_mimikit_integers(tb_mimikit *m, const char *key, int64_t low,
                        int64_t high, int64_t *out, int most);

/* A setting of the instrument's table; those that are not set have their
   defaults. */
__attribute__((format(printf, 3, 4))) void
tb_mimikit_set(tb_mimikit *m, const char *key, const char *format, ...);

void tb_mimikit_set_number(tb_mimikit *m, const char *key, double number);

/* The same of a list, "16,8,4". */
void tb_mimikit_set_integers(tb_mimikit *m, const char *key,
                             const int64_t *values, int count);

/* Text that lives as long as `m`. */
__attribute__((format(printf, 2, 3))) const char *
tb_mimikit_name(tb_mimikit *m, const char *format, ...);

/* Tensors by mimikit's names. Weights that were learned as direction and length
   (x_v and x_g) are whole already (x). All are floats; those that nobody takes
   are refused in the end. */
bool tb_mimikit_has_tensor(const tb_mimikit *m, const char *theirs);
void tb_mimikit_take(tb_mimikit *m, const char *theirs, const char *ours);

/* The same numbers in another shape. */
void tb_mimikit_take_as(tb_mimikit *m, const char *theirs, const char *ours,
                        tb_shape shape);

/* Its shape; it counts as taken. [0] if there is none. */
tb_shape tb_mimikit_shape(tb_mimikit *m, const char *theirs);

/* Its numbers, which count as taken, if they are as many as this shape has. */
const float *tb_mimikit_floats(tb_mimikit *m, const char *theirs,
                               tb_shape shape);

/* Zeros to reckon with, which live as long as `m`. */
double *tb_mimikit_doubles(tb_mimikit *m, tb_shape shape);

/* A tensor of ours, all zero, to be filled. */
float *tb_mimikit_make(tb_mimikit *m, const char *ours, tb_shape shape);

/* ---- layers (models/mimikit_layers.c) ---- */

/* Weights [out, ...] and bias [out] on their way, so that layers with nothing
   between them can become one. */
typedef struct tb_mimikit_layer {
    tb_shape shape;
    double *weight, *bias;
} tb_mimikit_layer;

/* "theirs.weight", these numbers in this shape, and "theirs.bias"; without that
   zeros. */
tb_mimikit_layer tb_mimikit_layer_of(tb_mimikit *m, const char *theirs,
                                     tb_shape shape);

/* Becomes "ours.weight" and "ours.bias". */
void tb_mimikit_give(tb_mimikit *m, const tb_mimikit_layer *layer,
                     const char *ours);

/* As it is. */
void tb_mimikit_take_layer(tb_mimikit *m, const char *theirs, const char *ours,
                           tb_shape shape);

/* As tb_mimikit_layer_of, of a layer that gives `chunks` vectors where their
   sum is meant; `shape` is that of the sum. */
tb_mimikit_layer tb_mimikit_sum_of(tb_mimikit *m, const char *theirs,
                                   int chunks, tb_shape shape);

/* `second` [out, n] after `first`, whose outputs are `blocks` vectors of n one
   behind the other, each of which goes through it; its bias only if `biased`.
 */
tb_mimikit_layer tb_mimikit_then(tb_mimikit *m, const tb_mimikit_layer *first,
                                 const tb_mimikit_layer *second, int blocks,
                                 bool biased);

/* A layer that reads levels q as mimikit's do, 2q/Q - 1, becomes one that reads
   them as ours do (tb_sample_numbers). */
void tb_mimikit_hear_levels(tb_mimikit *m, tb_mimikit_layer *layer);

/* Layer i of those that say levels (MLPIO): [out, in], both as they are. */
tb_mimikit_layer tb_mimikit_head_layer(tb_mimikit *m, int i);

/* ---- models/mimikit_io.c ---- */

/* Fills m->io from the configuration and that of the dataset (null: unknown).
 */
void tb_mimikit_read_io(tb_mimikit *m, const tb_json *dataset);

/* Settings of TB_SAMPLE_LEVELS_ROWS; refuses spectra. */
void tb_mimikit_set_levels(tb_mimikit *m);

/* Settings of TB_SPECTRAL_FRAMES_ROWS; refuses levels. */
void tb_mimikit_set_spectra(tb_mimikit *m);

/* Settings and tensors of "head", which says levels (tb_sample_head), from the
   layers of MLPIO but for the first so many, which were taken. */
void tb_mimikit_set_head(tb_mimikit *m, int taken);

#endif
