#include "picture/page.h"

#include "base/memory.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "picture/page_style.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int given(const char *text)
{
    return text && *text;
}

/* What is not UTF-8 shows as U+FFFD. */
static void put_text(FILE *out, const char *s)
{
    while (*s) {
        int length = tb_utf8_length(s);
        if (length == 0)
            fputs("\xef\xbf\xbd", out);
        else if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '>')
            fputs("&gt;", out);
        else if (*s == '"')
            fputs("&quot;", out);
        else if (*s == '\'')
            fputs("&#39;", out);
        else if ((unsigned char)*s < 0x20 || *s == 0x7f)
            fputc(' ', out);
        else
            fwrite(s, 1, (size_t)length, out);
        s += length ? length : 1;
    }
}

/* Everything but RFC 3986's unreserved characters and '/' is encoded, so that
   a colon or a question mark in a name stays a part of the name. */
static void put_url(FILE *out, const char *path)
{
    for (const unsigned char *s = (const unsigned char *)path; *s; s++)
        if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
            (*s >= '0' && *s <= '9') || strchr("-._~/", *s))
            fputc(*s, out);
        else
            fprintf(out, "%%%02X", *s);
}

/* <tag>text</tag>, or nothing where there is no text. */
static void put_element(FILE *out, const char *tag, const char *kind,
                        const char *text)
{
    if (!given(text))
        return;
    fprintf(out, "<%s", tag);
    if (kind)
        fprintf(out, " class=\"%s\"", kind);
    fputc('>', out);
    put_text(out, text);
    fprintf(out, "</%s>\n", tag);
}

static void put_image(FILE *out, const char *path, const char *text, int lazy)
{
    if (!given(path))
        return;
    fputs("<img src=\"", out);
    put_url(out, path);
    fputs("\" alt=\"", out);
    put_text(out, text ? text : "");
    fputs(lazy ? "\" loading=\"lazy\">\n" : "\">\n", out);
}

static void put_head(FILE *out, const tb_page *page)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\">\n",
          out);
    fputs("<title>", out);
    put_text(out, given(page->title) ? page->title : "Timbrel");
    fputs("</title>\n<style>\n", out);
    fputs(page_style, out);
    fputs("</style>\n</head>\n<body>\n", out);
}

static void put_facts(FILE *out, const tb_page *page)
{
    if (page->fact_count == 0)
        return;
    fputs("<dl>\n", out);
    for (int i = 0; i < page->fact_count; i++) {
        if (!given(page->facts[i].name) || !given(page->facts[i].value))
            continue;
        fputs("<div>", out);
        put_element(out, "dt", NULL, page->facts[i].name);
        put_element(out, "dd", NULL, page->facts[i].value);
        fputs("</div>\n", out);
    }
    fputs("</dl>\n", out);
}

static const char links_begin[] = "<nav>", links_end[] = "</nav>\n";

static void put_links(FILE *out, const tb_page_link *links, int count)
{
    fputs(links_begin, out);
    for (int i = 0; i < count; i++) {
        fputs(i ? " \u00b7 <a href=\"" : "<a href=\"", out);
        put_url(out, links[i].path);
        fputs("\">", out);
        put_text(out, links[i].text);
        fputs("</a>", out);
    }
    fputs(links_end, out);
}

static void put_header(FILE *out, const tb_page *page)
{
    fputs("<header>\n", out);
    put_element(out, "h1", NULL, page->title);
    put_element(out, "p", "sub", page->subtitle);
    put_element(out, "p", "state", page->state);
    put_links(out, page->links, page->link_count);
    fputs("</header>\n", out);
    put_facts(out, page);
}

static void put_curves(FILE *out, const tb_page *page)
{
    if (page->curve_count == 0)
        return;
    fputs("<div class=\"curves\">\n", out);
    for (int i = 0; i < page->curve_count; i++) {
        if (!given(page->curves[i].path))
            continue;
        fputs("<a href=\"", out);
        put_url(out, page->curves[i].path);
        fputs("\">", out);
        put_image(out, page->curves[i].path, page->curves[i].text, 0);
        fputs("</a>\n", out);
    }
    fputs("</div>\n", out);
}

