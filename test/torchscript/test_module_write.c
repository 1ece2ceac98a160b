/* Archives, pickles and modules of ours: what is written is read again. */
#include "tap.h"

#include "torchscript/archive.h"
#include "torchscript/archive_write.h"
#include "torchscript/module_write.h"
#include "torchscript/pickle.h"
#include "torchscript/pickle_write.h"
#include "torchscript/script_model.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char *const path = "module_write.ts";

/* ---- archives ---- */

static void check_entry(tb_archive *a, const char *name, const void *data,
                        size_t bytes)
{
    tb_error error = {0};
    const void *found = NULL;
    tb_archive_entry *e = tb_archive_find(a, name);
    OK_NAMED(e && e->bytes == bytes && !e->deflated &&
                 tb_archive_data(a, e, &found, &error) == TB_OK &&
                 memcmp(found, data, bytes) == 0 && (uintptr_t)found % 64 == 0,
             name);
}

static void test_archive(void)
{
    static const char zeros[10000];
    tb_error error = {0};
    tb_archive *a = NULL;
    tb_file *file = tb_file_begin(path, &error);
    tb_archive_writer *w = tb_archive_writer_new(file, "my[3]", &error);
    EQ(tb_archive_writer_add(w, "one", "abc", 3, &error), TB_OK);
    EQ(tb_archive_writer_add(w, "data/0", NULL, sizeof zeros, &error), TB_OK);
    EQ(tb_archive_writer_add(w, "none", "", 0, &error), TB_OK);
    EQ(tb_archive_writer_add(w, "data/17", "defgh", 5, &error), TB_OK);
    EQ(tb_archive_writer_finish(w, &error), TB_OK);
    tb_archive_writer_free(w);
    EQ(tb_file_commit(file, &error), TB_OK);
    if (EQ(tb_archive_open(path, &a, &error), TB_OK)) {
        EQ(tb_archive_count(a), 4);
        check_entry(a, "one", "abc", 3);
        check_entry(a, "data/0", zeros, sizeof zeros);
        check_entry(a, "data/17", "defgh", 5);
    }
    tb_archive_close(a);
}

/* More than a zip of this kind holds is refused before it is written. */
static void test_too_large(void)
{
    tb_error error = {0};
    tb_file *file = tb_file_begin(path, &error);
    tb_archive_writer *w = tb_archive_writer_new(file, "large", &error);
    EQ(tb_archive_writer_add(w, "data/0", NULL, (size_t)UINT32_MAX, &error),
       TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "4 GB") != NULL);
    tb_archive_writer_free(w);
    tb_file_abort(file);
}

/* ---- pickles ---- */

static void write_values(tb_pickle_writer *p)
{
    static const int64_t three[] = {1, -2, 1LL << 40};
    tb_pickle_begin(p);
    tb_pickle_open_object(p, "Thing");
    tb_pickle_text(p, "ints");
    tb_pickle_ints(p, 3, three);
    uint32_t same = tb_pickle_remember(p);
    tb_pickle_text(p, "again");
    tb_pickle_again(p, same);
    tb_pickle_text(p, "real");
    tb_pickle_real(p, -0.1);
    tb_pickle_text(p, "flag");
    tb_pickle_bool(p, true);
    tb_pickle_text(p, "names");
    tb_pickle_open_list(p);
    tb_pickle_text(p, "ä");
    tb_pickle_close_list(p, "List[str]");
    tb_pickle_close_object(p);
    tb_pickle_end(p);
}

static void test_pickle(void)
{
    tb_error error = {0};
    tb_pickle_writer p;
    tb_unpickled u = {0};
    tb_arena *arena = tb_arena_new();
    write_values(&p);
    OK(!p.failed);
    EQ(tb_unpickle(p.at, p.size, "p", arena, &u, &error), TB_OK);
    OK(tb_pickled_is(u.root, TB_PICKLED_OBJECT));
    tb_pickled *ints = tb_pickled_find(u.root, "ints");
    OK(tb_pickled_is(ints, TB_PICKLED_TUPLE) && ints->count == 3 &&
       ints->items[1]->integer == -2 && ints->items[2]->integer == 1LL << 40);
    OK(tb_pickled_find(u.root, "again") == ints);
    tb_pickled *real = tb_pickled_find(u.root, "real");
    OK(tb_pickled_is(real, TB_PICKLED_REAL) && real->real == -0.1);
    tb_pickled *names = tb_pickled_find(u.root, "names");
    OK(tb_pickled_is_call(names, "torch.jit._pickle", "restore_type_tag"));
    tb_pickle_clear(&p);
    tb_arena_free(arena);
}

