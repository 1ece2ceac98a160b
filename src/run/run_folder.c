#include "run/run_folder.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/setting_value.h"
#include "base/shell.h"
#include "run/trainings.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_RUNS = 9999 };

struct tb_run {
    char *folder;
    tb_lock *lock;
};

/* ---- folders ---- */

char *tb_run_default_folder(const char *sounds, tb_error *error)
{
    char *stem = tb_path_stem(sounds), *folder = NULL;
    bool named = stem && *stem && strcmp(stem, ".") && strcmp(stem, "..") &&
                 strcmp(stem, "/");
    if (stem)
        folder = tb_path_join("runs", named ? stem : "sounds");
    tb_free(stem);
    if (!folder)
        tb_fail_memory(error);
    return folder;
}

/* "folder", then "folder-2", "folder-3" ... */
static char *numbered_name(const char *folder, int number)
{
    size_t length = strlen(folder), size = length + 16;
    char *name = tb_alloc(size);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (name && number == 1)
        snprintf(name, size, "%.*s", (int)length, folder);
    else if (name)
        snprintf(name, size, "%.*s-%d", (int)length, folder, number);
    return name;
}

static tb_status fail_exists(const char *folder, tb_error *error)
{
    char word[TB_SHELL_WORD];
    if (tb_is_run(folder))
        return tb_fail(error, TB_ERR_FILE,
                       "There is a run '%s' already. Name another folder, or "
                       "go on with it: timbrel train --resume %s",
                       folder, tb_shell_word(folder, word));
    return tb_fail(error, TB_ERR_FILE,
                   "There is a file or folder '%s' already, which is not "
                   "overwritten. Name another one.",
                   folder);
}

/* Makes the first folder that is not there yet; its name goes to `run`. */
static tb_status make_folder(tb_run *run, const char *folder, bool numbered,
                             tb_error *error)
{
    for (int number = 1; number <= MOST_RUNS; number++) {
        tb_free(run->folder);
        run->folder = numbered_name(folder, number);
        if (!run->folder)
            return tb_fail_memory(error);
        if (mkdir(run->folder, 0777) == 0)
            return TB_OK;
        if (errno != EEXIST)
            return tb_fail_file(error, "make the folder", run->folder, errno);
        if (!numbered)
            break;
    }
    return fail_exists(run->folder, error);
}

static tb_status make_above(const char *folder, tb_error *error)
{
    char *name = numbered_name(folder, 1), *above = NULL;
    if (name)
        above = tb_path_folder(name);
    tb_status status =
        above ? tb_make_folders(above, error) : tb_fail_memory(error);
    tb_free(name);
    tb_free(above);
    return status;
}

static tb_status make_below(const char *folder, const char *name,
                            tb_error *error)
{
    char *path = tb_path_join(folder, name);
    tb_status status =
        path ? tb_make_folders(path, error) : tb_fail_memory(error);
    tb_free(path);
    return status;
}

static tb_status hold(tb_run *run, tb_error *error)
{
    tb_error own;
    char *path = tb_path_join(run->folder, ".lock");
    if (!path)
        return tb_fail_memory(error);
    error = error ? error : &own;
    run->lock = tb_lock_take(path, error);
    tb_free(path);
    return run->lock ? TB_OK : error->status;
}

bool tb_run_is_held(const char *folder)
{
    tb_error why = {0};
    tb_run run = {.folder = (char *)folder};
    tb_status status = hold(&run, &why);
    tb_lock_release(run.lock);
    return status == TB_ERR_SYSTEM;
}

/* A further training of a run stands beside what that keeps. */
static tb_status check_name(const char *folder, tb_error *error)
{
    char *above = tb_run_above(folder), *name = tb_path_stem(folder);
    bool kept = above && name && tb_run_keeps(name);
    tb_status status = TB_OK;
    if (kept)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "The run '%s' keeps its own files in '%s'. Name the "
                         "training otherwise.",
                         above, folder);
    tb_free(above);
    tb_free(name);
    return status;
}

tb_run *tb_run_create(const char *folder, bool numbered, tb_error *error)
{
    tb_run *run = tb_alloc(sizeof *run);
    tb_status status = run ? check_name(folder, error) : tb_fail_memory(error);
    if (status == TB_OK)
        status = make_above(folder, error);
    if (status == TB_OK)
        status = make_folder(run, folder, numbered, error);
    if (status == TB_OK)
        status = hold(run, error);
    if (status == TB_OK)
        status = make_below(run->folder, "checkpoints", error);
    if (status == TB_OK)
        return run;
    tb_run_close(run);
    return NULL;
}

