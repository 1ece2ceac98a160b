/* Slicing, dividing and sorting as a user calls them. */
#include "program.h"

#define SONIC_PI "/usr/share/sonic-pi/samples/"

enum { RATE = 16000 };

/* Strokes at these times, in a little noise; in stereo they cross zero at
   different places. */
static const double strokes[] = {0.5, 1.0, 1.75, 2.2};

static float strokes_at(void *context, int frame, int channel)
{
    double t = (double)frame / RATE;
    uint32_t noise = (uint32_t)(frame + channel) * 2654435761u;
    double x = 0.001 * ((noise >> 16) / 32768.0 - 1);
    (void)context;
    for (int i = 0; i < 4; i++)
        if (t >= strokes[i])
            x += 0.5 * exp(-(t - strokes[i]) * 12) *
                 sin(2 * 3.14159265 * 300 * (i + 1) * (t - strokes[i]) +
                     0.2 * channel);
    return (float)x;
}

static void test_slice(void)
{
    double start[8], end[8];
    int count = 0;
    write_wav("strokes.wav", RATE, 2, 3 * RATE, strokes_at, NULL);
    RUN(0, "slice strokes.wav --cut cut --fade 0");
    SAID("4 slices");
    FILE *labels = fopen("strokes.slices.txt", "r");
    while (labels && count < 8 &&
           fscanf(labels, "%lf %lf %*s", &start[count], &end[count]) == 2)
        count++;
    if (labels)
        fclose(labels);
    EQ(count, 4);
    for (int i = 0; i < count && i < 4; i++)
        NEAR(start[i], strokes[i], 0.01);
    for (int i = 1; i < count; i++)
        NEAR(start[i], end[i - 1], 1e-9);
    OK(there("cut/strokes_001.wav"));
    OK(there("cut/strokes_004.wav"));
    OK(!there("cut/strokes_005.wav"));
    OK(there("strokes.slices.png"));
    RUN(0, "info cut/strokes_002.wav");
    SAID("16 kHz, 2 channels, 0.7");
    SAID("from=strokes.wav");
}

static void test_refusals(void)
{
    RUN(2, "slice strokes.wav");
    SAID("strokes.slices.txt' is there already");
    SAID("--force");
    RUN(0, "slice strokes.wav --force --no-picture --json");
    SAID("\"event\":\"slices\"");
    RUN(0, "slice strokes.wav -o elsewhere --sensitivity 0");
    OK(there("elsewhere/strokes.slices.txt"));
    RUN(2, "slice");
    RUN(2, "slice strokes.wav --sensitivity 2 --force");
    RUN(2, "slice strokes.wav --shortest 20 --force");
    SAID("with its unit");
    RUN(1, "slice nothing.wav");
    mkdir("two", 0777);
    write_sine("two/a.wav", RATE, 1, 100, 20);
    write_sine("two/a.aiff", RATE, 1, 100, 20);
    RUN(2, "slice two");
    SAID("namesake");
    RUN(0, "slice --help");
    SAID("--sensitivity S");
}

/* Eight seconds of one sound and eight of another, and again. */
static float sections_at(void *context, int frame, int channel)
{
    double t = (double)frame / RATE;
    uint32_t noise = (uint32_t)frame * 2654435761u;
    (void)context;
    (void)channel;
    noise ^= noise >> 15;
    noise *= 2246822519u;
    if (frame / (8 * RATE) % 2)
        return (float)(0.2 * ((noise >> 16) / 32768.0 - 1));
    return (float)(0.2 * sin(2 * 3.14159265 * 220 * t) +
                   0.2 * sin(2 * 3.14159265 * 330 * t));
}

static int starts_of(const char *path, double *start, char *names, int most)
{
    FILE *labels = fopen(path, "r");
    int count = 0;
    double end;
    while (labels && count < most &&
           fscanf(labels, "%lf %lf %c", &start[count], &end, &names[count]) ==
               3)
        count++;
    if (labels)
        fclose(labels);
    return count;
}

static void test_segment(void)
{
    double start[8];
    char names[8];
    mkdir("piece", 0777);
    write_wav("piece/piece.wav", RATE, 1, 32 * RATE, sections_at, NULL);
    RUN(0, "segment piece/piece.wav");
    SAID("4 segments");
    int count = starts_of("piece/piece.segments.txt", start, names, 8);
    EQ(count, 4);
    for (int i = 1; i < count; i++)
        NEAR(start[i], 8 * i, 0.1);
    OK(there("piece/piece.segments.png"));
    RUN(2, "segment piece/piece.wav");
    RUN(2, "segment piece/piece.wav --force --by colour");
    SAID("timbre, harmony");
}

