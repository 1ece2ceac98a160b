/* A model as nn~ wants it (Max, Pure Data, nn.ar of SuperCollider): an object
   with a function for each method, what goes in and out of it, labels, and
   attributes that can be set. */
#ifndef TB_EXPORT_NN_CONTRACT_H
#define TB_EXPORT_NN_CONTRACT_H

#include "models/model.h"
#include "torchscript/emit_stream.h"

enum { TB_NN_MOST_METHODS = 5, TB_NN_MOST_ATTRIBUTES = 32 };

/* One function of the object. */
typedef struct tb_nn_method {
    const char *name; /* in the file: "encode" */
    tb_method method; /* of TB_EMITTED_ROWS rows */
    tb_emitted_stream stream;
    int64_t numbers[4]; /* channels and samples for a frame, in and out */
    int64_t latency;    /* samples of sound, behind its queue (nn_queue.h) */

    /* Of a loop, which hears sound where its last input is open: how that
       becomes symbols. Else empty. */
    tb_method encoder;
    tb_emitted_stream heard;
} tb_nn_method;

/* What can be chosen about a file. */
typedef struct tb_nn_settings {
    const char *licence; /* of the weights; null: it is not said */
    int sample_rate;     /* of the host, Hz; 0: the model's */
} tb_nn_settings;

/* `root` is null until it is made. */
typedef struct tb_nn_model {
    const tb_checkpoint *checkpoint; /* must outlive it */
    double sample_rate;              /* of the file's sound */
    tb_made_module *module;
    tb_made_object *root;
    tb_made_object *chance;  /* null: nothing is drawn */
    tb_made_object *layers;  /* null: no layer is recurrent */
    tb_made_object *spectra; /* null: no spectrum becomes sound */
    int method_count, attribute_count;
    tb_nn_method methods[TB_NN_MOST_METHODS];
    struct tb_nn_rate *rates; /* one for each method; null: it is the model's */
    const tb_control *attributes[TB_NN_MOST_ATTRIBUTES];
} tb_nn_model;

/* All methods that the model has, emitted, and what is told of it; of one that
   makes its sound by itself only `improvise`, which hears its first inputs
   while the last one is above 0.5, and goes on by itself while it is not. `nn`
   is cleared by the caller in any case. TB_ERR_UNSUPPORTED where there is none,
   or one that cannot be. */
tb_status tb_nn_model_make(tb_nn_model *nn, const tb_checkpoint *checkpoint,
                           const tb_nn_settings *settings, tb_error *error);
void tb_nn_model_clear(tb_nn_model *nn);

/* Samples of sound that calls of its stream are multiples of. */
int64_t tb_nn_samples(const tb_nn_method *method);

/* ---- for nn_contract.c ---- */

/* What the method is called in the file where it takes whole cycles alone, at
   the rate of the network: "improvise_inside". In the module's arena. */
const char *tb_nn_inner_name(const tb_nn_model *nn, const tb_nn_method *method);

/* Slots, setters and getters of the controls of all methods, and of the seed
   where chance is drawn. */
void tb_nn_write_attributes(tb_nn_model *nn);

/* For tb_nn_write_attributes: what sets the prompt of what improvises; false:
   nothing does. */
bool tb_nn_write_prompt(tb_nn_model *nn);

#endif
