/* TorchScript source: as it is; or written by a grammar that the bytes choose
   from, which must be read without an error; or the latter, damaged. The first
   byte says which: G, M, or that of the source itself. */
#include "../torchscript/printed_syntax.h"
#include "fuzz.h"
#include "torchscript/parser.h"

#include <stdlib.h>

typedef struct writing {
    const uint8_t *bytes;
    size_t size, at;
    char text[1 << 13]; /* longer ones take time and reach nothing else */
    size_t length;
    bool full;
    int definitions;
} writing;

/* 0 when the bytes are used up, so what comes first in a list ends it. */
static size_t choose(writing *w, size_t count)
{
    return w->at < w->size ? w->bytes[w->at++] % count : 0;
}

static void write_text(writing *w, const char *text, size_t length)
{
    if (w->length + length > sizeof w->text - 64) {
        w->full = true;
        return;
    }
    memcpy(w->text + w->length, text, length);
    w->length += length;
}

/* $N name, $L literal, $A anything that operators may take, $E any value, $T
   what can be assigned to, $Y type, $B the block behind a colon, $S lines of
   statements, $F lines of a class, $D definitions, $# a number that no other
   definition has, $> the indentation. */
typedef struct rule {
    char sign;
    int count;
    const char *forms[40];
} rule;

static const rule rules[] = {
    {'N',
     8,
     {"x", "self", "torch", "__torch__", "CONSTANTS", "ops", "_0",
      "annotated"}},
    {'L',
     22,
     {"1",
      "0.5",
      "1.",
      "True",
      "None",
      "'a'",
      "\"\\n\"",
      "0x1F",
      "1e-05",
      "2j",
      "...",
      "inf",
      "-1",
      "\"\"\"a\nb\"\"\"",
      "'a' \"b\"",
      "nan",
      "1_0",
      "0b11",
      "'\\303\\251'",
      "'\\u00e9\\x41'",
      "-0.",
      "-9223372036854775808"}},
    {'A',
     16,
     {"$N", "($E)", "($L)", "[$E, $E]", "$A.$N", "$A($E, )", "$A($E, x=$E)",
      "$A[$E]", "$A[$E:, ..., :$E:2, ::]", "{$E: $E, }", "[]", "()", "{}",
      "[$E for $T in $A]", "[$E for $T in $A if $A]", "torch.add($E, $E)"}},
    {'E',
     40,
     {"$A",
      "$L",
      "$A + $A * $A",
      "$A - $A",
      "$A / $A // $A",
      "$A % $A",
      "$A @ $A",
      "$A ** -$A",
      "$A == $A",
      "$A != $A and $A",
      "$A < $A or $A",
      "$A <= $A",
      "$A > $A",
      "$A >= $A",
      "$A is $A",
      "$A is not $A",
      "$A in $A",
      "$A not in $A",
      "$A | $A ^ $A & $A",
      "$A << $A >> $A",
      "-$A",
      "+$A",
      "~$A",
      "not $A",
      "$A if $A else $E",
      "($E, )",
      "($E, $E)",
      "annotate($Y, $E)",
      "unchecked_cast($Y, $E)",
      "uninitialized($Y)",
      "isinstance($E, $Y)",
      "isinstance($E, ($Y, $Y))",
      "getattr(self, \"0\")",
      "__torch__.a.C.__new__(__torch__.a.C)",
      "\"{}\".format($E)",
      "f(\n  $E, # one\n  $E)",
      "($E, $L) * $A",
      "ops.prim.dtype($E)",
      "$A[-1]",
      "CONSTANTS.c0"}},
    {'T', 6, {"x", "self.x", "x[$E]", "(x, self.y)", "[x, y]", "_1"}},
    {'Y',
     12,
     {"Tensor", "int", "List[$Y]", "Dict[str, $Y]", "Optional[$Y]", "Tuple[()]",
      "Tuple[$Y, $Y]", "__torch__.a.C", "$Y | None",
      "typing.List[torch.Tensor]", "\"C\"", "Tuple[$Y, ...]"}},
    {'S',
     28,
     {"$>pass\n",
      "$>$E\n",
      "$>$T = $E\n$S",
      "$>$T, $T, = $E, $E\n",
      "$>$T = $T = $E\n",
      "$>$T : $Y = $E\n",
      "$>x : $Y\n",
      "$>$T += $E\n$>$T -= $E\n$>$T *= $E\n",
      "$>$T /= $E; $T //= $E; $T %= $E;\n",
      "$>$T **= $E; $T @= $E; $T |= $E\n",
      "$>$T &= $E; $T ^= $E; $T <<= $E; $T >>= $E\n",
      "$>return\n",
      "$>return $E\n",
      "$>return $E, $E\n",
      "$>raise $E\n",
      "$>assert $E, $E\n",
      "$>del x, $T\n",
      "$>if $E:$B",
      "$>if $E:$B$>else:$B",
      "$>if $E:$B$>elif $E:$B$>else:$B",
      "$>while $E:$B",
      "$>for $T in $E:$B",
      "$>for x, y, in $A, $A:$B",
      "$>with $E as $T, $E:$B",
      "$>with $A:$B",
      "$>def f(x):$B",
      "\n   # nothing\n$>break\n$>continue\n",
      "$S$S"}},
    {'F',
     14,
     {"$>pass\n", "$>x : $Y\n$F", "$>n : Final[$Y] = $E\n$F",
      "$>n : Final = $E\n", "$>__parameters__ = [\"a\", ]\n$F",
      "$>__buffers__ = []\n$F",
      "$>__forward_hooks__ = [\"h\"]\n$>__forward_pre_hooks__ = [\"h\"]\n",
      "$>__annotations__ = []\n$>__annotations__[\"0\"] = $Y\n$F",
      "$>RED = $L\n", "$>def f(self: $Y,\n    x: $Y) -> $Y:$B$F",
      "$>def f(self, x: $Y=$E, *, y=1, ):$B", "$>@g\n$>@h($E)\n$>def f():$B",
      "$>\"words\"\n$>...\n", "$F$F"}},
    {'D',
     12,
     {"def f$#():$B", "def f$#(x: $Y,\n    y: $Y=$L) -> $Y:$B",
      "class C$#(Module):\n$F", "class C$#:\n$F", "class C$#(NamedTuple):\n$F",
      "class C$#(Enum):\n$F", "class C$#(): pass\n",
      "@d\ndef f$#(x, *, y): return $E\n",
      "import __torch__\nfrom a.b import c\n", "op_version_set = 1\n# words\n",
      "'words'\npass\n", "$D$D$D"}},
};

