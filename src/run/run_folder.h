/* The folder of a run: everything that training writes, under names that say
   what they are. Nothing in it is ever overwritten but run.ini,
   resume.safetensors, index.html and the pictures of the whole run; a stage
   inside an epoch makes room for the whole epoch.

       runs/sounds/run.ini                      all that repeats the run
                   log.csv                      a line for every few steps
                   checkpoints/epoch-0012.safetensors
                   resume.safetensors           to go on from
                   begin-phase.txt              a word to a training under way
                   examples/prompt1_T0.7/epoch-0012.wav
                   pictures/
                   index.html
                   NAME/                        a further training: trainings.h
                                                */
#ifndef TB_RUN_RUN_FOLDER_H
#define TB_RUN_RUN_FOLDER_H

#include "base/status.h"
#include "run/ini.h"
#include <stdbool.h>
#include <stdint.h>

/* A run that this process trains; no other process may until it is closed. */
typedef struct tb_run tb_run;

/* Where the run of a training on `sounds` (a file or folder) goes
   by default: "runs/" and the name without its ending. The caller frees it with
   tb_free. */
char *tb_run_default_folder(const char *sounds, tb_error *error);

/* Makes the folder and holds it. When there is such a folder already,
   `numbered` takes the first free of folder-2, folder-3 ..., otherwise it is an
   error that says how to go on with it. */
tb_run *tb_run_create(const char *folder, bool numbered, tb_error *error);

/* Holds a run to go on with it; makes folders that were deleted. TB_ERR_SYSTEM,
   with the number of the process, when another one trains it. */
tb_run *tb_run_open(const char *folder, tb_error *error);

/* Whether somebody trains it right now. */
bool tb_run_is_held(const char *folder);

/* Lets go of the folder. Accepts null. */
void tb_run_close(tb_run *run);

/* Lives as long as `run`. */
const char *tb_run_folder(const tb_run *run);

/* ---- what a run is made of ---- */

typedef struct tb_run_source {
    const char *path;
    uint64_t hash; /* of the file's bytes */
    double seconds;
} tb_run_source;

/* A line of section [run], such as {"version", "0.1.0"}. */
typedef struct tb_run_note {
    const char *name, *value;
} tb_run_note;

typedef struct tb_run_description {
    const tb_run_note *notes;
    int note_count;
    const tb_settings_part *parts; /* a section each */
    int part_count;
    const tb_run_source *sources;
    int source_count;
} tb_run_description;

/* Writes run.ini, whole or not at all, replacing an older one. */
tb_status tb_run_describe(const tb_run *run, const tb_run_description *what,
                          tb_error *error);

/* Reads run.ini; a folder without one is refused as no run, and so is a list of
   recordings that is not whole. */
tb_ini *tb_run_read(const char *folder, tb_error *error);

/* Source `index` of a run.ini, from 0; false when there are no more. The path
   lives as long as `ini`. */
bool tb_run_source_at(const tb_ini *ini, int index, tb_run_source *source);

/* ---- names of files ---- */

/* Each is to be freed with tb_free; null when there is no memory. */

bool tb_is_run(const char *folder);
char *tb_run_checkpoint(const char *folder, int epoch);
char *tb_run_resume_file(const char *folder);
char *tb_run_log_file(const char *folder);

/* As above, with the folders above the file made. `prompt` counts from 1. */
tb_status tb_run_example(const char *folder, int prompt, double temperature,
                         int epoch, char **path, tb_error *error);
tb_status tb_run_picture(const char *folder, const char *name, char **path,
                         tb_error *error);

/* The epochs that have a checkpoint, rising: `*epochs` [*count] is freed with
   tb_free. None is no error. */
tb_status tb_run_epochs(const char *folder, int **epochs, int *count,
                        tb_error *error);

/* The last epoch that has a checkpoint; -1: none. */
int tb_run_latest(const char *folder);

#endif
