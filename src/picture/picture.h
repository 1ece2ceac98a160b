/* Pictures as PNG files, drawn with cairo, which is loaded when the first one
   is asked for. Files appear whole or not at all. */
#ifndef TB_PICTURE_PICTURE_H
#define TB_PICTURE_PICTURE_H

#include "base/status.h"
#include "dsp/overview.h"

#include <stdint.h>

/* Zeroes mean the defaults in brackets. */
typedef struct tb_picture_size {
    int width, height; /* points [charts 640 x 240, sounds 360 x 170, which
                          stays legible in a cell of the page] */
    int scale;         /* pixels per point [2] */
} tb_picture_size;

/* TB_ERR_UNSUPPORTED, with the name of the package to install, where pictures
   cannot be drawn. */
tb_status tb_picture_possible(tb_error *error);

/* A sound: its waveform over its spectrogram (logarithmic frequency), with
   seconds below. */
typedef struct tb_picture_sound {
    const float *mono; /* [frames] */
    int64_t frames;
    double sample_rate;
    double prompt_seconds; /* shaded, and its end marked; 0: no prompt */
    const char *title;     /* null: none */
    tb_picture_size size;
} tb_picture_sound;

tb_status tb_picture_write_sound(const char *path,
                                 const tb_picture_sound *sound,
                                 tb_error *error);

/* One line of a chart. */
typedef struct tb_picture_line {
    const char *name;
    const double *values; /* [count]; NaN: not measured */
} tb_picture_line;

/* A constant to compare with, drawn across. */
typedef struct tb_picture_level {
    const char *name;
    double value; /* NaN: left out */
} tb_picture_level;

/* One measure over the epochs. */
typedef struct tb_picture_chart {
    const char *title;    /* "Spectral distance"; null: none */
    const char *hint;     /* after the title, softer: "lower is better" */
    const double *epochs; /* [count], rising */
    int count;
    const tb_picture_line *lines;
    int line_count; /* at most 6 */
    const tb_picture_level *levels;
    int level_count;
    const char *x_name; /* null: "epoch" */
    double low, high;   /* the least that is shown; both 0: what there is */
    tb_picture_size size;
} tb_picture_chart;

tb_status tb_picture_write_chart(const char *path,
                                 const tb_picture_chart *chart,
                                 tb_error *error);

/* A named stretch of a sound. */
typedef struct tb_picture_stretch {
    double start, end; /* seconds */
    const char *name;  /* shown where there is room */
    int colour;        /* of the same number: the same; -1: none */
} tb_picture_stretch;

/* A sound of any length with its stretches: waveform, spectrogram, the curve
   they were found by, and where they begin. */
typedef struct tb_picture_stretches {
    const tb_overview *overview;
    const tb_picture_stretch *stretches; /* [count] */
    int count;
    const float *curve; /* [points], over the whole sound; null: none */
    int64_t points;
    const char *title; /* null: none */
} tb_picture_stretches;

tb_status tb_picture_write_stretches(const char *path,
                                     const tb_picture_stretches *picture,
                                     tb_error *error);

/* A thing on a map. */
typedef struct tb_picture_point {
    double x, y;
    int colour;    /* of the same number: the same */
    char name[16]; /* shown where there are not too many */
} tb_picture_point;

/* Things that are alike lie near each other. points: [count], at least one */
tb_status tb_picture_write_map(const char *path, const tb_picture_point *points,
                               int count, tb_error *error);

#endif
