/* Expressions of TorchScript source. */
#include <locale.h>
#include <stdlib.h>

#include "printed_syntax.h"
#include "readings.h"
#include "tap.h"
#include "torchscript/parser.h"

static tb_error error;
static printed out;

/* The statement, or null after an error. The caller frees the tree. */
static const tb_statement *statement(tb_syntax *syntax, const char *source,
                                     size_t bytes)
{
    char text[4096] = "def f():\n  ";
    size_t head = strlen(text);
    memcpy(text + head, source, bytes);
    error.text[0] = 0;
    if (tb_syntax_parse(syntax, text, head + bytes, "t.py", "", &error) !=
        TB_OK)
        return NULL;
    const tb_script_function *f = tb_syntax_function(syntax, "f");
    return f && f->body.count == 1 ? f->body.at[0] : NULL;
}

static const char *printed_of(const char *source)
{
    tb_syntax *syntax = tb_syntax_new();
    const tb_statement *s = statement(syntax, source, strlen(source));
    out.length = 0;
    put(&out, "%s", error.text);
    if (s && s->kind == TB_STMT_EXPRESSION)
        print_expression(&out, s->value);
    tb_syntax_free(syntax);
    return out.text;
}

static void numbers(void)
{
    static const reading readings[] = {
        {"0", "0"},
        {"00", "0"},
        {"1", "1"},
        {"1.", "f1"},
        {"1.5", "f1.5"},
        {".5", "f0.5"},
        {"1e-05", "f1.0000000000000001e-05"},
        {"9.9999999999999998e-13", "f9.9999999999999998e-13"},
        {"1E3", "f1000"},
        {"1_000_000", "1000000"},
        {"1_0.2_5", "f10.25"},
        {"0x7fFF_FFFF", "2147483647"},
        {"0XfF", "255"},
        {"0o17", "15"},
        {"0b1011", "11"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"- 1", "-1"},
        {"-0.", "f-0"},
        {"-0", "0"},
        {"+3", "3"},
        {"1j", "j1"},
        {"-2.5J", "j-2.5"},
        {"1.+2.j", "(f1 + j2)"},
        {"inf", "finf"},
        {"-inf", "f-inf"},
        {"infj", "jinf"},
        {"True", "True"},
        {"False", "False"},
        {"None", "None"},
        {"...", "..."},
    };
    CHECK_READINGS(printed_of, readings);
    OK(strstr(printed_of("nan"), "nan"));
    OK(strstr(printed_of("nanj"), "jnan"));
}

static void wrong_numbers(void)
{
    static const reading readings[] = {
        {"9223372036854775808",
         "t.py, line 2: 9223372036854775808 is too large for 64 bits."},
        {"9223372036854775809",
         "t.py, line 2: '9223372036854775809' is too large for 64 bits."},
        {"0x", "t.py, line 2: '0x' is not a number."},
        {"12a", "t.py, line 2: '12a' is not a number."},
        {"0b12", "t.py, line 2: '0b12' is not a number."},
        {"1e", "t.py, line 2: '1e' is not a number."},
        {"1e999", "t.py, line 2: '1e999' is no number of 64 bits."},
        {"012", "t.py, line 2: '012' is not a number, for it begins with 0."},
    };
    CHECK_READINGS(printed_of, readings);
    char digits[100] = "0.";
    memset(digits + 2, '1', 90);
    OK(strstr(printed_of(digits), "has too many digits."));
}

static void other_locale(void)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        setlocale(LC_ALL, "C.UTF-8");
    const char *text = printed_of("0.25"); /* and printf's comma */
    OK(*text == 'f');
    NEAR(strtod(text + 1, NULL), 0.25, 0);
    setlocale(LC_ALL, "C");
}

static void strings(void)
{
    static const reading readings[] = {
        {"\"\"", "\"\""},
        {"'a'", "\"a\""},
        {"'it\"s'", "\"it\\042s\""},
        {"\"\\n\\t\\\\\\'\\\"\"", "\"\\012\\011\\'\\042\""},
        {"'\\a\\b\\f\\r\\v'", "\"\\007\\010\\014\\015\\013\""},
        {"'\\0\\101\\377'", "\"\\000A\\377\""},
        {"'\\x41\\xe9'", "\"A\\351\""},
        {"'\\u00e9\\u20ac\\U0001F600A\\u0041'",
         "\"\\303\\251\\342\\202\\254\\360\\237\\230\\200AA\""},
        {"'a\\\nb'", "\"ab\""},
        {"'\\q'", "\"\\q\""},
        {"\"\"\"a\n\"b\" c\"\"\"", "\"a\\012\\042b\\042 c\""},
        {"'''it's'''", "\"it's\""},
        {"'a' \"b\" '' 'c'", "\"abc\""},
        {"'' ''", "\"\""},
        {"'# no comment' # a comment", "\"# no comment\""},
        {"'caf\xc3\xa9'", "\"caf\\303\\251\""},
    };
    CHECK_READINGS(printed_of, readings);
    /* the backslash is one of the text, not of the printing */
    SAME_TEXT(printed_of("'\\\\q'"), "\"\\q\"");
}

