/* Budgets: rates that reach their end when the time is over, whatever the
   machine does; that fall when nothing gets better; that are brought to their
   end from wherever they stand. All of it goes on bit for bit. */
#define TINY_UNITS 6
#include "tiny.h"

#include "models/rave.h"
#include "models/samplernn.h"
#include "sounds.h"
#include "tap.h"
#include "train/budget.h"
#include "train/pace.h"
#include "train/training.h"
#include "trained.h"

/* ---- rates ---- */

static const tb_rate_schedule cosine = {
    .kind = TB_SCHEDULE_COSINE, .rate = 0.01, .final = 0.02, .steps = 100};

static double rate_at(const tb_rate_schedule *s, const tb_round *r,
                      const tb_plateau *p, int64_t step, int64_t steps)
{
    tb_rate_pace pace = tb_round_pace(r, p, s, step, steps);
    return pace.factor * (pace.share < 0 ? tb_schedule_rate(s, step)
                                         : tb_schedule_at(s, pace.share));
}

static void test_seconds(void)
{
    const tb_plateau none = {0};
    tb_round r = {.seconds = 60};
    NEAR(rate_at(&cosine, &r, &none, 0, 0), 0.01, 0);
    r.used = 30;
    NEAR(rate_at(&cosine, &r, &none, 5, 0), 0.0051, 1e-15);
    NEAR(rate_at(&cosine, &r, &none, 5000, 0), 0.0051, 1e-15);
    OK(!tb_round_is_over(&r));
    NEAR(rate_at(&cosine, &r, &none, 75, 100), tb_schedule_at(&cosine, 0.75),
         0);
    r.used = 60;
    OK(tb_round_is_over(&r));
    NEAR(rate_at(&cosine, &r, &none, 6, 0), 0.0002, 1e-15);
    r.used = 1e9;
    NEAR(rate_at(&cosine, &r, &none, 6, 0), 0.0002, 1e-15);
}

static void test_steps(void)
{
    const tb_plateau none = {0};
    const tb_round r = {0};
    for (int64_t i = 0; i <= 100; i += 7)
        OK(rate_at(&cosine, &r, &none, i, 100) == tb_schedule_rate(&cosine, i));
    tb_rate_schedule cycle = {TB_SCHEDULE_ONE_CYCLE, 1, 0, 0.25, 10, 100, 8};
    NEAR(tb_schedule_at(&cycle, 0), 0.1, 1e-15);
    NEAR(tb_schedule_at(&cycle, 0.25), 1, 1e-15);
    NEAR(tb_schedule_at(&cycle, 1), 0.001, 1e-15);
    cycle.rise = 0;
    NEAR(tb_schedule_at(&cycle, 0), 1, 1e-15);
    cycle.rise = 1;
    NEAR(tb_schedule_at(&cycle, 1), 1, 1e-15);
}

static void test_finish(void)
{
    const tb_plateau fallen = {.falls = 1};
    tb_rate_schedule flat = {
        .kind = TB_SCHEDULE_PLATEAU, .rate = 0.01, .final = 0.02};
    const tb_round open = {0};
    tb_rate_pace now = tb_round_pace(&open, &fallen, &flat, 50, 0);
    NEAR(rate_at(&flat, &open, &fallen, 50, 0), 0.003, 1e-15);
    tb_round r = tb_round_finish(&now, 0, 10, 50, 0);
    NEAR(rate_at(&flat, &r, &fallen, 50, 0), 0.003, 1e-15);
    NEAR(rate_at(&flat, &r, &fallen, 55, 0), 0.0016, 1e-15);
    NEAR(rate_at(&flat, &r, &fallen, 60, 0), 0.0002, 1e-15);
    now = tb_round_pace(&r, &fallen, &flat, 55, 0);
    tb_round again = tb_round_finish(&now, 30, 0, 55, 0);
    NEAR(rate_at(&flat, &again, &fallen, 55, 0), 0.0016, 1e-15);
    again.used = 30;
    NEAR(rate_at(&flat, &again, &fallen, 99, 0), 0.0002, 1e-15);
    now = tb_round_pace(&again, &fallen, &flat, 99, 0);
    r = tb_round_finish(&now, 30, 0, 99, 0);
    NEAR(rate_at(&flat, &r, &fallen, 99, 0), 0.0002, 1e-15);
    r.used = 15;
    NEAR(rate_at(&flat, &r, &fallen, 99, 0), 0.0002, 1e-15);
}

