#include "corpus/corpus.h"
#include "sounds.h"
#include "tap.h"

static tb_error error;

static tb_corpus *find(const char *const *paths, int count)
{
    tb_corpus *corpus = NULL;
    error = (tb_error){0};
    tb_status status = tb_corpus_find(paths, count, &corpus, &error);
    EQ(status, error.status);
    OK((status == TB_OK) == (corpus != NULL));
    return corpus;
}

static void make_folder(void)
{
    mkdir(in_folder("sounds"), 0777);
    mkdir(in_folder("sounds/b"), 0777);
    mkdir(in_folder("sounds/run"), 0777);
    mkdir(in_folder("sounds/run/examples"), 0777);
    write_sine(in_folder("sounds/c.WAV"), 44100, 1, 44100, 100);
    write_sine(in_folder("sounds/a.wav"), 48000, 2, 24000, 100);
    write_sine(in_folder("sounds/b/z.wav"), 44100, 2, 22050, 100);
    write_sine(in_folder("sounds/.hidden.wav"), 44100, 2, 22050, 100);
    write_sine(in_folder("sounds/notes.sound"), 44100, 2, 22050, 100);
    write_sine(in_folder("sounds/run/examples/e.wav"), 8000, 1, 8000, 9);
    write_text(in_folder("sounds/run/run.ini"), "[run]\n");
    write_text(in_folder("sounds/notes.txt"), "not a sound");
    write_text(in_folder("sounds/.DS_Store"), "x");
    write_text(in_folder("sounds/broken.wav"), "this is no RIFF file at all");
    write_text(in_folder("sounds/empty.flac"), "");
    symlink("a.wav", in_folder("sounds/link.wav"));
}

static void test_walk(void)
{
    const char *paths[] = {in_folder("sounds"), in_folder("sounds/b/z.wav")};
    tb_corpus *corpus = find(paths, 2);
    EQ(corpus->count, 3);
    SAME_TEXT(corpus->files[0].path, in_folder("sounds/a.wav"));
    SAME_TEXT(corpus->files[1].path, in_folder("sounds/b/z.wav"));
    SAME_TEXT(corpus->files[2].path, in_folder("sounds/c.WAV"));
    EQ(corpus->files[0].channels, 2);
    EQ(corpus->files[0].frames, 24000);
    NEAR(corpus->files[0].sample_rate, 48000, 0);
    int unknown;
    NEAR(tb_corpus_seconds(corpus, &unknown), 2.0, 1e-9);
    EQ(unknown, 0);
    EQ(corpus->unreadable_count, 2);
    SAME_TEXT(corpus->unreadable[0].path, in_folder("sounds/broken.wav"));
    SAME_TEXT(corpus->unreadable[1].path, in_folder("sounds/empty.flac"));
    OK(corpus->unreadable[0].reason[0] && corpus->unreadable[1].reason[0]);
    tb_corpus_free(corpus);
}

static void test_order_of_names(void)
{
    const char *paths[] = {in_folder("sounds/c.WAV"), in_folder("sounds/")};
    tb_corpus *corpus = find(paths, 2);
    EQ(corpus->count, 3);
    SAME_TEXT(corpus->files[0].path, in_folder("sounds/c.WAV"));
    tb_corpus_free(corpus);
}

static void test_named(void)
{
    const char *any_ending[] = {in_folder("sounds/notes.sound")};
    tb_corpus *corpus = find(any_ending, 1);
    EQ(corpus->count, 1);
    tb_corpus_free(corpus);
    const char *in_run[] = {in_folder("sounds/run/examples")};
    corpus = find(in_run, 1);
    EQ(corpus->count, 1);
    tb_corpus_free(corpus);
}

static void refused(const char *path, const char *part)
{
    const char *paths[] = {path};
    OK(find(paths, 1) == NULL);
    if (!OK_NAMED(strstr(error.text, part) != NULL, part))
        fprintf(stderr, "# said: %s\n", error.text);
}

static void test_refusals(void)
{
    refused(in_folder("sounds/notes.txt"), "notes.txt");
    refused(in_folder("sounds/broken.wav"), "broken.wav");
    refused(in_folder("nowhere"), "There is no file or folder");
    mkdir(in_folder("nothing"), 0777);
    write_text(in_folder("nothing/a.txt"), "x");
    refused(in_folder("nothing"), "There is no audio file in");
    mkdir(in_folder("bad"), 0777);
    write_text(in_folder("bad/a.wav"), "x");
    refused(in_folder("bad"), "None of the 1 audio files");
    OK(find(NULL, 0) == NULL);
}

static void report_to(const tb_corpus *corpus, char *text, size_t size)
{
    FILE *file = tmpfile();
    tb_corpus_report(corpus, file);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
}

static void test_report(void)
{
    const char *paths[] = {in_folder("sounds")};
    char text[4096];
    tb_corpus *corpus = find(paths, 1);
    report_to(corpus, text, sizeof text);
    OK(strstr(text, "Found 2.0 seconds of sound in 3 files: 2 at 44.1 kHz, 1 "
                    "at 48 kHz; 2 stereo, 1 mono.\n"));
    OK(strstr(text, "2 files could not be read:\n"));
    OK(strstr(text, "broken.wav"));
    tb_corpus_free(corpus);
    const char *one[] = {in_folder("sounds/c.WAV")};
    corpus = find(one, 1);
    report_to(corpus, text, sizeof text);
    SAME_TEXT(text, "Found 1.0 seconds of sound in 1 file: 44.1 kHz; mono.\n");
    corpus->files[0].length = TB_LENGTH_PROMISED;
    report_to(corpus, text, sizeof text);
    OK(strstr(text, "Found about 1.0 seconds of sound in 1 file"));
    corpus->files[0].frames = -1;
    OK(tb_corpus_seconds(corpus, NULL) > 0);
    tb_corpus_free(corpus);
}

int main(void)
{
    enter_folder();
    make_folder();
    test_walk();
    test_order_of_names();
    test_named();
    test_refusals();
    test_report();
    return tap_done();
}
