/* Allocation i fails, for every i, over each function that allocates: nothing
   crashes, nothing leaks and the failure is told. */
#include "base/memory.h"
#include "corpus/tracks.h"
#include "failing.h"
#include "judge/entropy.h"
#include "latent.h"
#include "models/base_checkpoint.h"
#include "models/nearest.h"
#include "run/log.h"
#include "run/run_folder.h"
#include "run/trainings.h"
#include "settled.h"
#include "sounds.h"
#include "toy.h"
#include "train/encoded.h"
#include "train/gather.h"

#include <unistd.h>

/* ---- what is tried; true when it succeeded ---- */

static tb_corpus *corpus;
static tb_cache *cache;
static const tb_cache_settings mono = {.sample_rate = 8000, .channels = 1};
static tb_region regions[2] = {{0, 0, 2000}, {1, 0, 2000}};

static bool find(void)
{
    tb_corpus *found;
    const char *paths[] = {in_folder("sounds")};
    tb_status status = tb_corpus_find(paths, 1, &found, NULL);
    bool good = status == TB_OK && found->count == 2;
    tb_corpus_free(found);
    return good;
}

/* Decodes anew each time. */
static bool decode(void)
{
    remove_tree(in_folder("other"));
    setenv("TIMBREL_CACHE", in_folder("other"), 1);
    tb_cache *made = tb_cache_open(corpus, &mono, NULL, NULL);
    bool good = made != NULL;
    tb_cache_close(made);
    setenv("TIMBREL_CACHE", in_folder("cache"), 1);
    return good;
}

static bool reopen(void)
{
    tb_cache *made = tb_cache_open(corpus, &mono, NULL, NULL);
    bool good = made != NULL;
    tb_cache_close(made);
    return good;
}

static bool sample(void)
{
    float frames[4 * 300];
    bool reset[4];
    tb_tracks_settings s = {.batch = 4,
                            .window = 100,
                            .context = 10,
                            .piece = 400,
                            .oversampling = 9};
    tb_tracks *tracks = tb_tracks_new(cache, regions, 2, &s, NULL);
    bool good = tracks != NULL;
    for (int i = 0; good && i < 120; i++)
        good = tb_tracks_next(tracks, frames, reset, NULL) == TB_OK;
    tb_tracks_free(tracks);
    return good;
}

static bool hold_out(void)
{
    tb_holdout h;
    int64_t frames[] = {8000 * 200, 8000};
    bool good = tb_holdout_make(frames, 2, 8000, 0.05, -1, &h, NULL) == TB_OK;
    tb_holdout_clear(&h);
    return good;
}

static bool entropy(void)
{
    tb_holdout h = {regions, NULL, 2, 0, 4000, 0};
    tb_entropy_bits bits;
    tb_mulaw law;
    tb_mulaw_init(&law, 256, 1, NULL);
    return tb_entropy_of_corpus(cache, &h, &law, 0, &bits, NULL) == TB_OK;
}

static bool keep_log(void)
{
    static const char *const columns[] = {"step", "loss", "score"};
    double values[] = {1, 2};
    tb_log_table table;
    unlink(in_folder("log.csv"));
    tb_log *log = tb_log_open(in_folder("log.csv"), columns, 2, 0, NULL);
    bool good = log && tb_log_add(log, values, NULL) == TB_OK;
    tb_log_close(log);
    log = good ? tb_log_open(in_folder("log.csv"), columns, 3, 1, NULL) : NULL;
    good = good && log != NULL;
    tb_log_close(log);
    good = good && tb_log_read(in_folder("log.csv"), &table, NULL) == TB_OK;
    if (good)
        tb_log_table_clear(&table);
    return good;
}

