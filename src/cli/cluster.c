/* timbrel cluster */
#include "cli/cluster_items.h"
#include "cli/say.h"

#include "base/amounts.h"
#include "base/memory.h"
#include "base/paths.h"
#include "base/shell.h"
#include "dsp/cluster.h"
#include "picture/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_GUESSED = 10 };

/* What one more group must add to the silhouette, or fewer are made. */
static const double WORTH = 0.05;

static const char *const usage[] = {"cluster SOUNDS... [OPTIONS]", NULL};

static const char *const text[] = {
    "Sorts stretches of sound into groups that are alike, A, B, C and so on: "
    "over all recordings that are named, so that A is the same everywhere. "
    "Slices and segments that lie beside a recording are sorted, or your own "
    "labels; a recording without any is sorted as a whole when it is shorter "
    "than 4 s, else second by second. --of says otherwise.",
    "Beside each recording comes a label file, bell.clusters.txt, for Audacity "
    "(File, Import, Labels), 'timbrel train --only A,C', and a picture; "
    "clusters.png is a map of them all. --cut FOLDER puts the sounds of each "
    "group into a folder of its own.",
    "--by chooses what counts: timbre, harmony, loudness, brightness, noise, "
    "pitch, with commas between. Without --count as many groups are made as "
    "part best, at most 10.",
    NULL};

static const cli_option options[] = {
    {"count", "N", NULL, "How many groups; those that part best if not given."},
    {"method", "M", NULL, "kmeans, hierarchical or spectral [kmeans]."},
    {"by", "WHAT", NULL, "What is compared [timbre,pitch,noise]."},
    {"of", "WHAT", NULL,
     "What is sorted: slices, segments, labels, files, or a time as 500ms."},
    {"seed", "S", NULL, "Another one may give other groups [1]."},
    CLI_PREPARE_OPTIONS,
    {NULL, NULL, NULL, NULL}};

/* ---- groups ---- */

static tb_status read_method(const cli_args *args, tb_cluster_method *method,
                             tb_error *error)
{
    const char *name = cli_value(args, "method");
    *method = TB_CLUSTER_KMEANS;
    if (!name)
        return TB_OK;
    for (int i = 0; tb_cluster_names[i]; i++)
        if (strcmp(tb_cluster_names[i], name) == 0) {
            *method = (tb_cluster_method)i;
            return TB_OK;
        }
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "--method is kmeans, hierarchical or spectral, not '%s'.",
                   name);
}

/* Tries numbers of groups and keeps what parts best; where nothing parts, all
   is one. */
static tb_status guess(const cli_items *items, tb_cluster_method method,
                       uint64_t seed, int *group, int *count, tb_error *error)
{
    int *tried = tb_alloc_array((size_t)items->count, sizeof *tried);
    double best = 0, parted = 0;
    tb_status status = tried ? TB_OK : tb_fail_memory(error);
    *count = 1; /* as `group` comes, all zeros */
    for (int n = 2; n <= MOST_GUESSED && n < items->count && !status; n++) {
        status = tb_cluster(items->rows, items->count, items->width, n, method,
                            seed, tried, error);
        if (!status)
            status = tb_silhouette(items->rows, items->count, items->width,
                                   tried, n, &parted, error);
        if (status || parted <= best + WORTH)
            continue;
        best = parted;
        *count = n;
        memcpy(group, tried, (size_t)items->count * sizeof *group);
    }
    tb_free(tried);
    return status;
}

static tb_status sort(const cli_args *args, const cli_items *items, int *group,
                      int *count, tb_error *error)
{
    tb_cluster_method method;
    long long asked = 0, seed = 1;
    tb_status status = read_method(args, &method, error);
    if (!status)
        status = cli_integer(args, "count", 1, 1000, &asked, error);
    if (!status)
        status = cli_integer(args, "seed", 0, 1000000000, &seed, error);
    if (!status && items->count < 3)
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "There %s only %d %s of sound to sort. Name more "
                         "recordings, or divide them: --of 500ms.",
                         items->count == 1 ? "is" : "are", items->count,
                         items->count == 1 ? "stretch" : "stretches");
    if (status)
        return status;
    *count = (int)asked;
    return asked > 0
               ? tb_cluster(items->rows, items->count, items->width, *count,
                            method, (uint64_t)seed, group, error)
               : guess(items, method, (uint64_t)seed, group, count, error);
}

/* A to Z, then A1, B1 and so on. */
static void name_group(int group, char name[16])
{
    if (group < 26)
        snprintf(name, 16, "%c", 'A' + group);
    else
        snprintf(name, 16, "%c%d", 'A' + group % 26, group / 26);
}

/* ---- what is left of each recording ---- */

/* Stretches side by side in one group are one. */
static int join(cli_stretch *list, const cli_item *items, const int *group,
                int count)
{
    int made = 0;
    for (int i = 0; i < count; i++) {
        cli_stretch *last = &list[made - 1];
        if (made > 0 && last->group == group[i] &&
            last->end == items[i].start && items[i].even) {
            last->end = items[i].end;
            continue;
        }
        list[made] = (cli_stretch){.start = items[i].start,
                                   .end = items[i].end,
                                   .group = group[i],
                                   .strength = NAN};
        char name[16];
        name_group(group[i], name);
        snprintf(list[made++].name, sizeof list->name, "%s", name);
    }
    return made;
}

