/* Functions by their names, against a search through all of them. */
#include "tap.h"
#include "torchscript/functions.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const tb_builtin *searched(const char *name)
{
    int count = 0;
    const tb_builtin *const *tables = tb_builtin_tables(&count);
    for (int i = 0; i < count; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++)
            if (strcmp(row->name, name) == 0)
                return row;
    return NULL;
}

/* Whether all are found, and none where there is none. */
static bool finds_all(void)
{
    int count = 0;
    bool good = true;
    char other[80];
    const tb_builtin *const *tables = tb_builtin_tables(&count);
    for (int i = 0; i < count; i++)
        for (const tb_builtin *row = tables[i]; row->name; row++) {
            snprintf(other, sizeof other, "%s?", row->name);
            good = good && tb_builtin_named(row->name) == searched(row->name) &&
                   !tb_builtin_named(other);
        }
    return good;
}

static void *find_in_thread(void *good)
{
    *(bool *)good = finds_all();
    return NULL;
}

/* The first use of all, by several at once. */
static void check_threads(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    bool good[THREADS] = {false};
    for (int i = 0; i < THREADS; i++)
        OK(pthread_create(&threads[i], NULL, find_in_thread, &good[i]) == 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        OK(good[i]);
    }
}

static void check_in_place(void)
{
    bool in_place = true;
    OK(tb_builtin_called("add", &in_place) == searched("add") && !in_place);
    OK(tb_builtin_called("add_", &in_place) == searched("add") && in_place);
    OK(tb_builtin_called("copy_", &in_place) == searched("copy_") && !in_place);
    OK(!tb_builtin_called("addd_", &in_place));
    OK(!tb_builtin_called("_", &in_place) && !in_place);
    OK(!tb_builtin_called("", &in_place) && !in_place);
}

int main(void)
{
    check_threads();
    OK(finds_all());
    check_in_place();
    return tap_done();
}
