/* What cannot run is said before it does, with its class and line. */
#include "base/memory.h"
#include "tap.h"
#include "torchscript/parser.h"
#include "torchscript/script_check.h"
#include "torchscript/script_plan.h"

/* An object of class M with a flag and one of class Inner. */
static const char head[] = "class Inner(Module):\n"
                           "  scale : float\n"
                           "  def forward(self: __torch__.Inner, x: Tensor)"
                           " -> Tensor:\n"
                           "    return torch.mul(x, self.scale)\n"
                           "  def broken(self: __torch__.Inner, x: Tensor)"
                           " -> Tensor:\n"
                           "    return torch.nowhere(x)\n"
                           "class M(Module):\n"
                           "  training : bool\n"
                           "  mode : bool\n"
                           "  inner : __torch__.Inner\n"
                           "  def set_mode(self: __torch__.M, x: bool):\n"
                           "    self.mode = x\n"
                           "  def f(self: __torch__.M, x: Tensor):\n";
static tb_script_object *new_object(tb_script_module *m, const char *class)
{
    tb_script_object *o = tb_arena_alloc(m->arena, sizeof *o);
    o->class = tb_script_module_class(m, class);
    int n = o->class->source->slot_count;
    o->items = (tb_script_items){.kept = true, .count = n, .capacity = n};
    o->items.at = tb_arena_array(m->arena, (size_t)n, sizeof *o->items.at);
    return o;
}

static tb_script_module *module_of(const char *body, const char *more)
{
    char text[4096];
    tb_error error = {0};
    tb_script_module *m = tb_alloc(sizeof *m);
    *m = (tb_script_module){
        .arena = tb_arena_new(), .syntax = tb_syntax_new(), .version = 10};
    int n = snprintf(text, sizeof text, "%s%s%s", head, body, more);
    if (!OK_NAMED(!tb_syntax_parse(m->syntax, text, (size_t)n, "m.py",
                                   "__torch__", &error),
                  error.text))
        return m;
    tb_script_object *root = new_object(m, "__torch__.M"),
                     *inner = new_object(m, "__torch__.Inner");
    inner->items.at[0] = tb_script_float(2);
    root->items.at[0] = root->items.at[1] = tb_script_bool(false);
    root->items.at[2] =
        (tb_script_value){.kind = TB_SCRIPT_OBJECT, .object = inner};
    m->root = (tb_script_value){.kind = TB_SCRIPT_OBJECT, .object = root};
    return m;
}

/* Null `text`: it is let through. */
static void check(const char *body, const char *more, const char *text)
{
    tb_error error = {0};
    tb_script_module *m = module_of(body, more);
    tb_status status = tb_script_check(m, "f", &error);
    if (!OK_NAMED(text ? status == TB_ERR_UNSUPPORTED &&
                             strcmp(error.text, text) == 0
                       : status == TB_OK,
                  text ? text : "let through"))
        fprintf(stderr, "# %s\n", error.text);
    tb_script_module_close(m);
}

static void check_refused(void)
{
    check("    return torch.nowhere(x)\n", "",
          "m.py, line 14 (M.f): the function nowhere is not known.");
    check("    y = x\n    return y.nowhere_()\n", "",
          "m.py, line 15 (M.f): the function nowhere_ is not known.");
    check("    return torch.mul(x, cheese=2)\n", "",
          "m.py, line 14 (M.f): mul has no argument cheese.");
    check("    if self.mode:\n      x = torch.nowhere(x)\n    return x\n", "",
          "m.py, line 15 (M.f): the function nowhere is not known.");
    check("    while bool(x):\n      x = [torch.nowhere(y) for y in x][0]\n",
          "", "m.py, line 15 (M.f): the function nowhere is not known.");
    check("    i = self.inner\n    return i.broken(x)\n", "",
          "m.py, line 6 (Inner.broken): the function nowhere is not known.");
    check("    return self.inner.nothing(x)\n", "",
          "m.py, line 14 (M.f): Inner has no method nothing.");
    check("    return self.nothing\n", "",
          "m.py, line 14 (M.f): M has no nothing.");
    check("    return __torch__.g(x)\n", "",
          "m.py, line 14 (M.f): __torch__.g is not in the model.");
    check("    return __torch__.g(x)\n",
          "def g(x: Tensor):\n  return {1: ops.far.away(x)}\n",
          "m.py, line 16 (__torch__.g): the function away is not known.");
    check("    def g(y):\n      return y\n    return x\n", "",
          "m.py, line 14 (M.f): a function inside of another is not "
          "supported.");
    check("    for y in x:\n      y.inner.broken(x)\n", "",
          "m.py, line 6 (Inner.broken): the function nowhere is not known.");
}

