/* timbrel judge */
#include "cli/args.h"
#include "cli/say.h"

#include "audio/load.h"
#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "judge/judge.h"
#include "run/run_folder.h"
#include "train/data_recordings.h"
#include "train/job.h"

#include <math.h>
#include <stdlib.h>

enum { RATE = 16000, LEAST_RATE = 4000 };

static const char *const usage[] = {"judge CORPUS SOUND... [OPTIONS]",
                                    "judge RUN SOUND... [OPTIONS]", NULL};

static const char *const text[] = {
    "Says how near sounds come to the recordings of a corpus (a file, or a "
    "folder with everything below it). The sounds, files or folders, are "
    "judged together, as examples of one thing. A run stands for the "
    "recordings "
    "that it learns from, without what is held out.",
    "First come what each sound became and what it quotes. Quoted stretches "
    "are taken out; where less than half is new it is a copy and not scored.",
    "The score of the rest: 0 is where excerpts of your own recordings stand "
    "that are compared with the others, 1 is where noise stands that has "
    "nothing but their colour. In between lie, roughly, your recordings cut "
    "into pieces of 3 s and shuffled (up to 0.3), the same with all phases "
    "by chance (0.5 to 0.8) and one moment held for ever (0.6 to 0.9).",
    "It is the mean of five parts. Spectral shape: which registers are how "
    "strong, and whether pitches stand out. Lasting tones: whether there are "
    "any, and how long they hold. Change in time: how much moves, how fast. "
    "Attacks: how sounds set in and end. Phrase: what comes back, and how far "
    "the sound travels, within 0.5 to 8 s. A part in which excerpts of your "
    "own recordings differ as much from each other as from noise is left "
    "out.",
    "Loudness is not judged, nor whether anything is beautiful. A score rests "
    "on what it was given: eight sounds of 10 s say more than one, and little "
    "differences mean nothing where your own recordings already differ.",
    NULL};

static const cli_option options[] = {
    {"seed", "S", NULL, "Of the draws from the corpus; 1 if not given."},
    {"threads", "N", NULL, "As many as there are processors if not given."},
    {"json", NULL, NULL, "Prints a line of JSON for each sound and the score."},
    {NULL, NULL, NULL, NULL}};

typedef struct cli_judging {
    const cli_args *args;
    tb_job job;   /* of a run; or empty */
    tb_data data; /* what to compare with; of folders, all of it */
    tb_corpus *sounds;
    tb_audio *audio;         /* [sounds] */
    tb_judged_sound *judged; /* [sounds] */
    tb_score_settings settings;
    tb_judgement judgement;
    bool json;
} cli_judging;

/* ---- what is judged ---- */

/* 16 kHz, or less where a sound has less: highs that it cannot have do not
   count against it. */
static double common_rate(const tb_corpus *sounds)
{
    double rate = RATE;
    for (int i = 0; i < sounds->count; i++)
        rate = fmin(rate, sounds->files[i].sample_rate);
    return fmax(rate, LEAST_RATE);
}

static tb_status load_sounds(cli_judging *j, tb_error *error)
{
    size_t n = (size_t)j->sounds->count;
    j->audio = tb_alloc_array(n, sizeof *j->audio);
    j->judged = tb_alloc_array(n, sizeof *j->judged);
    tb_status status = j->audio && j->judged ? TB_OK : tb_fail_memory(error);
    for (int i = 0; i < j->sounds->count && !status; i++) {
        status =
            tb_load_audio(j->sounds->files[i].path, j->settings.sample_rate, 1,
                          0, 0, &j->audio[i], error);
        j->judged[i] = (tb_judged_sound){j->audio[i].data, j->audio[i].frames};
    }
    return status;
}

static bool show_decoding(void *context, double done, const char *path)
{
    const cli_judging *j = context;
    if (!j->json)
        cli_bar(done, "decoding %s", tb_path_base(path));
    return !cli_is_stopped();
}

/* A run says what it learns from; of other recordings nothing is held out. */
static tb_status choose_corpus(cli_judging *j, tb_error *error)
{
    const char *corpus = j->args->words[0];
    if (tb_is_run(corpus))
        return tb_job_read(&j->job, corpus, error);
    tb_status status = tb_job_init(&j->job, tb_instruments()[0], error);
    j->job.settings.held_out = 0;
    return status ? status : tb_job_add_path(&j->job, corpus, error);
}

static tb_status find_all(cli_judging *j, tb_error *error)
{
    const tb_cache_watch watch = {.progress = show_decoding, .context = j};
    const tb_learning nothing = {0};
    tb_status status = choose_corpus(j, error);
    if (!status)
        status = tb_corpus_find(j->args->words + 1, j->args->word_count - 1,
                                &j->sounds, error);
    if (status)
        return status;
    j->settings.sample_rate = common_rate(j->sounds);
    const tb_sound_format format = {j->settings.sample_rate, 1};
    status = tb_data_open((const char *const *)j->job.paths, j->job.path_count,
                          &j->job.settings, &format, &nothing, &watch, &j->data,
                          error);
    cli_bar_clear();
    return status ? status : load_sounds(j, error);
}