static float silence_at(void *context, int frame, int channel)
{
    (void)context;
    (void)frame;
    (void)channel;
    return 0;
}

static void test_cluster(void)
{
    double start[16];
    char names[16];
    RUN(0, "cluster piece/piece.wav --count 2 --cut groups");
    SAID("4 stretches in 2 groups: A 2, B 2");
    int count = starts_of("piece/piece.clusters.txt", start, names, 16);
    EQ(count, 4);
    OK(count == 4 && memcmp(names, "ABAB", 4) == 0);
    OK(there("piece/clusters.png"));
    OK(there("groups/A/piece_001.wav"));
    OK(there("groups/B/piece_002.wav"));
    for (int i = 0; i < 3; i++) {
        static const char *const methods[] = {"kmeans", "hierarchical",
                                              "spectral"};
        RUN(0, "cluster piece/piece.wav --of 1s --force --method %s --count 2",
            methods[i]);
        count = starts_of("piece/piece.clusters.txt", start, names, 16);
        EQ(count, 4); /* even stretches that follow each other are one */
    }
    RUN(0, "cluster piece/piece.wav --of 1s --force --no-picture");
    SAID("32 stretches in 2 groups");
    mkdir("still", 0777);
    write_wav("still/still.wav", RATE, 1, 4 * RATE, silence_at, NULL);
    RUN(0, "cluster still --of 500ms --no-picture");
    SAID("8 stretches in 1 group: A 8");
    RUN(0, "slice still --no-picture");
    SAID("1 slice.");
    RUN(0, "segment still --no-picture");
    SAID("1 segment.");
    RUN(2, "cluster piece/piece.wav --of slices --force");
    SAID("timbrel slice");
    RUN(2, "cluster piece/piece.wav --of files --force");
    SAID("to sort");
    RUN(2, "cluster piece/piece.wav --method magic --force");
}

/* One-shots with names: how many fall into a group where their namesakes are
   the most. By chance it would be about a third. */
static void test_purity(void)
{
    static const char *const families[] = {"bd_",   "drum_cymbal", "drum_tom",
                                           "bass_", "ambi_",       "sn_"};
    enum { FAMILIES = 6 };
    int size[FAMILIES][26] = {{0}}, pure = 0, all = 0;
    double start[2];
    DIR *folder = opendir(SONIC_PI);
    struct dirent *entry;
    if (!folder)
        return;
    RUN(0, "cluster " SONIC_PI "bd_* " SONIC_PI "drum_[ct][yo]* " SONIC_PI
           "bass_* " SONIC_PI "ambi_* " SONIC_PI "sn_* "
           "--of files --count 6 -o shots --no-picture");
    while ((entry = readdir(folder)))
        for (int f = 0; f < FAMILIES; f++) {
            char path[512], name[2];
            if (strncmp(entry->d_name, families[f], strlen(families[f])))
                continue;
            snprintf(path, sizeof path, "shots/%.*s.clusters.txt",
                     (int)strcspn(entry->d_name, "."), entry->d_name);
            EQ(starts_of(path, start, name, 2), 1);
            size[f][(name[0] - 'A') % 26]++;
            all++;
        }
    closedir(folder);
    for (int g = 0; g < 26; g++) {
        int most = 0;
        for (int f = 0; f < FAMILIES; f++)
            most = size[f][g] > most ? size[f][g] : most;
        pure += most;
    }
    fprintf(stderr, "# purity %.2f of %d one-shots\n", (double)pure / all, all);
    OK(pure >= 0.55 * all);
}

static void test_only(void)
{
    RUN(0, "train samplernn piece --only B --run only --seed 1 --epochs 1 "
           "--examples 0 " TINY);
    RUN(0, "info only");
    SAID("only=B");
    RUN(2, "train samplernn piece --only Q --run none --seed 1 --epochs 1 "
           "--examples 0 " TINY);
    SAID("There are: ");
    OK(!there("none"));
    RUN(0, "train samplernn piece --only A --run none --dry-run " TINY);
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    test_slice();
    test_refusals();
    test_segment();
    test_cluster();
    test_purity();
    test_only();
    return tap_done();
}
