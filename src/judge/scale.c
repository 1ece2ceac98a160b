#include "judge/scale.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

/* Deviations between noise and real excerpts that a part needs to count. */
#define LEAST_SPAN 3
/* A trait that differs by this many deviations of the corpus's takes is as good
   as all wrong: without a limit the one in which noise differs most would be
   all that counts. */
#define LIMIT 4.0
/* And no take is further than this from the corpus: half of a sound that is
   nothing, as silence, makes half of it wrong, not all. */
#define FARTHEST_TAKE 6.0
/* Of a trait, where all takes are alike. */
#define LEAST_VARIANCE 1e-3

enum { MOST_PAIRS = 500 };

struct tb_score_scale {
    float (*compared)[TB_TRAITS]; /* [TB_SCALE_DRAWS]: means of what real
                                     excerpts are compared with */
    float centre[TB_TRAITS];      /* mean over the corpus's takes */
    float deviation[TB_TRAITS];   /* over the same */
    float weights[TB_TRAITS];
    double real[TB_PARTS][TB_SCALE_DRAWS]; /* distances, draw by draw */
    tb_part_score part[TB_PARTS];
    double real_low, real_high;
};

/* What one draw needs, for groups and takes. */
typedef struct tb_excerpt_draw {
    int *order;  /* [groups] */
    bool *drawn; /* [groups] */
    int *real;   /* [count]: takes of the drawn groups */
} tb_excerpt_draw;

static const float *numbers(const tb_traits *t)
{
    return (const float *)(const void *)t;
}

/* ---- distances ---- */

static double block_distance(const tb_score_scale *s, const tb_trait_block *b,
                             const float *mean, const float *compared)
{
    double sum = 0;
    for (int i = b->first; i < b->first + b->count; i++) {
        double z = (mean[i] - compared[i]) / s->deviation[i];
        sum += s->weights[i] * z * z / (1 + z * z / (LIMIT * LIMIT));
    }
    return sum;
}

/* The root of the mean of the part's blocks. */
static double distance(const tb_score_scale *s, tb_part part, const float *mean,
                       const float *compared)
{
    double sum = 0;
    int blocks = 0;
    for (int b = 0; b < TB_TRAIT_BLOCKS; b++)
        if (tb_trait_blocks[b].part == part) {
            sum += block_distance(s, &tb_trait_blocks[b], mean, compared);
            blocks++;
        }
    return sqrt(sum / blocks);
}

/* Of `count` values; changes their order. */
static double quantile(double *x, int count, double share)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && x[j] < x[j - 1]; j--) {
            double keep = x[j];
            x[j] = x[j - 1];
            x[j - 1] = keep;
        }
    double at = share * (count - 1);
    int low = (int)at < count - 1 ? (int)at : count - 2;
    return count > 1 ? x[low] + (at - low) * (x[low + 1] - x[low]) : x[0];
}

static double median_of(const double *x, int count)
{
    double copy[TB_SCALE_DRAWS];
    memcpy(copy, x, (size_t)count * sizeof *x);
    return quantile(copy, count, 0.5);
}

static double deviation_of(const double *x, int count)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < count; i++)
        mean += x[i] / count;
    for (int i = 0; i < count; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (count > 1 ? count - 1 : 1));
}

static double on_scale(const tb_part_score *p, double distance)
{
    double score = (distance - p->real) / (p->noise - p->real);
    return fmin(fmax(score, -1), 1);
}

/* ---- draws ---- */

static void shuffle(tb_rng *rng, int *order, int n)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)tb_rng_below(rng, (uint64_t)i + 1), keep = order[i];
        order[i] = order[j];
        order[j] = keep;
    }
}

static int takes_of_drawn(const tb_takes *t, tb_excerpt_draw *d)
{
    int count = 0;
    for (int i = 0; i < t->count; i++)
        if (d->drawn[t->take[i].group])
            d->real[count++] = i;
    return count;
}

/* Groups by chance until they hold as many takes as are judged or half of all;
   one at least stays to be compared with. */
static int draw_groups(const tb_takes *t, tb_excerpt_draw *d, int judged,
                       tb_rng *rng)
{
    int count = 0;
    shuffle(rng, d->order, t->groups);
    memset(d->drawn, 0, (size_t)t->groups * sizeof *d->drawn);
    for (int g = 0; g + 1 < t->groups; g++) {
        d->drawn[d->order[g]] = true;
        count = takes_of_drawn(t, d);
        if (count >= judged || 2 * (count + 1) >= t->count)
            break;
    }
    return count;
}

