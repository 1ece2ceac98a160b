/* timbrel train: the same bits on any number of threads and after any kill,
   locks, and what is refused. */
#include "program.h"

#include <fcntl.h>
#include <sys/file.h>

static int same_as(const char *whole, const char *run, int epoch)
{
    char a[256], b[256];
    snprintf(a, sizeof a, "%s/checkpoints/epoch-%04d.safetensors", whole,
             epoch);
    snprintf(b, sizeof b, "%s/checkpoints/epoch-%04d.safetensors", run, epoch);
    return same_files(a, b);
}

static int same_checkpoint(const char *run, int epoch)
{
    return same_as("whole", run, epoch);
}

/* The log without the seconds, which are never the same. */
static char *log_of(const char *run)
{
    char path[256];
    size_t n;
    snprintf(path, sizeof path, "%s/log.csv", run);
    char *text = bytes_of(path, &n), *to = text;
    int column = 0;
    for (char *from = text; from && *from; from++) {
        column = *from == '\n' ? 0 : column + (*from == ',');
        if (column != 2 || *from == ',')
            *to++ = *from;
    }
    if (to)
        *to = 0;
    return text;
}

static void test_whole_run(void)
{
    RUN(0, "train samplernn sounds --run whole --seed 5 --threads 1 --epochs 3 "
           "--set dropout=0.1 " TINY);
    SAID("seed 5");
    SAID("epoch 3");
    OK(there("whole/run.ini"));
    OK(there("whole/index.html"));
    OK(there("whole/checkpoints/epoch-0001.safetensors"));
    OK(there("whole/checkpoints/epoch-0003.safetensors"));
    OK(there("whole/examples/prompt1.wav"));
    OK(there("whole/examples/prompt2_T0.8/epoch-0001.wav"));
    OK(there("whole/examples/prompt1_T1/epoch-0003.wav"));
    OK(!there("whole/.lock"));
    char *list = bytes_of("whole/examples/list.json", &(size_t){0});
    OK_NAMED(list && !strstr(list, "unsearched"), "quotes were waited for");
    free(list);
    RUN(0, "train samplernn sounds --run two --seed 5 --threads 2 --epochs 3 "
           "--examples 0 --set dropout=0.1 " TINY);
    for (int epoch = 1; epoch <= 3; epoch++)
        OK_NAMED(same_checkpoint("two", epoch), "two threads, same weights");
    OK(!there("two/examples"));
    RUN(0, "train samplernn sounds --run other --seed 6 --epochs 1 "
           "--examples 0 --set dropout=0.1 " TINY);
    OK_NAMED(!same_checkpoint("other", 1), "another seed, other weights");
}

/* Killed after so many steps, again and again, then left to finish. */
static void test_killed(void)
{
    const char *first[] = {program,
                           "train",
                           "samplernn",
                           "sounds",
                           "--run",
                           "killed",
                           "--seed",
                           "5",
                           "--epochs",
                           "3",
                           "--json",
                           "--set",
                           "dropout=0.1",
                           "--set",
                           "sample_rate=2000",
                           "--set",
                           "frame_sizes=4,2,4",
                           "--set",
                           "hidden=8",
                           "--set",
                           "head_size=8",
                           "--set",
                           "output=levels",
                           "--set",
                           "levels=16",
                           "--set",
                           "batch=2",
                           "--set",
                           "window=64",
                           "--set",
                           "piece=0.5",
                           "--set",
                           "prompt_seconds=0.2",
                           "--set",
                           "example_seconds=2",
                           "--set",
                           "save_seconds=0.02",
                           NULL};
    const char *again[] = {program,  "train",     "--resume", "killed",
                           "--json", "--threads", "2",        NULL};
    static const int steps[] = {3, 40, 1, 90, 60};
    for (int i = 0; i < 5; i++) {
        beside b = start(i ? again : first);
        OK(await(&b, "\"step\"", steps[i]));
        EQ(end(&b, SIGKILL), -SIGKILL);
    }
    RUN(0, "train --resume killed --threads 1");
    for (int epoch = 1; epoch <= 3; epoch++)
        OK_NAMED(same_checkpoint("killed", epoch), "killed, same weights");
    char *a = log_of("whole"), *b = log_of("killed");
    SAME_TEXT(a, b);
    free(a);
    free(b);
}

