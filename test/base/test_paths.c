#include "base/paths.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "tap.h"

static char root[] = "/tmp/timbrel-paths-XXXXXX";

/* A path below the test's own folder, in one of a few static buffers. */
static const char *in(const char *name)
{
    static char buffers[8][256];
    static int turn;
    char *out = buffers[turn++ % 8];
    snprintf(out, sizeof buffers[0], "%s/%s", root, name);
    return out;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    fputs(text, f);
    fclose(f);
}

static int same_path(char *made, const char *expected)
{
    int same = made && strcmp(made, expected) == 0;
    if (!same)
        fprintf(stderr, "# '%s' against '%s'\n", made ? made : "", expected);
    tb_free(made);
    return same;
}

static void names(void)
{
    OK(same_path(tb_path_join("a", "b"), "a/b"));
    OK(same_path(tb_path_join("a/", "b"), "a/b"));
    OK(same_path(tb_path_join("", "b"), "b"));
    OK(same_path(tb_path_join(NULL, "b"), "b"));
    OK(same_path(tb_path_join("a", "/b"), "/b"));
    SAME_TEXT(tb_path_base("a/b.wav"), "b.wav");
    SAME_TEXT(tb_path_base("b"), "b");
    SAME_TEXT(tb_path_extension("a.b/c.tar.gz"), "gz");
    SAME_TEXT(tb_path_extension("a.b/c"), "");
    SAME_TEXT(tb_path_extension("a/.hidden"), "");
    OK(same_path(tb_path_stem("sounds/bell.wav"), "bell"));
    OK(same_path(tb_path_stem("sounds//"), "sounds"));
    OK(same_path(tb_path_stem("/"), ""));
    OK(same_path(tb_path_stem(".."), ".."));
    OK(same_path(tb_path_stem("a/.hidden"), ".hidden"));
    OK(same_path(tb_path_folder("a/b/c"), "a/b"));
    OK(same_path(tb_path_folder("c"), "."));
    OK(same_path(tb_path_folder("/c"), "/"));
}

static void folders(void)
{
    tb_error error;
    EQ(tb_make_folders(in("one//two/three/"), &error), TB_OK);
    OK(tb_is_folder(in("one/two/three")));
    EQ(tb_make_folders(in("one/two"), &error), TB_OK);
    write_text(in("plain"), "x");
    OK(tb_exists(in("plain")));
    OK(!tb_is_folder(in("plain")));
    OK(!tb_exists(in("nothing")));
    EQ(tb_make_folders(in("plain/more"), &error), TB_ERR_FILE);
    OK(strstr(error.text, "plain"));
    OK(tb_free_space(root) > 0);
    EQ(tb_free_space(in("nothing")), -1);
}

typedef struct seen {
    char text[1000];
    int unreadable;
} seen;

static tb_status see(void *context, const char *path, tb_error *error)
{
    seen *s = context;
    const char *name = path + strlen(root) + 6;
    strcat(strcat(s->text, name), " ");
    if (!strcmp(name, "stop"))
        return tb_fail(error, TB_ERR_STOPPED, "enough");
    return TB_OK;
}

static void miss(void *context, const char *path, const char *reason)
{
    seen *s = context;
    s->unreadable += path && strstr(reason, path);
}

static void make_tree(void)
{
    tb_make_folders(in("tree/b/deep"), NULL);
    tb_make_folders(in("tree/.cache"), NULL);
    write_text(in("tree/z.wav"), "");
    write_text(in("tree/B.wav"), "");
    write_text(in("tree/a.wav"), "");
    write_text(in("tree/.hidden"), "");
    write_text(in("tree/.cache/x"), "");
    write_text(in("tree/b/2"), "");
    write_text(in("tree/b/deep/1"), "");
    OK(symlink("..", in("tree/b/up")) == 0);
    OK(symlink("deep", in("tree/b/again")) == 0);
    OK(symlink("nowhere", in("tree/broken")) == 0);
    OK(mkfifo(in("tree/fifo"), 0600) == 0);
}

static void walks(void)
{
    make_tree();
    seen s = {"", 0};
    tb_walker walker = {see, miss, &s};
    tb_error error;
    EQ(tb_walk(in("tree"), &walker, &error), TB_OK);
    SAME_TEXT(s.text, "B.wav a.wav b/2 b/again/1 z.wav ");
    EQ(s.unreadable, 1);
    seen one = {"", 0};
    walker.context = &one;
    walker.unreadable = NULL;
    EQ(tb_walk(in("tree/a.wav"), &walker, &error), TB_OK);
    SAME_TEXT(one.text, "a.wav ");
    EQ(tb_walk(in("missing"), &walker, &error), TB_ERR_FILE);
    OK(strstr(error.text, "no such file"));
    write_text(in("tree/stop"), "");
    EQ(tb_walk(in("tree"), &walker, &error), TB_ERR_STOPPED);
    SAME_TEXT(error.text, "enough");
}