/* In the middle of what was planned in steps. */
static void test_finish_planned(void)
{
    const tb_plateau none = {0};
    const tb_round planned = {0};
    tb_rate_pace now = tb_round_pace(&planned, &none, &cosine, 25, 100);
    tb_round r = tb_round_finish(&now, 0, 10, 25, 100);
    NEAR(rate_at(&cosine, &r, &none, 25, 0), tb_schedule_at(&cosine, 0.25), 0);
    NEAR(rate_at(&cosine, &r, &none, 35, 0), 0.0002, 1e-12);
    NEAR(rate_at(&cosine, &r, &none, 40, 0), 0.0002, 1e-12);
}

/* ---- falls ---- */

/* What became of the rate, an epoch a letter: f falls, e ends. */
static const char *follow(tb_plateau *p, const tb_metric *m, int64_t steps,
                          int count, const double *x)
{
    static char text[64];
    for (int i = 0; i < count; i++)
        text[i] = ".fe"[tb_plateau_follow(p, m, x[i], i + 1, steps)];
    text[count] = 0;
    return text;
}

static void test_plateau(void)
{
    const tb_metric bits = {.better = TB_LOWER_IS_BETTER};
    const tb_metric score = {.better = TB_HIGHER_IS_BETTER};
    const tb_metric other = {.better = TB_NEITHER_IS_BETTER};
    double x[16] = {6,   5,   5.1, 4.999, 5,   4.5, 4.5, 4.5,
                    4.5, 4.4, 4.4, 4.5,   4.4, 4.4, 4.4, 4.4};
    double up[16];
    tb_plateau p = {0};
    SAME_TEXT(follow(&p, &bits, 1000, 16, x), "....f...f...f..e");
    EQ(p.falls, 3);
    p = (tb_plateau){0};
    SAME_TEXT(follow(&p, &bits, 400, 16, x), "..............f.");
    for (int i = 0; i < 16; i++)
        up[i] = -x[i];
    p = (tb_plateau){0};
    SAME_TEXT(follow(&p, &score, 1000, 16, up), "....f...f...f..e");
    p = (tb_plateau){0};
    SAME_TEXT(follow(&p, &other, 1000, 16, x), "................");
    x[3] = NAN;
    p = (tb_plateau){0};
    SAME_TEXT(follow(&p, &bits, 1000, 5, x), "....f");
}

/* ---- plans ---- */

static const char *size_of(const tb_network_size *sizes, double hours,
                           bool timed, double material)
{
    return sizes[tb_budget_size(sizes, hours, timed, material)].name;
}

/* Two quiet cores hear 9.4 minutes in 17 s with the first size. */
static void test_sizes(void)
{
    static const struct {
        double minutes, material; /* minutes */
        const char *size;
    } rows[] = {{0.5, 9.4, "128 units with a small head"},
                {3, 9.4, "128 units"},
                {15, 9.4, "256 units"},
                {120, 9.4, "512 units"},
                {15, 1, "128 units"},
                {120, 0.2, "128 units with a small head"},
                {15, 60, "256 units"},
                {600, 2, "256 units"}};
    const tb_network_size *sizes =
        tb_instrument_named("samplernn", NULL)->sizes;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double hours = 0.85 * rows[i].minutes / 17 * 9.4;
        SAME_TEXT(size_of(sizes, hours, true, rows[i].material / 60),
                  rows[i].size);
    }
    SAME_TEXT(size_of(sizes, 1.3, false, 1), "256 units");
    SAME_TEXT(size_of(sizes, 1.3, true, 1), "128 units");
}

