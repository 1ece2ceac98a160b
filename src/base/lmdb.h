/* LMDB databases ("data.mdb"), to read: the keys and values of the main one, in
   the order of the keys. Source: the structures that OpenLDAP's lmdb.h and its
   documentation describe, version 1 of the format, on machines whose bytes lie
   as ours do (little-endian, 64 bits).

   A reader of our own, because to read is two hundred lines of arithmetic,
   while liblmdb trusts what stands in a file, so that a damaged one ends the
   program, and would be one more library that has to be there. */
#ifndef TB_BASE_LMDB_H
#define TB_BASE_LMDB_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct tb_lmdb tb_lmdb;

typedef struct tb_lmdb_entry {
    const void *key, *value; /* in the database's memory, not aligned */
    size_t key_bytes, value_bytes;
} tb_lmdb_entry;

/* From memory, which must outlive `*out`. What does not fit together is
   refused: nothing is read past the end, and no page twice. Databases within
   the database, and several values of one key, are refused. `what` names it in
   errors. `*out` is null on failure. */
tb_status tb_lmdb_read(const void *data, size_t bytes, const char *what,
                       tb_lmdb **out, tb_error *error);
void tb_lmdb_free(tb_lmdb *db); /* accepts null */

int tb_lmdb_count(const tb_lmdb *db);
tb_lmdb_entry tb_lmdb_at(const tb_lmdb *db, int index);

#endif
