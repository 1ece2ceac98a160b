/* Statements, functions, classes and files of TorchScript source. */
#include "torchscript/parser.h"

#include <stdio.h>
#include <stdlib.h>

#include "printed_syntax.h"
#include "readings.h"
#include "tap.h"

static tb_error error;
static printed out;

static const char *printed_file(const char *source, const char *qualifier)
{
    tb_syntax *syntax = tb_syntax_new();
    error.text[0] = 0;
    out.length = 0;
    out.text[0] = 0;
    if (tb_syntax_parse(syntax, source, strlen(source), "t.py", qualifier,
                        &error) == TB_OK)
        print_syntax(&out, syntax);
    else
        put(&out, "%s", error.text);
    tb_syntax_free(syntax);
    return out.text;
}

/* The lines of a function's body, or the error. */
static const char *printed_body(const char *lines)
{
    char source[4096];
    snprintf(source, sizeof source, "def f():\n%s", lines);
    const char *text = printed_file(source, "");
    const char *head = "def f():\n";
    return strncmp(text, head, strlen(head)) == 0 ? text + strlen(head) : text;
}

static void simple_statements(void)
{
    static const reading readings[] = {
        {"  pass\n", "  pass\n"},
        {"  pass", "  pass\n"},
        {"  break\n  continue\n", "  break\n  continue\n"},
        {"  f(x)\n", "  f(x)\n"},
        {"  return\n", "  return\n"},
        {"  return (a, b)\n", "  return (a, b)\n"},
        {"  return a, b\n", "  return (a, b)\n"},
        {"  raise\n", "  raise\n"},
        {"  raise Exception(\"x\")\n", "  raise Exception(\"x\")\n"},
        {"  assert a\n  assert a, \"b\"\n", "  assert a\n  assert a, \"b\"\n"},
        {"  del a, b[0]\n", "  del a, b[0]\n"},
        {"  a = 1\n", "  a = 1\n"},
        {"  a = b = 1\n", "  a = b = 1\n"},
        {"  a, b, = f(x)\n", "  (a, b) = f(x)\n"},
        {"  a, = f(x)\n", "  (a,) = f(x)\n"},
        {"  [a, (b, c)] = f(x)\n", "  [a, (b, c)] = f(x)\n"},
        {"  self.a = 1, 2\n", "  self.a = (1, 2)\n"},
        {"  a[0, 1:] = b\n", "  a[0, 1::] = b\n"},
        {"  a : List[int] = []\n", "  a : List[int] = []\n"},
        {"  self.a : int\n", "  self.a : int\n"},
        {"  a += 1; a -= 2; a *= 3; a /= 4\n",
         "  a += 1\n  a -= 2\n  a *= 3\n  a /= 4\n"},
        {"  a //= 1; a %= 2; a **= 3; a @= b;\n",
         "  a //= 1\n  a %= 2\n  a **= 3\n  a @= b\n"},
        {"  a |= 1; a &= 2; a ^= 3; a <<= 4; a >>= 5\n",
         "  a |= 1\n  a &= 2\n  a ^= 3\n  a <<= 4\n  a >>= 5\n"},
        {"  a.b += 1, 2\n", "  a.b += (1, 2)\n"},
    };
    CHECK_READINGS(printed_body, readings);
}

static void blocks(void)
{
    static const reading readings[] = {
        {"  if a:\n    b\n", "  if a:\n    b\n"},
        {"  if a: b\n", "  if a:\n    b\n"},
        {"  if a: b; c\n  d", "  if a:\n    b\n    c\n  d\n"},
        {"  if a:\n    b\n  else:\n    c\n  d\n",
         "  if a:\n    b\n  else:\n    c\n  d\n"},
        {"  if a:\n    b\n  elif c:\n    d\n  elif e:\n    f\n  else:\n    g\n",
         "  if a:\n    b\n  else:\n    if c:\n      d\n    else:\n      if "
         "e:\n        f\n      else:\n        g\n"},
        {"  while a:\n    break\n", "  while a:\n    break\n"},
        {"  for i in range(3):\n    continue\n",
         "  for i in range(3):\n    continue\n"},
        {"  for a, b in c:\n    pass\n", "  for (a, b) in c:\n    pass\n"},
        {"  for a, in b, c:\n    pass\n", "  for (a,) in (b, c):\n    pass\n"},
        {"  for self.a in b:\n    pass\n", "  for self.a in b:\n    pass\n"},
        {"  with a:\n    b\n", "  with a:\n    b\n"},
        {"  with a() as b, c as d.e:\n    f\n",
         "  with a() as b:\n    with c as d.e:\n      f\n"},
        {"  def g(x):\n    return x\n  g(1)\n",
         "  def g(x):\n    return x\n  g(1)\n"},
        {"\n# far\n  a\n\n      # near\n\n  b # behind\n\t\n", "  a\n  b\n"},
        {"\tif a:\n\t b\n        c\n", "  if a:\n    b\n  c\n"},
        {"  if a:\r\n    b\r\n  c\r\n", "  if a:\n    b\n  c\n"},
        {"  \"words\"\n  a\n", "  \"words\"\n  a\n"},
    };
    CHECK_READINGS(printed_body, readings);
}

