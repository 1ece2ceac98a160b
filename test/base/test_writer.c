/* Files written in the background: how long it holds up their owner, what a
   full disk and a kill leave behind. */
#include "base/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/paths.h"
#include "tap.h"

/* ---- a disk that can be slow or full (linked with --wrap) ---- */

static atomic_int shut, full, syncs, allocations;

int __real_fsync(int descriptor);
int __wrap_fsync(int descriptor);
size_t __real_fwrite(const void *data, size_t size, size_t n, FILE *file);
size_t __wrap_fwrite(const void *data, size_t size, size_t n, FILE *file);

static void nap(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

int __wrap_fsync(int descriptor)
{
    while (atomic_load(&shut))
        nap(1);
    atomic_fetch_add(&syncs, 1);
    return __real_fsync(descriptor);
}

size_t __wrap_fwrite(const void *data, size_t size, size_t n, FILE *file)
{
    if (atomic_load(&full)) {
        errno = ENOSPC;
        return 0;
    }
    return __real_fwrite(data, size, n, file);
}

void *__real_tb_alloc(size_t bytes);
void *__wrap_tb_alloc(size_t bytes);

void *__wrap_tb_alloc(size_t bytes)
{
    atomic_fetch_add(&allocations, bytes > 1 << 20); /* of files */
    return __real_tb_alloc(bytes);
}

/* ---- what is written ---- */

enum { N = 1 << 20 };

static char root[] = "/tmp/timbrel-writer-XXXXXX";
static char path[100], log_path[100];
static float *weights;
static tb_error error;

static void fill(float value)
{
    for (int i = 0; i < N; i++)
        weights[i] = value;
}

/* Names and text that do not outlive the call. */
static tb_status save(tb_writer *w, float value)
{
    char name[] = "weights", text[32];
    tb_stored list[] = {{name, TB_STORED_F32, 1, {N}, weights, 0},
                        {"none", TB_STORED_F32, 1, {0}, NULL, 0},
                        {"one", TB_STORED_F32, 0, {0}, weights, 0}};
    tb_stored_text entry = {"value", text};
    snprintf(text, sizeof text, "%g", value);
    fill(value);
    tb_status status = tb_writer_save(w, path, list, 3, &entry, 1, &error);
    memset(name, 'x', sizeof name - 1);
    memset(text, 'x', sizeof text - 1);
    return status;
}

/* The one value that the file holds everywhere; NaN where it is not whole. */
static double value_in_file(void)
{
    tb_safetensors *file;
    if (tb_safetensors_open(path, &file, &error))
        return NAN;
    const tb_stored *t = tb_safetensors_find(file, "weights");
    const float *x = t ? t->data : NULL;
    double value = x ? x[0] : NAN;
    for (int i = 0; x && i < N; i++)
        if (x[i] != x[0])
            value = NAN;
    const char *text = tb_safetensors_text(file, "value");
    if (!text || strtod(text, NULL) != value)
        value = NAN;
    tb_safetensors_close(file);
    return value;
}

/* ---- tests ---- */

static void test_saved(void)
{
    tb_writer *w = tb_writer_new(NULL, &error);
    EQ(save(w, 1), TB_OK);
    fill(-1);
    EQ(tb_writer_wait(w, &error), TB_OK);
    NEAR(value_in_file(), 1, 0);
    EQ(save(NULL, 2), TB_OK);
    NEAR(value_in_file(), 2, 0);
    for (int i = 3; i < 9; i++)
        EQ(save(w, (float)i), TB_OK);
    fill(-1);
    tb_writer_free(w);
    NEAR(value_in_file(), 8, 0);
    tb_writer_free(NULL);
}

/* While nothing gets to the disk, the owner goes on. */
static void test_slow_disk(void)
{
    tb_writer *w = tb_writer_new(log_path, &error);
    EQ(save(w, 1), TB_OK);
    EQ(tb_writer_wait(w, &error), TB_OK);
    atomic_store(&shut, 1);
    EQ(save(w, 2), TB_OK);
    fill(-1);
    EQ(tb_writer_check(w, &error), TB_OK);
    OK(tb_writer_is_busy(w));
    NEAR(value_in_file(), 1, 0);
    atomic_store(&shut, 0);
    EQ(tb_writer_wait(w, &error), TB_OK);
    OK(!tb_writer_is_busy(w));
    NEAR(value_in_file(), 2, 0);
    tb_writer_free(w);
}

static void *open_later(void *context)
{
    (void)context;
    nap(50);
    atomic_store(&shut, 0);
    return NULL;
}

static void test_waits_for_the_one_before(void)
{
    pthread_t thread;
    tb_writer *w = tb_writer_new(log_path, &error);
    atomic_store(&shut, 1);
    EQ(save(w, 3), TB_OK);
    pthread_create(&thread, NULL, open_later, NULL);
    EQ(save(w, 4), TB_OK);
    OK(!atomic_load(&shut));
    pthread_join(thread, NULL);
    tb_writer_free(w);
    NEAR(value_in_file(), 4, 0);
}

static void test_reserved(void)
{
    tb_writer *w = tb_writer_new(NULL, &error);
    tb_writer_reserve(w, 2 * N * sizeof *weights);
    EQ(tb_writer_wait(w, &error), TB_OK);
    int before = atomic_load(&allocations);
    EQ(save(w, 5), TB_OK);
    EQ(tb_writer_wait(w, &error), TB_OK);
    EQ(atomic_load(&allocations), before);
    NEAR(value_in_file(), 5, 0);
    tb_writer_reserve(w, SIZE_MAX / 2);
    EQ(save(w, 6), TB_OK);
    tb_writer_free(w);
    NEAR(value_in_file(), 6, 0);
}

static void test_order(void)
{
    tb_writer *w = tb_writer_new(log_path, &error);
    int before = atomic_load(&syncs);
    EQ(save(w, 5), TB_OK);
    EQ(tb_writer_wait(w, &error), TB_OK);
    OK_NAMED(atomic_load(&syncs) >= before + 2, "the log too");
    tb_writer_free(w);
    w = tb_writer_new("/nowhere/at/all", &error);
    EQ(save(w, 6), TB_OK);
    EQ(tb_writer_wait(w, &error), TB_ERR_FILE);
    OK(strstr(error.text, "/nowhere/at/all"));
    tb_writer_free(w);
    NEAR(value_in_file(), 5, 0);
}

static void test_full_disk(void)
{
    tb_writer *w = tb_writer_new(NULL, &error);
    EQ(save(w, 1), TB_OK);
    EQ(tb_writer_wait(w, &error), TB_OK);
    atomic_store(&full, 1);
    EQ(save(w, 2), TB_OK);
    tb_status status = TB_OK;
    while (!status)
        status = tb_writer_check(w, &error);
    EQ(status, TB_ERR_FILE);
    OK(strstr(error.text, path));
    EQ(tb_writer_check(w, &error), TB_OK);
    NEAR(value_in_file(), 1, 0);
    EQ(save(w, 3), TB_OK);
    EQ(save(w, 4), TB_ERR_FILE);
    EQ(tb_writer_wait(w, &error), TB_OK);
    EQ(save(NULL, 4), TB_ERR_FILE);
    atomic_store(&full, 0);
    NEAR(value_in_file(), 1, 0);
    EQ(save(w, 5), TB_OK);
    EQ(tb_writer_wait(w, &error), TB_OK);
    NEAR(value_in_file(), 5, 0);
    tb_writer_free(w);
}

static void test_refused(void)
{
    tb_writer *w = tb_writer_new(NULL, &error);
    const tb_stored bad[] = {{"a", TB_STORED_F32, 1, {-1}, weights, 0},
                             {"a", TB_STORED_F32, 9, {1}, weights, 0}};
    for (int i = 0; i < 2; i++)
        EQ(tb_writer_save(w, path, &bad[i], 1, NULL, 0, &error),
           TB_ERR_ARGUMENT);
    EQ(tb_writer_wait(w, &error), TB_OK);
    tb_writer_free(w);
}

/* Saves one value after the other until it is killed. */
static void save_for_ever(void)
{
    tb_writer *w = tb_writer_new(log_path, NULL);
    for (int i = 1;; i = i % 1000 + 1)
        save(w, (float)i);
}

static void test_killed(void)
{
    bool whole = true;
    EQ(save(NULL, 1), TB_OK);
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            save_for_ever();
        nap(3 + 7 * i % 40);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        whole = whole && isfinite(value_in_file());
    }
    OK_NAMED(whole, "the old file or the new one");
}

static tb_status remove_file(void *context, const char *name, tb_error *e)
{
    (void)context;
    (void)e;
    unlink(name);
    return TB_OK;
}

/* What kills left has hidden names. */
static void clear(void)
{
    char command[200];
    const tb_walker walker = {remove_file, NULL, NULL};
    tb_walk(root, &walker, NULL);
    snprintf(command, sizeof command, "rm -f %s/.[!.]*", root);
    OK(system(command) == 0);
    OK(rmdir(root) == 0);
}

int main(void)
{
    weights = tb_alloc_array(N, sizeof *weights);
    if (!weights || !mkdtemp(root))
        return 1;
    snprintf(path, sizeof path, "%s/a.safetensors", root);
    snprintf(log_path, sizeof log_path, "%s/log.csv", root);
    fclose(fopen(log_path, "w"));
    test_killed();
    test_saved();
    test_slow_disk();
    test_waits_for_the_one_before();
    test_reserved();
    test_order();
    test_full_disk();
    test_refused();
    clear();
    tb_free(weights);
    return tap_done();
}