/* Root reads everything, so there this shows nothing and is left out. */
static void unreadable_folder(void)
{
    if (geteuid() == 0)
        return;
    tb_make_folders(in("shut/a"), NULL);
    write_text(in("shut/b"), "");
    chmod(in("shut/a"), 0);
    seen s = {"", 0};
    tb_walker walker = {see, miss, &s};
    EQ(tb_walk(in("shut"), &walker, NULL), TB_OK);
    SAME_TEXT(s.text, "b ");
    EQ(s.unreadable, 1);
    chmod(in("shut/a"), 0700);
}

static int files_in(const char *folder)
{
    char command[300];
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *pipe = popen(command, "r");
    int count = -1;
    if (fscanf(pipe, "%d", &count) != 1)
        count = -1;
    pclose(pipe);
    return count;
}

static void has_text(const char *path, const char *expected)
{
    void *data;
    size_t size = 0;
    EQ(tb_read_file(path, 1000, &data, &size, NULL), TB_OK);
    SAME_TEXT(data, expected);
    EQ(size, strlen(expected));
    tb_free(data);
}

static void whole_or_not(void)
{
    tb_error error;
    tb_make_folders(in("out"), NULL);
    const char *path = in("out/file");
    tb_file *file = tb_file_begin(path, &error);
    EQ(tb_file_write(file, "hello", 5, &error), TB_OK);
    fprintf(tb_file_stream(file), " %d", 5);
    OK(!tb_exists(path));
    OK(tb_exists(tb_file_temporary(file)));
    EQ(tb_file_commit(file, &error), TB_OK);
    has_text(path, "hello 5");
    file = tb_file_begin(path, &error);
    tb_file_write(file, "other", 5, &error);
    tb_file_abort(file);
    has_text(path, "hello 5");
    file = tb_file_begin(path, &error);
    tb_file_write(file, "new", 3, &error);
    EQ(tb_file_commit_new(file, &error), TB_ERR_FILE);
    OK(strstr(error.text, "there is one already"));
    has_text(path, "hello 5");
    file = tb_file_begin(path, &error);
    tb_file_write(file, "new", 3, &error);
    EQ(tb_file_commit(file, &error), TB_OK);
    has_text(path, "new");
    file = tb_file_begin(in("out/second"), &error);
    EQ(tb_file_commit_new(file, &error), TB_OK);
    has_text(in("out/second"), "");
    EQ(files_in(in("out")), 2);
    tb_file_abort(NULL);
}

/* Only what nobody writes any more is cleared, in whatever process. */
static void abandoned(void)
{
    char left[4096];
    tb_error error;
    tb_make_folders(in("killed"), NULL);
    pid_t child = fork();
    if (child == 0) {
        tb_file *file = tb_file_begin(in("killed/sounds"), NULL);
        _exit(file && tb_file_write(file, "x", 1, NULL) == TB_OK ? 0 : 1);
    }
    waitpid(child, NULL, 0);
    EQ(files_in(in("killed")), 1);
    tb_file *file = tb_file_begin(in("killed/other"), &error);
    snprintf(left, sizeof left, "%s", in("killed/.mine.part"));
    fclose(fopen(left, "w"));
    tb_clear_abandoned(in("killed"));
    EQ(files_in(in("killed")), 2);
    OK(tb_exists(tb_file_temporary(file)));
    OK(tb_exists(left));
    EQ(tb_file_commit(file, &error), TB_OK);
    tb_clear_abandoned(in("nowhere"));
}

static void unnamed(void)
{
    tb_error error;
    char back[6] = "";
    int before = files_in(in("killed"));
    FILE *file = tb_file_unnamed(in("killed"), &error);
    OK(file && fputs("hello", file) >= 0);
    EQ(files_in(in("killed")), before);
    rewind(file);
    EQ(fread(back, 1, 5, file), 5);
    SAME_TEXT(back, "hello");
    fclose(file);
    OK(!tb_file_unnamed(in("nofolder"), &error));
    EQ(error.status, TB_ERR_FILE);
}

