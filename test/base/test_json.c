#include "base/json.h"

#include <locale.h>

#include "tap.h"

static tb_error error;

static tb_json *parse(const char *text)
{
    tb_json *json = NULL;
    tb_json_parse(text, strlen(text), "test.json", &json, &error);
    return json;
}

static void syntax(void)
{
    static const char *const wrong[] = {
        "", "{", "{\"a\":}", "[1,]", "{} x", "\"open", "nul", "[1 2]",
        /* What some readers take. */
        "[1,]", "{\"a\":1,}", "{'a':1}", "{a:1}", "[NaN]", "[Infinity]",
        "[-Infinity]", "[01]", "[1.]", "[.5]", "[+1]", "[-]", "[1e]", "[1e999]",
        "[0x10]", "/* */ 1", "[1] // one", "True", "[\"a\tb\"]", "[\"a\fb\"]",
        "[\"\\x\"]", "[\"\\u12\"]", "\"\\u12\"", "[\"\\u00g0\"]",
        "[\"\\u0000\"]", "[\"\\ud800\"]", "[\"\\udc00\"]",
        "[\"\\ud800\\u0041\"]", "[\"\\\"]", "{\"a\":1,\"b\":2,\"a\":3}",
        "{\"a\" 1}", "{1:2}", "[,1]", "]", "\xef\xbb\xbf", ","};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        error.status = TB_OK;
        OK_NAMED(!parse(wrong[i]), wrong[i]);
        EQ(error.status, TB_ERR_FORMAT);
    }
    parse("{\n\n\"a\": x}");
    OK(strstr(error.text, "'test.json'"));
    OK(strstr(error.text, "line 3"));
    tb_json *json = parse(" [1] \n\t ");
    OK(tb_json_is_array(json));
    tb_json_free(json);
    json = parse("\xef\xbb\xbf{}");
    OK(tb_json_is_object(json));
    tb_json_free(json);
    char deep[5000];
    memset(deep, '[', sizeof deep);
    OK(tb_json_parse(deep, sizeof deep, "deep", &json, NULL) != TB_OK);
    EQ(tb_json_parse("[12345", 3, "cut", &json, NULL), TB_ERR_FORMAT);
    EQ(tb_json_parse("[1]]]]", 3, "cut", &json, NULL), TB_OK);
    tb_json_free(json);
    tb_json_free(NULL);
}

static void members(void)
{
    tb_json *json = parse("{\"t\":\"bell\",\"T\":1,\"n\":2.5,\"i\":-3,"
                          "\"f\":true,\"o\":{},\"a\":[1,2,3],\"h\":1e300}");
    const char *text = NULL;
    double number = 0;
    int64_t i = 0, list[3];
    bool flag = false;
    int count = 0;
    const tb_json *inner;
    EQ(tb_json_text(json, "t", &text, &error), TB_OK);
    SAME_TEXT(text, "bell");
    EQ(tb_json_number(json, "n", &number, &error), TB_OK);
    NEAR(number, 2.5, 0);
    EQ(tb_json_integer(json, "i", -3, 3, &i, &error), TB_OK);
    EQ(i, -3);
    EQ(tb_json_flag(json, "f", &flag, &error), TB_OK);
    OK(flag);
    EQ(tb_json_object(json, "o", &inner, &error), TB_OK);
    OK(!tb_json_first(inner));
    EQ(tb_json_integers(json, "a", 1, 3, list, 3, &count, &error), TB_OK);
    EQ(count, 3);
    EQ(list[2], 3);
    tb_json_free(json);
}