/* People name a file or folder of a run when they mean the run. */
static tb_status fail_no_run(const char *folder, tb_error *error)
{
    char *run = numbered_name(folder, 1);
    bool is_run = false;
    for (int above = 0; run && !is_run && above < 2; above++) {
        char *next = tb_path_folder(run);
        tb_free(run);
        run = next;
        is_run = run && tb_is_run(run);
    }
    tb_status status =
        is_run ? tb_fail(error, TB_ERR_FILE,
                         "'%s' is no run, but lies in one: name '%s'.", folder,
                         run)
               : tb_fail(error, TB_ERR_FILE,
                         "'%s' is no run: there is no run.ini in it.", folder);
    tb_free(run);
    return status;
}

static tb_status fail_nothing(const char *folder, tb_error *error)
{
    char names[300] = "";
    char *above = tb_run_above(folder);
    if (above)
        tb_run_trainings_text(above, names, sizeof names);
    tb_free(above);
    return tb_fail(error, TB_ERR_FILE, "There is no run '%s'. %s%s%s", folder,
                   names[0] ? "The further trainings beside it are: "
                            : "Check the name",
                   names, ".");
}

static tb_status check_run(const char *folder, tb_error *error)
{
    char *path = tb_path_join(folder, "run.ini");
    struct stat info;
    if (!path)
        return tb_fail_memory(error);
    int code = stat(path, &info) == 0 ? 0 : errno;
    tb_free(path);
    if (!code)
        return TB_OK;
    if (code != ENOENT && code != ENOTDIR)
        return tb_fail_file(error, "read", folder, code);
    if (!tb_exists(folder))
        return fail_nothing(folder, error);
    return fail_no_run(folder, error);
}

tb_run *tb_run_open(const char *folder, tb_error *error)
{
    tb_run *run = tb_alloc(sizeof *run);
    tb_status status = run ? check_run(folder, error) : tb_fail_memory(error);
    if (status == TB_OK) {
        run->folder = numbered_name(folder, 1);
        status = run->folder ? hold(run, error) : tb_fail_memory(error);
    }
    if (status == TB_OK)
        status = make_below(run->folder, "checkpoints", error);
    if (status == TB_OK)
        return run;
    tb_run_close(run);
    return NULL;
}

void tb_run_close(tb_run *run)
{
    if (!run)
        return;
    tb_lock_release(run->lock);
    tb_free(run->folder);
    tb_free(run);
}

const char *tb_run_folder(const tb_run *run)
{
    return run->folder;
}

/* ---- run.ini ---- */

static tb_status write_source(FILE *to, int number, const tb_run_source *source,
                              tb_error *error)
{
    char name[16];
    size_t size = strlen(source->path) + 64;
    char *value = tb_alloc(size);
    if (!value)
        return tb_fail_memory(error);
    int64_t milliseconds = (int64_t)(source->seconds * 1000 + 0.5);
    snprintf(name, sizeof name, "%d", number);
    snprintf(value, size, "%016" PRIx64 " %" PRId64 ".%03ds %s", source->hash,
             milliseconds / 1000, (int)(milliseconds % 1000), source->path);
    tb_ini_write(to, name, value);
    tb_free(value);
    return TB_OK;
}

static tb_status write_description(FILE *to, const tb_run_description *what,
                                   tb_error *error)
{
    tb_status status = TB_OK;
    tb_ini_write_section(to, "run", NULL);
    for (int i = 0; i < what->note_count; i++)
        tb_ini_write(to, what->notes[i].name, what->notes[i].value);
    tb_ini_write_settings(to, what->parts, what->part_count);
    tb_ini_write_section(to, "sources",
                         "The recordings: hash of the bytes, length, path.");
    for (int i = 0; i < what->source_count && status == TB_OK; i++)
        status = write_source(to, i + 1, &what->sources[i], error);
    return status;
}

tb_status tb_run_describe(const tb_run *run, const tb_run_description *what,
                          tb_error *error)
{
    tb_error own;
    char *path = tb_path_join(run->folder, "run.ini");
    if (!path)
        return tb_fail_memory(error);
    error = error ? error : &own;
    tb_file *file = tb_file_begin(path, error);
    tb_free(path);
    if (!file)
        return error->status;
    tb_status status = write_description(tb_file_stream(file), what, error);
    if (status == TB_OK)
        return tb_file_commit(file, error);
    tb_file_abort(file);
    return status;
}

bool tb_run_source_at(const tb_ini *ini, int index, tb_run_source *source)
{
    char name[16];
    int before_path = 0;
    long long seconds;
    int milliseconds;
    snprintf(name, sizeof name, "%d", index + 1);
    const char *value = tb_ini_get(ini, "sources", name);
    if (!value || sscanf(value, "%" SCNx64 " %lld.%ds%n", &source->hash,
                         &seconds, &milliseconds, &before_path) != 3)
        return false;
    if (seconds < 0 || milliseconds < 0 || milliseconds > 999 || !before_path ||
        value[before_path] != ' ' || !value[before_path + 1])
        return false;
    source->seconds = (double)seconds + milliseconds / 1000.0;
    source->path = value + before_path + 1;
    return true;
}