/* Ctrl-C saves; the run goes on with the same bits. At a rate that does not
   fall, more epochs later are the same as more at once. */
static void test_stopped(void)
{
    RUN(0, "train samplernn sounds --run steady --seed 5 --epochs 3 "
           "--examples 0 --set dropout=0.1 --set schedule=constant " TINY);
    RUN(0, "train samplernn sounds --run stopped --seed 5 --epochs 1 "
           "--set dropout=0.1 --set schedule=constant " TINY);
    const char *more[] = {program,    "train", "--resume", "stopped",
                          "--epochs", "3",     "--json",   NULL};
    beside b = start(more);
    OK(await(&b, "\"step\"", 30));
    RUN(1, "train --resume stopped");
    SAID("in use");
    EQ(end(&b, SIGINT), 130);
    OK(there("stopped/checkpoints/epoch-0002.safetensors"));
    RUN(0, "train --resume stopped");
    for (int epoch = 1; epoch <= 3; epoch++)
        OK_NAMED(same_as("steady", "stopped", epoch), "stopped, same weights");
    RUN(0, "train --resume stopped");
    SAID("All 3 epochs are done");
    RUN(0, "train --resume stopped --epochs 4");
    OK(there("stopped/checkpoints/epoch-0004.safetensors"));
}

/* A terminal that closes, which may say so twice, and a reader that is gone. */
static void test_hung_up(void)
{
    const char *more[] = {program,    "train", "--resume", "stopped",
                          "--epochs", "999",   "--json",   NULL};
    beside b = start(more);
    OK(await(&b, "\"step\"", 30));
    kill(b.pid, SIGHUP);
    EQ(end(&b, SIGHUP), 130);
    RUN(0, "train --resume stopped --epochs 5");
    SAID("epochs are done");
    b = start(more);
    OK(await(&b, "\"step\"", 30));
    fclose(b.output);
    int status = 0;
    waitpid(b.pid, &status, 0);
    OK_NAMED(WIFEXITED(status) && WEXITSTATUS(status) == 130, "a closed pipe");
    OK(!there("stopped/.lock"));
    RUN(0, "info stopped");
    RUN(0, "train --resume stopped --epochs 5");
    SAID("epochs are done");
}

/* What the system says stays until it is told. */
static void test_read_only(void)
{
    mkdir("ro", 0755);
    OK(system("cp sounds/a.wav ro && chmod 555 ro") == 0);
    if (access("ro", W_OK) == 0)
        return;
    RUN(1, "train samplernn sounds --run ro/run " TINY);
    SAID("permission is denied");
    RUN(1, "train samplernn sounds --run ro/runs/run " TINY);
    SAID("permission is denied");
    chmod("ro", 0755);
}

/* Sanitizers need addresses without limit. */
static void test_memory(void)
{
#ifndef SANITIZED
    char line[2048];
    snprintf(line, sizeof line,
             "ulimit -v 400000; %s train samplernn sounds --run large " TINY
             "--set hidden=8192 2>&1",
             program);
    FILE *pipe = popen(line, "r");
    said[fread(said, 1, sizeof said - 1, pipe)] = 0;
    OK(WEXITSTATUS(pclose(pipe)) == 1);
    SAID("A smaller batch (--set batch=1)");
    OK_NAMED(!there("large"), "nothing is left of it");
#endif
}