/* Sizes can be told apart, follow each other, and are possible. */
static void test_all_sizes(void)
{
    for (const tb_instrument *const *i = tb_instruments(); *i; i++) {
        const tb_network_size *s = (*i)->sizes;
        for (int k = 0; s && s[k].name; k++) {
            tb_job job;
            tb_error error = {0};
            OK(tb_job_init(&job, *i, &error) == TB_OK);
            tb_settings_part parts[TB_JOB_PARTS];
            tb_job_parts(&job, parts);
            for (const char *const *o = s[k].overrides; *o; o++)
                OK_NAMED(tb_settings_assign(parts, TB_JOB_PARTS, *o, &error) ==
                             TB_OK,
                         *o);
            OK_NAMED(tb_job_check(&job, &error) == TB_OK, error.text);
            OK(k ? s[k].wants > s[k - 1].wants && s[k].cost > s[k - 1].cost
                 : s[k].wants == 0 && s[k].cost == 1);
            tb_job_clear(&job);
        }
    }
}

static tb_job planned_for(const char *sounds, const char *const (*set_first)[2],
                          const char *const *kept, bool size)
{
    tb_job job;
    tb_error error = {0};
    tb_chosen chosen = {kept, 0, size};
    while (kept[chosen.count])
        chosen.count++;
    OK(tb_job_init(&job, tb_instrument_named("samplernn", NULL), &error) ==
       TB_OK);
    for (; (*set_first)[0]; set_first++)
        set(&job, (*set_first)[0], (*set_first)[1]);
    tb_job_add_path(&job, in_folder(sounds), &error);
    OK_NAMED(tb_budget_plan(&job, &chosen, &error) == TB_OK, error.text);
    return job;
}

static tb_job planned(const char *const (*set_first)[2],
                      const char *const *kept, bool size)
{
    return planned_for("a.wav", set_first, kept, size);
}

static void test_plans(void)
{
    static const char *const many[][2] = {{"epochs", "4000"}, {NULL, NULL}};
    static const char *const mine[][2] = {{"epochs", "4"},
                                          {"hidden", "64"},
                                          {"learning_rate", "0.01"},
                                          {"schedule", "plateau"},
                                          {NULL, NULL}};
    static const char *const none[][2] = {{NULL, NULL}};
    static const char *const timed[][2] = {
        {"minutes", "1e-3"}, {"sample_rate", "2000"}, {NULL, NULL}};
    static const char *const nothing[] = {NULL};
    static const char *const kept[] = {"hidden", "training.learning-rate",
                                       "schedule=plateau", NULL};
    tb_job job = planned(many, nothing, false);
    EQ(job.settings.schedule, TB_SCHEDULE_COSINE);
    EQ(job.settings.window, 512);
    SAME_TEXT(job.plan, "4000 epochs: 128 units with a small head, windows of "
                        "512 samples on 8 tracks, rate 0.002 falling to 2 %. "
                        "It learns fades and ways out of silence, since this "
                        "is mostly sustained sound.");
    tb_job_clear(&job);
    job = planned(mine, kept, false);
    EQ(job.settings.schedule, TB_SCHEDULE_PLATEAU);
    NEAR(job.settings.learning_rate, 0.01, 0);
    SAME_TEXT(job.plan, "4 epochs: windows of 512 samples on 8 tracks, rate "
                        "0.01, which falls when that helps. It learns fades "
                        "and ways out of silence, since this is mostly "
                        "sustained sound.");
    tb_job_clear(&job);
    job = planned(none, nothing, true);
    EQ(job.settings.schedule, TB_SCHEDULE_PLATEAU);
    EQ(job.settings.window, 256);
    OK(strncmp(job.plan, "For as long as it helps: windows of 256", 39) == 0);
    tb_job_clear(&job);
    job = planned(timed, nothing, false);
    EQ(job.settings.schedule, TB_SCHEDULE_COSINE);
    EQ(job.settings.batch, 4);
    OK(strncmp(job.plan, "0.001 minutes: 128 units with a small head", 42) ==
       0);
    OK(strstr(job.plan, "For 128 units this is too little sound."));
    tb_job_clear(&job);
}

/* A RAVE that hears little is told so by its plan, whatever its preset, but
   for what was chosen; one that begins with another's weights keeps what these
   were learned by. */
