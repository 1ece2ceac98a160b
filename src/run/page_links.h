/* Links between the pages of the trainings of one run. */
#ifndef TB_RUN_PAGE_LINKS_H
#define TB_RUN_PAGE_LINKS_H

#include "base/arena.h"
#include "picture/page.h"

/* To the run above and to the further trainings: `*links` [*count] in the
   arena. */
tb_status tb_run_page_links(const char *folder, tb_arena *arena,
                            const tb_page_link **links, int *count,
                            tb_error *error);

/* The page of the run above shows all its trainings, unless somebody trains
   that run, who writes the page himself. Nothing is done where there is none.
 */
tb_status tb_run_page_link_above(const char *folder, tb_error *error);

#endif
