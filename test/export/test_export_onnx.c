/* Networks as ONNX: read back by a small reader of its own, checked by ONNX's
   checker where Debian's python3-onnx is, and played by ONNX Runtime where
   TIMBREL_ONNXRUNTIME names the folder of the npm package onnxruntime-web or
   onnxruntime-node (node_modules/onnxruntime-web). */
#include "check_export.h"
#include "export/onnx_file.h"
#include "models/samplernn.h"

#include <stdint.h>
#include <sys/wait.h>

#define PYTHON "/usr/bin/python3"

enum { BLOCKS = 4 };

static FILE *jobs; /* for the runtime; null: there is none */
static char model[64];
static int count;

/* ---- a reader of protocol buffers ---- */

typedef struct bytes {
    const uint8_t *at, *end;
} bytes;

typedef struct field {
    int number, kind;
    uint64_t value; /* of whole numbers */
    bytes inside;   /* of all that has a length */
} field;

static uint64_t varint(bytes *b)
{
    uint64_t x = 0;
    for (int shift = 0; b->at < b->end && shift < 70; shift += 7) {
        x |= shift < 64 ? (uint64_t)(*b->at & 127) << shift : 0;
        if (!(*b->at++ & 128))
            return x;
    }
    b->at = b->end + 1;
    return 0;
}

/* False at the end; a damaged message ends beyond it. */
static bool next_field(bytes *b, field *f)
{
    if (b->at >= b->end)
        return false;
    uint64_t tag = varint(b), n = 4;
    *f = (field){.number = (int)(tag >> 3), .kind = (int)(tag & 7)};
    if (f->kind == 0)
        f->value = varint(b);
    else if (f->kind == 2)
        n = varint(b);
    if (f->kind == 0)
        return b->at <= b->end;
    if ((f->kind != 2 && f->kind != 5) || b->at > b->end ||
        n > (uint64_t)(b->end - b->at)) {
        b->at = b->end + 1;
        return false;
    }
    f->inside = (bytes){b->at, b->at + n};
    b->at += n;
    return true;
}

static bool is_text(bytes b, const char *text)
{
    return (size_t)(b.end - b.at) == strlen(text) &&
           memcmp(b.at, text, strlen(text)) == 0;
}

/* What stands in field `number` of a message first. */
static bytes find(bytes b, int number)
{
    field f;
    while (next_field(&b, &f))
        if (f.number == number && f.kind == 2)
            return f.inside;
    return (bytes){NULL, NULL};
}

typedef struct counted {
    int nodes, tensors, inputs, outputs;
    uint64_t version, operators;
    int64_t weights;
} counted;

static counted count_graph(bytes graph, counted c)
{
    field f;
    while (next_field(&graph, &f)) {
        c.nodes += f.number == 1;
        c.tensors += f.number == 5;
        c.inputs += f.number == 11;
        c.outputs += f.number == 12;
        if (f.number == 5) {
            bytes data = find(f.inside, 9);
            c.weights += (data.end - data.at) / 4;
        }
    }
    OK(graph.at == graph.end);
    return c;
}

static counted count_model(bytes m)
{
    counted c = {0};
    field f;
    while (next_field(&m, &f)) {
        if (f.number == 1)
            c.version = f.value;
        if (f.number == 7)
            c = count_graph(f.inside, c);
        bytes set = f.inside;
        field version;
        while (f.number == 8 && next_field(&set, &version))
            if (version.number == 2)
                c.operators = version.value;
    }
    OK(m.at == m.end);
    return c;
}

static bool has_note(bytes m, const char *key, const char *value)
{
    field f;
    while (next_field(&m, &f))
        if (f.number == 14 && is_text(find(f.inside, 1), key))
            return is_text(find(f.inside, 2), value);
    return false;
}

/* Tensors of the graph that are parameters, bit for bit, or called after those
   that they are normed from ("x" of "x_v"). */
