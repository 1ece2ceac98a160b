/* What bench/sound needs beside the program itself.

     bench_sound join FILE RECORDING...
     bench_sound excerpts FILE COUNT SECONDS FOLDER
     bench_sound line MATERIAL INSTRUMENT MINUTES THREADS CELL
     bench_sound page FOLDER MINUTES THREADS

   The first puts recordings, of any rate, one after another into one mono file;
   the second cuts evenly spread excerpts out of it, FOLDER/1.wav and so on. The
   third prints a line of JSON for one cell, a folder with the log of its run
   (run/log.csv) and with what was judged (judge.jsonl); the last draws the page
   of all cells (bench_sound_page.c). */
#include "bench_sound.h"

#include "audio/encode.h"
#include "audio/load.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/paths.h"
#include "run/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double RATE = 44100;

/* ---- recordings ---- */

static tb_status append(tb_encoder *encoder, const char *path, tb_error *error)
{
    tb_audio audio;
    tb_status status = tb_load_audio(path, RATE, 1, 0, 0, &audio, error);
    if (!status)
        status = tb_encoder_write(encoder, audio.data, audio.frames, error);
    tb_audio_clear(&audio);
    return status;
}

static tb_status join(const char *file, int count, char **paths,
                      tb_error *error)
{
    const tb_encode_settings s = {
        .sample_rate = RATE, .channels = 1, .replace = true};
    tb_encoder *encoder = tb_encoder_open(file, &s, error);
    tb_status status = encoder ? TB_OK : error->status;
    for (int i = 0; i < count && !status; i++)
        status = append(encoder, paths[i], error);
    if (status) {
        tb_encoder_discard(encoder);
        return status;
    }
    return tb_encoder_close(encoder, NULL, error);
}

static tb_status cut(const char *file, int count, double seconds,
                     const char *folder, tb_error *error)
{
    tb_audio all;
    char path[4200];
    const tb_encode_settings s = {
        .sample_rate = RATE, .channels = 1, .replace = true};
    tb_status status = tb_load_audio(file, RATE, 1, 0, 0, &all, error);
    int64_t frames = (int64_t)(seconds * RATE);
    if (frames > all.frames)
        frames = all.frames;
    for (int i = 0; i < count && !status; i++) {
        int64_t at = (all.frames - frames) * (2 * i + 1) / (2 * count);
        snprintf(path, sizeof path, "%s/%d.wav", folder, i + 1);
        status = tb_save_audio(path, &s, all.data + at, frames, NULL, error);
    }
    tb_audio_clear(&all);
    return status;
}

/* ---- one line for one cell ---- */

/* The last number in a column whose name is these two put together; NaN: there
   is none. */
static double last_of(const tb_log_table *log, const char *prefix,
                      const char *name)
{
    char whole[160];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    const double *column = tb_log_column(log, whole);
    for (int64_t i = log->rows - 1; column && i >= 0; i--)
        if (isfinite(column[i]))
            return column[i];
    return NAN;
}

/* What the first metric is held against: the predictor, or the last frame. */
static void put_likelihood(tb_json_writer *w, const tb_log_table *log)
{
    static const char held_out[] = "held_out_";
    const char *name = NULL;
    for (int i = 0; i < log->columns && !name; i++)
        if (strncmp(log->names[i], held_out, sizeof held_out - 1) == 0)
            name = log->names[i] + sizeof held_out - 1;
    double value = name ? last_of(log, held_out, name) : NAN;
    double yard = name ? last_of(log, "predictor_", name) : NAN;
    if (name && isnan(yard))
        yard = last_of(log, "yard_", name);
    tb_json_put_number(w, "epochs", last_of(log, "", "epoch"));
    tb_json_put_text(w, "metric", name);
    tb_json_put_number(w, "held_out", value);
    tb_json_put_number(w, "yard", yard);
    tb_json_put_number(w, "ahead", yard - value);
    tb_json_put_number(w, "learned", last_of(log, "", "learned"));
}

static void put_from(tb_json_writer *w, const tb_json *object, const char *key,
                     const char *name)
{
    double number = NAN;
    if (object && tb_json_number(object, key, &number, NULL))
        number = NAN;
    tb_json_put_number(w, name, number);
}

static void put_score(tb_json_writer *w, const tb_json *score)
{
    bool copy = false;
    if (score && tb_json_flag(score, "copy", &copy, NULL))
        copy = false;
    put_from(w, score, "score", "score");
    put_from(w, score, "real_low", "real_low");
    put_from(w, score, "real_high", "real_high");
    tb_json_put_flag(w, "copy", copy);
    put_from(w, score, "quoted", "quoted");
    put_from(w, score, "foreseen_bits", "foreseen_bits");
    const tb_json *parts = score ? tb_json_find(score, "parts") : NULL;
    tb_json_begin_object(w, "parts");
    const tb_json *part = parts ? tb_json_first(parts) : NULL;
    for (; part; part = tb_json_next(part))
        put_from(w, part, "score", tb_json_name(part));
    tb_json_end_object(w);
}

static double share_of(const bench_judged *j, const char *tag)
{
    int n = 0;
    for (int i = 0; i < j->count; i++)
        n += strcmp(j->sound[i].tag, tag) == 0;
    return j->count > 0 ? (double)n / j->count : NAN;
}

static tb_status print_line(char **argv, tb_error *error)
{
    const char *material = argv[0], *instrument = argv[1], *cell = argv[4];
    tb_log_table log = {0};
    tb_json_writer w = {0};
    bench_judged judged;
    char path[4200];
    tb_status status = bench_judged_read(cell, &judged, error);
    if (status)
        return status;
    snprintf(path, sizeof path, "%s/run/log.csv", cell);
    if (tb_log_read(path, &log, NULL))
        log = (tb_log_table){0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "name", "sound");
    tb_json_put_text(&w, "material", material);
    tb_json_put_text(&w, "instrument", instrument);
    tb_json_put_number(&w, "minutes", atof(argv[2]));
    tb_json_put_integer(&w, "threads", atoi(argv[3]));
    put_likelihood(&w, &log);
    put_score(&w, judged.score);
    tb_json_put_number(&w, "silent", share_of(&judged, "silent"));
    tb_json_put_number(&w, "stuck", share_of(&judged, "standing loop"));
    tb_json_put_number(&w, "noise", share_of(&judged, "noise"));
    tb_json_put_number(&w, "full_level", share_of(&judged, "at full level"));
    tb_json_end_object(&w);
    const char *line = tb_json_finish(&w);
    if (line)
        printf("%s\n", line);
    else
        status = tb_fail_memory(error);
    tb_json_clear(&w);
    tb_log_table_clear(&log);
    bench_judged_clear(&judged);
    return status;
}

int main(int argc, char **argv)
{
    tb_error error = {0};
    tb_status status = TB_ERR_ARGUMENT;
    const char *what = argc > 1 ? argv[1] : "";
    if (argc > 3 && strcmp(what, "join") == 0)
        status = join(argv[2], argc - 3, argv + 3, &error);
    else if (argc == 6 && strcmp(what, "excerpts") == 0)
        status = cut(argv[2], atoi(argv[3]), atof(argv[4]), argv[5], &error);
    else if (argc == 7 && strcmp(what, "line") == 0)
        status = print_line(argv + 2, &error);
    else if (argc == 5 && strcmp(what, "page") == 0)
        status = bench_sound_page(argv[2], argv[3], argv[4], &error);
    else
        snprintf(error.text, sizeof error.text,
                 "usage: bench_sound join|excerpts|line|page ...");
    if (status)
        fprintf(stderr, "%s\n", error.text);
    return status ? 1 : 0;
}
