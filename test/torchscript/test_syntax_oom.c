/* A syntax tree that finds no memory at any one place. */
#include "failing.h"
#include "torchscript/parser.h"

static const char source[] =
    "class A(Module):\n"
    "  __parameters__ = [\"w\", ]\n"
    "  w : Optional[Tensor]\n"
    "  n : Final[List[int]] = [1, 2]\n"
    "  def f(self: __torch__.A, x: Dict[str, int]={}) -> Tensor:\n"
    "    a, b = self.g(x, y=-1.5)[..., 1:n]\n"
    "    if a is not None:\n"
    "      return torch.add(a, annotate(typing.List[int], []))\n"
    "    elif not b:\n"
    "      return 'a' \"b\" if b else [c ** 2 for c in (d, e)]\n"
    "    for i in range(3): x += i\n"
    "    with a as b, c: del a, b\n"
    "    return None\n"
    "@d\n"
    "def g(): pass\n";

/* Enough for the scratch and the tables to grow. */
static char names[40000];

static bool attempt(void)
{
    tb_error error = {0};
    tb_syntax *syntax = tb_syntax_new();
    tb_status status = TB_ERR_MEMORY;
    if (syntax)
        status = tb_syntax_parse(syntax, source, strlen(source), "t.py",
                                 "__torch__", &error);
    if (status == TB_OK)
        status =
            tb_syntax_parse(syntax, names, strlen(names), "n.py", "n", &error);
    bool told = status == TB_OK || !syntax || error.status == TB_ERR_MEMORY;
    tb_syntax_free(syntax);
    return status == TB_OK && told;
}

int main(void)
{
    strcpy(names, "x = 1");
    size_t length = (size_t)sprintf(names, "def f():\n  return [");
    for (int i = 0; i < 3000; i++)
        length += (size_t)sprintf(names + length, "a%d, ", i);
    strcpy(names + length, "]\n");
    fail_each(attempt, "a syntax tree", 10, 400);
    return tap_done();
}
