#include "live/presets.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

void tb_live_presets_clear(tb_live_presets *presets)
{
    tb_free(presets->at);
    *presets = (tb_live_presets){0};
}

static int place_of(const tb_live_presets *presets, const char *name)
{
    int i = 0;
    while (i < presets->count && strcmp(presets->at[i].name, name) != 0)
        i++;
    return i;
}

bool tb_live_presets_store(tb_live_presets *presets, const char *name,
                           const float *numbers, int count)
{
    int i = place_of(presets, name);
    if (i == TB_MOST_PRESETS || count > TB_PRESET_NUMBERS ||
        strlen(name) >= sizeof presets->at->name)
        return false;
    tb_live_preset *larger = tb_array_grown(presets->at, presets->count,
                                            &presets->room, sizeof *larger);
    if (!larger)
        return false;
    presets->at = larger;
    presets->count += i == presets->count;
    snprintf(larger[i].name, sizeof larger[i].name, "%s", name);
    larger[i].count = count;
    memcpy(larger[i].numbers, numbers, sizeof *numbers * (size_t)count);
    return true;
}

const tb_live_preset *tb_live_presets_find(const tb_live_presets *presets,
                                           const char *name)
{
    int i = place_of(presets, name);
    return i < presets->count ? &presets->at[i] : NULL;
}

int tb_live_presets_morph(const tb_live_presets *presets, const char *from,
                          const char *to, double x,
                          float numbers[TB_PRESET_NUMBERS])
{
    const tb_live_preset *a = tb_live_presets_find(presets, from);
    const tb_live_preset *b = tb_live_presets_find(presets, to);
    if (!a || !b)
        return 0;
    int count = a->count < b->count ? a->count : b->count;
    for (int i = 0; i < count; i++)
        numbers[i] = (float)((1 - x) * (double)a->numbers[i] +
                             x * (double)b->numbers[i]);
    return count;
}