static void test_rave(void)
{
    static const char *const kept[] = {"divergence=0.3", NULL};
    tb_rave with = {.latent_kind = TB_RAVE_WASSERSTEIN};
    tb_job job;
    tb_error error = {0};
    const tb_instrument *rave = tb_instrument_named("rave", NULL);
    OK(!rave->budget(&with, 1e4) && rave->budget(&with, 1));
    OK(!strstr(rave->budget(&with, 1)[1], "divergence"));
    for (int i = 0; i < 3; i++) {
        tb_settings_part parts[TB_JOB_PARTS];
        tb_chosen chosen = {kept, i == 1, true};
        OK(tb_job_init(&job, rave, &error) == TB_OK);
        tb_job_parts(&job, parts);
        EQ(tb_settings_preset(parts, TB_JOB_PARTS, "raspberry", &error), TB_OK);
        tb_job_add_path(&job, in_folder("a.wav"), &error);
        set(&job, "epochs", "2");
        set(&job, "divergence", "0.3");
        set(&job, "capacity", "2");
        if (i == 2)
            set(&job, "from", "somewhere");
        OK_NAMED(tb_budget_plan(&job, &chosen, &error) == TB_OK, error.text);
        const tb_rave *c = job.config;
        EQ(job.settings.batch, 2);
        EQ(job.settings.window, 65536);
        OK(i ? c->divergence == 0.3 : c->divergence < 0.01);
        OK(strstr(job.usual, "The usual 1000000 steps") &&
           strstr(job.usual, "--from"));
        OK(strstr(job.plan, "adversarial begins when 67 %"));
        tb_job_clear(&job);
    }
}

/* Trainings begin with 16-bit sound; a run.ini that says nothing of it is of a
   run that knew levels alone. */
static void test_first_output(void)
{
    static const char *const names[] = {"samplernn", "wavenet"};
    tb_job job;
    tb_error error = {0};
    for (int i = 0; i < 2; i++) {
        OK(tb_job_init(&job, tb_instrument_named(names[i], NULL), &error) ==
           TB_OK);
        EQ(((tb_sample_levels *)job.config)->output,
           TB_SAMPLE_OUTPUT_LOGISTICS);
        tb_job_clear(&job);
        OK(mkdir(in_folder(names[i]), 0777) == 0);
        char path[64];
        snprintf(path, sizeof path, "%s/run.ini", names[i]);
        FILE *ini = fopen(in_folder(path), "w");
        fprintf(ini, "[run]\nnetwork = %s\n", names[i]);
        fclose(ini);
        OK_NAMED(tb_job_read(&job, in_folder(names[i]), &error) == TB_OK,
                 error.text);
        EQ(((tb_sample_levels *)job.config)->output, TB_SAMPLE_OUTPUT_LEVELS);
        tb_job_clear(&job);
    }
}

/* What learns by heart ends before the time does. */
static void test_by_heart(void)
{
    static const char *const one[] = {NULL};
    static const tb_network_size sizes[] = {{"tiny", one, 1, 0, 7, NULL},
                                            {NULL, NULL, 0, 0, 0, NULL}};
    static const char *const epochs[] = {"epochs"};
    tb_instrument own = tiny_instrument;
    tb_job job;
    tb_error error = {0};
    own.sizes = sizes;
    OK(tb_job_init(&job, &own, &error) == TB_OK);
    tb_job_add_path(&job, in_folder("a.wav"), &error);
    set(&job, "minutes", "1000");
    tb_chosen chosen = {epochs, 1, false};
    OK_NAMED(tb_budget_plan(&job, &chosen, &error) == TB_OK, error.text);
    EQ(job.settings.epochs, 0);
    chosen.count = 0;
    OK_NAMED(tb_budget_plan(&job, &chosen, &error) == TB_OK, error.text);
    EQ(job.settings.epochs, 7);
    OK(strstr(job.plan, "It ends after 7: more would be learned by heart."));
    tb_job_clear(&job);
}

/* Labels are learned in levels, unless somebody wants something else. */
static void test_labels(void)
{
    static const char *const labels[][2] = {
        {"labels", "a,b"}, {"epochs", "4"}, {NULL, NULL}};
    static const char *const given[] = {"labels", NULL};
    static const char *const fine[] = {"labels", "output=logistics", NULL};
    tb_job job = planned(labels, given, false);
    EQ(((tb_sample_levels *)job.config)->output, TB_SAMPLE_OUTPUT_LEVELS);
    OK_NAMED(strstr(job.plan, "in levels, since labels are followed less"),
             job.plan);
    tb_job_clear(&job);
    job = planned(labels, fine, false);
    EQ(((tb_sample_levels *)job.config)->output, TB_SAMPLE_OUTPUT_LOGISTICS);
    OK(!strstr(job.plan, "levels"));
    tb_job_clear(&job);
}