/* While somebody trains the run, which is not disturbed. */
static void test_phase_of_running(void)
{
    int lock = open("stopped/.lock", O_RDWR | O_CREAT, 0666);
    OK(flock(lock, LOCK_EX) == 0);
    RUN(1, "train --resume stopped --epochs 7");
    RUN(2, "train --resume stopped --epochs 7 --phase learning");
    SAID("Leave out --epochs");
    RUN(2, "train --resume stopped --phase second");
    SAID("the only one is learning");
    OK(!there("stopped/begin-phase.txt"));
    RUN(0, "train --resume stopped --phase learning");
    SAID("told to begin the phase learning");
    OK(there("stopped/begin-phase.txt"));
    close(lock);
    RUN(0, "train --resume stopped --epochs 7 --set batch=1");
    SAID("has begun already");
    OK_NAMED(!there("stopped/begin-phase.txt"), "it is heard when it goes on");
}

static void test_more_sounds(void)
{
    double rate = 2000;
    write_wav("more.wav", 2000, 1, 8000, glide_at, &rate);
    RUN(0, "train --resume stopped --epochs 5 --sounds more.wav");
    SAID("not those of before");
    OK(there("stopped/checkpoints/epoch-0005.safetensors"));
    RUN(0, "info stopped");
    SAID("3 recordings");
    RUN(0, "train --resume stopped --epochs 6 --set batch=1");
    SAID("not those of before");
    OK(there("stopped/checkpoints/epoch-0006.safetensors"));
    RUN(2, "train --resume stopped --epochs 7 --phase second");
    SAID("no phase called 'second'; the only one is learning");
    RUN(2, "train --resume stopped --epochs 7 --phase learning");
    SAID("has begun already");
    RUN(1, "train --resume stopped --epochs 7 --set hidden=9");
    SAID("another network");
    test_phase_of_running();
}

/* A further training in the folder of a run, on its sounds. */
static void test_further(void)
{
    RUN(0, "train samplernn --run whole/second --seed 6 --epochs 1 " TINY);
    OK(there("whole/second/run.ini"));
    OK(there("whole/second/checkpoints/epoch-0001.safetensors"));
    OK(there("whole/second/index.html"));
    RUN(0, "info whole");
    SAID("Further trainings in it: second.");
    SAID("checkpoints, of epochs 1 to");
    RUN(0, "info whole/second");
    SAID("One checkpoint, of epoch 1.");
    RUN(0, "generate whole/second --seconds 0.1 --seed 3");
    SAID("whole-second_e1_");
    RUN(0, "train --resume whole/second --epochs 2");
    OK(there("whole/second/checkpoints/epoch-0002.safetensors"));
    RUN(1, "train --resume whole/secnd");
    SAID("The further trainings beside it are: second.");
    RUN(2, "train samplernn sounds --run whole/checkpoints " TINY);
    SAID("keeps its own files in");
    RUN(1, "train samplernn --run whole/second " TINY);
    SAID("go on with it");
    RUN(2, "train samplernn --run nowhere/second " TINY);
    SAID("Name the sounds to learn from");
}

static void test_refused(void)
{
    RUN(2, "train");
    RUN(2, "train samplern sounds");
    SAID("did you mean 'samplernn'");
    RUN(2, "train samplernn");
    RUN(1, "train samplernn nothing-here");
    RUN(2, "train samplernn sounds --epochs many " TINY);
    SAID("many");
    RUN(2, "train samplernn sounds --set hiden=4 " TINY);
    SAID("Did you mean 'hidden'");
    RUN(2, "train samplernn sounds --epohcs 4 " TINY);
    RUN(2, "train samplernn sounds " TINY "--set window=65");
    SAID("window=64");
    RUN(2, "train samplernn sounds " TINY "--set frame_sizes=5,2,4");
    RUN(2, "train samplernn sounds --preset bigg " TINY);
    RUN(2, "train samplernn sounds --held-out c.wav " TINY);
    RUN(1, "train samplernn sounds --run whole " TINY);
    SAID("--resume whole");
    RUN(1, "train samplernn sounds --run sounds/a.wav/run " TINY);
    RUN(1, "train --resume sounds");
    RUN(2, "train --resume whole sounds");
    RUN(1, "train --resume whole/checkpoints/epoch-0001.safetensors");
    SAID("name 'whole'");
    RUN(2, "train sounds --sweep hidden=4,8 --run swept2");
    SAID("name it before the sounds");
    OK(rename("sounds/a.wav", "a.away") == 0);
    RUN(1, "train --resume whole --epochs 9");
    SAID("whole/run.ini");
    OK(rename("a.away", "sounds/a.wav") == 0);
    OK_NAMED(!there("runs"), "nothing was written");
}

