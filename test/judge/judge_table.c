/* The ladder of any folder of recordings, for those who change judges:
   judge_table [loop] FOLDER [SEEDS]. With "loop" short recordings are heard
   over and over, as loops are, for 20 s. */
#include "corpus/corpus.h"
#include "ladder.h"

enum { RATE = 16000 };

static clip played_on(clip c, double seconds)
{
    clip all = clip_new(seconds, c.rate);
    for (int64_t i = 0; i < all.n; i++)
        all.x[i] = c.x[i % c.n];
    clip_free(&c);
    return all;
}

int main(int argc, char **argv)
{
    int loop = argc > 1 && strcmp(argv[1], "loop") == 0;
    const char *folder = argc > 1 + loop ? argv[1 + loop] : "sounds";
    int seeds = argc > 2 + loop ? atoi(argv[2 + loop]) : 1;
    clip_list all = {NULL, 0};
    tb_corpus *corpus;
    tb_error error;
    if (tb_corpus_find(&folder, 1, &corpus, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    for (int i = 0; i < corpus->count; i++) {
        tb_audio audio;
        if (tb_load_audio(corpus->files[i].path, RATE, 1, 0, 0, &audio, NULL))
            continue;
        clip c = {audio.data, audio.frames, RATE};
        clip copy = clip_copy(&c, 0, c.n);
        tb_audio_clear(&audio);
        clip_list_add(&all,
                      loop && c.n < 20 * RATE ? played_on(copy, 20) : copy);
    }
    tb_corpus_free(corpus);
    ladder l = climb_all(&all, seeds);
    print_ladder(&l, folder);
    clip_list_free(&all);
    return 0;
}