/* ---- what is said ---- */

static const char *name_of(const cli_judging *j, int i)
{
    return tb_path_base(j->sounds->files[i].path);
}

/* What was judged by are stretches of files. */
static const char *path_of(const cli_judging *j, int recording)
{
    int file = j->data.holdout.training[recording].file;
    return j->data.corpus->files[file].path;
}

static double seconds_in(const cli_judging *j, int recording, double seconds)
{
    return seconds + (double)j->data.holdout.training[recording].start /
                         j->settings.sample_rate;
}

static const char *recording_name(const cli_judging *j, int i)
{
    return tb_path_base(path_of(j, i));
}

static void say_passage(const cli_judging *j, const tb_replay *p)
{
    printf(", plays again %.1f s of %s from %.1f s on", p->seconds,
           recording_name(j, p->recording),
           seconds_in(j, p->recording, p->recording_seconds));
    if (p->semitones != 0)
        printf(", %d %s %s", abs(p->semitones),
               tb_plural(abs(p->semitones), "semitone", "semitones"),
               p->semitones > 0 ? "higher" : "lower");
    if (fabs(p->speed - 1) > 0.05)
        printf(", at %.2f times its speed", p->speed);
}

static void say_sound(const cli_judging *j, int i)
{
    const tb_verdict *v = &j->judgement.verdicts[i];
    char words[160];
    tb_tag_words(&v->tag, words, sizeof words);
    printf("%s: %.1f s, %s", name_of(j, i),
           (double)j->judged[i].frames / j->settings.sample_rate, words);
    if (v->quoted > 0)
        printf("; %.0f %% quoted", 100 * v->quoted);
    if (v->quoted_recording >= 0)
        printf(", longest %.1f s of %s from %.1f s on",
               v->quotes.longest.seconds,
               recording_name(j, v->quoted_recording),
               seconds_in(j, v->quoted_recording, v->quoted_seconds));
    if (v->passage.seconds > v->quotes.longest.seconds)
        say_passage(j, &v->passage);
    printf("\n");
}

static void say_part(const tb_part_score *p, const char *name)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    if (p->left_out) {
        printf("  %-15s     -  left out: your recordings differ too much from "
               "each other\n",
               name);
        return;
    }
    int full = (int)lrint(WIDTH * fmin(fmax(p->score, 0), 1));
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[WIDTH] = 0;
    printf("  %-15s %5.2f  %s\n", name, p->score, bar);
}

static void say_parts(const tb_score *s)
{
    printf("Score: %.2f  (0: your recordings, %.2f to %.2f among themselves; "
           "1: noise)\n",
           s->score, s->real_low, s->real_high);
    for (int p = 0; p < TB_PARTS; p++)
        say_part(&s->part[p], tb_part_name((tb_part)p));
}

static void say_score(const cli_judging *j)
{
    const tb_judgement *all = &j->judgement;
    const tb_score *s = &all->scored.score;
    if (all->copy) {
        printf("Copy: %.0f %% is quoted. It is not scored.\n",
               100 * all->quoted);
        return;
    }
    if (!all->scored.known) {
        printf("Not scored: %s.\n", all->scored.why);
        return;
    }
    say_parts(s);
    printf("From the past alone, %.2f bits a sample are left to chance (in "
           "your recordings %.2f).\n",
           all->foreseen, all->corpus_foreseen);
    if (all->quoted > 0)
        printf("The score is that of the %.0f %% that quote nothing.\n",
               100 * (1 - all->quoted));
    if (all->split)
        printf("There are fewer than three recordings: their quarters stood "
               "for recordings.\n");
}

/* ---- lines for programs ---- */

static void tell_passage(const cli_judging *j, tb_json_writer *w,
                         const tb_replay *p)
{
    if (p->seconds <= 0)
        return;
    tb_json_begin_object(w, "passage");
    tb_json_put_number(w, "seconds", p->seconds);
    tb_json_put_number(w, "sound_from", p->sound_seconds);
    tb_json_put_text(w, "path", path_of(j, p->recording));
    tb_json_put_number(w, "from",
                       seconds_in(j, p->recording, p->recording_seconds));
    tb_json_put_integer(w, "semitones", p->semitones);
    tb_json_put_number(w, "speed", p->speed);
    tb_json_put_number(w, "likeness", p->likeness);
    tb_json_end_object(w);
}