/* A tone sustains, hits do not; what somebody chose stays. */
static void test_sustained(void)
{
    static const char *const short_one[][2] = {{"epochs", "4"}, {NULL, NULL}};
    static const char *const long_one[][2] = {{"epochs", "60"}, {NULL, NULL}};
    static const char *const mine[][2] = {
        {"epochs", "4"}, {"stuck", "0"}, {NULL, NULL}};
    static const char *const begun[][2] = {
        {"from", "somewhere"}, {"epochs", "4"}, {NULL, NULL}};
    static const char *const nothing[] = {NULL};
    static const char *const kept[] = {"stuck=0", NULL};
    static const char *const fine[] = {"output=logistics", NULL};
    tb_job job = planned(short_one, nothing, false);
    tb_sample_levels *sound = job.config;
    EQ(sound->adaptive_guess, 0);
    NEAR(job.settings.stuck, 0.5, 0);
    NEAR(job.settings.softer, 24, 0);
    tb_job_clear(&job);
    job = planned_for("long.wav", long_one, nothing, false);
    sound = job.config;
    EQ(sound->adaptive_guess, 16);
    OK(sound->tell_noise);
    tb_job_clear(&job);
    job = planned(mine, kept, false);
    NEAR(job.settings.stuck, 0, 0);
    NEAR(job.settings.softer, 24, 0);
    tb_job_clear(&job);
    job = planned(begun, nothing, false);
    sound = job.config;
    EQ(sound->adaptive_guess, 0);
    NEAR(job.settings.stuck, 0.5, 0);
    tb_job_clear(&job);
    job = planned(short_one, fine, false);
    NEAR(job.settings.stuck, 0, 0);
    tb_job_clear(&job);
    job = planned(short_one, nothing, true);
    NEAR(job.settings.stuck, 0, 0);
    tb_job_clear(&job);
    job = planned_for("hits.wav", short_one, nothing, false);
    sound = job.config;
    EQ(sound->adaptive_guess, 0);
    NEAR(job.settings.stuck, 0, 0);
    OK(!strstr(job.plan, "sustained"));
    tb_job_clear(&job);
}

/* Weights that are begun with have their size, and say what they say. */
static void test_from(void)
{
    static const char *const begun[][2] = {{"labels", "a,b"},
                                           {"hidden", "77"},
                                           {"from", "somewhere"},
                                           {"epochs", "4"},
                                           {NULL, NULL}};
    static const char *const given[] = {"labels", NULL};
    tb_job job = planned(begun, given, false);
    EQ(((tb_samplernn *)job.config)->hidden.at[0], 77);
    EQ(((tb_samplernn *)job.config)->sound.output, TB_SAMPLE_OUTPUT_LOGISTICS);
    EQ(job.settings.window, 512);
    OK(strstr(job.plan, "windows of 512") && !strstr(job.plan, "units"));
    tb_job_clear(&job);
}

/* ---- trainings by another clock ---- */

/* A clock that goes on with each step, slower after so many. */
typedef struct watched {
    const char *folder;
    int steps, slow_after, stop_at; /* 0: never */
    double clock;
    char notes[4000];
} watched;

static void on_event(void *context, const tb_training_event *e)
{
    watched *w = context;
    if (e->kind == TB_EVENT_NOTE)
        strncat(w->notes, e->text, sizeof w->notes - strlen(w->notes) - 1);
    if (e->kind != TB_EVENT_STEP)
        return;
    w->steps++;
    w->clock += w->slow_after && w->steps > w->slow_after ? 2 : 1;
}

static bool on_stop(void *context)
{
    const watched *w = context;
    return w->stop_at > 0 && w->steps >= w->stop_at;
}

static double on_clock(void *context)
{
    return ((const watched *)context)->clock;
}