enum { DEEPEST = 24 };

static void expand(writing *w, const char *form, int indent, int depth);

static void expand_rule(writing *w, char sign, int indent, int depth)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].sign == sign) {
            size_t form =
                depth < DEEPEST ? choose(w, (size_t)rules[i].count) : 0;
            expand(w, rules[i].forms[form], indent, depth + 1);
        }
}

static void expand_sign(writing *w, char sign, int indent, int depth)
{
    char text[32];
    if (sign == '#')
        write_text(w, text, (size_t)sprintf(text, "%d", w->definitions++));
    else if (sign == '>')
        write_text(w, text, (size_t)sprintf(text, "%*s", indent % 30, ""));
    else if (sign == 'B') {
        write_text(w, "\n", 1);
        expand_rule(w, 'S', indent + 1, depth);
    } else
        expand_rule(w, sign, indent, depth);
}

static void expand(writing *w, const char *form, int indent, int depth)
{
    for (const char *c = form; *c && !w->full; c++)
        if (*c == '$')
            expand_sign(w, *++c, indent + (form[0] == 'c'), depth);
        else
            write_text(w, c, 1);
}

/* Bytes changed, doubled or left out at places that the rest of the input
   says. */
static void damage(writing *w)
{
    for (int i = 0; i < 8 && w->at + 3 < w->size && w->length > 1; i++) {
        size_t place = (w->bytes[w->at] << 8 | w->bytes[w->at + 1]) % w->length;
        int how = w->bytes[w->at + 2] % 3;
        char *at = w->text + place;
        if (how == 0)
            *at = (char)w->bytes[w->at + 3];
        else if (how == 1 && w->length < sizeof w->text)
            memmove(at + 1, at, w->length++ - place);
        else
            memmove(at, at + 1, --w->length - place);
        w->at += 4;
    }
}

static writing w;
static printed out;

/* Reads it, and all of the tree when there is one. */
static int read_source(const char *text, size_t bytes, bool must)
{
    tb_error error = {0};
    tb_syntax *syntax = tb_syntax_new();
    tb_status status =
        tb_syntax_parse(syntax, text, bytes, "fuzz.py", "__torch__", &error);
    out.length = 0;
    if (status == TB_OK)
        print_syntax(&out, syntax);
    tb_syntax_free(syntax);
    if (status != TB_OK && must)
        fprintf(stderr, "%s\n%.*s\n", error.text, (int)bytes, text);
    return status == TB_OK ? 0 : must || !error.text[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0 || (bytes[0] != 'G' && bytes[0] != 'M'))
        return read_source((const char *)bytes, size, false);
    w = (writing){.bytes = bytes, .size = size, .at = 1};
    expand_rule(&w, 'D', 0, 0);
    if (bytes[0] == 'M')
        damage(&w);
    return read_source(w.text, w.length, bytes[0] == 'G' && !w.full);
}
