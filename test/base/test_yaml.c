#include "base/yaml.h"

#include "tap.h"

#include <locale.h>
#include <stdlib.h>

static tb_error error;
static tb_json *json;

static bool parse(const char *text)
{
    tb_json_free(json);
    error.text[0] = 0;
    return tb_yaml_parse(text, strlen(text), "test.yaml", &json, &error) ==
           TB_OK;
}

static const char *text(const char *key)
{
    return tb_json_as_text(tb_json_find(json, key));
}

static double number(const char *key)
{
    double x = -1;
    tb_json_number(json, key, &x, NULL);
    return x;
}

static void scalars(void)
{
    bool flag = false;
    OK(parse("a: 1\nb: -2.5\nc: 1.0e-05\nd: true\ne: null\nf:\ng: .inf\n"
             "h: lstm # a comment\n# another\n\ni: ~\nj: '1'\nk: 1:2\n"
             "l: \"a\\tb\\\\\\u00fc\\x41\\U0001f514\"\nm: it's\n"
             "'n o': 'it''s'\np: ''\nq: a#b\nr: -\n"));
    NEAR(number("a"), 1, 0);
    NEAR(number("b"), -2.5, 0);
    NEAR(number("c"), 1e-5, 0);
    OK(!tb_json_flag(json, "d", &flag, NULL) && flag);
    OK(tb_json_is_null(tb_json_find(json, "e")));
    OK(tb_json_is_null(tb_json_find(json, "f")));
    OK(tb_json_is_null(tb_json_find(json, "i")));
    SAME_TEXT(text("g"), ".inf");
    SAME_TEXT(text("h"), "lstm");
    SAME_TEXT(text("j"), "1");
    SAME_TEXT(text("k"), "1:2");
    SAME_TEXT(text("l"), "a\tb\\\xc3\xbc"
                         "A\xf0\x9f\x94\x94");
    SAME_TEXT(text("m"), "it's");
    SAME_TEXT(text("n o"), "it's");
    SAME_TEXT(text("p"), "");
    SAME_TEXT(text("q"), "a#b");
    SAME_TEXT(text("r"), "-");
    OK(parse("just text"));
    SAME_TEXT(tb_json_as_text(json), "just text");
    OK(parse("") && tb_json_is_null(json));
    OK(parse("a: 1") && number("a") == 1);
}

/* As long lines are broken. */
static void lines(void)
{
    OK(parse("a: one\n  two\n\n  three\nb: 'one\n  two\n\n\n  three'\n"
             "c: \"one\\\n  \\ two\"\nd:\n  below\n  it\ne: end"));
    SAME_TEXT(text("a"), "one two\nthree");
    SAME_TEXT(text("b"), "one two\n\nthree");
    SAME_TEXT(text("c"), "one two");
    SAME_TEXT(text("d"), "below it");
    SAME_TEXT(text("e"), "end");
    OK(parse("a: one\r\nb: two\r\n"));
    SAME_TEXT(text("a"), "one");
}

static void structure(void)
{
    int64_t list[4];
    int count = 0;
    OK(parse("---\nsizes:\n- 16\n- 8\nempty: []\nnone: {}\ndeep:\n  a:\n"
             "    b: 1\n  list:\n    - x: 1\n      y: 2\n    - - 5\n      - 6\n"
             "    -\n      z: 3\n    -\nlast: 4\n"));
    OK(!tb_json_integers(json, "sizes", 0, 99, list, 4, &count, NULL));
    OK(count == 2 && list[0] == 16 && list[1] == 8);
    OK(tb_json_is_array(tb_json_find(json, "empty")));
    OK(tb_json_is_object(tb_json_find(json, "none")));
    const tb_json *deep = tb_json_find(json, "deep"), *item;
    OK(tb_json_find(tb_json_find(deep, "a"), "b") != NULL);
    item = tb_json_first(tb_json_find(deep, "list"));
    OK(tb_json_find(item, "x") && tb_json_find(item, "y"));
    item = tb_json_next(item);
    OK(tb_json_is_array(item) && tb_json_next(tb_json_first(item)));
    item = tb_json_next(item);
    OK(tb_json_find(item, "z") != NULL);
    item = tb_json_next(item);
    OK(tb_json_is_null(item) && !tb_json_next(item));
    NEAR(number("last"), 4, 0);
}

static void refusals(void)
{
    static const char *const wrong[][2] = {
        {"a: &x 1", "anchor"},     {"a: !t 1", "tag"},
        {"a: |\n  b", "block"},    {"a: [1]", "brackets"},
        {"a: {b: 1}", "brackets"}, {"a: 'open", "quoted"},
        {"a: \"\\q\"", "unknown"}, {"a: \"\\u00\"", "quoted"},
        {"a: 1\n b: 2", "else"},   {"a: 'x' y", "else"},
        {"a: 1\n- 2", "key"},      {"a:\n  b: 1\n c: 2", "indented"},
        {"- 1\nb", "indented"},    {"a: b: c", "else"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        OK_NAMED(!parse(wrong[i][0]) && !json, wrong[i][1]);
        OK_NAMED(strstr(error.text, wrong[i][1]) != NULL, error.text);
    }
    parse("a: 1\nb: 2\nc: [1]\n");
    OK(strstr(error.text, "'test.yaml'") && strstr(error.text, "line 3"));
    char deep[400];
    for (int i = 0; i < 100; i++)
        memcpy(deep + 2 * i, "- ", 2);
    deep[200] = 0;
    OK(!parse(deep) && strstr(error.text, "deeply"));
    EQ(tb_yaml_parse("a: 12", 4, "cut", &json, NULL), TB_OK);
    NEAR(number("a"), 1, 0);
}

int main(void)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        setlocale(LC_NUMERIC, "C");
    scalars();
    lines();
    structure();
    refusals();
    tb_json_free(json);
    return tap_done();
}
