/* Clips as the recordings that judges listen to. */
#ifndef TB_TEST_CLIP_LIST_H
#define TB_TEST_CLIP_LIST_H

#include "judge/takes.h"
#include "material.h"

typedef struct clip_list {
    clip *clips;
    int count;
} clip_list;

static inline int64_t clip_list_frames(void *context, int i)
{
    return ((clip_list *)context)->clips[i].n;
}

static inline void clip_list_read(void *context, int i, int64_t start,
                                  int64_t n, float *mono)
{
    memcpy(mono, ((clip_list *)context)->clips[i].x + start,
           (size_t)n * sizeof *mono);
}

static inline tb_recordings clip_list_recordings(clip_list *list)
{
    return (tb_recordings){list->count, clip_list_frames, clip_list_read, list};
}

static inline void clip_list_add(clip_list *list, clip c)
{
    list->clips =
        realloc(list->clips, (size_t)(list->count + 1) * sizeof *list->clips);
    list->clips[list->count++] = c;
}

static inline void clip_list_free(clip_list *list)
{
    for (int i = 0; i < list->count; i++)
        clip_free(&list->clips[i]);
    free(list->clips);
    *list = (clip_list){NULL, 0};
}

#endif