static void add_traits(const tb_score_scale *s, float *mean,
                       const tb_traits *traits, double share)
{
    const float *x = numbers(traits);
    for (int i = 0; i < TB_TRAITS; i++) {
        double most = FARTHEST_TAKE * s->deviation[i];
        double away = fmin(fmax(x[i] - s->centre[i], -most), most);
        mean[i] += (float)((s->centre[i] + away) * share);
    }
}

/* The mean of `judged` of the `count` takes that `from` names (null: all), none
   twice as long as there are enough. */
static void mean_of_some(const tb_score_scale *s, const tb_traits *traits,
                         int *from, int count, int judged, tb_rng *rng,
                         float *mean)
{
    memset(mean, 0, TB_TRAITS * sizeof *mean);
    for (int k = 0; k < judged; k++) {
        int i = k % count;
        int j = i + (int)tb_rng_below(rng, (uint64_t)(count - i));
        int keep = from[i];
        from[i] = from[j];
        from[j] = keep;
        add_traits(s, mean, &traits[from[i]], 1.0 / judged);
    }
}

static void mean_of_rest(const tb_score_scale *s, const tb_takes *t,
                         const tb_traits *traits, const tb_excerpt_draw *d,
                         int drawn, float *mean)
{
    memset(mean, 0, TB_TRAITS * sizeof *mean);
    for (int i = 0; i < t->count; i++)
        if (!d->drawn[t->take[i].group])
            add_traits(s, mean, &traits[i], 1.0 / (t->count - drawn));
}

static void measure_deviations(tb_score_scale *s, const tb_traits *traits,
                               int count)
{
    for (int i = 0; i < TB_TRAITS; i++) {
        double mean = 0, sum = 0;
        for (int k = 0; k < count; k++)
            mean += numbers(&traits[k])[i] / (double)count;
        for (int k = 0; k < count; k++) {
            double d = numbers(&traits[k])[i] - mean;
            sum += d * d / (double)count;
        }
        s->centre[i] = (float)mean;
        s->deviation[i] = (float)sqrt(sum + LEAST_VARIANCE);
    }
}

/* ---- the scale ---- */

typedef struct tb_drawing {
    const tb_takes *takes;
    const tb_traits *traits, *noise;
    int noises, judged;
    int *noise_order; /* [noises] */
    tb_excerpt_draw draw;
    double noise_distance[TB_PARTS][TB_SCALE_DRAWS];
} tb_drawing;

static void draw_once(tb_score_scale *s, tb_drawing *d, int k, tb_rng *rng)
{
    float real[TB_TRAITS], noise[TB_TRAITS];
    int drawn = draw_groups(d->takes, &d->draw, d->judged, rng);
    mean_of_rest(s, d->takes, d->traits, &d->draw, drawn, s->compared[k]);
    mean_of_some(s, d->traits, d->draw.real, drawn, d->judged, rng, real);
    shuffle(rng, d->noise_order, d->noises);
    mean_of_some(s, d->noise, d->noise_order, d->noises, d->judged, rng, noise);
    for (int p = 0; p < TB_PARTS; p++) {
        s->real[p][k] = distance(s, (tb_part)p, real, s->compared[k]);
        d->noise_distance[p][k] =
            distance(s, (tb_part)p, noise, s->compared[k]);
    }
}

/* Where the draws' own real excerpts lie. */
static void measure_real(tb_score_scale *s)
{
    double score[TB_SCALE_DRAWS];
    for (int k = 0; k < TB_SCALE_DRAWS; k++) {
        double sum = 0;
        int parts = 0;
        for (int p = 0; p < TB_PARTS; p++)
            if (!s->part[p].left_out) {
                sum += on_scale(&s->part[p], s->real[p][k]);
                parts++;
            }
        score[k] = parts ? sum / parts : 0;
    }
    s->real_low = quantile(score, TB_SCALE_DRAWS, 0.1);
    s->real_high = quantile(score, TB_SCALE_DRAWS, 0.9);
}

