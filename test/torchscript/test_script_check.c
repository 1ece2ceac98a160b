/* What cannot run is said before it does, with its class and line. */
#include "base/memory.h"
#include "tap.h"
#include "torchscript/parser.h"
#include "torchscript/script_check.h"
#include "torchscript/script_plan.h"
#include "torchscript/script_tensor.h"

/* An object of class M with a flag and one of class Inner. */
static const char head[] = "class Inner(Module):\n"
                           "  scale : float\n  word : str\n  kind : int\n"
                           "  bias : NoneType\n  table : Tensor\n"
                           "  steps : Tensor\n"
                           "  FAST : Final[str] = \"so\"\n"
                           "  def forward(self: __torch__.Inner, x: Tensor)"
                           " -> Tensor:\n"
                           "    return torch.mul(x, self.scale)\n"
                           "  def broken(self: __torch__.Inner, x: Tensor)"
                           " -> Tensor:\n"
                           "    return torch.nowhere(x)\n"
                           "class M(Module):\n"
                           "  training : bool\n"
                           "  mode : bool\n"
                           "  f_params : Tensor\n"
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

/* Of one axis. */
static tb_script_value new_tensor(tb_script_module *m, tb_dtype type)
{
    tb_script_tensor *t = tb_arena_alloc(m->arena, sizeof *t);
    *t = (tb_script_tensor){.dtype = type, .rank = 1, .dim = {4}};
    return tb_script_of_tensor(t);
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
    inner->items.at[1] = tb_script_string("odd");
    inner->items.at[2] = tb_script_int(77);
    inner->items.at[3] = tb_script_none();
    inner->items.at[4] = new_tensor(m, TB_DTYPE_FLOAT32);
    inner->items.at[5] = new_tensor(m, TB_DTYPE_INT64);
    root->items.at[0] = root->items.at[1] = tb_script_bool(false);
    root->items.at[2] = new_tensor(m, TB_DTYPE_INT64);
    root->items.at[3] =
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
          "m.py, line 21 (M.f): the function nowhere is not known.");
    check("    return torch.sum(torch.nowhere(x), 1, 2, dtype=3)\n", "",
          "m.py, line 21 (M.f): the function nowhere is not known.");
    check("    y = x\n    return y.nowhere_()\n", "",
          "m.py, line 22 (M.f): the function nowhere_ is not known.");
    check("    return torch.mul(x, cheese=2)\n", "",
          "m.py, line 21 (M.f): mul has no argument cheese.");
    check("    if self.mode:\n      x = torch.nowhere(x)\n    return x\n", "",
          "m.py, line 22 (M.f): the function nowhere is not known.");
    check("    while bool(x):\n      x = [torch.nowhere(y) for y in x][0]\n",
          "", "m.py, line 22 (M.f): the function nowhere is not known.");
    check("    i = self.inner\n    return i.broken(x)\n", "",
          "m.py, line 12 (Inner.broken): the function nowhere is not known.");
    check("    return self.inner.nothing(x)\n", "",
          "m.py, line 21 (M.f): Inner has no method nothing.");
    check("    return self.nothing\n", "",
          "m.py, line 21 (M.f): M has no nothing.");
    check("    return __torch__.g(x)\n", "",
          "m.py, line 21 (M.f): __torch__.g is not in the model.");
    check("    return __torch__.g(x)\n",
          "def g(x: Tensor):\n  return {1: ops.far.away(x)}\n",
          "m.py, line 23 (__torch__.g): the function away is not known.");
    check("    def g(y):\n      return y\n    return x\n", "",
          "m.py, line 21 (M.f): a function inside of another is not "
          "supported.");
    check("    for y in x:\n      y.inner.broken(x)\n", "",
          "m.py, line 12 (Inner.broken): the function nowhere is not known.");
}

/* What is known of kinds: from what is written as it is, from what the source
   says of a type, and from what a module holds. */
static void check_kinds(void)
{
    check("    y = \"a\"\n    y.sin()\n", "",
          "m.py, line 22 (M.f): sin is not done to a text.");
    check("    return [1, 2].upper()\n", "",
          "m.py, line 21 (M.f): upper is not done to a list.");
    check("    return torch.tanh({\"a\": x})\n", "",
          "m.py, line 21 (M.f): tanh is not done to a dict.");
    check("    return \"a\" - \"b\"\n", "",
          "m.py, line 21 (M.f): sub is not done to a text.");
    check("    y = \"a\"\n    y -= \"b\"\n", "",
          "m.py, line 22 (M.f): sub is not done to a text.");
    check("    return torch.sum(x, dim=\"a\")\n", "",
          "m.py, line 21 (M.f): sum: dim is a text, not a number.");
    check("    return torch.sum(x, \"a\")\n", "",
          "m.py, line 21 (M.f): sum: dim is a text, not a number.");
    check("    return torch.ones([2], dtype=77)\n", "",
          "m.py, line 21 (M.f): ones: there is no type of elements with number "
          "77.");
    check("    for y in annotate(List[str], x):\n      y.sin()\n", "",
          "m.py, line 22 (M.f): sin is not done to a text.");
    check("    a, b = annotate(Tuple[int, str], x)\n    return b.sin()\n", "",
          "m.py, line 22 (M.f): sin is not done to a text.");
    check("    return __torch__.g(x).sin()\n",
          "def g(x: Tensor) -> Dict[str, int]:\n  return {}\n",
          "m.py, line 21 (M.f): sin is not done to a dict.");
    check("    y : Dict[str, str] = {}\n    return y[\"a\"].sin()\n", "",
          "m.py, line 22 (M.f): sin is not done to a text.");
    check("    y = \"a,b\".split(\",\")\n    return y.sin()\n", "",
          "m.py, line 22 (M.f): sin is not done to a list.");
    check("    return self.inner.scale.sin()\n", "", NULL);
    check("    y = \"a\"\n    y = x\n    return y.sin()\n", "", NULL);
    check("    y = \"a\"\n    return [y.sin() for y in x]\n", "", NULL);
    check("    y = [\"b\", \"a\"]\n    y.sort()\n    y += [\"c\"]\n"
          "    return \"-\".join(y[1:]).upper()\n",
          "", NULL);
    check("    return unchecked_cast(Optional[str], x).sin()\n", "", NULL);
}