static bool keep_run(void)
{
    tb_run_note note = {"network", "freqnet"};
    tb_run_source source = {"/a/b.wav", 1, 2};
    tb_run_description what = {&note, 1, NULL, 0, &source, 1};
    remove_tree(in_folder("run"));
    tb_run *run = tb_run_create(in_folder("run"), false, NULL);
    bool good = run && tb_run_describe(run, &what, NULL) == TB_OK;
    tb_run_close(run);
    tb_ini *ini = good ? tb_run_read(in_folder("run"), NULL) : NULL;
    good = ini && tb_ini_get(ini, "run", "network");
    tb_ini_free(ini);
    return good;
}

static tb_status nothing(const void *config, tb_params *params, const double *x,
                         int64_t n, uint64_t seed, tb_error *error)
{
    (void)config;
    (void)params;
    (void)n;
    (void)seed;
    (void)error;
    return x ? TB_OK : TB_ERR_MEMORY;
}

/* Two objectives, a buffer and a hook; one reads what the other makes, in steps
   of its own if that one carries nothing, and on held-out sound. */
static bool learn_with(bool carries)
{
    const float frames[2 * FRAMES] = {0.5f};
    toy_config c = new_config();
    tb_step_report report;
    c.chained = c.tested = true;
    c.carries = carries;
    c.written = "b.mean";
    c.program.phase[0].turn[0] = (tb_phase_turn){0, 2, 1};
    c.program.hook_count = 1;
    c.program.hook[0] =
        (tb_hook){"start", TB_HOOK_START, 0, 1, NULL, nothing, NULL};
    tb_trainer_settings s = settings_of(&c, 1, 2);
    s.test_rows = 1;
    tb_trainer *t = tb_trainer_new(&s, NULL);
    bool good = t && settled_step(t, &(tb_batch){{frames}, NULL}, &report,
                                  NULL) == TB_OK;
    tb_trainer_free(t);
    return good;
}

static bool learn(void)
{
    return learn_with(true);
}

static bool learn_given(void)
{
    return learn_with(false);
}

static void try_all(bool (*what)(void), const char *name)
{
    fail_each(what, name, 1, 2000);
}

/* ---- what stands on a checkpoint ---- */

static const tb_instrument *const more[] = {&boxes_instrument,
                                            &prior_instrument, NULL};

/* A checkpoint of fresh weights. */
static bool make_base(void)
{
    boxes config = {8000};
    tb_graph *g = tb_instrument_declare(&boxes_instrument, &config, NULL, NULL);
    const tb_graph *graphs[] = {g};
    tb_checkpoint c = {.instrument = &boxes_instrument, .config = &config};
    c.params = tb_params_new(1, graphs, sizeof(float), NULL);
    tb_instrument_init(&boxes_instrument, &config, c.params, 1);
    tb_status status = tb_checkpoint_save(in_folder("base.safetensors"), &c,
                                          NULL, 0, NULL, NULL);
    tb_params_free(c.params);
    tb_graph_free(g);
    return status == TB_OK;
}

static bool stand_on(void)
{
    prior config = {.numbers = 1};
    tb_checkpoint *base;
    snprintf(config.base, sizeof config.base, "%s",
             in_folder("base.safetensors"));
    tb_status status =
        tb_base_open(&prior_instrument, &config, 0, NULL, &base, NULL);
    tb_base_close(base);
    return status == TB_OK;
}

static tb_checkpoint stood_on;

/* Anew each time. */
static bool encode(void)
{
    const tb_feed feed = {.name = "numbers",
                          .kind = TB_FEED_METHOD,
                          .method = "encode",
                          .of = &stood_on,
                          .symbols = boxes_symbols(NULL)};
    tb_cache *made = tb_encoded_open(&feed, cache, corpus, NULL, NULL);
    bool good = made != NULL;
    if (made)
        unlink(tb_cache_path(made));
    tb_cache_close(made);
    return good;
}

static bool list_trainings(void)
{
    char **names;
    int count;
    bool good =
        tb_run_trainings(in_folder("one"), &names, &count, NULL) == TB_OK;
    good &= !good || count == 2;
    tb_run_trainings_free(names, count);
    return good;
}

