#include "base/memory.h"
#include "base/paths.h"
#include "run/run_folder.h"
#include "sounds.h"
#include "tap.h"
#include <sys/wait.h>

static tb_error error;

static void same_and_free(char *text, const char *wanted)
{
    SAME_TEXT(text, wanted);
    tb_free(text);
}

static void test_names(void)
{
    same_and_free(tb_run_default_folder("a/bell.wav", &error), "runs/bell");
    same_and_free(tb_run_default_folder("my sounds/", &error),
                  "runs/my sounds");
    same_and_free(tb_run_default_folder(".", &error), "runs/sounds");
    same_and_free(tb_run_default_folder("..", &error), "runs/sounds");
    same_and_free(tb_run_checkpoint("r", 12),
                  "r/checkpoints/epoch-0012.safetensors");
    same_and_free(tb_run_checkpoint("r", 12345),
                  "r/checkpoints/epoch-12345.safetensors");
    same_and_free(tb_run_resume_file("r"), "r/resume.safetensors");
    same_and_free(tb_run_log_file("r"), "r/log.csv");
}

static void test_create(void)
{
    const char *name = in_folder("new/runs/sounds");
    tb_run *one = tb_run_create(name, true, &error);
    tb_run *two = tb_run_create(name, true, &error);
    tb_run *three = tb_run_create(in_folder("new/runs/sounds/"), true, &error);
    SAME_TEXT(tb_run_folder(one), in_folder("new/runs/sounds"));
    SAME_TEXT(tb_run_folder(two), in_folder("new/runs/sounds-2"));
    SAME_TEXT(tb_run_folder(three), in_folder("new/runs/sounds-3"));
    OK(tb_is_folder(in_folder("new/runs/sounds/checkpoints")));
    OK(tb_run_create(name, false, &error) == NULL);
    OK(strstr(error.text, "not overwritten"));
    tb_run_description nothing = {0};
    EQ(tb_run_describe(one, &nothing, &error), TB_OK);
    OK(tb_run_create(name, false, &error) == NULL);
    OK(strstr(error.text, "--resume"));
    tb_run_close(one);
    tb_run_close(two);
    tb_run_close(three);
    write_text(in_folder("file"), "x");
    OK(tb_run_create(in_folder("file/below/run"), true, &error) == NULL);
    EQ(error.status, TB_ERR_FILE);
}

/* Another process trains: refused, and told which one. */
static void test_lock(void)
{
    const char *name = in_folder("new/runs/sounds");
    int ready[2], leave[2];
    char byte = 0, number[32];
    OK(pipe(ready) == 0 && pipe(leave) == 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        tb_run *run = tb_run_open(name, NULL);
        byte = run != NULL;
        if (write(ready[1], &byte, 1) == 1)
            _exit(read(leave[0], &byte, 1) == 1 ? 0 : 1);
        _exit(2);
    }
    OK(read(ready[0], &byte, 1) == 1 && byte == 1);
    OK(tb_run_open(name, &error) == NULL);
    EQ(error.status, TB_ERR_SYSTEM);
    snprintf(number, sizeof number, "%d", (int)child);
    OK(strstr(error.text, number));
    OK(write(leave[1], &byte, 1) == 1);
    waitpid(child, NULL, 0);
    tb_run *run = tb_run_open(name, &error);
    OK(run != NULL);
    tb_run_close(run);
}

typedef struct network {
    int hop;
} network;
static const tb_setting rows[] = {
    TB_SETTING_INT(network, hop, "512", 1, 65536, "samples", "A hop."),
};
static const tb_settings table = {"network", rows, 1, NULL, 0};

static void test_description(void)
{
    const char *name = in_folder("new/runs/sounds");
    network net = {64}, again = {0};
    tb_settings_part part = {&table, &net}, other = {&table, &again};
    tb_run_note notes[] = {{"network", "freqnet"}, {"seed", "4711"}};
    tb_run_source sources[] = {{"/x/a; b.wav", 0x0123456789abcdef, 3.5},
                               {" odd\n\xc3\xa4 .wav", 7, 100000.0625}};
    tb_run_description what = {notes, 2, &part, 1, sources, 2};
    tb_run *run = tb_run_open(name, &error);
    EQ(tb_run_describe(run, &what, &error), TB_OK);
    tb_run_close(run);
    tb_ini *ini = tb_run_read(name, &error);
    SAME_TEXT(tb_ini_get(ini, "run", "network"), "freqnet");
    EQ(tb_ini_read_settings(ini, &other, 1, &error), TB_OK);
    EQ(again.hop, 64);
    tb_run_source source;
    OK(tb_run_source_at(ini, 0, &source));
    SAME_TEXT(source.path, sources[0].path);
    OK(source.hash == sources[0].hash);
    NEAR(source.seconds, 3.5, 1e-9);
    OK(tb_run_source_at(ini, 1, &source));
    SAME_TEXT(source.path, sources[1].path);
    NEAR(source.seconds, 100000.0625, 0.0006);
    OK(!tb_run_source_at(ini, 2, &source));
    tb_ini_free(ini);
    OK(tb_run_read(in_folder("new/runs/sounds-2"), &error) == NULL);
    OK(strstr(error.text, "is no run"));
    OK(tb_run_open(in_folder("nowhere"), &error) == NULL);
    OK(strstr(error.text, "There is no run"));
}

static void test_epochs(void)
{
    char folder[512];
    snprintf(folder, sizeof folder, "%s", in_folder("new/runs/sounds"));
    EQ(tb_run_latest(folder), -1);
    static const int made[] = {12, 3, 10000, 0, 4};
    for (int i = 0; i < 5; i++) {
        char *path = tb_run_checkpoint(folder, made[i]);
        write_text(path, "x");
        tb_free(path);
    }
    write_text(in_folder("new/runs/sounds/checkpoints/epoch-0099.part"), "");
    write_text(in_folder("new/runs/sounds/checkpoints/my-0098.safetensors"),
               "");
    int *epochs, count;
    EQ(tb_run_epochs(folder, &epochs, &count, &error), TB_OK);
    EQ(count, 5);
    EQ(epochs[0], 0);
    EQ(epochs[1], 3);
    EQ(epochs[4], 10000);
    tb_free(epochs);
    EQ(tb_run_latest(folder), 10000);
    EQ(tb_run_latest(in_folder("nowhere")), -1);
}

static void test_places(void)
{
    char *path;
    const char *folder = in_folder("new/runs/sounds");
    EQ(tb_run_example(folder, 1, 0.7, 12, &path, &error), TB_OK);
    write_text(path, "x");
    same_and_free(path, in_folder("new/runs/sounds/examples/prompt1_T0.7/"
                                  "epoch-0012.wav"));
    EQ(tb_run_picture(folder, "loss.png", &path, &error), TB_OK);
    write_text(path, "x");
    same_and_free(path, in_folder("new/runs/sounds/pictures/loss.png"));
    EQ(tb_run_picture(in_folder("file"), "loss.png", &path, &error),
       TB_ERR_FILE);
    OK(path == NULL);
}

int main(void)
{
    enter_folder();
    test_names();
    test_create();
    test_lock();
    test_description();
    test_epochs();
    test_places();
    return tap_done();
}