static void wrong_statements(void)
{
    static const reading readings[] = {
        {"  1 = a\n", "t.py, line 2: Nothing can be assigned to what stands "
                      "before '=', 'in' or ':' here."},
        {"  a\n  f() += 1\n", "t.py, line 3: Nothing can be assigned to what "
                              "stands before '=', 'in' or ':' here."},
        {"  a, f() = 1\n", "t.py, line 2: Nothing can be assigned to what "
                           "stands before '=', 'in' or ':' here."},
        {"  for 1 in a:\n    b\n",
         "t.py, line 2: Nothing can be assigned to what stands before '=', "
         "'in' or ':' here."},
        {"  pass a\n", "t.py, line 2: The end of the line was expected, but "
                       "there is 'a'."},
        {"  if a\n    b\n", "t.py, line 2: ':' was expected, but there is the "
                            "end of the line."},
        {"  if a:\n  b\n", "t.py, line 3: A line that is indented further was "
                           "expected, but there is 'b'."},
        {"  if a:\n", "t.py, line 3: A line that is indented further was "
                      "expected, but there is the end of the block."},
        {"  a\n    b\n", "t.py, line 3: A value was expected, but there is a "
                         "line that is indented further."},
        {"  if a:\n      b\n    c\n",
         "t.py, line 4: The line is indented as no block above it."},
        {"  else:\n    a\n",
         "t.py, line 2: A value was expected, but there is 'else'."},
        {"  while a:\n    b\n  else:\n    c\n",
         "t.py, line 4: A loop has an 'else', which does not belong to "
         "TorchScript."},
        {"  for a in b:\n    b\n  else:\n    c\n",
         "t.py, line 4: A loop has an 'else', which does not belong to "
         "TorchScript."},
        {"  for a:\n    b\n", "t.py, line 2: 'in' was expected, but there is "
                              "':'."},
        {"  try:\n    a\n", "t.py, line 2: 'try' does not belong to "
                            "TorchScript."},
        {"  a : 1\n", "t.py, line 2: A type was expected."},
        {"  raise a from b\n", "t.py, line 2: The end of the line was "
                               "expected, but there is 'from'."},
    };
    CHECK_READINGS(printed_body, readings);
}

static void functions(void)
{
    SAME_TEXT(
        printed_file("def f(self: __torch__.M,\n"
                     "    x: Tensor,\n"
                     "    p: float=2.,\n"
                     "    m: str=\"a\",\n"
                     "    o: Optional[Tensor]=None) -> Tuple[int, str]:\n"
                     "  return x\n",
                     "__torch__.a"),
        "def __torch__.a.f(self: __torch__.M, x: Tensor, p: float = f2, "
        "m: str = \"a\", o: Optional[Tensor] = None) -> Tuple[int, str]:\n"
        "  return x\n");
    SAME_TEXT(printed_file("@a\n@b.c(1)\ndef f(x, *, y=1,) -> None: return x\n"
                           "def g(): pass",
                           "q"),
              "@a\n@b.c(1)\n"
              "def q.f(x, *y = 1) -> NoneType:\n  return x\n"
              "def q.g():\n  pass\n");
}

static const char *printed_top(const char *source)
{
    return printed_file(source, "__torch__");
}