static void wrong_strings(void)
{
    static const reading readings[] = {
        {"'a", "t.py, line 2: A string is opened but not closed."},
        {"'a\nb'", "t.py, line 2: A string is opened but not closed."},
        {"'''a\nb\n''", "t.py, line 2: A string is opened but not closed."},
        {"'a\\", "t.py, line 2: A string is opened but not closed."},
        {"'\\400'", "t.py, line 2: A string has a byte that does not exist "
                    "behind a backslash."},
        {"'\\x4'", "t.py, line 2: A string has a byte that does not exist "
                   "behind a backslash."},
        {"'\\ud800'", "t.py, line 2: A string has a character behind \\u that "
                      "does not exist."},
        {"'\\U00110000'", "t.py, line 2: A string has a character behind \\u "
                          "that does not exist."},
        {"'\\u00g0'", "t.py, line 2: A string has a character behind \\u that "
                      "does not exist."},
    };
    CHECK_READINGS(printed_of, readings);
}

static void operators(void)
{
    static const reading readings[] = {
        {"a + b * c", "(a + (b * c))"},
        {"(a + b) * c", "((a + b) * c)"},
        {"a - b - c", "((a - b) - c)"},
        {"a / b // c % d @ e", "((((a / b) // c) % d) @ e)"},
        {"a ** b ** c", "(a ** (b ** c))"},
        {"-a ** b", "(-(a ** b))"},
        {"-2 ** 2", "(-(2 ** 2))"},
        {"2 ** -1", "(2 ** -1)"},
        {"-(2)", "(-2)"},
        {"- -2", "(--2)"},
        {"-a", "(-a)"},
        {"-inf.a", "(-finf.a)"},
        {"+a", "a"},
        {"~a", "(~a)"},
        {"not a", "(not a)"},
        {"not not a", "(not (not a))"},
        {"not a == b", "(not (a == b))"},
        {"a and not b or c", "((a and (not b)) or c)"},
        {"a or b and c", "(a or (b and c))"},
        {"a < b", "(a < b)"},
        {"a <= b and a >= c", "((a <= b) and (a >= c))"},
        {"(a < b) < c", "((a < b) < c)"},
        {"a > b or a != b", "((a > b) or (a != b))"},
        {"a is None", "(a is None)"},
        {"a is not None", "(a is not None)"},
        {"a in b", "(a in b)"},
        {"a not in b", "(a not in b)"},
        {"a | b ^ c & d << 1 >> e + 1",
         "(a | (b ^ (c & ((d << 1) >> (e + 1)))))"},
        {"a if b else c", "(a if b else c)"},
        {"a if b else c if d else e", "(a if b else (c if d else e))"},
        {"(a if b else c) + 1", "((a if b else c) + 1)"},
        {"a or b if c and d else e", "((a or b) if (c and d) else e)"},
    };
    CHECK_READINGS(printed_of, readings);
}

static void wrong_operators(void)
{
    static const reading readings[] = {
        {"a < b < c", "t.py, line 2: A comparison of two values was expected, "
                      "but there is '<'."},
        {"a is b in c", "t.py, line 2: A comparison of two values was "
                        "expected, but there is 'in'."},
        {"a + not b",
         "t.py, line 2: A value was expected, but there is 'not'."},
        {"a not b", "t.py, line 2: 'in' was expected, but there is 'b'."},
        {"a +", "t.py, line 2: A value was expected, but there is the end of "
                "the line."},
        {"a if b", "t.py, line 2: 'else' was expected, but there is the end of "
                   "the line."},
        {"a b", "t.py, line 2: The end of the line was expected, but there is "
                "'b'."},
        {"a 'x'", "t.py, line 2: The end of the line was expected, but there "
                  "is a string."},
        {"a ? b", "t.py, line 2: The character '?' has no meaning here."},
        {"a ! b", "t.py, line 2: The character '!' has no meaning here."},
        {"caf\xc3\xa9", "t.py, line 2: A byte of value 195 has no meaning "
                        "outside of strings."},
        {"lambda x: x", "t.py, line 2: 'lambda' does not belong to "
                        "TorchScript."},
        {"yield a", "t.py, line 2: 'yield' does not belong to TorchScript."},
    };
    CHECK_READINGS(printed_of, readings);
}