/* A disk that is full as soon as something is written to the run. */
static void test_full_disk(void)
{
    char line[2048];
    snprintf(line, sizeof line,
             "trap '' XFSZ; ulimit -f 4; %s train samplernn sounds --run full "
             "--seed 1 --epochs 1 " TINY "2>&1",
             program);
    FILE *pipe = popen(line, "r");
    size_t n = fread(said, 1, sizeof said - 1, pipe);
    said[n] = 0;
    int status = pclose(pipe);
    OK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    SAID("Cannot write");
    OK_NAMED(!there("full"), "nothing is left of it");
}

static void test_damaged(void)
{
    size_t n;
    char *bytes = bytes_of("whole/resume.safetensors", &n);
    bytes[n / 2] ^= 1;
    FILE *file = fopen("whole/resume.safetensors", "wb");
    fwrite(bytes, 1, n, file);
    fclose(file);
    free(bytes);
    RUN(1, "train --resume whole --epochs 4");
    SAID("resume.safetensors");
    SAID("Move this file away");
    OK(!there("whole/checkpoints/epoch-0004.safetensors"));
    OK(!there("whole/.lock"));
}

/* Copies of a run's files, to see whether any of them changes. */
static void remember(const char *run)
{
    char line[512];
    snprintf(line, sizeof line,
             "rm -rf before && mkdir before && cp -R %s/checkpoints "
             "%s/examples before",
             run, run);
    OK(system(line) == 0);
}

static int is_as_remembered(const char *run)
{
    char line[512];
    snprintf(line, sizeof line,
             "cd before && find . -type f ! -name list.json -exec cmp {} "
             "../%s/{} \\; 2>&1 | wc -l | grep -qx 0",
             run);
    return system(line) == 0;
}

/* Whatever was deleted, nothing that is left is written over. */
static void test_new_beginning(void)
{
    RUN(0, "train samplernn sounds --run again --seed 5 --epochs 3 "
           "--examples-every 1 " TINY);
    remember("again");
    OK(remove("again/resume.safetensors") == 0);
    RUN(0, "train --resume again");
    SAID("All 3 epochs are done");
    RUN(0, "train --resume again --epochs 4");
    SAID("a new beginning from the checkpoint of epoch 3, with epoch 4");
    OK(there("again/checkpoints/epoch-0004.safetensors"));
    OK(is_as_remembered("again"));
    OK(system("tail -n 1 again/log.csv | grep -q ',4,'") == 0);
    OK_NAMED(system("grep -c ',[123],' again/log.csv | grep -qx 3") == 0,
             "the log goes on");
    OK(remove("again/resume.safetensors") == 0);
    OK(remove("again/checkpoints/epoch-0004.safetensors") == 0);
    remember("again");
    RUN(0, "train --resume again --epochs 5 --sounds more.wav");
    SAID("from the checkpoint of epoch 3, with epoch 5");
    OK(there("again/checkpoints/epoch-0005.safetensors"));
    OK(is_as_remembered("again"));
    RUN(0, "train --resume again --epochs 6 --set prompt_seconds=0.3");
    OK(is_as_remembered("again"));
    OK(there("again/examples/prompt1-2.wav"));
}

static void test_old_resume(void)
{
    OK(system("cp again/resume.safetensors old.safetensors") == 0);
    RUN(0, "train --resume again --epochs 8");
    OK(system("mv old.safetensors again/resume.safetensors") == 0);
    remember("again");
    RUN(0, "train --resume again --epochs 9");
    SAID("older than the rest");
    OK(there("again/checkpoints/epoch-0009.safetensors"));
    OK(is_as_remembered("again"));
}

