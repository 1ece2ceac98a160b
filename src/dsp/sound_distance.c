#include "dsp/sound_distance.h"

#include "dsp/window.h"

static const double *hann(tb_graph *g, int64_t n)
{
    double *w = tb_graph_alloc(g, (size_t)n * sizeof *w);
    if (!w)
        return NULL;
    tb_window_fill(TB_WINDOW_HANN, n, w);
    for (int64_t i = 0; i < n; i++)
        w[i] *= (double)n / 4; /* half its sum was 1 */
    return w;
}

static bool is_possible(const tb_sound_distance *how)
{
    bool good = how->scales >= 1 && how->scales <= TB_MOST_SCALES;
    for (int i = 0; good && i < how->scales; i++)
        good = how->size[i] >= 4 && how->size[i] % 4 == 0 &&
               how->size[i] <= TB_FFT_MOST;
    return good;
}

tb_value *tb_sound_distance_of(tb_value *target, tb_value *made,
                               const tb_sound_distance *how)
{
    tb_distance_settings all = {.scales = how->scales,
                                .linear = how->linear,
                                .logarithmic = how->logarithmic,
                                .floor = how->floor,
                                .quietest = how->quietest};
    if (!target || !made)
        return NULL;
    if (!is_possible(how))
        return tb_graph_fail(target->graph,
                             "Distance of sounds: 1 to %d scales, each a "
                             "multiple of 4 samples.",
                             TB_MOST_SCALES);
    for (int i = 0; i < how->scales; i++) {
        const double *window = hann(target->graph, how->size[i]);
        if (!window)
            return NULL;
        all.scale[i] =
            (tb_distance_scale){how->size[i], how->size[i] / 4, window};
    }
    return tb_spectral_distance(target, made, &all);
}
