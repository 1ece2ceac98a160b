/* The page: escapes, addresses, places of cells, and whole or not at all. */
#include "base/memory.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "picture/page.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/timbrel-page-XXXXXX";
static char path[64];

static char *written(void)
{
    void *text = NULL;
    tb_read_file(path, 1 << 20, &text, NULL, NULL);
    return text;
}

static int times(const char *text, const char *part)
{
    int n = 0;
    for (; text && (text = strstr(text, part)); text++)
        n++;
    return n;
}

static const char *const rows[] = {"prompt 1, T 0.7", "prompt <2>"};
static const char *const columns[] = {"epoch 1", "epoch 2", "epoch 3"};
static const tb_page_cell cells[] = {
    {0, 0, "examples/prompt 1_T0.7/epoch#1?.wav", "pictures/a.png", "moving",
     "quotes \"bell\" & 'gong'", NULL},
    {1, 2, "a:b%c.wav", NULL, "noise", NULL, "short"},
};

static tb_page_grid grid = {.heading = "Examples",
                            .rows = rows,
                            .row_count = 2,
                            .columns = columns,
                            .column_count = 3,
                            .cells = cells,
                            .cell_count = 2,
                            .show_last = true};

static void test_content(void)
{
    tb_page_fact facts[] = {{"Sounds", "</dl><script>"}, {"Empty", ""}};
    tb_page_image curve = {"pictures/bits.png", "bits \"per\" sample"};
    tb_page page = {.title = "b\xc3\xa4lls \xff & bells",
                    .state = "has learned 41 %",
                    .facts = facts,
                    .fact_count = 2,
                    .curves = &curve,
                    .curve_count = 1,
                    .grids = &grid,
                    .grid_count = 1};
    EQ(tb_page_write(path, &page, NULL), TB_OK);
    char *text = written();
    OK(strncmp(text, "<!DOCTYPE html>", 15) == 0);
    EQ(times(text, "b\xc3\xa4lls \xef\xbf\xbd &amp; bells"), 2);
    EQ(times(text, "<script>"), 1);
    EQ(times(text, "&lt;/dl&gt;&lt;script&gt;"), 1);
    EQ(times(text, "<dt>Empty"), 0);
    EQ(times(text, "prompt &lt;2&gt;"), 2);
    EQ(times(text, "quotes &quot;bell&quot; &amp; &#39;gong&#39;"), 1);
    EQ(times(text, "examples/prompt%201_T0.7/epoch%231%3F.wav"), 1);
    EQ(times(text, "src=\"a%3Ab%25c.wav\""), 1);
    EQ(times(text, "<audio controls preload=\"none\""), 2);
    EQ(times(text, "alt=\"bits &quot;per&quot; sample\""), 1);
    EQ(times(text, "class=\"none\"></td>"), 4);
    EQ(times(text, "tabindex=\"0\""), 1);
    EQ(times(text, "http"), 0);
    EQ(times(text, "</html>"), 1);
    tb_free(text);
}

static const char *found(const char *text, const char *piece)
{
    const char *at = strstr(text, piece);
    return at ? at : "";
}

/* Sound comes first: what is drawn of the whole run stands beside it or below,
   in the page's style; in its text, one box holds both. */
static void test_layout(void)
{
    tb_page_image curve = {"pictures/a?.png", "a"};
    tb_page page = {
        .curves = &curve, .curve_count = 1, .grids = &grid, .grid_count = 1};
    EQ(tb_page_write(path, &page, NULL), TB_OK);
    char *text = written();
    EQ(times(text, "<div class=\"top\">\n<header>"), 1);
    EQ(times(text, "<a href=\"pictures/a%3F.png\"><img "), 1);
    OK(strstr(found(text, "</header>"), "class=\"curves\""));
    OK(strstr(found(text, "class=\"curves\""), "<main>"));
    EQ(times(text, "class=\"grid last\""), 1);
    EQ(times(text, "class=\"grid last keep\""), 0);
    EQ(times(text, "prefers-color-scheme:dark"), 1);
    tb_free(text);
    grid.keep_first = true;
    EQ(tb_page_write(path, &page, NULL), TB_OK);
    text = written();
    EQ(times(text, "class=\"grid last keep\""), 1);
    tb_free(text);
    grid.keep_first = false;
}

static void test_refused(void)
{
    tb_error error;
    tb_page_cell far = {2, 0, "a.wav", NULL, NULL, NULL, NULL};
    tb_page_grid wrong = grid;
    wrong.cells = &far;
    wrong.cell_count = 1;
    tb_page page = {.title = "wrong", .grids = &wrong, .grid_count = 1};
    EQ(tb_page_write(path, &page, &error), TB_ERR_ARGUMENT);
    OK(strstr(error.text, "row 2"));
    char *text = written();
    EQ(times(text, "<title>wrong"), 0);
    EQ(times(text, "</html>"), 1);
    tb_free(text);
    EQ(tb_page_write("/nowhere/at/all/index.html", &page, &error), TB_ERR_FILE);
}

static void test_empty(void)
{
    tb_page page = {0};
    EQ(tb_page_write(path, &page, NULL), TB_OK);
    char *text = written();
    EQ(times(text, "<title>Timbrel</title>"), 1);
    EQ(times(text, "<table>"), 0);
    tb_free(text);
}

static void test_utf8(void)
{
    EQ(tb_utf8_length("a"), 1);
    EQ(tb_utf8_length("\xc3\xa4"), 2);
    EQ(tb_utf8_length("\xe2\x82\xac"), 3);
    EQ(tb_utf8_length("\xf0\x9f\x8e\xb5"), 4);
    EQ(tb_utf8_length("\xc3"), 0);
    EQ(tb_utf8_length("\xe2\x82"), 0);
    EQ(tb_utf8_length("\xc0\x80"), 0);
    EQ(tb_utf8_length("\xe0\x80\x80"), 0);
    EQ(tb_utf8_length("\xed\xa0\x80"), 0);
    EQ(tb_utf8_length("\xf4\x90\x80\x80"), 0);
    EQ(tb_utf8_length("\x80"), 0);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/index.html", folder);
    test_content();
    test_layout();
    test_refused();
    test_empty();
    test_utf8();
    unlink(path);
    EQ(rmdir(folder), 0);
    return tap_done();
}
