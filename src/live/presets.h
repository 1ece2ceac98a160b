/* Positions by name, such as latents or controls: stored, recalled, and what
   lies between two. */
#ifndef TB_LIVE_PRESETS_H
#define TB_LIVE_PRESETS_H

#include <stdbool.h>

enum { TB_PRESET_NUMBERS = 256, TB_MOST_PRESETS = 128 };

typedef struct tb_live_preset {
    char name[64];
    int count;
    float numbers[TB_PRESET_NUMBERS];
} tb_live_preset;

typedef struct tb_live_presets {
    int count, room;
    tb_live_preset *at;
} tb_live_presets;

void tb_live_presets_clear(tb_live_presets *presets);

/* In the place of one of that name. False without room. */
bool tb_live_presets_store(tb_live_presets *presets, const char *name,
                           const float *numbers, int count);

/* Null: there is none. Until the next is stored. */
const tb_live_preset *tb_live_presets_find(const tb_live_presets *presets,
                                           const char *name);

/* From one (0) to another (1), beyond them outside; how many numbers there
   are, 0 when one of the two is not there. */
int tb_live_presets_morph(const tb_live_presets *presets, const char *from,
                          const char *to, double x,
                          float numbers[TB_PRESET_NUMBERS]);

#endif