static int count_weights(bytes graph, const tb_params *params, int i)
{
    const tb_parameter *p = tb_params_at(params, i);
    int n = (int)strlen(p->name), found = 0;
    char normed[256];
    field f;
    snprintf(normed, sizeof normed, "%.*s", n > 2 ? n - 2 : n, p->name);
    while (next_field(&graph, &f)) {
        bytes name = find(f.inside, 8), data = find(f.inside, 9);
        if (f.number != 5)
            continue;
        found +=
            is_text(name, p->name) &&
            (size_t)(data.end - data.at) == (size_t)p->n * 4 &&
            memcmp(data.at, tb_params_value(params, i), (size_t)p->n * 4) == 0;
        found += is_text(name, normed) && strcmp(p->name + n - 2, "_v") == 0 &&
                 (size_t)(data.end - data.at) == (size_t)p->n * 4;
    }
    return found;
}

static void check_bytes(const char *path, const tb_checkpoint *c)
{
    enum { MOST = 1 << 26 };
    static uint8_t room[MOST];
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(room, 1, MOST, file) : 0;
    if (file)
        fclose(file);
    bytes all = {room, room + n};
    if (!OK(n > 0 && n < MOST))
        return;
    counted k = count_model(all);
    EQ(k.version, 7);
    EQ(k.operators, 13);
    EQ(k.outputs, 1);
    OK(k.inputs >= 1 && k.nodes > 20 && k.weights > 100);
    OK(has_note(all, "licence", "CC0"));
    OK(has_note(all, "sample_rate", "44100"));
    int found = 0;
    for (int i = 0; i < tb_params_count(c->params); i++)
        found += count_weights(find(all, 7), c->params, i);
    OK_NAMED(found > 4, "weights are in the file under their names");
}

/* ---- what our own graph says ---- */

static void write_numbers(const char *path, const tb_tensor *t)
{
    int64_t index[TB_RANK] = {0};
    FILE *to = fopen(path, "wb");
    do {
        int64_t o = tb_offset_of(t, index);
        float x = t->type == TB_I64 ? (float)((const int64_t *)t->data)[o]
                                    : ((const float *)t->data)[o];
        fwrite(&x, sizeof x, 1, to);
    } while (tb_next_index(t, index));
    fclose(to);
}

static void fill(const tb_tensor *t, int levels)
{
    int64_t index[TB_RANK] = {0}, n = 0;
    do {
        int64_t o = tb_offset_of(t, index);
        double x = noise(7, n++);
        if (t->type == TB_I64)
            ((int64_t *)t->data)[o] = llabs((int64_t)(x * 1000)) % levels;
        else
            ((float *)t->data)[o] = (float)x;
    } while (tb_next_index(t, index));
}

/* Writes what goes in and comes out, and a line of jobs. */
static void play(const tb_checkpoint *c, const tb_onnx_report *r, bool draws)
{
    tb_error error = {0};
    tb_method m = {0};
    char in[64], out[64];
    if (tb_instrument_method(c->instrument, c->config, NULL, r->method, 1, &m,
                             &error))
        fprintf(stderr, "# %s\n", error.text);
    tb_output want = {m.output[0].value, NULL};
    tb_plan_settings how = {.params = c->params,
                            .frames = BLOCKS * 2048 / m.base_per * m.base};
    tb_plan *p = tb_plan_new(m.graph, 1, &want, &how, &error);
    if (!OK_NAMED(p != NULL, error.text))
        return;
    const tb_tensor *x = tb_plan_tensor(p, m.input[0].value);
    fill(x, m.input[0].levels);
    snprintf(in, sizeof in, "%d.in", count);
    snprintf(out, sizeof out, "%d.out", count);
    write_numbers(in, x);
    tb_plan_run(p, 0, NULL);
    write_numbers(out, tb_plan_tensor(p, m.output[0].value));
    fprintf(jobs, "%s %s %s %s ", model, in, out, draws ? "level" : "same");
    for (int i = 0; i < x->rank; i++)
        fprintf(jobs, "%s%lld", i ? "," : "", (long long)x->dim[i]);
    fprintf(jobs, " %s\n", x->type == TB_I64 ? "int64" : "float32");
    tb_plan_free(p);
    tb_method_clear(&m);
}

/* ---- networks ---- */

