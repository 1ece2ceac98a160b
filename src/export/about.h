/* What is told of a model beside its weights, in every format that it is
   exported to: where it comes from and what one may do with it. */
#ifndef TB_EXPORT_ABOUT_H
#define TB_EXPORT_ABOUT_H

#include "base/json.h"
#include "models/checkpoint.h"

/* Members of an object that is open:

     made_by, exported   the program, and the day (UTC; that of the
   environment's SOURCE_DATE_EPOCH where it is set) licence             of the
   weights, as typed; null: it is not said network, settings, sample_rate,
   channels trained_on          names of the recordings steps, phase,
   minutes_of_sound, epoch, weights, trained_with, made_of how it was trained,
   as far as it is known loudness_db         of its recordings, as it heard them
 */
void tb_export_about(tb_json_writer *w, const tb_checkpoint *checkpoint,
                     const char *licence);

/* "RAVE, 4420 steps, 21.0 minutes of sound (sad.ogg), 44100 Hz. Licence: CC0.
   Made by Timbrel 0.1.0." Cut where `size` is too small. */
void tb_export_sentence(const tb_checkpoint *checkpoint, const char *licence,
                        char *text, size_t size);

#endif
