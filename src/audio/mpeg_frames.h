/* Finding MPEG audio (MP3, MP2) by the headers of its frames: ISO 11172-3,
   2.4.1.3 and 2.4.2.3. */
#ifndef TB_AUDIO_MPEG_FRAMES_H
#define TB_AUDIO_MPEG_FRAMES_H

#include "audio/byte_span.h"
#include <stdbool.h>

typedef enum tb_mpeg_answer {
    TB_MPEG_NO,
    TB_MPEG_YES,
    TB_MPEG_BROKEN /* starts as such a file does, but no frames follow */
} tb_mpeg_answer;

/* Whether a file holds MPEG audio; `*start` is its first frame. Tags before it
   are passed over, and so is junk where `search` (the file's name says that it
   should be such a file). */
tb_mpeg_answer tb_mpeg_find(tb_byte_span *span, bool search, int64_t *start);

/* Where in the span, which starts with the first frame, stands the name of the
   tag that tells the length of all; -1: there is none. */
int64_t tb_mpeg_length_tag(const tb_byte_span *span);

#endif
