/* A trained model as a file that other programs play: TorchScript for nn~ (Max,
   Pure Data), nn.ar (SuperCollider) and whoever loads `.ts`. What was written
   is played and compared with the model itself before it gets its name. */
#ifndef TB_EXPORT_EXPORT_H
#define TB_EXPORT_EXPORT_H

#include "export/nn_contract.h"
#include "export/parity.h"

typedef struct tb_export_settings {
    tb_nn_settings nn;
    bool replace; /* a file that is there */
} tb_export_settings;

typedef struct tb_exported_method {
    const char *name;
    int64_t numbers[4]; /* as in tb_nn_method */
    int64_t latency;    /* samples */
    double difference;  /* as in tb_parity */
} tb_exported_method;

typedef struct tb_export_report {
    double sample_rate;
    int method_count, attribute_count;
    tb_exported_method methods[TB_NN_MOST_METHODS];
    char attributes[TB_NN_MOST_ATTRIBUTES][64];
} tb_export_report;

/* Writes `path` from a model that is a checkpoint; it appears whole or not at
   all. TB_ERR_UNSUPPORTED where the model has something that cannot be
   exported, TB_ERR_NUMERIC where the file does not say what the model says. */
tb_status tb_export_model(const tb_checkpoint *checkpoint, const char *path,
                          const tb_export_settings *settings,
                          tb_export_report *report, tb_error *error);

#endif