/* What is known of kinds: from what is written as it is, from what the source
   says of a type, and from what a module holds. */
static void check_kinds(void)
{
    check("    y = \"a\"\n    y.sin()\n", "",
          "m.py, line 15 (M.f): sin is not done to a text.");
    check("    return [1, 2].upper()\n", "",
          "m.py, line 14 (M.f): upper is not done to a list.");
    check("    return torch.tanh({\"a\": x})\n", "",
          "m.py, line 14 (M.f): tanh is not done to a dict.");
    check("    return \"a\" - \"b\"\n", "",
          "m.py, line 14 (M.f): sub is not done to a text.");
    check("    y = \"a\"\n    y -= \"b\"\n", "",
          "m.py, line 15 (M.f): sub is not done to a text.");
    check("    return torch.sum(x, dim=\"a\")\n", "",
          "m.py, line 14 (M.f): sum: dim is a text, not a number.");
    check("    return torch.sum(x, \"a\")\n", "",
          "m.py, line 14 (M.f): sum: dim is a text, not a number.");
    check("    return torch.ones([2], dtype=77)\n", "",
          "m.py, line 14 (M.f): ones: there is no type of elements with number "
          "77.");
    check("    for y in annotate(List[str], x):\n      y.sin()\n", "",
          "m.py, line 15 (M.f): sin is not done to a text.");
    check("    a, b = annotate(Tuple[int, str], x)\n    return b.sin()\n", "",
          "m.py, line 15 (M.f): sin is not done to a text.");
    check("    return __torch__.g(x).sin()\n",
          "def g(x: Tensor) -> Dict[str, int]:\n  return {}\n",
          "m.py, line 14 (M.f): sin is not done to a dict.");
    check("    y : Dict[str, str] = {}\n    return y[\"a\"].sin()\n", "",
          "m.py, line 15 (M.f): sin is not done to a text.");
    check("    y = \"a,b\".split(\",\")\n    return y.sin()\n", "",
          "m.py, line 15 (M.f): sin is not done to a list.");
    check("    return self.inner.scale.sin()\n", "", NULL);
    check("    y = \"a\"\n    y = x\n    return y.sin()\n", "", NULL);
    check("    y = \"a\"\n    return [y.sin() for y in x]\n", "", NULL);
    check("    y = [\"b\", \"a\"]\n    y.sort()\n    y += [\"c\"]\n"
          "    return \"-\".join(y[1:]).upper()\n",
          "", NULL);
    check("    return unchecked_cast(Optional[str], x).sin()\n", "", NULL);
}

static void check_taken(void)
{
    check("    return self.inner.forward(x)\n", "", NULL);
    check("    if self.training:\n      x = torch.nowhere(x)\n    return x\n",
          "", NULL);
    check("    t = self.training\n    if not t:\n      pass\n    else:\n"
          "      x = torch.nowhere(x)\n    return x\n",
          "", NULL);
    check("    g = __torch__.g\n    return g(x)\n",
          "def g(x: Tensor):\n  return x\n", NULL);
    check("    x += 1\n    x @= x\n    return x.add_(1, alpha=2)\n", "", NULL);
    check("    return annotate(List[int], [1, 2])\n", "", NULL);
    check("    return self.f(x)\n", "", NULL); /* goes round, and ends */
}

/* What the interpreter says has the same form. */
static void check_interpreter(void)
{
    static const tb_script_plan_settings settings = {0};
    tb_error error = {0};
    tb_script_argument x = {.is_input = true, .shape = tb_dims(2, 3)};
    tb_script_module *m =
        module_of("    i = self.inner\n    return i.broken(x)\n", "");
    OK(!tb_script_plan_new(m, "f", 1, &x, &settings, &error));
    OK(strcmp(error.text, "m.py, line 6 (Inner.broken): the function nowhere "
                          "is not known") == 0);
    tb_script_module_close(m);
}

int main(void)
{
    check_refused();
    check_kinds();
    check_taken();
    check_interpreter();
    return tap_done();
}
