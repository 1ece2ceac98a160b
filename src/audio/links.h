/* What comes after the first sound of a file, and sizes that a recorder never
   wrote: places where readers of sound files stop too early. */
#ifndef TB_AUDIO_LINKS_H
#define TB_AUDIO_LINKS_H

#include "audio/byte_span.h"
#include <stdbool.h>

/* Ogg streams may follow one another in a file ("chained"), and so may whole
   FLAC files; each is a link. Moves the start of `span` to the next one; false
   when there is none. Reads the file as far as that. */
bool tb_span_next_link(tb_byte_span *span);

/* Where a WAV file tells no size of its sound, or one after which more sound
   follows instead of chunks, patches the size to reach the end of the file: so
   are files left by a recorder that crashed or was cut off. */
void tb_span_mend_sizes(tb_byte_span *span);

/* The sample rate in the header of a WAV file, whatever it is; -1: it is
   none. */
int64_t tb_span_wave_rate(tb_byte_span *span);

#endif