static void test_lost_files(void)
{
    OK(system("rm -r again/checkpoints && echo '[{' > "
              "again/examples/list.json") == 0);
    RUN(0, "train --resume again --epochs 10");
    SAID("list-1.json");
    OK(there("again/examples/list-1.json"));
    OK(there("again/checkpoints/epoch-0010.safetensors"));
    OK(system("rm -r again/checkpoints again/resume.safetensors") == 0);
    RUN(1, "train --resume again --epochs 11");
    SAID("neither resume.safetensors nor a checkpoint");
}

static int page_says(const char *run, const char *text)
{
    char path[256];
    size_t n;
    snprintf(path, sizeof path, "%s/index.html", run);
    char *page = bytes_of(path, &n);
    int says = page && strstr(page, text) != NULL;
    free(page);
    return says;
}

/* Sentences with numbers. An epoch of one step, so that the time is over
   between two of them. */
static void test_numbers(void)
{
    double rate = 2000;
    write_wav("short.wav", 2000, 1, 1000, glide_at, &rate);
    RUN(0, "train samplernn short.wav --run one --seed 5 --minutes 1e-6 "
           "--examples 0 " TINY "--set window=512 --set batch=1");
    SAID("1 step per epoch");
    OK(page_says("one", "1 file, 0.5 s"));
    OK(page_says("one", "<dd>nothing"));
    OK(!page_says("one", " min of training"));
    OK(page_says("one", "s of training"));
    RUN(0, "info one");
    SAID("1 recording, 0.5 s");
    RUN(0, "train --resume one --epochs 3");
    OK(strstr(said, "Going on with epoch 2 of 3.") != NULL);
    RUN(0, "train --resume one --epochs 2");
    SAID("3 epochs are done, more than the 2 asked for");
    OK(strstr(said, "Going on") == NULL);
    SAID("train --resume one --epochs 6");
    RUN(0, "train samplernn short.wav --dry-run --epochs 1 " TINY);
    OK(strstr(said, "1 of them") == NULL);
    RUN(0, "train samplernn short.wav --dry-run --minutes 1e-6 " TINY);
    SAID("there is time for about");
}

/* Neither a stop between epochs nor one at once makes the page forget what has
   been learned. */
static void test_stop_between(void)
{
    RUN(0, "train samplernn short.wav --run some --seed 5 --epochs 40 "
           "--examples 0 " TINY "--set window=512 --set batch=1 "
           "--set learning_rate=0.03 --set average=0");
    OK(!page_says("some", "learned 0 %"));
    RUN(0, "train --resume some --epochs 99 --minutes 1e-6");
    OK(page_says("some", "Has learned"));
    OK(!page_says("some", "learned 0 %"));
}

/* Time is over between two steps; what is left of it is known. */
static void test_budgets(void)
{
    RUN(0, "train samplernn short.wav --run timed --seed 5 --minutes 1e-6 "
           "--examples 0 " TINY "--set window=512 --set batch=1");
    SAID("--resume timed --minutes 1e-06");
    SAID(
        "1e-06 minutes: windows of 512 samples on 1 track, rate 0.002 falling");
    OK(system("grep -q '^plan = 1e-06 minutes' timed/run.ini") == 0);
    RUN(0, "train --resume timed");
    SAID("Its 1e-06 minutes are over");
    RUN(0, "train sounds --minutes 1e-6 --run chosen");
    SAID("minutes to learn from it: nearest. It learns nothing");
    OK(there("chosen/run.ini"));
    RUN(2, "train --resume timed --finish");
    SAID("say so with --minutes or --epochs");
    RUN(0, "train --resume timed --epochs 2 --finish");
    SAID("epoch 3");
    RUN(0, "train --resume timed --epochs 1 --finish");
    RUN(0, "train --resume timed --minutes 1e-6 --finish");
    RUN(2,
        "train samplernn short.wav --run timed2 --set schedule=cosine " TINY);
    SAID("needs to know when the training ends");
    RUN(2, "train samplernn short.wav --run timed2 --minutes 1 --finish " TINY);
    SAID("name it with --resume");
    OK(!there("timed2"));
}

