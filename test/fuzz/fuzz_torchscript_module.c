/* Modules of TorchScript: archives, of which one entry at a time is changed,
   and no checksum is compared. What opens is walked through; a method of it is
   recorded and runs. */
#include "fuzz.h"
#include "torchscript/script_check.h"
#include "torchscript/script_plan.h"
#include "torchscript/zip_writer.h"

#include <stdbool.h>
#include <stdio.h>

enum { ROWS = 1, CHANNELS = 2, FRAMES = 64, DEEPEST = 100 };

/* ---- archives that are changed ---- */

static tb_archive *open_archive(const uint8_t *bytes, size_t size)
{
    tb_archive *a;
    tb_error error;
    if (tb_archive_read(bytes, size, "input", &a, &error) != TB_OK)
        return NULL;
    tb_archive_trust(a);
    return a;
}

/* The entry's data (another's where `donor` is one) with changes. */
static void add_changed(zip_writer *z, const char *name, const void *data,
                        size_t size, size_t most)
{
    uint8_t *changed = calloc(size + most, 1);
    if (size)
        memcpy(changed, data, size);
    size = LLVMFuzzerMutate(changed, size, size + most);
    zip_add(z, name, changed, size, 0);
    free(changed);
}

static void add_entry(zip_writer *z, tb_archive *a, tb_archive_entry *e,
                      bool change, tb_archive_entry *source)
{
    const void *data = NULL;
    char name[512];
    tb_error error;
    if (tb_archive_data(a, source, &data, &error) != TB_OK)
        return;
    snprintf(name, sizeof name, "m/%s", e->name);
    if (change)
        add_changed(z, name, data, source->bytes, 64);
    else
        zip_add(z, name, data, source->bytes, 0);
}

static zip_bytes change_archive(tb_archive *a, unsigned seed)
{
    zip_writer z = {0};
    size_t n = tb_archive_count(a), chosen = n ? seed / 16 % n : 0;
    for (size_t i = 0; i < n; i++) {
        tb_archive_entry *e = tb_archive_at(a, i), *source = e;
        if (i == chosen && seed % 16 == 0) /* left out */
            continue;
        if (i == chosen && seed % 16 == 1) /* another's data */
            source = tb_archive_at(a, seed / 256 % n);
        add_entry(&z, a, e, i == chosen, source);
    }
    zip_finish(&z, 0);
    free(z.directory.at);
    return z.file;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most,
                               unsigned seed)
{
    tb_archive *a = seed % 64 ? open_archive(bytes, size) : NULL;
    if (!a)
        return LLVMFuzzerMutate(bytes, size, most);
    zip_bytes changed = change_archive(a, seed / 64);
    tb_archive_close(a);
    bool fits = changed.size <= most;
    if (fits)
        memcpy(bytes, changed.at, size = changed.size);
    free(changed.at);
    return fits ? size : LLVMFuzzerMutate(bytes, size, most);
}

/* ---- what opens holds together ---- */

static const tb_script_items *items_of(const tb_script_value *x)
{
    return x->kind == TB_SCRIPT_LIST || x->kind == TB_SCRIPT_TUPLE
               ? &x->list->items
           : x->kind == TB_SCRIPT_DICT   ? &x->dict->items
           : x->kind == TB_SCRIPT_OBJECT ? &x->object->items
                                         : NULL;
}

static double look(tb_script_tensor *t)
{
    int64_t n = tb_script_tensor_count(t);
    if (n == 0)
        return 0;
    return tb_script_storage_number(t->storage, tb_script_tensor_place(t, 0)) +
           tb_script_storage_number(t->storage,
                                    tb_script_tensor_place(t, n - 1));
}

static double walk(const tb_script_value *x, int depth, int *left)
{
    double sum = x->kind == TB_SCRIPT_TENSOR   ? look(x->tensor)
                 : x->kind == TB_SCRIPT_STRING ? (double)strlen(x->string)
                                               : 0;
    const tb_script_items *items = items_of(x);
    for (int i = 0; items && depth < DEEPEST && i < items->count; i++)
        if (--*left > 0)
            sum += walk(&items->at[i], depth + 1, left);
    if (x->kind == TB_SCRIPT_OBJECT)
        for (int i = 0; i < x->object->class->source->slot_count; i++)
            if (!tb_script_slot(x, x->object->class->source->slots[i].name))
                abort();
    return sum;
}

/* Inputs where tensors are wanted, which is also where nothing is said. */
static int choose_arguments(const tb_script_function *f,
                            tb_script_argument *arguments)
{
    int count = f->parameter_count - 1;
    for (int i = 0; i < count; i++) {
        const tb_annotation *type = f->parameters[i + 1].type;
        const char *name = type ? type->name : "Tensor";
        arguments[i] = (tb_script_argument){.value = tb_script_none()};
        if (strcmp(name, "Tensor") == 0) {
            arguments[i].is_input = true;
            arguments[i].shape = tb_dims(ROWS, CHANNELS, FRAMES);
        } else if (strcmp(name, "int") == 0) {
            arguments[i].value = tb_script_int(2);
        }
    }
    return count;
}

static void play(tb_script_module *m, const tb_script_function *f)
{
    static const tb_script_plan_settings settings = {.most_elements = 1 << 16,
                                                     .most_steps = 10000};
    enum { MOST_ARGUMENTS = 6, CALLS = 3 };
    tb_script_argument arguments[MOST_ARGUMENTS];
    tb_error error = {0};
    tb_script_plan *p = NULL;
    if (f->parameter_count < 1 || f->parameter_count > MOST_ARGUMENTS)
        return;
    if (tb_script_check(m, f->name, &error) && !error.text[0])
        abort();
    int count = choose_arguments(f, arguments);
    for (int i = 0; i < CALLS; i++) {
        if (!p || !tb_script_plan_holds(p)) {
            tb_script_plan_free(p);
            p = tb_script_plan_new(m, f->name, count, arguments, &settings,
                                   &error);
        }
        if (!p && !error.text[0])
            abort();
        if (!p)
            break;
        tb_script_plan_run(p, 1);
    }
    tb_script_plan_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_error error = {0};
    int left = 10000;
    tb_archive *a = open_archive(bytes, size);
    if (!a)
        return 0;
    tb_script_module *m = tb_script_module_read(a, &error);
    if (!m)
        return error.text[0] == 0;
    walk(&m->root, 0, &left);
    tb_script_module_parameters(m);
    const tb_script_class_source *class = m->root.object->class->source;
    for (int i = 0; i < class->method_count && i < 4; i++)
        play(m, class->methods[i]);
    tb_script_module_close(m);
    return 0;
}