static tb_status run(watched *w, const tb_job *job)
{
    const tb_training_watch watch = {on_event, on_stop, w, on_clock};
    tb_error error = {0};
    w->notes[0] = 0;
    tb_training *t = tb_training_new(job, &watch, &error);
    tb_status status = t ? tb_training_run(t, &error) : error.status;
    if (status && status != TB_ERR_STOPPED)
        fprintf(stderr, "# %s\n", error.text);
    tb_training_free(t);
    return status;
}

/* An epoch has 60 steps, if they are of 400 samples. */
static tb_status begin(watched *w, const char *const (*more)[2])
{
    static const char *const small[][2] = {{"batch", "1"}, {"window", "400"},
                                           {"piece", "2"}, {"examples", "0"},
                                           {"seed", "11"}, {"average", "0.9"}};
    tb_job job;
    tb_error error;
    OK(tb_job_init(&job, &tiny_instrument, &error) == TB_OK);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        set(&job, small[i][0], small[i][1]);
    for (; (*more)[0]; more++)
        set(&job, (*more)[0], (*more)[1]);
    tb_job_add_path(&job, in_folder("a.wav"), &error);
    job.folder = strdup(in_folder(w->folder));
    tb_status status = run(w, &job);
    tb_job_clear(&job);
    return status;
}

static tb_status go_on(watched *w)
{
    tb_job job;
    tb_error error;
    OK(tb_job_read(&job, in_folder(w->folder), &error) == TB_OK);
    tb_status status = run(w, &job);
    tb_job_clear(&job);
    return status;
}

static tb_status finish(watched *w, double minutes, int epochs)
{
    tb_job job;
    tb_error error;
    OK(tb_job_read(&job, in_folder(w->folder), &error) == TB_OK);
    job.finish = true;
    job.finish_epochs = epochs;
    job.settings.minutes = minutes;
    tb_status status = run(w, &job);
    tb_job_clear(&job);
    return status;
}

static bool same_checkpoints(const char *a, const char *b, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "checkpoints/%s.safetensors", name);
    return same_files(in_run(a, path), in_run(b, path));
}

static double rate_of(const char *folder)
{
    return last_of(folder, "learning_rate");
}

/* Two minutes at a step a second, of which most steps take two: the cosine is
   at its end when they are over, and so it is when it was stopped. */
static void test_deadline(void)
{
    static const char *const planned[][2] = {{"minutes", "2"},
                                             {"schedule", "cosine"},
                                             {"learning_rate", "0.01"},
                                             {NULL, NULL}};
    watched w = {.folder = "whole", .slow_after = 20};
    EQ(begin(&w, planned), TB_OK);
    EQ(w.steps, 70);
    OK(rate_of("whole") < 0.01 * 0.021);
    watched parts = {.folder = "parts", .slow_after = 20, .stop_at = 30};
    EQ(begin(&parts, planned), TB_ERR_STOPPED);
    parts.stop_at = 0;
    EQ(go_on(&parts), TB_OK);
    EQ(parts.steps, 70);
    OK_NAMED(same_checkpoints("whole", "parts", "epoch-0001") &&
                 same_checkpoints("whole", "parts", "epoch-0002"),
             "stopped in the middle of its minutes: the same bits");
    EQ(go_on(&parts), TB_OK);
    EQ(parts.steps, 70);
    OK(strstr(parts.notes, "Its 2 minutes are over") != NULL);
}

/* What is over first is the end. */
static void test_epochs_first(void)
{
    static const char *const both[][2] = {{"minutes", "10"},
                                          {"epochs", "1"},
                                          {"schedule", "cosine"},
                                          {NULL, NULL}};
    watched w = {.folder = "both"};
    EQ(begin(&w, both), TB_OK);
    EQ(w.steps, 60);
    OK(rate_of("both") < 0.003 * 0.022);
}