/* Every line "name: command" that the last command suggested is run. */
static int run_suggestions(void)
{
    char *line = strdup(said), *rest, *one;
    int count = 0;
    for (one = strtok_r(line, "\n", &rest); one;
         one = strtok_r(NULL, "\n", &rest)) {
        char *command = strstr(one, ": ");
        if (!command || !strstr(one, program))
            continue;
        char whole[4096];
        snprintf(whole, sizeof whole, "%s --threads 1 >/dev/null 2>&1",
                 command + 2);
        OK_NAMED(system(whole) == 0, one);
        count++;
    }
    free(line);
    return count;
}

static void test_suggestions(void)
{
    const char *odd = "'Töne für $HOME'\\''s `Stück`'";
    RUN(0, "train samplernn sounds --run %s --epochs 1 --examples 0 " TINY,
        odd);
    SAID("Look: 'Töne für $HOME'");
    EQ(run_suggestions(), 2);
    OK(there("Töne für $HOME's `Stück`/checkpoints/epoch-0002.safetensors"));
    OK(page_says("Töne für $HOME's `Stück`", "--epochs 4"));
    RUN(1, "train samplernn sounds --run %s " TINY, odd);
    SAID("timbrel train --resume 'Töne für $HOME'");
}

static void test_dry_run(void)
{
    RUN(0, "train samplernn sounds --dry-run --run dry " TINY);
    SAID("An epoch takes about");
    SAID("head.0.weight");
    OK(!there("dry"));
    RUN(0, "train samplernn sounds --dry-run --json --run dry " TINY);
    SAID("\"epoch_seconds\":");
}

static void test_default_folder(void)
{
    RUN(0, "train samplernn sounds --epochs 1 --examples 0 --held-out 0 " TINY);
    RUN(0, "train samplernn sounds --epochs 1 --examples 0 --json " TINY);
    SAID("\"event\":\"epoch\"");
    OK(there("runs/sounds/run.ini"));
    OK(there("runs/sounds-2/run.ini"));
}

static void test_sweep(void)
{
    RUN(0, "train samplernn sounds --sweep hidden=4,8 --epochs 1 --examples 2 "
           "--run swept " TINY);
    OK(there("swept/hidden=4/checkpoints/epoch-0001.safetensors"));
    OK(there("swept/hidden=8/run.ini"));
    size_t n;
    char *page = bytes_of("swept/index.html", &n);
    OK(page && strstr(page, "hidden%3D4/examples/prompt1_T0.8/epoch-0001.wav"));
    free(page);
    RUN(0, "train samplernn sounds --sweep frame_sizes=4,2,4:8,4,4 --epochs 1 "
           "--examples 0 " TINY);
    OK(there("runs/sounds-frame_sizes/frame_sizes=8,4,4/run.ini"));
    RUN(2, "train samplernn sounds --sweep hidden=4,none --run swept2 " TINY);
    RUN(2, "train samplernn sounds --sweep hidden --run swept2 " TINY);
    RUN(2, "train samplernn sounds --sweep learning_rate=0,002 --run "
           "swept2 " TINY);
    SAID("Write 0.002, with a point, for one");
    RUN(1, "train samplernn nothing --sweep hidden=4,8 --run swept2 " TINY);
    OK_NAMED(!there("swept2"), "nothing was written");
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(10);
    test_whole_run();
    test_killed();
    test_stopped();
    test_more_sounds();
    test_read_only();
    test_memory();
    test_refused();
    test_full_disk();
    test_damaged();
    test_new_beginning();
    test_old_resume();
    test_lost_files();
    test_numbers();
    test_stop_between();
    test_budgets();
    test_suggestions();
    test_dry_run();
    test_default_folder();
    test_sweep();
    test_hung_up();
    test_further();
    return tap_done();
}
