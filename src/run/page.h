/* index.html of a run, with its curves. */
#ifndef TB_RUN_PAGE_H
#define TB_RUN_PAGE_H

#include "picture/page.h"
#include "run/example_list.h"

/* Draws the curves from log.csv and writes the page. `examples` may be null.
   `page` gives title, subtitle, state, facts and footer; the rest is filled
   here. Where pictures cannot be drawn there are none. */
tb_status tb_run_page_write(const char *folder, const tb_example_list *examples,
                            const tb_page *page, tb_error *error);

#endif