static void test_finishing(void)
{
    static const char *const open[][2] = {{"epochs", "1"}, {NULL, NULL}};
    watched w = {.folder = "open"}, parts = {.folder = "halves"};
    EQ(begin(&w, open), TB_OK);
    EQ(begin(&parts, open), TB_OK);
    NEAR(rate_of("open"), 0.003, 1e-9);
    EQ(finish(&w, 0, 2), TB_OK);
    EQ(w.steps, 180);
    NEAR(rate_of("open"), 0.003 * 0.02, 1e-6);
    parts.stop_at = 100;
    EQ(finish(&parts, 0, 2), TB_ERR_STOPPED);
    OK(rate_of("halves") > 0.001);
    parts.stop_at = 0;
    EQ(go_on(&parts), TB_OK);
    OK_NAMED(same_checkpoints("open", "halves", "epoch-0003"),
             "stopped while it finished: the same bits");
    EQ(finish(&w, 0.5, 0), TB_OK);
    EQ(w.steps, 210);
    NEAR(rate_of("open"), 0.003 * 0.02, 1e-6);
}

/* Nothing is learned: it falls, and ends. */
static void test_falling(void)
{
    static const char *const still[][2] = {
        {"learning_rate", "1e-7"}, {"window", "20"}, {NULL, NULL}};
    watched w = {.folder = "still"}, parts = {.folder = "stopped"};
    EQ(begin(&w, still), TB_OK);
    OK(strstr(w.notes, "learns in smaller steps from now on, rate 3e-08"));
    OK(strstr(w.notes, "Smaller steps have not helped"));
    EQ(kept("still", "falls"), 1);
    NEAR(rate_of("still"), 3e-8, 1e-12);
    parts.stop_at = w.steps * 3 / 4;
    EQ(begin(&parts, still), TB_ERR_STOPPED);
    EQ(kept("stopped", "falls"), 1);
    parts.stop_at = 0;
    EQ(go_on(&parts), TB_OK);
    EQ(parts.steps, w.steps);
    char name[32];
    snprintf(name, sizeof name, "epoch-%04d", w.steps / 1200);
    OK_NAMED(same_checkpoints("still", "stopped", name),
             "stopped after a fall: the same bits");
    EQ(go_on(&parts), TB_OK);
    EQ(parts.steps, w.steps);
    OK(strstr(parts.notes, "stopped helping"));
}

/* Files of 0.1.0 know nothing of rounds, and go on by epochs. */
static void test_older_file(void)
{
    static const char *const three[][2] = {{"epochs", "3"}, {NULL, NULL}};
    watched w = {.folder = "old", .stop_at = 90};
    EQ(begin(&w, three), TB_ERR_STOPPED);
    size_t n;
    const char *path = in_run("old", "resume.safetensors");
    char *bytes = text_of(path, &n);
    static const char *const news[] = {"\"round_", "\"finis", "\"fall",
                                       "\"fell", "\"plateau"};
    for (size_t i = 0; i + 8 < n; i++)
        for (size_t k = 0; k < sizeof news / sizeof *news; k++)
            if (memcmp(bytes + i, news[k], strlen(news[k])) == 0)
                bytes[i + 1] = '-';
    FILE *file = fopen(path, "wb");
    OK(fwrite(bytes, 1, n, file) == n);
    fclose(file);
    free(bytes);
    w.stop_at = 0;
    EQ(go_on(&w), TB_OK);
    EQ(w.steps, 180);
}

static void test_no_end(void)
{
    tb_job job;
    tb_error error;
    OK(tb_job_init(&job, &tiny_instrument, &error) == TB_OK);
    OK(tb_job_check(&job, &error) == TB_OK);
    set(&job, "schedule", "cosine");
    EQ(tb_job_check(&job, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "--minutes or --epochs"));
    set(&job, "minutes", "3");
    OK(tb_job_check(&job, &error) == TB_OK);
    tb_job_clear(&job);
}

int main(void)
{
    test_seconds();
    test_steps();
    test_finish();
    test_finish_planned();
    test_plateau();
    enter_folder();
    write_sine(in_folder("a.wav"), 8000, 1, 24000, 37);
    write_hits(in_folder("hits.wav"), 16000, 1, 160000);
    write_sine(in_folder("long.wav"), 8000, 1, 2000000, 37);
    static const tb_instrument *const more[] = {&tiny_instrument, NULL};
    tb_instruments_add(more);
    test_sizes();
    test_all_sizes();
    test_plans();
    test_rave();
    test_first_output();
    test_by_heart();
    test_labels();
    test_sustained();
    test_from();
    test_deadline();
    test_epochs_first();
    test_finishing();
    test_falling();
    test_older_file();
    test_no_end();
    return tap_done();
}