static void wrong_functions(void)
{
    static const reading readings[] = {
        {"def f(*a): pass\n",
         "t.py, line 1: ')' was expected, but there is 'a'."},
        {"def f(1): pass\n", "t.py, line 1: The name of a parameter was "
                             "expected, but there is '1'."},
        {"def 1(): pass\n", "t.py, line 1: The name of a function was "
                            "expected, but there is '1'."},
        {"def f: pass\n", "t.py, line 1: '(' was expected, but there is ':'."},
        {"@a\nclass B: pass\n",
         "t.py, line 2: 'def' was expected, but there is 'class'."},
        {"def f(): pass\ndef f(): pass\n",
         "t.py, line 2: There are two functions of the name '__torch__.f'."},
        {"def f(x: Future[int]): pass\n",
         "t.py, line 1: The model computes in several threads or on several "
         "machines ('Future'), which is not supported."},
    };
    CHECK_READINGS(printed_top, readings);
}

static void modules(void)
{
    SAME_TEXT(
        printed_file("class M(Module):\n"
                     "  __parameters__ = [\"weight\", ]\n"
                     "  __buffers__ = [\"cache\", \"p\", ]\n"
                     "  __forward_pre_hooks__ = [\"before\", ]\n"
                     "  __forward_hooks__ = [\"after\", ]\n"
                     "  __annotations__ = []\n"
                     "  __annotations__[\"0\"] = __torch__.a.C\n"
                     "  weight : Tensor\n"
                     "  training : bool\n"
                     "  net : __torch__.torch.nn.___torch_mangle_3.Linear\n"
                     "  table : Dict[str, List[Tensor]]\n"
                     "  n : Final[int] = 3\n"
                     "  names : Final[List[str]] = [\"a\", \"b\"]\n"
                     "  pair : Final[Tuple[int, int]] = (1, 2)\n"
                     "  e : Final[float] = 1.0000000000000001e-05\n"
                     "  k : Final = -1\n"
                     "  def forward(self: __torch__.M,\n"
                     "    x: Tensor) -> Tensor:\n"
                     "    return x\n"
                     "  def get(self: __torch__.M) -> NoneType:\n"
                     "    return None\n",
                     "__torch__"),
        "class __torch__.M(Module)\n"
        "  parameters weight\n"
        "  buffers cache p\n"
        "  pre-hooks before\n"
        "  hooks after\n"
        "  slot 0 : __torch__.a.C\n"
        "  slot weight : Tensor\n"
        "  slot training : bool\n"
        "  slot net : __torch__.torch.nn.___torch_mangle_3.Linear\n"
        "  slot table : Dict[str, List[Tensor]]\n"
        "  constant n : int = 3\n"
        "  constant names : List[str] = [\"a\", \"b\"]\n"
        "  constant pair : Tuple[int, int] = (1, 2)\n"
        "  constant e : float = f1.0000000000000001e-05\n"
        "  constant k = -1\n"
        "  def __torch__.M.forward(self: __torch__.M, x: Tensor) -> Tensor:\n"
        "    return x\n"
        "  def __torch__.M.get(self: __torch__.M) -> NoneType:\n"
        "    return None\n");
}

static void other_classes(void)
{
    static const reading readings[] = {
        {"class A:\n  \"words\"\n  x : int\n  ...\n",
         "class __torch__.A()\n  slot x : int\n"},
        {"class A(): pass\nclass B(torch.nn.Module): x : int\n",
         "class __torch__.A()\nclass __torch__.B(nn.Module)\n"
         "  slot x : int\n"},
        {"class P(NamedTuple):\n  x : int\n  y : str = \"a\"\n",
         "class __torch__.P(NamedTuple)\n  slot x : int\n"
         "  slot y : str = \"a\"\n"},
        {"class C(Enum):\n  RED = 1\n  BLUE = \"b\"\n",
         "class __torch__.C(Enum)\n  constant RED = 1\n"
         "  constant BLUE = \"b\"\n"},
        {"class I(Interface):\n  def f(self, x: Tensor) -> Tensor:\n    pass\n",
         "class __torch__.I(Interface)\n"
         "  def __torch__.I.f(self, x: Tensor) -> Tensor:\n    pass\n"},
        {"class A:\n  @staticmethod\n  def f() -> int:\n    return 1\n",
         "class __torch__.A()\n  @staticmethod\n"
         "  def __torch__.A.f() -> int:\n    return 1\n"},
    };
    CHECK_READINGS(printed_top, readings);
}

