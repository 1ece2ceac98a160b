/* Allocation i fails, for every i, over each function that allocates: nothing
   crashes, nothing leaks and the failure is told. */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/paths.h"
#include "base/pool.h"
#include "base/ring.h"
#include "base/writer.h"
#include "failing.h"

/* ---- what is tried; true when it succeeded ---- */

static char root[] = "/tmp/timbrel-oom-XXXXXX";
static char path[100], lock_path[100], folder[100];

static bool arena(void)
{
    tb_arena *a = tb_arena_new();
    bool good = a && tb_arena_alloc(a, 10) && tb_arena_alloc(a, 100000) &&
                tb_arena_strdup(a, "text") &&
                tb_arena_printf(a, "%0100000d", 1);
    tb_arena_free(a);
    return good;
}

static bool pool(void)
{
    tb_pool *p = tb_pool_new(2);
    tb_pool_free(p);
    return p != NULL;
}

static bool ring(void)
{
    tb_ring *r = tb_ring_new(1000);
    tb_ring_free(r);
    return r != NULL;
}

static bool writer(void)
{
    tb_json_writer w = {0};
    tb_json_begin_array(&w, NULL);
    for (int i = 0; i < 1000; i++)
        tb_json_put_text(&w, NULL, "text");
    tb_json_end_array(&w);
    bool good = tb_json_finish(&w) != NULL;
    tb_json_clear(&w);
    return good;
}

static bool told(tb_status status)
{
    if (status != TB_OK && status != TB_ERR_MEMORY)
        OK_NAMED(0, "a failure is TB_ERR_MEMORY");
    return status == TB_OK;
}

static bool reader(void)
{
    static const char text[] = "{\"a\": [1, \"two\", {\"b\": null}], \"c\": 2}";
    tb_json *json = NULL;
    tb_status status =
        tb_json_parse(text, sizeof text - 1, "text", &json, NULL);
    tb_json_free(json);
    return told(status);
}

static bool names(void)
{
    char *a = tb_path_join("a", "b"), *b = tb_path_stem("a.b"),
         *c = tb_path_folder("a/b");
    bool good = a && b && c;
    tb_free(a);
    tb_free(b);
    tb_free(c);
    return good;
}

static bool folders(void)
{
    return told(tb_make_folders(folder, NULL));
}

static tb_status nothing(void *context, const char *name, tb_error *error)
{
    (void)context;
    (void)name;
    (void)error;
    return TB_OK;
}

static bool walk(void)
{
    tb_walker walker = {nothing, NULL, NULL};
    return told(tb_walk(root, &walker, NULL));
}

static bool file(void)
{
    tb_error error = {TB_OK, ""};
    tb_file *f = tb_file_begin(path, &error);
    tb_file_abort(f);
    return told(error.status);
}

static bool lock(void)
{
    tb_error error = {TB_OK, ""};
    tb_lock *l = tb_lock_take(lock_path, &error);
    tb_lock_release(l);
    return told(error.status);
}

static bool table(void)
{
    tb_names t = {0};
    char keys[40][8];
    bool good = true;
    for (int i = 0; good && i < 40; i++) {
        snprintf(keys[i], sizeof keys[i], "%d", i);
        good = tb_names_add(&t, keys[i], keys[i]);
    }
    tb_names_clear(&t);
    return good;
}

static bool write_tensors(void)
{
    static const float x[2] = {1, 2};
    tb_stored list[] = {{"a", TB_STORED_F32, 1, {2}, x, 0},
                        {"b", TB_STORED_F32, 1, {1}, x, 0}};
    tb_stored_text text = {"key", "value"};
    return told(tb_safetensors_write(path, list, 2, &text, 1, NULL));
}

/* Without memory for a copy the file is written at once. */
static bool write_behind(void)
{
    static const float x[2] = {1, 2};
    tb_stored one = {"a", TB_STORED_F32, 1, {2}, x, 0};
    tb_error error = {TB_OK, ""};
    tb_writer *w = tb_writer_new(root, &error);
    if (w && !tb_writer_save(w, path, &one, 1, NULL, 0, &error))
        tb_writer_wait(w, &error);
    tb_writer_free(w);
    return told(error.status);
}

static bool read_tensors(void)
{
    tb_safetensors *f;
    tb_status status = tb_safetensors_open(path, &f, NULL);
    if (f)
        (void)tb_safetensors_find(f, "b");
    tb_safetensors_close(f);
    return told(status);
}

static void try_all(const char *name, bool (*attempt)(void))
{
    fail_each(attempt, name, 1, 1000);
}

int main(void)
{
    if (!mkdtemp(root))
        return 1;
    snprintf(path, sizeof path, "%s/a", root);
    snprintf(lock_path, sizeof lock_path, "%s/lock", root);
    snprintf(folder, sizeof folder, "%s/one/two", root);
    try_all("arena", arena);
    try_all("pool", pool);
    try_all("ring", ring);
    try_all("JSON writer", writer);
    try_all("JSON reader", reader);
    try_all("names", names);
    try_all("table of names", table);
    try_all("folders", folders);
    try_all("file", file);
    try_all("lock", lock);
    try_all("writing tensors", write_tensors);
    try_all("writing behind", write_behind);
    try_all("reading tensors", read_tensors);
    try_all("walk", walk);
    unlink(path);
    rmdir(folder);
    *strrchr(folder, '/') = 0;
    rmdir(folder);
    OK(rmdir(root) == 0);
    return tap_done();
}