static void put_cell_name(FILE *out, const tb_page_grid *grid,
                          const tb_page_cell *cell)
{
    put_text(out, grid->rows[cell->row] ? grid->rows[cell->row] : "");
    fputs(", ", out);
    put_text(out,
             grid->columns[cell->column] ? grid->columns[cell->column] : "");
}

/* What is said of a column, and where columns have no heads, in its cells. */
static void put_column_note(FILE *out, const tb_page_grid *grid, int column)
{
    const char *note = grid->column_notes ? grid->column_notes[column] : NULL;
    if (!given(note))
        return;
    fputs("<small>", out);
    put_text(out, note);
    fputs("</small>", out);
}

static void put_cell(FILE *out, const tb_page_grid *grid,
                     const tb_page_cell *cell, int first)
{
    fprintf(out, "<td tabindex=\"%d\" aria-label=\"", first ? 0 : -1);
    put_cell_name(out, grid, cell);
    fputs("\"><div class=\"cell\">\n", out);
    fputs("<p class=\"column\">", out);
    put_text(out,
             grid->columns[cell->column] ? grid->columns[cell->column] : "");
    put_column_note(out, grid, cell->column);
    fputs("</p>\n", out);
    put_image(out, cell->picture, "", 1);
    if (given(cell->sound)) {
        fputs("<audio controls preload=\"none\" tabindex=\"-1\" src=\"", out);
        put_url(out, cell->sound);
        fputs("\"></audio>\n", out);
    }
    put_element(out, "p", "tag", cell->tag);
    put_element(out, "p", NULL, cell->quotes);
    put_element(out, "p", NULL, cell->note);
    fputs("</div></td>\n", out);
}

static void put_grid_rows(FILE *out, const tb_page_grid *grid,
                          const tb_page_cell *const *at, int *first)
{
    for (int r = 0; r < grid->row_count; r++) {
        fputs("<tr><th scope=\"row\">", out);
        put_text(out, grid->rows[r] ? grid->rows[r] : "");
        fputs("</th>\n", out);
        for (int c = 0; c < grid->column_count; c++) {
            const tb_page_cell *cell =
                at[(size_t)r * (size_t)grid->column_count + (size_t)c];
            if (cell)
                put_cell(out, grid, cell, *first);
            else
                fprintf(out, "<td tabindex=\"%d\" class=\"none\"></td>\n",
                        *first ? 0 : -1);
            *first = 0;
        }
        fputs("</tr>\n", out);
    }
}