/* Characters by name and by number, and numbers to the last digit. */
static void values(void)
{
    int64_t i = 0;
    double x = 0;
    tb_json *json = parse("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
                          "\"\\u0041\\u00e9\\u20ac\\ud83c\\udFb5\","
                          "9223372036854775807, -9223372036854775808,"
                          "9223372036854775808, 1e3, 1.5E+1, -0.0, 2.50]");
    const tb_json *item = tb_json_first(json);
    SAME_TEXT(tb_json_as_text(item), "\"\\/\b\f\n\r\t");
    item = tb_json_next(item);
    SAME_TEXT(tb_json_as_text(item), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb5");
    item = tb_json_next(item);
    OK(tb_json_as_integer(item, 0, INT64_MAX, &i) && i == INT64_MAX);
    OK(!tb_json_as_integer(item, 0, INT64_MAX - 1, &i));
    item = tb_json_next(item);
    OK(tb_json_as_integer(item, INT64_MIN, 0, &i) && i == INT64_MIN);
    item = tb_json_next(item);
    OK(!tb_json_as_integer(item, INT64_MIN, INT64_MAX, &i));
    OK(tb_json_as_number(item, &x) && x == 0x1p63);
    item = tb_json_next(item);
    OK(tb_json_as_integer(item, 0, 1000, &i) && i == 1000);
    item = tb_json_next(item);
    OK(tb_json_as_integer(item, 0, 1000, &i) && i == 15);
    item = tb_json_next(item);
    OK(tb_json_as_number(item, &x) && x == 0 && signbit(x));
    item = tb_json_next(item);
    OK(tb_json_as_number(item, &x) && x == 2.5);
    OK(!tb_json_as_integer(item, 0, 10, &i) && !tb_json_next(item));
    tb_json_free(json);
}

/* In the order in which they are written; each name once. */
static void names(void)
{
    static const char *const order[] = {"z", "a", "m", ""};
    tb_json *json = parse("{\"z\":[{}],\"a\":null,\"m\":{\"z\":1},\"\":2}");
    const tb_json *item = tb_json_first(json);
    for (int i = 0; i < 4; i++, item = tb_json_next(item))
        SAME_TEXT(tb_json_name(item), order[i]);
    OK(!item && !tb_json_find(json, "Z"));
    OK(!tb_json_name(tb_json_first(tb_json_find(json, "z"))));
    tb_json_free(json);
    OK(!parse("{\n\"bell\":1,\"b\":2,\n\"bell\":3}"));
    SAME_TEXT(error.text, "'test.json' is not correct JSON: the name 'bell' is "
                          "there twice (line 3, byte 27).");
    OK(!parse("[{\"a\":{\"x\":1,\"\\u0078\":2}}]"));
    char deep[300] = "";
    memset(deep, '[', 128);
    memset(deep + 128, ']', 128);
    json = parse(deep);
    OK(json != NULL);
    tb_json_free(json);
    memset(deep, '[', 129);
    memset(deep + 129, ']', 129);
    OK(!parse(deep));
    OK(strstr(error.text, "too much stands in one another"));
}

static void wrong_members(void)
{
    tb_json *json = parse("{\"t\":\"bell\",\"n\":2.5,\"a\":[1,2,3],"
                          "\"h\":1e300,\"x\":[1,\"2\"]}");
    const char *text;
    int64_t i, list[3];
    bool flag;
    int count;
    const tb_json *inner;
    EQ(tb_json_text(json, "missing", &text, &error), TB_ERR_FORMAT);
    SAME_TEXT(error.text, "The entry 'missing' is missing.");
    EQ(tb_json_text(json, "n", &text, &error), TB_ERR_FORMAT);
    SAME_TEXT(error.text, "The entry 'n' must be text.");
    EQ(tb_json_integer(json, "n", 0, 9, &i, &error), TB_ERR_FORMAT);
    EQ(tb_json_integer(json, "h", 0, INT64_MAX, &i, &error), TB_ERR_FORMAT);
    EQ(tb_json_integer(json, "t", 0, 9, &i, &error), TB_ERR_FORMAT);
    EQ(tb_json_flag(json, "n", &flag, &error), TB_ERR_FORMAT);
    EQ(tb_json_array(json, "t", &inner, &error), TB_ERR_FORMAT);
    EQ(tb_json_integers(json, "a", 1, 3, list, 2, &count, &error),
       TB_ERR_FORMAT);
    EQ(tb_json_integers(json, "a", 1, 2, list, 3, &count, &error),
       TB_ERR_FORMAT);
    EQ(tb_json_integers(json, "x", 1, 2, list, 3, &count, &error),
       TB_ERR_FORMAT);
    tb_json_free(json);
}

static void writing(void)
{
    tb_json_writer w = {0};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "event", "a \"b\"\n\x01\\ \xc3\xa9");
    tb_json_put_text(&w, "none", NULL);
    tb_json_put_number(&w, "loss", 0.1);
    tb_json_put_number(&w, "bad", NAN);
    tb_json_put_integer(&w, "step", -12);
    tb_json_put_flag(&w, "done", false);
    tb_json_begin_array(&w, "list");
    tb_json_put_integer(&w, NULL, 1);
    tb_json_begin_object(&w, NULL);
    tb_json_end_object(&w);
    tb_json_put_text(&w, NULL, "[");
    tb_json_put_flag(&w, NULL, true);
    tb_json_end_array(&w);
    tb_json_end_object(&w);
    SAME_TEXT(tb_json_finish(&w),
              "{\"event\":\"a \\\"b\\\"\\n\\u0001\\\\ \xc3\xa9\","
              "\"none\":null,\"loss\":0.1,\"bad\":null,\"step\":-12,"
              "\"done\":false,\"list\":[1,{},\"[\",true]}");
    tb_json_restart(&w);
    SAME_TEXT(tb_json_finish(&w), "");
    tb_json_clear(&w);
}

static const char *quoted(tb_json_writer *w, const char *text)
{
    tb_json_restart(w);
    tb_json_put_text(w, NULL, text);
    return tb_json_finish(w);
}

static void bytes_that_are_no_text(void)
{
    tb_json_writer w = {0};
#define BAD "\xef\xbf\xbd"
    SAME_TEXT(quoted(&w, "a\xff\x62"), "\"a" BAD "b\"");
    SAME_TEXT(quoted(&w, "\xc3"), "\"" BAD "\"");
    SAME_TEXT(quoted(&w, "\xc0\x80"), "\"" BAD BAD "\"");
    SAME_TEXT(quoted(&w, "\xed\xa0\x80"), "\"" BAD BAD BAD "\"");
    SAME_TEXT(quoted(&w, "\xf0\x9f\x8e\xb5"), "\"\xf0\x9f\x8e\xb5\"");
    SAME_TEXT(quoted(&w, "\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\"");
    SAME_TEXT(quoted(&w, "\xe2\x82\xac"), "\"\xe2\x82\xac\"");
    tb_json_clear(&w);
}

static void round_trip(void)
{
    static const double list[] = {0.1,
                                  1.0 / 3,
                                  1e-300,
                                  123456789.123456789,
                                  -0.0,
                                  5e-324,
                                  1.7976931348623157e308};
    tb_json_writer w = {0};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        tb_json_restart(&w);
        tb_json_begin_object(&w, NULL);
        tb_json_put_number(&w, "x", list[i]);
        tb_json_end_object(&w);
        tb_json *json = parse(tb_json_finish(&w));
        double x = 0;
        EQ(tb_json_number(json, "x", &x, NULL), TB_OK);
        NEAR(x, list[i], 0);
        tb_json_free(json);
    }
    tb_json_clear(&w);
}

int main(void)
{
    syntax();
    members();
    values();
    names();
    wrong_members();
    writing();
    bytes_that_are_no_text();
    round_trip();
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        round_trip();
    return tap_done();
}
