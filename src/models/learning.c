#include "models/learning.h"

#include <stdio.h>
#include <string.h>

int tb_feed_channels(const tb_feed *f, int sound_channels)
{
    if (f->kind == TB_FEED_LABELS)
        return 1;
    if (f->kind != TB_FEED_METHOD)
        return sound_channels;
    return f->symbols.channels > 0 ? f->symbols.channels : 1;
}

int64_t tb_feed_frames(const tb_feed *f, int64_t sound_frames)
{
    return f->kind == TB_FEED_METHOD
               ? sound_frames * f->symbols.frames / f->symbols.per
               : sound_frames;
}

bool tb_feed_is_excerpts(const tb_feed *f)
{
    return f->kind == TB_FEED_EXCERPTS ||
           (f->kind == TB_FEED_METHOD && f->excerpts);
}

void tb_learning_clear(tb_learning *l)
{
    for (int i = 0; i < l->objective_count; i++) {
        bool shared = false;
        for (int k = 0; k < i; k++)
            shared |= l->objective[k].graph == l->objective[i].graph;
        if (!shared)
            tb_graph_free(l->objective[i].graph);
    }
    tb_graph_free(l->update);
    *l = (tb_learning){0};
}

int tb_learning_find_phase(const tb_learning *l, const char *name,
                           tb_error *error)
{
    char all[256] = "", number[16];
    for (int i = 0; i < l->phase_count; i++) {
        size_t n = strlen(all);
        snprintf(number, sizeof number, "%d", i + 1);
        if (strcmp(l->phase[i].name, name) == 0 || strcmp(number, name) == 0)
            return i;
        snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "",
                 l->phase[i].name);
    }
    tb_fail(error, TB_ERR_ARGUMENT, "There is no phase called '%s'; %s %s.",
            name, l->phase_count == 1 ? "the only one is" : "there are", all);
    return -1;
}