static void put_grid(FILE *out, const tb_page_grid *grid,
                     const tb_page_cell *const *at, int *first)
{
    put_element(out, "h2", NULL, grid->heading);
    fprintf(out, "<div class=\"grid%s%s\"><table>\n<thead><tr><td></td>",
            grid->show_last ? " last" : "", grid->keep_first ? " keep" : "");
    for (int c = 0; c < grid->column_count; c++) {
        fputs("<th scope=\"col\">", out);
        put_text(out, grid->columns[c] ? grid->columns[c] : "");
        put_column_note(out, grid, c);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    put_grid_rows(out, grid, at, first);
    fputs("</tbody>\n</table></div>\n", out);
}

static tb_status check_grid(const tb_page_grid *grid, tb_error *error)
{
    for (int i = 0; i < grid->cell_count; i++) {
        const tb_page_cell *cell = &grid->cells[i];
        if (cell->row < 0 || cell->row >= grid->row_count || cell->column < 0 ||
            cell->column >= grid->column_count)
            return tb_fail(error, TB_ERR_ARGUMENT,
                           "the page has no place in row %d, column %d of a "
                           "grid of %d x %d",
                           cell->row, cell->column, grid->row_count,
                           grid->column_count);
    }
    return TB_OK;
}

/* Cells by their place, [row_count, column_count]. */
static tb_status place_cells(const tb_page_grid *grid, const tb_page_cell ***at,
                             tb_error *error)
{
    tb_status status = check_grid(grid, error);
    if (status)
        return status;
    *at = tb_alloc_array((size_t)grid->row_count * (size_t)grid->column_count,
                         sizeof **at);
    if (!*at)
        return tb_fail_memory(error);
    for (int i = 0; i < grid->cell_count; i++) {
        const tb_page_cell *cell = &grid->cells[i];
        (*at)[(size_t)cell->row * (size_t)grid->column_count +
              (size_t)cell->column] = cell;
    }
    return TB_OK;
}

static tb_status put_grids(FILE *out, const tb_page *page, tb_error *error)
{
    int first = 1;
    if (page->grid_count > 0)
        fputs("<p class=\"help\"><kbd>Space</kbd> plays and stops, "
              "<kbd>&larr;</kbd> <kbd>&rarr;</kbd> <kbd>&uarr;</kbd> "
              "<kbd>&darr;</kbd> move.</p>\n",
              out);
    for (int i = 0; i < page->grid_count; i++) {
        const tb_page_cell **at = NULL;
        tb_status status = place_cells(&page->grids[i], &at, error);
        if (status)
            return status;
        put_grid(out, &page->grids[i], at, &first);
        tb_free(at);
    }
    return TB_OK;
}

tb_status tb_page_write(const char *path, const tb_page *page, tb_error *error)
{
    tb_file *file = tb_file_begin(path, error);
    if (!file)
        return error ? error->status : TB_ERR_FILE;
    FILE *out = tb_file_stream(file);
    put_head(out, page);
    fputs("<div class=\"top\">\n", out);
    put_header(out, page);
    put_curves(out, page);
    fputs("</div>\n<main>\n", out);
    tb_status status = put_grids(out, page, error);
    if (status) {
        tb_file_abort(file);
        return status;
    }
    fputs("</main>\n", out);
    put_element(out, "footer", NULL, page->footer);
    fprintf(out, "<script>\n%s</script>\n</body>\n</html>\n", page_script);
    return tb_file_commit(file, error);
}

/* ---- other links ---- */

enum { LARGEST_PAGE = 1 << 28 };

/* The page with what stands from `from` to `end` replaced. */
static tb_status write_with(const char *path, const char *text,
                            const char *from, const char *end, const char *by,
                            tb_error *error)
{
    tb_file *file = tb_file_begin(path, error);
    if (!file)
        return error->status;
    tb_status status = tb_file_write(file, text, (size_t)(from - text), error);
    if (!status)
        status = tb_file_write(file, by, strlen(by), error);
    if (!status)
        status = tb_file_write(file, end, strlen(end), error);
    if (!status)
        return tb_file_commit(file, error);
    tb_file_abort(file);
    return status;
}

static tb_status replace_links(const char *path, char *text, const char *by,
                               tb_error *error)
{
    char *from = strstr(text, links_begin);
    char *end = from ? strstr(from, links_end) : NULL;
    if (!end)
        return TB_OK;
    end += strlen(links_end);
    bool same = strlen(by) == (size_t)(end - from) &&
                strncmp(from, by, strlen(by)) == 0;
    return same ? TB_OK : write_with(path, text, from, end, by, error);
}

tb_status tb_page_set_links(const char *path, const tb_page_link *links,
                            int count, tb_error *error)
{
    tb_error own;
    void *text = NULL;
    char *by = NULL;
    size_t size;
    error = error ? error : &own;
    if (!tb_exists(path))
        return TB_OK;
    tb_status status = tb_read_file(path, LARGEST_PAGE, &text, NULL, error);
    FILE *out = status ? NULL : open_memstream(&by, &size);
    if (out)
        put_links(out, links, count);
    if (!status && (!out || fclose(out)))
        status = tb_fail_memory(error);
    if (!status)
        status = replace_links(path, text, by, error);
    tb_free(text);
    free(by);
    return status;
}