/* `draws`: what it says is made of noise, too. */
static void check_method(const char *presets, int channels, const char *method,
                         bool draws)
{
    tb_checkpoint c;
    tb_onnx_report r;
    tb_error error = {0};
    char name[128];
    const tb_onnx_settings how = {
        .method = method, .licence = "CC0", .replace = true};
    snprintf(name, sizeof name, "%s %s", presets, method);
    snprintf(model, sizeof model, "%d.onnx", ++count);
    if (!make_rave(presets, channels, NULL, &c))
        return;
    if (tb_export_onnx(&c, model, &how, &r, &error))
        fprintf(stderr, "# %s: %s\n", name, error.text);
    if (OK_NAMED(error.status == TB_OK, name)) {
        SAME_TEXT(r.method, method);
        check_bytes(model, &c);
        play(&c, &r, draws);
    }
    tb_checkpoint_clear(&c);
}

static void check_presets(void)
{
    static const struct {
        const char *presets;
        int channels;
        bool draws;
    } all[] = {{"v1", 1, true},
               {"v1,causal", 1, true},
               {"onnx", 2, false},
               {"raspberry", 1, false},
               {"v2", 1, false},
               {"v2,causal", 1, false},
               {"v2,noise,snake", 1, true},
               {"v2,wasserstein", 1, true},
               {"v2,spherical", 1, true},
               {"v2_small", 2, true},
               {"v2_nopqmf", 1, false},
               {"v3", 1, false},
               {"discrete", 1, true},
               {"discrete_v3", 1, true},
               {"v2,hybrid", 2, false},
               {"brave", 1, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        check_method(all[i].presets, all[i].channels, "forward", all[i].draws);
        check_method(all[i].presets, all[i].channels, "encode", false);
        check_method(all[i].presets, all[i].channels, "decode", all[i].draws);
    }
}

static void check_refusals(void)
{
    static const char *const tiny[] = {"frame_sizes=4,2,4", "hidden=8",
                                       "head_size=8",       "output=levels",
                                       "levels=16",         NULL};
    tb_checkpoint c;
    tb_onnx_report r;
    tb_error error = {0};
    tb_onnx_settings how = {.replace = true};
    if (make_loop(&tb_samplernn_instrument, tiny, &c))
        OK(tb_export_onnx(&c, "no.onnx", &how, &r, &error) ==
           TB_ERR_UNSUPPORTED);
    tb_checkpoint_clear(&c);
    how.method = "prior";
    if (make_rave("raspberry", 1, NULL, &c))
        OK(tb_export_onnx(&c, "no.onnx", &how, &r, &error) == TB_ERR_ARGUMENT);
    how.method = NULL;
    OK(tb_export_onnx(&c, "nowhere/no.onnx", &how, &r, &error) == TB_ERR_FILE);
    tb_checkpoint_clear(&c);
    OK(access("no.onnx", F_OK) != 0);
}

/* ---- others who read them ---- */

static bool runs(const char *line)
{
    int status = system(line);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void check_with_onnx(void)
{
    if (!runs(PYTHON " -c 'import onnx' 2>/dev/null")) {
        fprintf(stderr, "# not checked by ONNX itself: no python3-onnx\n");
        return;
    }
    OK_NAMED(runs(PYTHON
                  " -c 'import glob, onnx\n"
                  "for name in sorted(glob.glob(\"*.onnx\")):\n"
                  "    m = onnx.load(name)\n"
                  "    onnx.checker.check_model(m, full_check=True)' 1>&2"),
             "ONNX's own checker");
}

static void check_with_runtime(const char *script)
{
    char line[8192];
    const char *runtime = getenv("TIMBREL_ONNXRUNTIME");
    if (!runtime || !runtime[0]) {
        fprintf(stderr, "# not played by ONNX Runtime: TIMBREL_ONNXRUNTIME "
                        "names no package\n");
        return;
    }
    snprintf(line, sizeof line, "node '%s' '%s' jobs 1>&2", script, runtime);
    OK_NAMED(runs(line), "ONNX Runtime says what our graph says");
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/export-onnx-XXXXXX", line[128];
    if (argc < 2 || !mkdtemp(folder) || chdir(folder))
        abort();
    jobs = fopen("jobs", "w");
    check_presets();
    fclose(jobs);
    check_refusals();
    check_with_onnx();
    check_with_runtime(argv[1]);
    snprintf(line, sizeof line, "rm -r %s", folder);
    EQ(system(line), 0);
    return tap_done();
}