static void files(void)
{
    static const reading readings[] = {
        {"", ""},
        {"\n\n# nothing\n", ""},
        {"\xef\xbb\xbf\"words\"\npass\n", ""},
        {"op_version_set = 1\nimport __torch__\nimport __torch__.a\n"
         "from __torch__.a import b, c\ndef f(): pass\n",
         "def __torch__.f():\n  pass\n"},
    };
    CHECK_READINGS(printed_top, readings);
}

static void wrong_classes(void)
{
    static const reading readings[] = {
        {"class 1: pass\n", "t.py, line 1: The name of a class was expected, "
                            "but there is '1'."},
        {"class A\n  pass\n", "t.py, line 1: ':' was expected, but there is "
                              "the end of the line."},
        {"class A(B, C): pass\n",
         "t.py, line 1: ')' was expected, but there is ','."},
        {"class A:\npass\n", "t.py, line 2: A line that is indented further "
                             "was expected, but there is 'pass'."},
        {"class A:\n  x\n", "t.py, line 2: ':' and a type was expected, but "
                            "there is the end of the line."},
        {"class A:\n  1\n", "t.py, line 2: An attribute or a method was "
                            "expected, but there is '1'."},
        {"class A:\n  __parameters__ = [1]\n",
         "t.py, line 2: A list of names was expected."},
        {"class A:\n  __buffers__ = \"a\"\n",
         "t.py, line 2: A list of names was expected."},
        {"class A:\n  __buffers__ : int\n",
         "t.py, line 2: '=' was expected, but there is ':'."},
        {"class A:\n  __annotations__[0] = int\n",
         "t.py, line 2: The name of an attribute in quotes was expected, but "
         "there is '0'."},
        {"class A:\n  x : int\n\nclass A:\n  x : int\n",
         "t.py, line 4: There are two classes of the name '__torch__.A'."},
        {"x = 1\n", "t.py, line 1: A class or a function was expected, but "
                    "there is 'x'."},
        {"op_version_set = x\n",
         "t.py, line 1: A whole number was expected, but there is 'x'."},
        {"  def f(): pass\n",
         "t.py, line 1: A class or a function was expected, but there is a "
         "line that is indented further."},
        {"1\n", "t.py, line 1: A class or a function was expected, but there "
                "is '1'."},
    };
    CHECK_READINGS(printed_top, readings);
}

/* Several files make one tree, in which every name is there once. */
static void one_tree(void)
{
    static const char first[] = "class A(Module):\n  x : int\n";
    static const char second[] = "def f(a: __torch__.A) -> int:\n"
                                 "  return getattr(a, \"x\")\n";
    tb_syntax *syntax = tb_syntax_new();
    OK(!tb_syntax_find_name(syntax, "x"));
    EQ(tb_syntax_parse(syntax, first, strlen(first), "code/a.py", "__torch__",
                       &error),
       TB_OK);
    EQ(tb_syntax_parse(syntax, second, strlen(second), "code/b.py",
                       "__torch__.b", &error),
       TB_OK);
    EQ(tb_syntax_class_count(syntax), 1);
    EQ(tb_syntax_function_count(syntax), 1);
    const tb_script_class_source *a = tb_syntax_class(syntax, "__torch__.A");
    const tb_script_function *f = tb_syntax_function(syntax, "__torch__.b.f");
    const tb_expression *call = f->body.at[0]->value;
    OK(a == tb_syntax_class_at(syntax, 0));
    OK(f == tb_syntax_function_at(syntax, 0));
    SAME_TEXT(f->file, "code/b.py");
    OK(f->parameters[0].type->name == a->qualified);
    OK(call->call.arguments[1].value->string.text == a->slots[0].name);
    OK(tb_syntax_intern(syntax, "x", 1) == a->slots[0].name);
    OK(tb_syntax_find_name(syntax, "x") == a->slots[0].name);
    OK(!tb_syntax_find_name(syntax, "y"));
    OK(!tb_syntax_class(syntax, "A"));
    OK(!tb_syntax_function(syntax, "f"));
    tb_syntax_free(syntax);
    tb_syntax_free(NULL);
}

