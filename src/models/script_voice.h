/* A TorchScript file that is played: copies of its program, the methods in a
   row. Players (script_players.c) are the copies; what they do is either to
   pass sound on (script_pass.c) or to make it (script_generate.c). */
#ifndef TB_MODELS_SCRIPT_VOICE_H
#define TB_MODELS_SCRIPT_VOICE_H

#include "models/script_attributes.h"
#include "models/script_sounds.h"
#include "models/script_source.h"

/* A copy of the program with states of its own. */
typedef struct tb_script_player {
    tb_script_model *model;
    tb_script_stream *stream[TB_SCRIPT_LINKS];
} tb_script_player;

/* Priors often know one row alone, and rows draw what they would alone: what
   generates is one player for each row. All else is one player for all. */
typedef struct tb_script_voices {
    const tb_script_file *file;
    tb_native_settings settings;
    const tb_script_method *links[TB_SCRIPT_LINKS];
    int link_count, player_count, rows; /* of each tb_script_player */
    tb_script_player *players;
    tb_pool *pool;  /* for process_wide; null: there is one thread */
    float *numbers; /* of all planes */
    float **planes[TB_SCRIPT_LINKS + 1]; /* [rows * channels][frames], before
                                            and behind each link */
    int channels[TB_SCRIPT_LINKS + 1];
    int64_t frames[TB_SCRIPT_LINKS + 1]; /* of a block */

    /* What improvises is told a prompt, and draws by an attribute of the file.
     */
    bool improvises, seeds;
    float **prompt; /* [settings.rows]: interleaved */
    int64_t prompt_room, prompt_frames, prompt_at; /* at: heard so far */
    int64_t skip; /* frames that answer to what was before */

    bool generates, heated;
    float **made; /* [settings.rows]: a block of sound; generates */
    int64_t left; /* frames of it that nobody had yet */
    double *heat; /* [settings.rows] */

    tb_sound_list sounds;
    tb_attribute_list set;            /* which copies made later get, too */
    double pending[TB_MOST_CONTROLS]; /* attributes, until they are prepared */
    bool is_pending[TB_MOST_CONTROLS];
    uint64_t seed;
    int64_t latency;     /* frames of sound; -1: nobody says */
    int at_link, at_row; /* where a block stopped that was to be prepared */
    bool played, stale;  /* stale: reset after it played */
    bool failed;
    tb_error error;
} tb_script_voices;

/* ---- players ---- */

/* Copies for all rows, with the attributes that were set, as they begin; none
   after an error. */
tb_status tb_script_players_open(tb_script_voices *s, tb_error *error);
void tb_script_players_close(tb_script_voices *s);

/* Attributes of all copies, and of those that come. What would be played then
   is recorded now: where that cannot be, all goes on as it was. */
tb_status tb_script_players_set(tb_script_voices *s, int count,
                                const tb_attribute_text *attributes,
                                tb_error *error);

/* What is drawn from now on is that of the voices' seed: at once, and what the
   file draws by itself when there is time. */
TB_REALTIME void tb_script_players_seed(tb_script_voices *s);
tb_status tb_script_players_seed_attributes(tb_script_voices *s,
                                            tb_error *error);

/* Programs that would do something else now are recorded anew. */
tb_status tb_script_players_record(tb_script_voices *s, tb_error *error);

/* ---- passing sound on, and what all do ---- */

/* What lies in the first planes goes through the links. False: one wants to be
   prepared; those before it have played. */
TB_REALTIME bool tb_script_play(tb_script_voices *s, tb_script_player *p);

/* Planes of the last link, interleaved. */
TB_REALTIME void tb_script_take(const tb_script_voices *s, float *const *out);

/* As tb_native says. */
TB_REALTIME bool tb_script_process(tb_native_stream *stream,
                                   const float *const *in, float *const *out);
bool tb_script_process_wide(tb_native_stream *stream, const float *const *in,
                            float *const *out);

/* ---- making sound ---- */

TB_REALTIME void tb_script_prompt(tb_native_stream *stream,
                                  const float *const *sound, int64_t frames);
TB_REALTIME int64_t tb_script_run(tb_native_stream *stream, float *const *sound,
                                  int64_t frames);

#endif
