/* One method of a model as ONNX: all of a sound at once, for runtimes of every
   kind. A runtime keeps nothing between calls, so what is played in blocks is
   exported as TorchScript instead. */
#ifndef TB_EXPORT_ONNX_FILE_H
#define TB_EXPORT_ONNX_FILE_H

#include "models/checkpoint.h"

typedef struct tb_onnx_settings {
    const char *method;  /* null: "forward", or else the first that it has */
    const char *licence; /* null: it is not said */
    bool replace;        /* a file that is there */
} tb_onnx_settings;

typedef struct tb_onnx_report {
    char method[32];
    int in_channels, out_channels;
    int64_t in_ratio, out_ratio; /* samples for a frame */
    int64_t grain; /* samples of sound that its length is a multiple of */
} tb_onnx_report;

/* Writes `path`, which appears whole or not at all. One voice, and as many
   frames as there are: 44100 Hz of sound or any other are told in the notes of
   the file, with all that export/about.h tells. Layers that adapt to what they
   hear (a RAVE's adain) do not, as they do before they have heard anything.
   TB_ERR_UNSUPPORTED names what cannot be written. */
tb_status tb_export_onnx(tb_checkpoint *checkpoint, const char *path,
                         const tb_onnx_settings *settings,
                         tb_onnx_report *report, tb_error *error);

#endif