static void make_scale(tb_score_scale *s, tb_drawing *d, uint64_t seed)
{
    tb_rng rng = {.seed = seed};
    measure_deviations(s, d->traits, d->takes->count);
    for (int k = 0; k < TB_SCALE_DRAWS; k++)
        draw_once(s, d, k, &rng);
    for (int i = 0; i < TB_PARTS; i++) {
        tb_part_score *p = &s->part[i];
        p->real = median_of(s->real[i], TB_SCALE_DRAWS);
        p->noise = median_of(d->noise_distance[i], TB_SCALE_DRAWS);
        p->deviation = deviation_of(s->real[i], TB_SCALE_DRAWS);
        p->left_out = !(p->noise - p->real > LEAST_SPAN * p->deviation);
        p->score = p->distance = NAN;
    }
    measure_real(s);
}

tb_score_scale *tb_score_scale_new(const tb_takes *takes,
                                   const tb_traits *traits,
                                   const tb_traits *noise, int noises,
                                   int judged, const float *weights,
                                   uint64_t seed, tb_error *error)
{
    if (takes->groups < 2 || noises < 1 || judged < 1) {
        tb_fail(error, TB_ERR_ARGUMENT,
                "The corpus is too short to score sounds by: there is nothing "
                "in it to compare its own excerpts with. Add recordings.");
        return NULL;
    }
    tb_drawing d = {takes, traits, noise, noises, judged, NULL, {0}, {{0}}};
    tb_score_scale *s = tb_alloc(sizeof *s);
    size_t groups = (size_t)takes->groups, count = (size_t)takes->count;
    d.draw.order = tb_alloc_array(groups, sizeof *d.draw.order);
    d.draw.drawn = tb_alloc_array(groups, sizeof *d.draw.drawn);
    d.draw.real = tb_alloc_array(count, sizeof *d.draw.real);
    d.noise_order = tb_alloc_array((size_t)noises, sizeof *d.noise_order);
    if (s)
        s->compared = tb_alloc_array(TB_SCALE_DRAWS, sizeof *s->compared);
    if (s && s->compared && d.draw.order && d.draw.drawn && d.draw.real &&
        d.noise_order) {
        memcpy(s->weights, weights, sizeof s->weights);
        make_scale(s, &d, seed);
    } else {
        tb_fail_memory(error);
        tb_score_scale_free(s);
        s = NULL;
    }
    tb_free(d.draw.order);
    tb_free(d.draw.drawn);
    tb_free(d.draw.real);
    tb_free(d.noise_order);
    return s;
}

void tb_score_scale_free(tb_score_scale *s)
{
    if (!s)
        return;
    tb_free(s->compared);
    tb_free(s);
}

void tb_score_scale_score(const tb_score_scale *s, const tb_traits *traits,
                          int count, tb_score *score)
{
    float mean[TB_TRAITS] = {0};
    double sum = 0;
    int parts = 0;
    for (int i = 0; i < count; i++)
        add_traits(s, mean, &traits[i], 1.0 / count);
    score->score = NAN;
    score->real_low = s->real_low;
    score->real_high = s->real_high;
    for (int i = 0; i < TB_PARTS; i++) {
        tb_part_score *p = &score->part[i];
        double d[TB_SCALE_DRAWS];
        *p = s->part[i];
        for (int k = 0; k < TB_SCALE_DRAWS; k++)
            d[k] = distance(s, (tb_part)i, mean, s->compared[k]);
        p->distance = median_of(d, TB_SCALE_DRAWS);
        if (p->left_out)
            continue;
        p->score = on_scale(p, p->distance);
        sum += p->score;
        parts++;
    }
    if (parts)
        score->score = sum / parts;
}

/* ---- how far takes lie apart ---- */

static double apart(const tb_score_scale *s, const tb_traits *a,
                    const tb_traits *b)
{
    double sum = 0;
    int parts = 0;
    for (int i = 0; i < TB_PARTS; i++)
        if (!s->part[i].left_out) {
            sum += distance(s, (tb_part)i, numbers(a), numbers(b));
            parts++;
        }
    return parts ? sum / parts : NAN;
}

double tb_score_scale_spread(const tb_score_scale *s, const tb_takes *t,
                             const tb_traits *traits)
{
    double pair[MOST_PAIRS];
    int64_t pairs = (int64_t)t->count * (t->count - 1) / 2, number = 0;
    int64_t step = (pairs + MOST_PAIRS - 1) / MOST_PAIRS;
    int n = 0;
    for (int i = 0; i < t->count; i++)
        for (int k = 0; k < i; k++)
            if (number++ % step == 0 && t->take[i].group != t->take[k].group)
                pair[n++] = apart(s, &traits[i], &traits[k]);
    return n ? quantile(pair, n, 0.5) : NAN;
}
