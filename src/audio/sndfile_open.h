/* Opening with libsndfile, which keeps the reason of a failed opening in one
   place for all threads: here they take turns. */
#ifndef TB_AUDIO_SNDFILE_OPEN_H
#define TB_AUDIO_SNDFILE_OPEN_H

#include "audio/byte_span.h"
#include "base/status.h"
#include <sndfile.h>

/* Reads what is in `span`, which must outlive it. Null, with TB_ERR_FORMAT and
   libsndfile's reason (no sentence of its own), when it does not know it. */
SNDFILE *tb_sndfile_read(tb_byte_span *span, SF_INFO *format, tb_error *error);

/* The same for writing through callbacks. */
SNDFILE *tb_sndfile_write(SF_VIRTUAL_IO *io, void *state, SF_INFO *format,
                          tb_error *error);

#endif