static void lines(void)
{
    static const char source[] = "class A:\n"
                                 "  x : int\n"
                                 "  def f(self):\n"
                                 "    a = \"\"\"1\n\n\"\"\"\n"
                                 "    b = [1,\n"
                                 "      g(2)]\n"
                                 "    if a:\n"
                                 "      c\n";
    tb_syntax *syntax = tb_syntax_new();
    tb_syntax_parse(syntax, source, strlen(source), "t.py", "", &error);
    const tb_script_class_source *a = tb_syntax_class(syntax, "A");
    const tb_script_function *f = a->methods[0];
    EQ(a->line, 1);
    EQ(a->slots[0].line, 2);
    EQ(f->line, 3);
    EQ(f->body.at[0]->line, 4);
    EQ(f->body.at[1]->line, 7);
    EQ(f->body.at[1]->assign.value->items.at[1]->line, 8);
    EQ(f->body.at[2]->line, 9);
    EQ(f->body.at[2]->branch.body.at[0]->line, 10);
    tb_syntax_free(syntax);
}

/* ---- limits ---- */

/* `line` with an indentation that grows, as often as said. */
static tb_status nested(const char *line, int count)
{
    char *text =
        malloc((size_t)count * ((size_t)count + strlen(line) + 2) + 99);
    size_t length = (size_t)sprintf(text, "def f():\n");
    for (int i = 0; i < count; i++)
        length += (size_t)sprintf(text + length, "%*s%s\n", i + 1, "", line);
    length += (size_t)sprintf(text + length, "%*spass\n", count + 1, "");
    tb_syntax *syntax = tb_syntax_new();
    tb_status status =
        tb_syntax_parse(syntax, text, length, "t.py", "", &error);
    tb_syntax_free(syntax);
    free(text);
    return status;
}

static void depth(void)
{
    EQ(nested("if a:", 200), TB_OK);
    EQ(nested("for a in b:", 256), TB_ERR_FORMAT);
    OK(strstr(error.text, "nested deeper than 256 levels"));
    EQ(nested("def g():", 400), TB_ERR_FORMAT);
    char text[9000] = "def f():\n  if a: b\n";
    for (int i = 0; i < 300; i++)
        strcat(text, "  elif a: b\n");
    OK(strstr(printed_top(text), "nested deeper than 256 levels"));
    strcpy(text, "def f():\n  with a");
    for (int i = 0; i < 300; i++)
        strcat(text, ", a");
    strcat(text, ": b\n");
    OK(strstr(printed_top(text), "nested deeper than 256 levels"));
}

/* `unit` as often as said, between two lines. */
static tb_status repeated(const char *unit, size_t count)
{
    static const char head[] = "def f():\n  x = [", tail[] = "]\n";
    size_t size = strlen(unit);
    size_t bytes = strlen(head) + size * count + strlen(tail);
    char *text = malloc(bytes), *at = text + strlen(head);
    memcpy(text, head, strlen(head));
    for (size_t i = 0; i < count; i++, at += size)
        memcpy(at, unit, size);
    memcpy(at, tail, strlen(tail));
    tb_syntax *syntax = tb_syntax_new();
    tb_status status = tb_syntax_parse(syntax, text, bytes, "t.py", "", &error);
    tb_syntax_free(syntax);
    free(text);
    return status;
}

static void amounts(void)
{
    EQ(repeated("1,", 10000), TB_OK);
    EQ(repeated("1,", 530000), TB_ERR_FORMAT);
    OK(strstr(error.text, "longer than any that is real"));
    EQ(repeated("        ", 2200000), TB_ERR_FORMAT);
    OK(strstr(error.text, "longer than any that is real"));
}

static void too_many_names(void)
{
    enum { NAMES = 270000 };
    char *text = malloc(NAMES * 10);
    size_t length = (size_t)sprintf(text, "def f():\n  x = [");
    for (int i = 0; i < NAMES; i++)
        length += (size_t)sprintf(text + length, "a%d,", i);
    tb_syntax *syntax = tb_syntax_new();
    EQ(tb_syntax_parse(syntax, text, length, "t.py", "", &error),
       TB_ERR_FORMAT);
    OK(strstr(error.text, "longer than any that is real"));
    tb_syntax_free(syntax);
    free(text);
}

int main(void)
{
    simple_statements();
    blocks();
    wrong_statements();
    functions();
    wrong_functions();
    modules();
    other_classes();
    files();
    wrong_classes();
    one_tree();
    lines();
    depth();
    amounts();
    too_many_names();
    return tap_done();
}