static tb_status feed(void *context, const float *mono, int64_t n,
                      tb_error *error)
{
    (void)error;
    tb_overview_feed(context, mono, n);
    return TB_OK;
}

static tb_status leave(cli_prepare *p, const cli_source *source,
                       const cli_item *items, const int *group, int count,
                       tb_error *error)
{
    tb_overview overview = {0};
    cli_stretch *list = tb_alloc_array((size_t)count + 1, sizeof *list);
    if (!list)
        return tb_fail_memory(error);
    cli_result r = {.source = source, .stretches = list};
    tb_status status = TB_OK;
    r.count = join(list, items, group, count);
    if (p->picture && count > 1) {
        r.overview = &overview;
        status = tb_overview_init(&overview, source->frames,
                                  source->sample_rate, 1600, 96, error);
        if (!status)
            status = cli_hear(p, source->path, feed, &overview, error);
    }
    if (!status)
        status = cli_leave(p, &r, error);
    tb_overview_clear(&overview);
    tb_free(list);
    return status;
}

/* ---- the map ---- */

static tb_status draw_map(const cli_prepare *p, const cli_items *items,
                          const int *group, tb_error *error)
{
    char *folder = p->folder ? tb_path_join(NULL, p->folder)
                             : tb_path_folder(items->sources[0].path);
    char *path = folder ? tb_path_join(folder, "clusters.png") : NULL;
    tb_picture_point *points =
        tb_alloc_array((size_t)items->count, sizeof *points);
    float *xy = tb_alloc_array((size_t)items->count, 2 * sizeof *xy);
    tb_status status = path && points && xy ? TB_OK : tb_fail_memory(error);
    if (!status && !p->force && tb_exists(path))
        status = tb_fail(error, TB_ERR_ARGUMENT,
                         "'%s' is there already. Write elsewhere with -o "
                         "FOLDER, over it with --force, or draw nothing with "
                         "--no-picture.",
                         path);
    if (!status)
        status = tb_principal_plane(items->rows, items->count, items->width, xy,
                                    error);
    for (int i = 0; i < items->count && !status; i++) {
        points[i] = (tb_picture_point){xy[2 * i], xy[2 * i + 1], group[i], ""};
        name_group(group[i], points[i].name);
    }
    if (!status)
        status = tb_picture_write_map(path, points, items->count, error);
    if (!status && !p->json) {
        char word[TB_SHELL_WORD];
        printf("Map: %s\n", tb_shell_word(path, word));
    }
    tb_free(folder);
    tb_free(path);
    tb_free(points);
    tb_free(xy);
    return status;
}

/* ---- the command ---- */

static void say_groups(const int *group, int count, int groups)
{
    for (int g = 0; g < groups; g++) {
        char name[16];
        int size = 0;
        name_group(g, name);
        for (int i = 0; i < count; i++)
            size += group[i] == g;
        printf("%s%s %d", g ? ", " : "", name, size);
    }
    printf(".\n");
}

static tb_status leave_all(cli_prepare *p, const cli_items *items,
                           const int *group, int groups, tb_error *error)
{
    tb_status status = TB_OK;
    for (int i = 0, at = 0; i < items->source_count && !status; i++) {
        int count = 0;
        while (at + count < items->count && items->at[at + count].source == i)
            count++;
        status = leave(p, &items->sources[i], items->at + at, group + at, count,
                       error);
        at += count;
    }
    if (!status && p->picture)
        status = draw_map(p, items, group, error);
    if (!status && !p->json) {
        cli_bar_clear();
        printf("%d stretches in %d %s: ", items->count, groups,
               tb_plural(groups, "group", "groups"));
        say_groups(group, items->count, groups);
    }
    return status;
}

static int run(const cli_args *args)
{
    tb_error error;
    cli_prepare p;
    cli_items items = {0};
    int *group = NULL, groups = 0;
    cli_catch_stop();
    tb_status status = cli_prepare_open(&p, args, "clusters", 3, &error);
    if (!status)
        status = cli_items_find(&p, &items, &error);
    if (!status &&
        !(group = tb_alloc_array((size_t)items.count + 1, sizeof *group)))
        status = tb_fail_memory(&error);
    if (!status)
        status = sort(args, &items, group, &groups, &error);
    if (!status)
        status = leave_all(&p, &items, group, groups, &error);
    tb_free(group);
    cli_items_clear(&items);
    cli_prepare_close(&p);
    cli_bar_clear();
    return status ? cli_complain(&error) : CLI_OK;
}

const cli_command cli_cluster = {.name = "cluster",
                                 .about = "sorts stretches of sound into "
                                          "groups that are alike",
                                 .usage = usage,
                                 .text = text,
                                 .options = options,
                                 .run = run};