static tb_status check_sources(const tb_ini *ini, const char *path,
                               tb_error *error)
{
    tb_run_source source;
    int count = tb_ini_count(ini, "sources");
    for (int i = 0; i < count; i++)
        if (!tb_run_source_at(ini, i, &source))
            return tb_fail(error, TB_ERR_FORMAT,
                           "Line %d of section [sources] of '%s' is missing, "
                           "or is not of the form hash seconds path.",
                           i + 1, path);
    return TB_OK;
}

tb_ini *tb_run_read(const char *folder, tb_error *error)
{
    if (check_run(folder, error))
        return NULL;
    char *path = tb_path_join(folder, "run.ini");
    if (!path) {
        tb_fail_memory(error);
        return NULL;
    }
    tb_ini *ini = tb_ini_read(path, error);
    if (ini && check_sources(ini, path, error)) {
        tb_ini_free(ini);
        ini = NULL;
    }
    tb_free(path);
    return ini;
}

/* ---- files ---- */

bool tb_is_run(const char *folder)
{
    char *path = tb_path_join(folder, "run.ini");
    bool is_run = path && tb_exists(path);
    tb_free(path);
    return is_run;
}

char *tb_run_checkpoint(const char *folder, int epoch)
{
    char name[64];
    snprintf(name, sizeof name, "checkpoints/epoch-%04d.safetensors", epoch);
    return tb_path_join(folder, name);
}

char *tb_run_resume_file(const char *folder)
{
    return tb_path_join(folder, "resume.safetensors");
}

char *tb_run_log_file(const char *folder)
{
    return tb_path_join(folder, "log.csv");
}

/* Makes the folders above `name` below `folder`. */
static tb_status make_place(const char *folder, const char *name, char **path,
                            tb_error *error)
{
    *path = tb_path_join(folder, name);
    char *above = *path ? tb_path_folder(*path) : NULL;
    tb_status status =
        above ? tb_make_folders(above, error) : tb_fail_memory(error);
    tb_free(above);
    if (status) {
        tb_free(*path);
        *path = NULL;
    }
    return status;
}

tb_status tb_run_example(const char *folder, int prompt, double temperature,
                         int epoch, char **path, tb_error *error)
{
    char heat[32], name[128];
    tb_number_text(temperature, heat);
    snprintf(name, sizeof name, "examples/prompt%d_T%s/epoch-%04d.wav", prompt,
             heat, epoch);
    return make_place(folder, name, path, error);
}

tb_status tb_run_picture(const char *folder, const char *name, char **path,
                         tb_error *error)
{
    char *below = tb_path_join("pictures", name);
    *path = NULL;
    tb_status status =
        below ? make_place(folder, below, path, error) : tb_fail_memory(error);
    tb_free(below);
    return status;
}

/* The epoch of a checkpoint's name, or -1. */
static int epoch_of(const char *name)
{
    static const char before[] = "epoch-", after[] = ".safetensors";
    size_t length = strlen(before);
    if (strncmp(name, before, length) != 0)
        return -1;
    size_t digits = strspn(name + length, "0123456789");
    if (digits < 4 || digits > 9 || strcmp(name + length + digits, after) != 0)
        return -1;
    return atoi(name + length);
}

static int by_number(const void *a, const void *b)
{
    return (*(const int *)a > *(const int *)b) -
           (*(const int *)a < *(const int *)b);
}

static tb_status list_epochs(DIR *folder, int **epochs, int *count,
                             tb_error *error)
{
    int room = 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        int epoch = epoch_of(entry->d_name);
        if (epoch < 0)
            continue;
        if (*count == room) {
            room = room ? 2 * room : 64;
            int *more = tb_alloc_array((size_t)room, sizeof *more);
            if (!more)
                return tb_fail_memory(error);
            if (*count)
                memcpy(more, *epochs, (size_t)*count * sizeof *more);
            tb_free(*epochs);
            *epochs = more;
        }
        (*epochs)[(*count)++] = epoch;
    }
    if (*count)
        qsort(*epochs, (size_t)*count, sizeof **epochs, by_number);
    return TB_OK;
}

tb_status tb_run_epochs(const char *folder, int **epochs, int *count,
                        tb_error *error)
{
    *epochs = NULL;
    *count = 0;
    char *path = tb_path_join(folder, "checkpoints");
    if (!path)
        return tb_fail_memory(error);
    tb_status status = TB_OK;
    DIR *open = opendir(path);
    if (open)
        status = list_epochs(open, epochs, count, error);
    else if (errno != ENOENT)
        status = tb_fail_file(error, "read", path, errno);
    if (open)
        closedir(open);
    tb_free(path);
    if (status) {
        tb_free(*epochs);
        *epochs = NULL;
        *count = 0;
    }
    return status;
}

int tb_run_latest(const char *folder)
{
    int *epochs, count, latest = -1;
    if (tb_run_epochs(folder, &epochs, &count, NULL) == TB_OK && count)
        latest = epochs[count - 1];
    tb_free(epochs);
    return latest;
}
