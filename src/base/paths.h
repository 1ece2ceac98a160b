/* Files and folders: names, walks, locks, and files that appear whole or not
   at all. Paths are bytes separated by '/'. Text and memory that these
   functions return is freed with tb_free. */
#ifndef TB_BASE_PATHS_H
#define TB_BASE_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* ---- names ---- */

/* "folder/name"; just the name where it starts with '/' or the folder is
   empty or null. Null when there is no memory. */
char *tb_path_join(const char *folder, const char *name);

/* What follows the last '/' of the path, inside it. */
const char *tb_path_base(const char *path);

/* What follows the last dot of the base name, inside it, or "" (also for
   hidden files as ".profile"). */
const char *tb_path_extension(const char *path);

/* The base name without extension and without the '/' that a folder may end
   with: "sounds/bell.wav" gives "bell" and "sounds/" gives "sounds". Null
   when there is no memory. */
char *tb_path_stem(const char *path);

/* What stands before the last '/', "/" for the root's children, or ".". Null
   when there is no memory. */
char *tb_path_folder(const char *path);

/* ---- what is there ---- */

bool tb_exists(const char *path);
bool tb_is_folder(const char *path);

/* TB_OK, or a sentence that tells why there is nothing at `path`. */
tb_status tb_check_exists(const char *path, tb_error *error);

/* Bytes that this user may still write where the path (which must exist)
   lies, or -1 when nobody knows. */
int64_t tb_free_space(const char *path);

/* Makes the folder and those above it that are missing. */
tb_status tb_make_folders(const char *path, tb_error *error);

/* Whom a walk tells what it meets. */
typedef struct tb_walker {
    /* One regular file. Anything but TB_OK ends the walk with this status. */
    tb_status (*file)(void *context, const char *path, tb_error *error);
    /* Something that cannot be read and is left out. May be null. */
    void (*unreadable)(void *context, const char *path, const char *reason);
    void *context;
} tb_walker;

/* Visits every regular file below a folder, in the byte order of the names,
   or the one file that `path` names. Follows links, but visits each folder
   once only; leaves out hidden names. Fails when `path` itself cannot be
   read. */
tb_status tb_walk(const char *path, const tb_walker *walker, tb_error *error);

/* ---- reading and writing ---- */

/* Reads a whole file of at most `limit` bytes. A zero follows the last byte,
   so that text can be used as it is. `size` may be null. */
tb_status tb_read_file(const char *path, size_t limit, void **data,
                       size_t *size, tb_error *error);

/* A file being written under a hidden temporary name in its folder. */
typedef struct tb_file tb_file;

/* Null, with the error filled, when it cannot be made. */
tb_file *tb_file_begin(const char *path, tb_error *error);

tb_status tb_file_write(tb_file *file, const void *data, size_t bytes,
                        tb_error *error);

/* For fprintf. Errors are kept and told by tb_file_commit. */
FILE *tb_file_stream(tb_file *file);

/* The temporary name, for libraries that write to a path by themselves. */
const char *tb_file_temporary(const tb_file *file);

/* Removes the temporary files that programs left in `folder` when they were
   killed; those that a program still writes stay. */
void tb_clear_abandoned(const char *folder);

/* A file without a name in `folder`, for reading and writing, which is gone
   when it is closed or the process ends. Null, with the error filled, when it
   cannot be made. */
FILE *tb_file_unnamed(const char *folder, tb_error *error);

/* Puts the file in its place once it is safely on the disk, replacing what
   was there; when anything failed, nothing changes. Frees `file`. */
tb_status tb_file_commit(tb_file *file, tb_error *error);

/* The same, but fails when there is a file already. */
tb_status tb_file_commit_new(tb_file *file, tb_error *error);

/* All at once: the file holds this text, or what it held before. */
tb_status tb_write_text(const char *path, const char *text, tb_error *error);

/* Forgets what was written. Frees `file`, which may be null. */
void tb_file_abort(tb_file *file);

/* Renames a file that another is to take the place of: "list.json" becomes the
   first free of list-1.json, list-2.json ..., which goes to `*name`, to be
   freed with tb_free. */
tb_status tb_put_aside(const char *path, char **name, tb_error *error);

/* ---- locks ---- */

typedef struct tb_lock tb_lock;

/* Makes the file `path` and holds it, until it is released or the process
   ends. Null, with the error naming the process that holds it, when another
   does (TB_ERR_SYSTEM), or when the file cannot be made (TB_ERR_FILE). */
tb_lock *tb_lock_take(const char *path, tb_error *error);

/* Removes the file. Accepts null. */
void tb_lock_release(tb_lock *lock);

/* ---- contents ---- */

/* The hash (base/hash.h) of a file's bytes. */
tb_status tb_hash_file(const char *path, uint64_t *hash, tb_error *error);

/* ---- errors ---- */

/* "Cannot <verb> '<path>': ..." with the reason for `code`, an errno, and what
   to do about it. Returns TB_ERR_FILE (TB_ERR_MEMORY for ENOMEM). */
tb_status tb_fail_file(tb_error *error, const char *verb, const char *path,
                       int code);

#endif
