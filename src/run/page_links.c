#include "run/page_links.h"

#include "base/memory.h"
#include "base/paths.h"
#include "run/run_folder.h"
#include "run/trainings.h"

static bool add_link(tb_arena *arena, tb_page_link *links, int *count,
                     const char *folder, const char *text)
{
    tb_page_link *l = &links[(*count)++];
    *l = (tb_page_link){tb_arena_printf(arena, "%s/index.html", folder),
                        tb_arena_strdup(arena, text)};
    return l->path && l->text;
}

static tb_status add_above(const char *folder, tb_arena *arena,
                           tb_page_link *links, int *count, tb_error *error)
{
    char *above = tb_run_above(folder);
    char *title = above ? tb_run_title(above) : NULL;
    bool good = !above || (title && add_link(arena, links, count, "..", title));
    tb_free(above);
    tb_free(title);
    return good ? TB_OK : tb_fail_memory(error);
}

tb_status tb_run_page_links(const char *folder, tb_arena *arena,
                            const tb_page_link **links, int *count,
                            tb_error *error)
{
    char **names;
    int trainings;
    *links = NULL;
    *count = 0;
    tb_status status = tb_run_trainings(folder, &names, &trainings, error);
    if (status)
        return status;
    tb_page_link *all =
        tb_arena_array(arena, (size_t)trainings + 1, sizeof *all);
    status = all ? add_above(folder, arena, all, count, error)
                 : tb_fail_memory(error);
    for (int i = 0; i < trainings && !status; i++)
        if (!add_link(arena, all, count, names[i], names[i]))
            status = tb_fail_memory(error);
    tb_run_trainings_free(names, trainings);
    *links = all;
    return status;
}

static tb_status link_run(const char *folder, tb_arena *arena, tb_error *error)
{
    const tb_page_link *links;
    int count;
    char *path = tb_path_join(folder, "index.html");
    tb_status status =
        path ? tb_run_page_links(folder, arena, &links, &count, error)
             : tb_fail_memory(error);
    if (!status)
        status = tb_page_set_links(path, links, count, error);
    tb_free(path);
    return status;
}

tb_status tb_run_page_link_above(const char *folder, tb_error *error)
{
    char *above = tb_run_above(folder);
    tb_error busy;
    tb_run *run = above ? tb_run_open(above, &busy) : NULL;
    tb_arena *arena = run ? tb_arena_new() : NULL;
    tb_status status = TB_OK;
    if (run)
        status = arena ? link_run(above, arena, error) : tb_fail_memory(error);
    tb_arena_free(arena);
    tb_run_close(run);
    tb_free(above);
    return status;
}