static void begin_fails(void)
{
    tb_error error;
    OK(!tb_file_begin(in("nofolder/file"), &error));
    EQ(error.status, TB_ERR_FILE);
    OK(strstr(error.text, "nofolder/file"));
    OK(!tb_file_begin(in("out"), &error));
    OK(strstr(error.text, "it is a folder"));
}

/* A size limit stands for a full disk: both fail in write. */
static void no_room(void)
{
    static char block[100000];
    struct rlimit before, small;
    tb_error error;
    tb_make_folders(in("full"), NULL);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 10000;
    setrlimit(RLIMIT_FSIZE, &small);
    tb_file *file = tb_file_begin(in("full/a"), &error);
    EQ(tb_file_write(file, block, sizeof block, &error), TB_ERR_FILE);
    EQ(tb_file_commit(file, &error), TB_ERR_FILE);
    file = tb_file_begin(in("full/b"), &error);
    fprintf(tb_file_stream(file), "%020000d", 1);
    EQ(tb_file_commit(file, &error), TB_ERR_FILE);
    OK(strstr(error.text, "full/b"));
    setrlimit(RLIMIT_FSIZE, &before);
    EQ(files_in(in("full")), 0);
    tb_fail_file(&error, "write", "x", ENOSPC);
    SAME_TEXT(error.text, "Cannot write 'x': the disk is full; free some space "
                          "and try again.");
}

static void reading(void)
{
    tb_error error;
    void *data;
    size_t size;
    FILE *f = fopen(in("large"), "wb");
    for (int i = 0; i < 100000; i++)
        fputc(i % 251, f);
    fclose(f);
    EQ(tb_read_file(in("large"), 100000, &data, &size, &error), TB_OK);
    EQ(size, 100000);
    EQ(((unsigned char *)data)[99999], 99999 % 251);
    EQ(((unsigned char *)data)[100000], 0);
    tb_free(data);
    EQ(tb_read_file(in("large"), 99999, &data, &size, &error), TB_ERR_FORMAT);
    OK(!data);
    OK(strstr(error.text, "99999"));
    EQ(tb_read_file(in("none"), 10, &data, &size, &error), TB_ERR_FILE);
    EQ(tb_read_file(root, 1000, &data, &size, &error), TB_ERR_FILE);
    EQ(tb_read_file("/dev/zero", 1 << 20, &data, &size, &error), TB_ERR_FORMAT);
    EQ(tb_read_file("/dev/null", 0, &data, NULL, &error), TB_OK);
    tb_free(data);
}

/* A child holds the lock until it is told to go. */
static void locks(void)
{
    tb_error error;
    int ready[2], go[2];
    char c = 0;
    const char *path = in("lock");
    OK(pipe(ready) == 0 && pipe(go) == 0);
    pid_t child = fork();
    if (child == 0) {
        tb_lock *lock = tb_lock_take(path, NULL);
        c = lock ? 'y' : 'n';
        if (write(ready[1], &c, 1) != 1 || read(go[0], &c, 1) != 1)
            _exit(1);
        _exit(0);
    }
    EQ(read(ready[0], &c, 1), 1);
    EQ(c, 'y');
    OK(!tb_lock_take(path, &error));
    EQ(error.status, TB_ERR_SYSTEM);
    char pid[40];
    snprintf(pid, sizeof pid, "process %ld)", (long)child);
    OK(strstr(error.text, pid));
    EQ(write(go[1], &c, 1), 1);
    waitpid(child, NULL, 0);
    tb_lock *lock = tb_lock_take(path, &error);
    OK(lock);
    OK(!tb_lock_take(path, &error));
    tb_lock_release(lock);
    OK(!tb_exists(path));
    OK(!tb_lock_take(in("nofolder/lock"), &error));
    EQ(error.status, TB_ERR_FILE);
    tb_lock_release(NULL);
}

/* What the system said, not what was looked at since. */
static void test_reason(void)
{
    tb_error error;
    if (!tb_is_folder("/sys"))
        return;
    EQ(tb_make_folders("/sys/timbrel-test/below", &error), TB_ERR_FILE);
    OK(strstr(error.text, "there is no such") == NULL);
    EQ(tb_check_exists("/sys/timbrel-test", &error), TB_ERR_FILE);
    OK(strstr(error.text, "There is no file or folder") != NULL);
    OK(tb_check_exists("/sys", NULL) == TB_OK);
}

int main(void)
{
    if (!mkdtemp(root))
        return 1;
    names();
    folders();
    walks();
    unreadable_folder();
    whole_or_not();
    abandoned();
    unnamed();
    begin_fails();
    no_room();
    reading();
    locks();
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    OK(system(command) == 0);
    test_reason();
    return tap_done();
}
