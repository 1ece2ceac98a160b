/* The inside of an ear. Private to it. */
#ifndef TB_JUDGE_EAR_PARTS_H
#define TB_JUDGE_EAR_PARTS_H

#include "dsp/rfft.h"
#include "dsp/spectrum.h"
#include "judge/ear.h"

enum {
    /* Steps of the fine window in one cell of the phrase. */
    TB_EAR_FINE_STEPS = 4,
    TB_EAR_MID_STEPS = 8,
    TB_EAR_QUICK_STEPS = 64
};

/* A short-time spectrum read in bands. */
typedef struct tb_banded {
    int size, hop, bands;
    int64_t frames;
    tb_spectrum *spectrum;
    tb_mel *mel;
    float *level; /* [frames, bands], dB above the floor of `ear` */
} tb_banded;

/* A cell is one fine window: 256 ms at 16 kHz. */
struct tb_ear {
    double sample_rate;
    int64_t take_frames, cells;
    tb_banded fine;     /* quarter tones */
    tb_banded mid;      /* mel bands */
    tb_banded quick;    /* wide mel bands, each few ms */
    tb_mel *fine_mel;   /* mel bands of fine spectra */
    float *power;       /* [fine bins] */
    float *line;        /* [fine.frames, fine.bands]: level over its surround */
    float *envelope;    /* [quick.frames, TB_EAR_QUICK]: amplitudes */
    float *total;       /* [quick.frames]: level of all bands */
    double *mean_power; /* [fine bins] of the take, or of the corpus */
    double *band_power; /* [fine.bands] mean of the take */
    float *cell;        /* [cells, most bands] */
    float *distance;    /* [cells, cells] */
    float *values;      /* [the most frames]: to sort */
    tb_rfft *fft;       /* of quick.frames */
    float *signal, *bins;
    /* What the corpus decides. */
    double *corpus_power; /* [fine bins] */
    double *fine_power, *mid_power, *quick_power;
    int64_t learned;
    float fine_floor, mid_floor;
    float weights[TB_TRAITS];
};

/* Levels of all frames of a take. */
void tb_ear_levels(tb_ear *ear, tb_banded *banded, const float *take,
                   float floor);

/* The first and one past the last quarter tone of a register. */
void tb_ear_register(const tb_ear *ear, int i, int *from, int *to);

/* The value below which `share` of n lie; changes their order. */
float tb_ear_quantile(float *values, int64_t n, double share);

void tb_ear_pitch(tb_ear *ear, const float *take, tb_traits *traits);
void tb_ear_change(tb_ear *ear, tb_traits *traits);
void tb_ear_attacks(tb_ear *ear, const float *take, tb_traits *traits);
void tb_ear_phrase(tb_ear *ear, tb_traits *traits);

#endif
