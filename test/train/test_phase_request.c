/* A training that is under way is told to begin its next phase: by a word in
   its folder, which it takes away when it has saved that the phase has begun.
 */
#define TINY_UNITS 6
#include "tiny.h"

#include "run/phase_request.h"
#include "sounds.h"
#include "tap.h"
#include "train/training.h"
#include "trained.h"

/* Learns in every step, then in every second one. */
static tb_status learn_slower(const void *config, const tb_learning_size *size,
                              tb_learning *l, tb_error *error)
{
    tb_status status =
        tb_learn_to_foresee(&tiny_instrument, config, size, l, error);
    if (status)
        return status;
    l->phase_count = 2;
    l->phase[0].name = "all";
    l->phase[1] = l->phase[0];
    l->phase[1].name = "half";
    l->phase[1].turn[0].every = 2;
    return TB_OK;
}

static tb_instrument slower;
static const tb_instrument *const more[] = {&slower, NULL};

/* What happens while it trains: words are left and it is stopped after so many
   steps of all sessions (0: never). */
typedef struct watched {
    const char *folder;
    int steps, ask_at, ask_again_at, stop_at;
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
    if (w->steps == w->ask_at)
        tb_phase_request_leave(in_folder(w->folder), "half", NULL);
    if (w->steps == w->ask_again_at)
        tb_phase_request_leave(in_folder(w->folder), "third", NULL);
}

static bool on_stop(void *context)
{
    const watched *w = context;
    return w->stop_at > 0 && w->steps >= w->stop_at;
}

static tb_status train(watched *w, bool resume)
{
    static const char *const small[][2] = {{"batch", "1"},    {"window", "400"},
                                           {"piece", "2"},    {"epochs", "3"},
                                           {"examples", "0"}, {"seed", "11"},
                                           {"average", "0.9"}};
    const tb_training_watch watch = {
        .event = on_event, .stop = on_stop, .context = w};
    tb_job job;
    tb_error error = {0};
    if (resume) {
        OK(tb_job_read(&job, in_folder(w->folder), &error) == TB_OK);
    } else {
        OK(tb_job_init(&job, &slower, &error) == TB_OK);
        for (size_t i = 0; i < sizeof small / sizeof *small; i++)
            set(&job, small[i][0], small[i][1]);
        tb_job_add_path(&job, in_folder("a.wav"), &error);
        job.folder = strdup(in_folder(w->folder));
    }
    tb_training *t = tb_training_new(&job, &watch, &error);
    tb_status status = t ? tb_training_run(t, &error) : error.status;
    if (status && status != TB_ERR_STOPPED)
        fprintf(stderr, "# %s\n", error.text);
    tb_training_free(t);
    tb_job_clear(&job);
    return status;
}

static void test_under_way(const char *whole)
{
    watched w = {.folder = whole, .ask_at = 25, .ask_again_at = 40};
    EQ(train(&w, false), TB_OK);
    OK(strstr(w.notes, "The phase half begins.") != NULL);
    OK_NAMED(strstr(w.notes, "no phase called 'third'; there are all, half"),
             "what cannot be is told, and the training goes on");
    OK(!tb_phase_request_read(in_folder(whole)));
    EQ(kept(whole, "phase"), 1);
    EQ(kept(whole, "phase_began_1"), 25);
    OK(last_of(whole, "phase") == 1);
}

static void test_stopped(const char *whole, const char *parts)
{
    watched w = {.folder = parts, .ask_at = 25, .stop_at = 26};
    EQ(train(&w, false), TB_ERR_STOPPED);
    w.stop_at = 0;
    EQ(train(&w, true), TB_OK);
    EQ(kept(parts, "phase_began_1"), 25);
    OK_NAMED(same_files(in_run(whole, "checkpoints/epoch-0003.safetensors"),
                        in_run(parts, "checkpoints/epoch-0003.safetensors")),
             "stopped in the phase and resumed: the same bits");
}

/* Asked for while nobody trains, or before a kill: it begins when the run goes
   on, and one that has begun is asked for in vain. */
static void test_left_over(const char *folder)
{
    watched w = {.folder = folder, .stop_at = 30};
    EQ(train(&w, false), TB_ERR_STOPPED);
    OK(tb_phase_request_leave(in_folder(folder), "half", NULL) == TB_OK);
    w.stop_at = 32;
    EQ(train(&w, true), TB_ERR_STOPPED);
    EQ(kept(folder, "phase_began_1"), 30);
    OK(tb_phase_request_leave(in_folder(folder), "half", NULL) == TB_OK);
    w.stop_at = 0;
    w.notes[0] = 0;
    EQ(train(&w, true), TB_OK);
    EQ(kept(folder, "phase_began_1"), 30);
    OK(strstr(w.notes, "has begun already") != NULL);
    OK(!tb_phase_request_read(in_folder(folder)));
}

int main(void)
{
    slower = tiny_instrument;
    slower.name = "slower";
    slower.learn = learn_slower;
    enter_folder();
    write_sine(in_folder("a.wav"), 8000, 1, 24000, 37);
    tb_instruments_add(more);
    test_under_way("whole");
    test_stopped("whole", "parts");
    test_left_over("left");
    return tap_done();
}
