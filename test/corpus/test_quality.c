/* What is wrong with recordings: silence, clipping, rates. */
#include "corpus/quality.h"
#include "sounds.h"
#include "tap.h"

#include <math.h>

/* A second of a tone that is cut off, one of silence, one of a soft tone. */
static float faulty_at(void *context, int frame, int channel)
{
    double x = sin(frame * 0.05);
    (void)context;
    (void)channel;
    if (frame < 8000)
        return (float)(2 * x > 1 ? 1 : 2 * x < -1 ? -1 : 2 * x);
    return frame < 16000 ? 0 : (float)(0.1 * x);
}

/* Two full samples in a row are no fault, and a loud tone is none. */
static float loud_at(void *context, int frame, int channel)
{
    (void)context;
    (void)channel;
    return frame % 100 < 2 ? 1 : (float)(0.99 * sin(frame * 0.05));
}

static float nothing_at(void *context, int frame, int channel)
{
    (void)context;
    return (float)(frame % 2 + channel) * 0.0005f;
}

static bool never(void *context, double done)
{
    (void)context;
    return done > 2;
}

/* Clipped samples of `faulty`, counted from its formula. */
static int clipped_in_faulty(void)
{
    int n = 0;
    for (int i = 0; i < 8000; i++)
        n += fabs(2 * sin(i * 0.05)) >= 1;
    return n;
}

static void check(const char *const *paths, int count, tb_quality *q)
{
    tb_error error = {0};
    tb_corpus *corpus;
    *q = (tb_quality){0};
    if (!OK(tb_corpus_find(paths, count, &corpus, &error) == TB_OK))
        return;
    EQ(tb_corpus_quality(corpus, NULL, NULL, q, &error), TB_OK);
    OK(count < 3 || (q->worst && strstr(q->worst, "faulty")));
    q->worst = NULL;
    EQ(tb_corpus_quality(corpus, never, NULL, &(tb_quality){0}, &error),
       TB_ERR_STOPPED);
    tb_corpus_free(corpus);
}

int main(void)
{
    char faulty[256], loud[256], silent[256];
    tb_quality q;
    enter_folder();
    snprintf(faulty, sizeof faulty, "%s", in_folder("faulty.wav"));
    snprintf(loud, sizeof loud, "%s", in_folder("loud.wav"));
    snprintf(silent, sizeof silent, "%s", in_folder("silent.wav"));
    write_wav(faulty, 8000, 1, 24000, faulty_at, NULL);
    write_wav(loud, 16000, 1, 16000, loud_at, NULL);
    write_wav(silent, 8000, 1, 8000, nothing_at, NULL);
    check((const char *const[]){faulty, loud, silent}, 3, &q);
    NEAR(q.seconds, 5, 1e-9);
    NEAR(q.silent_seconds, 2, 0.05);
    EQ(q.silent_files, 1);
    EQ(q.clipped_files, 1);
    NEAR((double)q.clipped, clipped_in_faulty(), 30);
    NEAR(q.lowest_rate, 8000, 0);
    NEAR(q.highest_rate, 16000, 0);
    check((const char *const[]){loud}, 1, &q);
    EQ(q.clipped, 0);
    EQ(q.clipped_files, 0);
    NEAR(q.silent_seconds, 0, 0);
    return tap_done();
}