/* A run that nothing learns in. */
static bool gather(void)
{
    tb_job job;
    tb_gathered gathered = {0};
    tb_settings_part parts[TB_JOB_PARTS];
    remove_tree(in_folder("gathered"));
    tb_status status = tb_job_init(&job, &tb_nearest_instrument, NULL);
    if (!status) {
        tb_job_parts(&job, parts);
        tb_settings_assign(parts, TB_JOB_PARTS, "sample_rate=8000", NULL);
        tb_settings_assign(parts, TB_JOB_PARTS, "match=0.03", NULL);
        status = tb_job_add_path(&job, in_folder("sounds"), NULL);
    }
    job.folder = status ? NULL : malloc(4096);
    if (job.folder)
        snprintf(job.folder, 4096, "%s", in_folder("gathered"));
    else
        status = TB_ERR_MEMORY;
    if (!status)
        status = tb_gather(&job, NULL, &gathered, NULL);
    tb_gathered_clear(&gathered);
    tb_job_clear(&job);
    return status == TB_OK;
}

/* What somebody makes of the same sounds who has learned nothing. */
static tb_status gather_for(const tb_task *task)
{
    const tb_data data = {.corpus = corpus,
                          .cache = cache,
                          .format = {8000, 1},
                          .holdout = {.training = regions,
                                      .training_count = 2,
                                      .training_frames = 4000}};
    return tb_gather_baseline(&data, 60, in_folder("baseline.safetensors"),
                              task, NULL);
}

static bool gather_baseline(void)
{
    return gather_for(NULL) == TB_OK;
}

static tb_status gather_late(tb_task *task, void *context, tb_error *error)
{
    (void)context, (void)error;
    while (!tb_task_is_stopped(task))
        ;
    return gather_for(task);
}

/* Somebody who has had enough does not wait for it. */
static void check_stopped_baseline(void)
{
    tb_task *task = tb_task_start(gather_late, NULL, NULL);
    unlink(in_folder("baseline.safetensors"));
    tb_task_stop(task);
    EQ(tb_task_finish(task, NULL), TB_ERR_STOPPED);
    OK(access(in_folder("baseline.safetensors"), F_OK) != 0);
}

int main(void)
{
    enter_folder();
    mkdir(in_folder("sounds"), 0777);
    write_sine(in_folder("sounds/a.wav"), 8000, 1, 2000, 20);
    write_sine(in_folder("sounds/b.wav"), 8000, 1, 2000, 30);
    const char *paths[] = {in_folder("sounds")};
    if (tb_corpus_find(paths, 1, &corpus, NULL))
        return 1;
    cache = tb_cache_open(corpus, &mono, NULL, NULL);
    try_all(find, "find");
    try_all(decode, "decode");
    try_all(reopen, "reopen");
    try_all(sample, "sample");
    try_all(hold_out, "hold out");
    try_all(entropy, "entropy");
    try_all(keep_log, "log");
    try_all(keep_run, "run");
    OK_NAMED(learn(), "what a backend keeps for good is there");
    try_all(learn, "learn");
    try_all(learn_given, "learn from what is given");
    tb_instruments_add(more);
    OK(make_base() &&
       !tb_checkpoint_open(in_folder("base.safetensors"), &stood_on, NULL));
    try_all(stand_on, "stand on a checkpoint");
    OK_NAMED(encode(), "what a backend keeps for good is there");
    try_all(encode, "encode");
    OK_NAMED(gather(), "recordings are kept");
    try_all(gather, "gather");
    OK_NAMED(gather_baseline(), "recordings are kept beside a training");
    try_all(gather_baseline, "gather beside a training");
    check_stopped_baseline();
    mkdir(in_folder("one"), 0777);
    mkdir(in_folder("one/b"), 0777);
    mkdir(in_folder("one/a"), 0777);
    fclose(fopen(in_folder("one/a/run.ini"), "w"));
    fclose(fopen(in_folder("one/b/run.ini"), "w"));
    try_all(list_trainings, "list trainings");
    tb_checkpoint_clear(&stood_on);
    tb_cache_close(cache);
    tb_corpus_free(corpus);
    return tap_done();
}