/* ---- source ---- */

static void check_real(double x, const char *text)
{
    char said[TB_SOURCE_REAL];
    OK_NAMED(strcmp(tb_source_real(x, said), text) == 0, text);
}

static void test_reals(void)
{
    check_real(2, "2.");
    check_real(-0.1, "-0.1");
    check_real(0.2, "0.2");
    check_real(1e-9, "1e-09");
    check_real(1.0 / 3, "0.3333333333333333");
    check_real(INFINITY, "inf");
}

/* ---- modules ---- */

/* Twice the input and what a shared object holds. */
static void write_module(tb_made_module *m, tb_made_object **root)
{
    static const float half[] = {0.5f};
    static const char *const labels[] = {"sound", NULL};
    static const int64_t params[] = {1, 1, 1, 1};
    tb_made_object *part = tb_made_object_new(m, "Part");
    *root = tb_made_object_new(m, "Whole");
    tb_made_tensor *a = tb_made_tensor_shared(m, TB_REAL, tb_dims(1), half);
    static const float like[] = {0.5f};
    OK(tb_made_tensor_shared(m, TB_REAL, tb_dims(1), like) == a);
    OK(tb_made_tensor_new(m, TB_REAL, tb_dims(1), like) != a);
    tb_made_slot_tensor(part, "w", a, TB_SLOT_PARAMETER);
    tb_made_slot_tensor(*root, "v", a, TB_SLOT_BUFFER);
    tb_made_slot_object(*root, "first", part);
    tb_made_slot_object(*root, "second", part);
    tb_made_slot_texts(*root, "forward_input_labels", labels);
    tb_made_slot_ints(*root, "forward_params", 4, params);
    tb_made_slot_int(*root, "sr", 8000);
    tb_source_line(tb_made_source(*root),
                   "def forward(self: __torch__.Whole,\n"
                   "    x: Tensor) -> Tensor:\n"
                   "  y = torch.add(torch.mul(x, 2), self.first.w)\n"
                   "  return torch.add(y, self.second.w)");
    tb_made_extra(m, "metadata.json", "{\"a\":1}");
}

static void play(void)
{
    tb_error error = {0};
    tb_script_model *ts = tb_script_model_open(path, NULL, &error);
    const tb_script_method *f =
        ts ? tb_script_model_method(ts, "forward", &error) : NULL;
    tb_script_stream *s = f ? tb_script_stream_new(ts, f, 1, 2, &error) : NULL;
    float x[] = {1, -3}, y[2] = {0};
    const float *in[] = {x};
    float *out[] = {y};
    if (!OK(s != NULL))
        fprintf(stderr, "# %s\n", error.text);
    OK(s && tb_script_stream_play(s, in, out, &error) == TB_OK);
    OK(y[0] == 3 && y[1] == -5);
    OK(ts && ts->sample_rate == 8000 && ts->parameters == 1);
    tb_script_stream_free(s);
    tb_script_model_close(ts);
}

static void test_module(void)
{
    tb_error error = {0};
    tb_made_object *root;
    tb_made_module *m = tb_made_module_new();
    write_module(m, &root);
    tb_file *file = tb_file_begin(path, &error);
    EQ(tb_made_module_save(m, root, "whole", file, &error), TB_OK);
    EQ(tb_file_commit(file, &error), TB_OK);
    tb_made_module_free(m);
    play();
}

static void test_two_alike(void)
{
    tb_error error = {0};
    tb_made_module *m = tb_made_module_new();
    tb_made_object *root = tb_made_object_new(m, "Whole");
    tb_made_slot_int(root, "a", 1);
    tb_made_slot_int(root, "a", 2);
    tb_file *file = tb_file_begin(path, &error);
    EQ(tb_made_module_save(m, root, "whole", file, &error), TB_ERR_UNSUPPORTED);
    OK(strstr(error.text, "'a'") != NULL);
    tb_file_abort(file);
    tb_made_module_free(m);
}

int main(void)
{
    test_archive();
    test_too_large();
    test_pickle();
    test_reals();
    test_module();
    test_two_alike();
    unlink(path);
    return tap_done();
}