static void brackets(void)
{
    static const reading readings[] = {
        {"()", "()"},
        {"(a)", "a"},
        {"(a,)", "(a,)"},
        {"(a, b, )", "(a, b)"},
        {"a, b", "(a, b)"},
        {"a,", "(a,)"},
        {"[]", "[]"},
        {"[1, 2, ]", "[1, 2]"},
        {"[[1], (2, 3)]", "[[1], (2, 3)]"},
        {"{}", "{}"},
        {"{\"a\": 1, 'b': [2], }", "{\"a\": 1, \"b\": [2]}"},
        {"[x * 2 for x in y]", "[(x * 2) for x in y]"},
        {"[x for x in range(3) if x > 1]", "[x for x in range(3) if (x > 1)]"},
        {"[a + b for a, b in c]", "[(a + b) for (a, b) in c]"},
        {"[\n  1, # one\n  2\n]", "[1, 2]"},
        {"a + \\\n  b", "(a + b)"},
        {"a + \\\r\n  b\r", "(a + b)"},
    };
    CHECK_READINGS(printed_of, readings);
}

static void postfixes(void)
{
    static const reading readings[] = {
        {"self.a.b", "self.a.b"},
        {"(self).f(x, )", "self.f(x)"},
        {"f()", "f()"},
        {"f(a, b=1, c=d == e)", "f(a, b=1, c=(d == e))"},
        {"f(a == b)", "f((a == b))"},
        {"f(a\n = 1)", "f(a=1)"},
        {"torch.nan_to_num(x, nan=0., from=1)",
         "'torch.nan_to_num(x, nan=f0, from=1)"},
        {"f(x)(y)[0].z", "f(x)(y)[0].z"},
        {"torch.add(x, 1)", "'torch.add(x, 1)"},
        {"ops.prim.dtype(x)", "'ops.prim.dtype(x)"},
        {"CONSTANTS.c0", "'CONSTANTS.c0"},
        {"__torch__.a.C.__new__(__torch__.a.C)",
         "'__torch__.a.C.__new__('__torch__.a.C)"},
        {"getattr(self, \"0\")", "getattr(self, \"0\")"},
        {"x[0]", "x[0]"},
        {"x[-1]", "x[-1]"},
        {"x[:]", "x[::]"},
        {"x[1:]", "x[1::]"},
        {"x[:2]", "x[:2:]"},
        {"x[1:2:3]", "x[1:2:3]"},
        {"x[::-1]", "x[::-1]"},
        {"x[..., -p:, None]", "x[..., (-p)::, None]"},
        {"x[a, b:c, ]", "x[a, b:c:]"},
        {"x[(a, b)]", "x[(a, b)]"},
        {"x[a if b else c:]", "x[(a if b else c)::]"},
        {"\"{}\".format(x)", "\"{}\".format(x)"},
        {"1 .real", "1.real"},
        {"x.try", "x.try"},
    };
    CHECK_READINGS(printed_of, readings);
}

static void wrong_brackets(void)
{
    static const reading readings[] = {
        {"(a", "t.py, line 2: ')' was expected, but there is the end of the "
               "file."},
        {"(a, b]", "t.py, line 2: ')' was expected, but there is ']'."},
        {"[a for b]", "t.py, line 2: 'in' was expected, but there is ']'."},
        {"[a for b in c for d in e]",
         "t.py, line 2: ']' was expected, but there is 'for'."},
        {"[a, b for b in c]",
         "t.py, line 2: ']' was expected, but there is 'for'."},
        {"{a}", "t.py, line 2: ':' was expected, but there is '}'."},
        {"x[]", "t.py, line 2: A value was expected, but there is ']'."},
        {"x[1:2:3:4]", "t.py, line 2: ']' was expected, but there is ':'."},
        {"f(*a)", "t.py, line 2: One argument after the other was expected, "
                  "but there is '*'."},
        {"f(**a)", "t.py, line 2: One argument after the other was expected, "
                   "but there is '**'."},
        {"f(a=1, b)", "t.py, line 2: The name of an argument and '=' was "
                      "expected, but there is 'b'."},
        {"x.1", "t.py, line 2: The end of the line was expected, but there is "
                "'.1'."},
        {"x.'a'", "t.py, line 2: The name of an attribute was expected, but "
                  "there is a string."},
        {"f(\n\n  a b)", "t.py, line 4: ')' was expected, but there is 'b'."},
    };
    CHECK_READINGS(printed_of, readings);
}