/* Values that stand in the source or in the module, whatever else a call has.
 */
static void check_values(void)
{
    check("    return torch.pad(x, [1, 1], \"foo\")\n", "",
          "m.py, line 21 (M.f): pad: mode is 'foo', not one of: constant "
          "reflect replicate circular.");
    check("    return torch.div(x, 2, rounding_mode=\"up\")\n", "",
          "m.py, line 21 (M.f): div: rounding_mode is 'up', not one of: trunc "
          "floor.");
    check("    how = \"fast\"\n    return torch.gelu(x, approximate=how)\n", "",
          "m.py, line 22 (M.f): gelu: approximate is 'fast', not one of: none "
          "tanh.");
    check("    return torch.gelu(x, approximate=self.inner.word)\n", "",
          "m.py, line 21 (M.f): gelu: approximate is 'odd', not one of: none "
          "tanh.");
    check("    return torch.gelu(x, approximate=self.inner.FAST)\n", "",
          "m.py, line 21 (M.f): gelu: approximate is 'so', not one of: none "
          "tanh.");
    check("    return torch.mse_loss(x, x, 3)\n", "",
          "m.py, line 21 (M.f): mse_loss: reduction is 3: from 0 to 2 is "
          "possible.");
    check("    w = self.inner.table\n"
          "    return torch.conv1d(x, w, None, [0], [0], [1])\n",
          "",
          "m.py, line 22 (M.f): conv1d: stride is 0: at least 1 is possible.");
    check("    return torch.max_pool1d(x, [2], [2], [0], [1], True)\n", "",
          "m.py, line 21 (M.f): max_pool1d: ceil_mode is 1: only 0 is "
          "possible.");
    check(
        "    return torch.zeros([2], dtype=self.inner.kind)\n", "",
        "m.py, line 21 (M.f): zeros: there is no type of elements with number "
        "77.");
    check("    how = \"tanh\"\n    if self.mode:\n      how = \"fast\"\n"
          "    return torch.gelu(x, approximate=how)\n",
          "", NULL); /* either */
    check("    done = False\n    while self.mode:\n      if done:\n"
          "        x = torch.nowhere(x)\n      done = True\n    return x\n",
          "", "m.py, line 24 (M.f): the function nowhere is not known.");
    check("    return torch.pad(x, [1, 1], \"circular\")\n", "", NULL);
}

/* Tensors that the module holds, and the sound that a method plays. */
static void check_forms(void)
{
    check("    return torch.lcm(self.inner.table, 2)\n", "",
          "m.py, line 21 (M.f): lcm: this is not done to numbers of type "
          "float32.");
    check("    return torch.mean(self.inner.steps)\n", "",
          "m.py, line 21 (M.f): mean: this is not done to numbers of type "
          "int64.");
    check("    y = torch.tanh(self.inner.table)\n"
          "    return torch.mT(torch.abs(y))\n",
          "",
          "m.py, line 22 (M.f): mT: this is not done to a tensor of 1 axes.");
    check("    y = torch.tanh(x)\n    return torch.stft(y, 16)\n", "",
          "m.py, line 22 (M.f): stft: this is not done to a tensor of 3 axes.");
    check("    x = torch.squeeze(x)\n    return torch.stft(x, 16)\n", "", NULL);
    check("    torch.squeeze_(x, 0)\n    return torch.stft(x, 16)\n", "", NULL);
    check("    return torch.tanh(self.inner.steps)\n", "", NULL);
    check("    self.inner.steps = x\n    return torch.mean(self.inner.steps)\n",
          "", NULL);
}

/* What the source says is None is not held to what tensors can do. */
static void check_none(void)
{
    check("    b = self.inner.bias\n    if b is not None:\n"
          "      x = torch.nowhere(b)\n    return x\n",
          "", NULL);
    check("    b = self.inner.bias\n    if b is None:\n      pass\n"
          "    else:\n      x = torch.nowhere(b)\n    return x\n",
          "", NULL);
    check("    return self.inner.bias.sin()\n", "",
          "m.py, line 21 (M.f): sin is not done to None.");
    check("    return x.upper()\n", "",
          "m.py, line 21 (M.f): upper is not done to a tensor.");
    check("    return annotate(Device, x).upper()\n", "",
          "m.py, line 21 (M.f): upper is not done to a device.");
    check("    b = None\n    if self.mode:\n      b = x\n"
          "    if b is not None:\n      x = b.sin()\n    return x\n",
          "", NULL);
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
    OK(strcmp(error.text, "m.py, line 12 (Inner.broken): the function nowhere "
                          "is not known") == 0);
    tb_script_module_close(m);
}

int main(void)
{
    check_refused();
    check_kinds();
    check_values();
    check_forms();
    check_none();
    check_taken();
    check_interpreter();
    return tap_done();
}