static void tell_sound(const cli_judging *j, int i)
{
    const tb_verdict *v = &j->judgement.verdicts[i];
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "sound");
    tb_json_put_text(&w, "path", j->sounds->files[i].path);
    tb_json_put_number(&w, "seconds",
                       (double)j->judged[i].frames / j->settings.sample_rate);
    tb_json_put_text(&w, "tag", tb_tag_name(v->tag.tag));
    tb_json_put_number(&w, "quoted", v->quoted);
    tb_json_put_text(&w, "quoted_path",
                     v->quoted_recording >= 0 ? path_of(j, v->quoted_recording)
                                              : NULL);
    tb_json_put_number(
        &w, "quoted_from",
        v->quoted_recording >= 0
            ? seconds_in(j, v->quoted_recording, v->quoted_seconds)
            : 0);
    tb_json_put_number(&w, "longest_quote", v->quotes.longest.seconds);
    tell_passage(j, &w, &v->passage);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

static void tell_part(tb_json_writer *w, const tb_part_score *p,
                      const char *key)
{
    tb_json_begin_object(w, key);
    tb_json_put_number(w, "score", p->score);
    tb_json_put_flag(w, "left_out", p->left_out);
    tb_json_put_number(w, "distance", p->distance);
    tb_json_put_number(w, "real", p->real);
    tb_json_put_number(w, "noise", p->noise);
    tb_json_put_number(w, "deviation", p->deviation);
    tb_json_end_object(w);
}

static void tell_score(const cli_judging *j)
{
    const tb_judgement *all = &j->judgement;
    bool known = !all->copy && all->scored.known;
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "score");
    tb_json_put_number(&w, "score", known ? all->scored.score.score : NAN);
    tb_json_put_flag(&w, "copy", all->copy);
    tb_json_put_number(&w, "quoted", all->quoted);
    tb_json_put_text(&w, "why", known || all->copy ? NULL : all->scored.why);
    tb_json_put_number(&w, "take_seconds", all->scored.take_seconds);
    tb_json_put_integer(&w, "takes", all->scored.takes);
    tb_json_put_flag(&w, "split", all->split);
    tb_json_put_number(&w, "variety", known ? all->scored.variety : NAN);
    if (known) {
        tb_json_put_number(&w, "real_low", all->scored.score.real_low);
        tb_json_put_number(&w, "foreseen_bits", all->foreseen);
        tb_json_put_number(&w, "corpus_foreseen_bits", all->corpus_foreseen);
        tb_json_put_number(&w, "real_high", all->scored.score.real_high);
        tb_json_begin_object(&w, "parts");
        for (int p = 0; p < TB_PARTS; p++)
            tell_part(&w, &all->scored.score.part[p], tb_part_key((tb_part)p));
        tb_json_end_object(&w);
    }
    tb_json_end_object(&w);
    cli_json_line(&w);
}

/* ---- the command ---- */

static tb_status read_settings(cli_judging *j, tb_error *error)
{
    long long seed = 1, threads = 0;
    tb_status status = cli_integer(j->args, "seed", 0, 1LL << 62, &seed, error);
    if (!status)
        status = cli_integer(j->args, "threads", 1, 4096, &threads, error);
    if (!status && j->args->word_count < 2)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "Name the recordings to compare with, and then the "
                         "sounds to judge: %s judge CORPUS SOUND...",
                         cli_program());
    j->settings.seed = (uint64_t)seed;
    j->settings.threads = (int)threads;
    j->json = cli_has(j->args, "json");
    return status;
}

static void clear(cli_judging *j)
{
    for (int i = 0; j->audio && i < j->sounds->count; i++)
        tb_audio_clear(&j->audio[i]);
    tb_free(j->audio);
    tb_free(j->judged);
    tb_judgement_clear(&j->judgement);
    tb_data_clear(&j->data);
    tb_job_clear(&j->job);
    tb_corpus_free(j->sounds);
}

static tb_status judge(cli_judging *j, tb_error *error)
{
    const tb_recordings corpus = tb_data_recordings(&j->data);
    return tb_judge(&corpus, j->judged, j->sounds->count, &j->settings,
                    &j->judgement, error);
}

static int run(const cli_args *args)
{
    tb_error error;
    cli_judging j = {.args = args};
    cli_catch_stop();
    tb_status status = read_settings(&j, &error);
    if (!status)
        status = find_all(&j, &error);
    if (!status)
        status = judge(&j, &error);
    for (int i = 0; !status && i < j.sounds->count; i++)
        j.json ? tell_sound(&j, i) : say_sound(&j, i);
    if (!status)
        j.json ? tell_score(&j) : say_score(&j);
    clear(&j);
    return status ? cli_complain(&error) : CLI_OK;
}

const cli_command cli_judge = {.name = "judge",
                               .about =
                                   "says how near sounds come to recordings",
                               .usage = usage,
                               .text = text,
                               .options = options,
                               .run = run};
