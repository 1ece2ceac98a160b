/* The texts inside a sound file: title, artist, software, comment. The comment
   can hold what made the sound as "key=value; key=value", which players show
   and tb_tags_get finds again. */
#ifndef TB_AUDIO_TAGS_H
#define TB_AUDIO_TAGS_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

/* UTF-8; empty where there is none. libsndfile reads no more than 2047 letters
   of a text in a WAV file. */
typedef struct tb_tags {
    char title[256];
    char artist[256];
    char software[256]; /* when written and empty: "Timbrel <version>" */
    char comment[2000];
} tb_tags;

/* Appends "key=value" to the comment; the value is formatted as printf does.
   A ';' or '%' in the value and control characters are written as %XX, so that
   any file name survives. Keys are letters, digits, '.', '_' and '-'. Fails,
   changing nothing, when the comment is full or the key is not possible. */
tb_status tb_tags_add(tb_tags *tags, tb_error *error, const char *key,
                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Finds the value of `key` in the comment. False when it is not there or
   `value` [size] is too small. */
bool tb_tags_get(const tb_tags *tags, const char *key, char *value,
                 size_t size);

/* Reads the tags of a file that libsndfile knows (WAV, AIFF, FLAC, Ogg, MP3);
   texts that are too long are cut. */
tb_status tb_tags_read(const char *path, tb_tags *tags, tb_error *error);

#endif
