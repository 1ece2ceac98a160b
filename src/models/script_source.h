/* A TorchScript file for nn~ or Neutone, as a model. What it
   can do is asked of one copy of its program, which nobody plays; each stream
   (script_voice.c) loads its own, for its states. */
#ifndef TB_MODELS_SCRIPT_SOURCE_H
#define TB_MODELS_SCRIPT_SOURCE_H

#include "models/model_source.h"
#include "torchscript/script_model.h"

/* Methods in a row: what one gives, the next one takes. */
enum { TB_SCRIPT_LINKS = 2 };

typedef struct tb_script_other {
    const char *name, *standard;
} tb_script_other;

typedef struct tb_script_file {
    char *path;
    tb_script_model *model;
    tb_known_level level; /* by a note in what Timbrel exported */
    int control_count;    /* attributes that are one number each */
    tb_control controls[TB_MOST_CONTROLS];
    int other_count; /* attributes that are not, and what they stand at */
    tb_script_other others[TB_MOST_CONTROLS];
} tb_script_file;

/* Where the program does not say how much is left to chance, the input of its
   prior is this: as RAVE's priors take it, softplus(input) / ln 2. */
extern const tb_control tb_script_temperature;

extern const tb_model_source tb_script_source;

/* Whether it is a TorchScript file: by its name (.ts, .nm), or an archive that
   has a program in it. */
bool tb_is_script(const char *path);

tb_script_file *tb_script_source_open(const char *path, tb_error *error);

/* The methods of the file that one of the model consists of, in order, and how
   many there are: "generate" is prior and decode, "forward" encode and decode
   where the file has none of its own. 0: there is no such method. */
int tb_script_chain(const tb_script_file *file, const char *name,
                    const tb_script_method *links[TB_SCRIPT_LINKS]);

/* Whether a method is what improvises, without an input: it takes prompts. */
bool tb_script_improvises(const tb_script_file *file, const char *method);

/* Whether a method is given the temperature as its input. */
bool tb_script_is_heated(const tb_script_file *file, const char *method);

/* Fills in the controls, and the other attributes. */
void tb_script_find_controls(tb_script_file *file);

extern const tb_native tb_script_native;

#endif
