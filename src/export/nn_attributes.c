/* What can be turned: a buffer of numbers for each control. */
#include "export/nn_contract.h"

#include <stdio.h>
#include <string.h>

/* Numbers by which nn~ says what an attribute takes. */
enum { NN_BOOL = 0, NN_INT = 1, NN_REAL = 2 };

static int64_t type_of(const tb_control *c)
{
    switch (c->type) {
    case TB_CONTROL_REAL:
    case TB_CONTROL_ARRAY:
        return NN_REAL;
    case TB_CONTROL_BOOL:
        return NN_BOOL;
    default:
        return NN_INT;
    }
}

static int length_of(const tb_control *c)
{
    return c->type == TB_CONTROL_ARRAY ? c->length : 1;
}

/* ---- what they have at first ---- */

static void write_slots(tb_nn_model *nn, const tb_control *c)
{
    enum { MOST = 64 };
    tb_arena *arena = tb_made_module_arena(nn->module);
    bool real = type_of(c) == NN_REAL;
    int n = length_of(c) < MOST ? length_of(c) : MOST;
    float *x = tb_arena_array(arena, (size_t)n, sizeof *x);
    int64_t *k = tb_arena_array(arena, (size_t)n, sizeof *k), types[MOST];
    char name[128];
    for (int i = 0; x && k && i < n; i++) {
        x[i] = (float)c->standard;
        k[i] = (int64_t)c->standard;
        types[i] = type_of(c);
    }
    const void *data = real ? (const void *)x : (const void *)k;
    tb_made_slot_tensor(nn->root, c->name,
                        tb_made_tensor_new(nn->module, real ? TB_REAL : TB_I64,
                                           tb_dims(n), data),
                        TB_SLOT_BUFFER);
    snprintf(name, sizeof name, "%s_params", c->name);
    tb_made_slot_ints(nn->root, name, n, types);
}

/* ---- setters and getters ---- */

/* Beyond its range a control stands at its end. */
static void write_clamp(tb_source_text *t, const tb_control *c, int i,
                        const char *x)
{
    char low[TB_SOURCE_REAL], high[TB_SOURCE_REAL];
    bool real = type_of(c) == NN_REAL;
    if (real) {
        tb_source_real(c->low, low);
        tb_source_real(c->high, high);
    } else {
        snprintf(low, sizeof low, "%lld", (long long)c->low);
        snprintf(high, sizeof high, "%lld", (long long)c->high);
    }
    tb_source_line(t,
                   "  _%d = torch.fill_(torch.slice(self.%s, 0, %d, %d, 1), "
                   "%s)",
                   i, c->name, i, i + 1, x);
    tb_source_line(t,
                   "  _c%d = torch.clamp_(torch.slice(self.%s, 0, %d, %d, "
                   "1), %s, %s)",
                   i, c->name, i, i + 1, low, high);
}

static void write_setter(tb_nn_model *nn, const tb_control *c)
{
    static const char *const types[] = {"bool", "int", "float"};
    tb_source_text *t = tb_made_source(nn->root);
    const char *type = types[type_of(c)];
    int n = length_of(c);
    tb_source_line(t, "def set_%s(self: %s,", c->name,
                   tb_made_class_name(nn->root));
    for (int i = 0; i < n; i++)
        tb_source_line(t, "    x%d: %s%s", i, type,
                       i + 1 < n ? "," : ") -> int:");
    for (int i = 0; i < n; i++) {
        char x[32];
        snprintf(x, sizeof x, type_of(c) == NN_BOOL ? "int(x%d)" : "x%d", i);
        write_clamp(t, c, i, x);
    }
    tb_source_line(t, "  return 0");
}

/* A tuple, of one too: nn~ takes nothing else but lists. */
static void write_getter(tb_nn_model *nn, const tb_control *c)
{
    static const char *const types[] = {"bool", "int", "float"};
    tb_source_text *t = tb_made_source(nn->root);
    const char *type = types[type_of(c)];
    int n = length_of(c);
    tb_source_line(t, "def get_%s(self: %s) -> Tuple[", c->name,
                   tb_made_class_name(nn->root));
    for (int i = 0; i < n; i++)
        tb_source_line(t, "    %s%s", type, i + 1 < n ? "," : "]:");
    tb_source_line(t, "  return (");
    for (int i = 0; i < n; i++)
        tb_source_line(t, "    %s(torch.select(self.%s, 0, %d)),", type,
                       c->name, i);
    tb_source_line(t, "    )");
}

/* ---- all of them ---- */

/* The largest number that a double has without a gap below. */
static const tb_control seed = {
    .name = "seed",
    .help = "Of what is drawn by chance: the same seed gives the same sound.",
    .type = TB_CONTROL_INTEGER,
    .high = 9007199254740991.,
    .length = 1};

static void add(tb_nn_model *nn, const tb_control *c)
{
    for (int i = 0; i < nn->attribute_count; i++)
        if (strcmp(nn->attributes[i]->name, c->name) == 0)
            return;
    if (nn->attribute_count < TB_NN_MOST_ATTRIBUTES)
        nn->attributes[nn->attribute_count++] = c;
}

static void write_list(tb_nn_model *nn, bool prompt)
{
    tb_source_text *t = tb_made_source(nn->root);
    tb_source_line(t, "def get_attributes(self: %s) -> List[str]:",
                   tb_made_class_name(nn->root));
    tb_source_line(t, "  return [");
    for (int i = 0; i < nn->attribute_count; i++)
        tb_source_line(t, "    \"%s\",", nn->attributes[i]->name);
    if (prompt)
        tb_source_line(t, "    \"prompt\"");
    else if (nn->attribute_count == 0)
        tb_source_line(t, "    \"none\"");
    tb_source_line(t, "    ]");
}

void tb_nn_write_attributes(tb_nn_model *nn)
{
    for (int i = 0; i < nn->method_count; i++)
        for (int k = 0; k < nn->methods[i].method.control_count; k++)
            add(nn, nn->methods[i].method.control[k]);
    if (nn->chance)
        add(nn, &seed);
    for (int i = 0; i < nn->attribute_count; i++) {
        write_slots(nn, nn->attributes[i]);
        write_setter(nn, nn->attributes[i]);
        write_getter(nn, nn->attributes[i]);
    }
    write_list(nn, tb_nn_write_prompt(nn));
}
