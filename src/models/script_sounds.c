#include "models/script_sounds.h"

#include "base/memory.h"

#include <string.h>

static void clear_sound(tb_script_sound *s)
{
    tb_free((void *)s->name);
    tb_free((void *)s->samples);
    *s = (tb_script_sound){0};
}

void tb_sound_list_clear(tb_sound_list *list)
{
    for (int i = 0; i < list->sounds.count; i++)
        clear_sound(&list->at[i]);
    tb_free(list->at);
    *list = (tb_sound_list){0};
}

/* Channel by channel; false without memory. */
static bool copy_sound(tb_script_sound *s, const char *name,
                       const float *samples, int64_t frames, int channels,
                       double sample_rate)
{
    size_t bytes = strlen(name) + 1;
    char *own_name = tb_alloc(bytes);
    float *own = tb_alloc_array((size_t)frames, sizeof *own * (size_t)channels);
    *s = (tb_script_sound){own_name, own, channels, frames, sample_rate};
    if (!own_name || !own) {
        clear_sound(s);
        return false;
    }
    memcpy(own_name, name, bytes);
    for (int c = 0; c < channels; c++)
        for (int64_t i = 0; i < frames; i++)
            own[c * frames + i] = samples[i * channels + c];
    return true;
}

tb_status tb_sound_list_put(tb_sound_list *list, const char *name,
                            const float *samples, int64_t frames, int channels,
                            double sample_rate, tb_error *error)
{
    tb_script_sound s;
    int i = 0;
    while (i < list->sounds.count && strcmp(list->at[i].name, name) != 0)
        i++;
    tb_script_sound *larger = tb_array_grown(list->at, list->sounds.count,
                                             &list->room, sizeof *larger);
    if (!larger)
        return tb_fail_memory(error);
    list->sounds.at = list->at = larger;
    if (!copy_sound(&s, name, samples, frames, channels, sample_rate))
        return tb_fail_memory(error);
    if (i < list->sounds.count)
        clear_sound(&larger[i]);
    larger[i] = s;
    list->sounds.count += i == list->sounds.count;
    return TB_OK;
}