static void types(void)
{
    static const reading readings[] = {
        {"annotate(List[int], [])", "annotate(<List[int]>, [])"},
        {"annotate(Dict[str, List[Tensor]], {})",
         "annotate(<Dict[str, List[Tensor]]>, {})"},
        {"unchecked_cast(Optional[int], x)",
         "unchecked_cast(<Optional[int]>, x)"},
        {"unchecked_cast(__torch__.a.C, x)",
         "unchecked_cast(<__torch__.a.C>, x)"},
        {"uninitialized(Tuple[()])", "uninitialized(<Tuple>)"},
        {"uninitialized(Tuple[int, ...])", "uninitialized(<Tuple[int, ...]>)"},
        {"isinstance(x, Tensor)", "isinstance(x, <Tensor>)"},
        {"isinstance(x, (int, List[str]))",
         "isinstance(x, <Union[int, List[str]]>)"},
        {"annotate(torch.Tensor, x)", "annotate(<Tensor>, x)"},
        {"annotate(typing.List[torch.device], x)",
         "annotate(<List[device]>, x)"},
        {"annotate(int | None, x)", "annotate(<Union[int, NoneType]>, x)"},
        {"annotate(\"Tensor\", x)", "annotate(<Tensor>, x)"},
        {"annotate(a.b.C, x)", "annotate(<a.b.C>, x)"},
        {"x.annotate(int, 1)", "x.annotate(int, 1)"},
        {"isinstance(x)", "isinstance(x)"},
    };
    CHECK_READINGS(printed_of, readings);
}

static void wrong_types(void)
{
    static const reading readings[] = {
        {"annotate(1, x)", "t.py, line 2: A type was expected."},
        {"annotate(f(x), x)", "t.py, line 2: A type was expected."},
        {"annotate(f().x, x)", "t.py, line 2: A type was expected."},
        {"annotate(List[1:2], x)", "t.py, line 2: A type was expected."},
        {"annotate(Future[int], x)",
         "t.py, line 2: The model computes in several threads or on several "
         "machines ('Future'), which is not supported."},
    };
    CHECK_READINGS(printed_of, readings);
}

/* What calls itself for what is nested ends before the stack does. */
static void depth(void)
{
    static const struct {
        const char *open, *middle, *close;
    } nests[] = {{"(", "a", ")"},           {"[", "", "]"},
                 {"{1: ", "a", "}"},        {"f(", "", ")"},
                 {"x[", "a", "]"},          {"-", "a", ""},
                 {"not ", "a", ""},         {"a ** ", "a", ""},
                 {"a if b else ", "a", ""}, {"", "a", ".b"},
                 {"", "a", " + b"},         {"", "a", "[0]"},
                 {"x[a:", "a", "]"},        {"[a for b in ", "a", "]"}};
    enum { DEEP = 30000 };
    size_t count = sizeof nests / sizeof *nests;
    char *text = malloc(DEEP * 16);
    for (size_t i = 0; i < count; i++) {
        size_t length = (size_t)sprintf(text, "def f():\n  ");
        for (int n = 0; n < DEEP; n++)
            length += (size_t)sprintf(text + length, "%s", nests[i].open);
        length += (size_t)sprintf(text + length, "%s", nests[i].middle);
        for (int n = 0; n < DEEP; n++)
            length += (size_t)sprintf(text + length, "%s", nests[i].close);
        tb_syntax *syntax = tb_syntax_new();
        EQ(tb_syntax_parse(syntax, text, length, "t.py", "", &error),
           TB_ERR_FORMAT);
        OK(strstr(error.text, "nested deeper than 256 levels"));
        tb_syntax_free(syntax);
    }
    free(text);
}

/* Heights count, so that readers may call themselves. */
static void heights(void)
{
    tb_syntax *syntax = tb_syntax_new();
    const char *source = "f(a + b.c, [1, (2, 3)])";
    const tb_statement *s = statement(syntax, source, strlen(source));
    OK(s && s->value->height == 4);
    EQ(s->value->line, 2);
    tb_syntax_free(syntax);
}

static void zero_bytes(void)
{
    tb_syntax *syntax = tb_syntax_new();
    const tb_statement *s = statement(syntax, "'a\0b'", 5);
    EQ(s->value->string.length, 3);
    OK(memcmp(s->value->string.text, "a\0b", 4) == 0);
    tb_syntax_free(syntax);
    syntax = tb_syntax_new();
    OK(!statement(syntax, "a\0b", 3));
    SAME_TEXT(error.text, "t.py, line 2: A byte of value 0 has no meaning "
                          "outside of strings.");
    tb_syntax_free(syntax);
}

int main(void)
{
    numbers();
    wrong_numbers();
    other_locale();
    strings();
    wrong_strings();
    operators();
    wrong_operators();
    brackets();
    postfixes();
    wrong_brackets();
    types();
    wrong_types();
    depth();
    heights();
    zero_bytes();
    return tap_done();
}
