/* What an object is told, and what it answers. */
#include "base/setting_value.h"
#include "hosts/pd/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 1024 };

/* ---- the host ---- */

/* nn~ rounds its buffer up to a power of two. A buffer is played beside the
   audio thread, as nn~ does; without one, at once. */
void pd_configure(pd_object *x)
{
    tb_message message = {0};
    int64_t buffer = x->buffer;
    if (x->is_nn)
        for (buffer = x->buffer > 0; buffer && buffer < x->buffer;)
            buffer *= 2;
    tb_live_mode mode = x->buffer > 0 ? TB_LIVE_THREADED
                        : x->is_nn    ? TB_LIVE_BURST
                                      : TB_LIVE_AUTO;
    if (!tb_live_configure(x->live, x->rate, x->block, buffer, mode, &message))
        pd_complain(x, "%s", message.text);
}

/* ---- answers ---- */

static void say_number(pd_object *x, const char *what, double number)
{
    t_atom a;
    SETFLOAT(&a, (t_float)number);
    outlet_anything(x->told, gensym(what), 1, &a);
}

static void say_two(pd_object *x, const char *what, double a, double b)
{
    t_atom both[2];
    SETFLOAT(both, (t_float)a);
    SETFLOAT(both + 1, (t_float)b);
    outlet_anything(x->told, gensym(what), 2, both);
}

static void say_name(pd_object *x, const char *what, const char *name)
{
    t_atom a;
    SETSYMBOL(&a, gensym(name));
    outlet_anything(x->told, gensym(what), 1, &a);
}

void pd_tell_news(pd_object *x)
{
    tb_live_told told;
    tb_live_facts facts;
    while (tb_live_news(x->live, &told)) {
        if (told.kind == TB_LIVE_FAILED) {
            pd_complain(x, "%s", told.message.text);
            continue;
        }
        tb_live_look(x->live, &facts);
        say_number(x, "loaded", 1);
        if (x->is_wide)
            canvas_update_dsp();
        else if (facts.inputs > x->inputs || facts.outputs > x->outputs)
            pd_complain(x,
                        "this model has %d inputs and %d outputs, more than "
                        "the object: make a new one to hear them all",
                        facts.inputs, facts.outputs);
    }
}

static void say_methods(pd_object *x, tb_model *m)
{
    t_atom all[PD_MOST_CHANNELS];
    int n = 0;
    for (; n < tb_model_methods(m) && n < PD_MOST_CHANNELS; n++)
        SETSYMBOL(&all[n], gensym(tb_model_method(m, n)));
    outlet_anything(x->told, gensym("methods"), n, all);
}

static void say_attributes(pd_object *x, tb_model *m)
{
    t_atom all[PD_MOST_CHANNELS];
    const tb_control *c;
    const char *name, *standard;
    int n = 0;
    for (; n < PD_MOST_CHANNELS &&
           (c = tb_model_control(m, tb_live_method_name(x->live), n));
         n++)
        SETSYMBOL(&all[n], gensym(c->name));
    for (int i = 0;
         n < PD_MOST_CHANNELS && (name = tb_model_attribute(m, i, &standard));
         i++, n++)
        SETSYMBOL(&all[n], gensym(name));
    outlet_anything(x->told, gensym("attributes"), n, all);
}

static double ratio_of(const tb_port_facts *port)
{
    return port->frames ? (double)port->per / (double)port->frames : 1;
}

static void say_ports(pd_object *x, tb_model *m)
{
    tb_port_facts in = {0}, out = {0};
    const char *method = tb_live_method_name(x->live);
    tb_model_input(m, method, 0, &in);
    tb_model_output(m, method, 0, &out);
    say_two(x, "dim", in.channels, out.channels);
    say_two(x, "ratio", ratio_of(&in), ratio_of(&out));
}

/* In nn~'s order. */
static void bang(pd_object *x)
{
    tb_live_facts facts;
    pd_tell_news(x);
    tb_live_look(x->live, &facts);
    tb_model *m = tb_live_model(x->live);
    say_number(x, "loaded", m != NULL);
    if (!m)
        return;
    say_number(x, "enabled", x->enabled);
    say_number(x, "gpu", 0);
    say_name(x, "model", x->path->s_name);
    say_methods(x, m);
    say_name(x, "method", tb_live_method_name(x->live));
    say_attributes(x, m);
    say_number(x, "bufsize",
               x->buffer > 0 || !x->is_nn ? (double)facts.pass : 0);
    say_ports(x, m);
}

static void latency(pd_object *x)
{
    tb_live_facts facts;
    tb_live_look(x->live, &facts);
    say_two(x, "latency", (double)facts.latency,
            1000 * (double)facts.latency / x->rate);
    say_number(x, "late", (double)facts.late);
}

/* What it is, on the console; and how it stands, as bang. */
static void dump(pd_object *x)
{
    tb_live_facts facts;
    tb_live_look(x->live, &facts);
    post("%s, %s: %d in, %d out, %lld frames at once (%s), %lld frames late%s, "
         "%.2f ms for the longest call, %lld too late",
         tb_live_path(x->live), tb_live_method_name(x->live), facts.inputs,
         facts.outputs, (long long)facts.pass,
         facts.mode == TB_LIVE_THREADED ? "on a thread" : "in Pd's own",
         (long long)facts.latency,
         facts.latency_is_whole ? "" : " and what the network adds",
         1000 * facts.worst, (long long)facts.late);
    bang(x);
    latency(x);
}

/* ---- models ---- */

static void load(pd_object *x, t_symbol *s)
{
    char path[PATH];
    pd_find_model(x, s->s_name, path, sizeof path);
    x->path = s;
    tb_live_load(x->live, path, NULL);
}

static void reload(pd_object *x)
{
    tb_live_reload(x->live);
}

static void method(pd_object *x, t_symbol *s)
{
    tb_live_method(x->live, s->s_name);
}

static void enable(pd_object *x, t_floatarg on)
{
    x->enabled = on != 0;
    tb_live_enable(x->live, x->enabled);
}

/* The sound stops while the model is opened anew. */
static void bufsize(pd_object *x, t_floatarg frames)
{
    x->buffer = frames > 0 ? (int)frames : 0;
    pd_configure(x);
}

static void gpu(pd_object *x, t_floatarg on)
{
    if (on != 0)
        pd_complain(x, "plays on the processor; 'gpu' is ignored");
}

/* What nn~ fetches from the net is fetched with a browser. */
static void elsewhere(pd_object *x, t_symbol *s, int argc, t_atom *argv)
{
    (void)argc, (void)argv;
    pd_complain(x,
                "'%s' is not done here: fetch models with your browser and "
                "put them beside the patch, or remove them there; "
                "'timbrel info MODEL' says what one can do",
                s->s_name);
}

/* ---- controls ---- */

static void text_of(const t_atom *a, char *text, size_t size)
{
    char number[32];
    if (a->a_type == A_FLOAT) {
        tb_number_digits((double)a->a_w.w_float, 9, number);
        snprintf(text, size, "%s", number);
    } else {
        atom_string(a, text, (unsigned)size);
    }
}

/* The numbers of an array, for free(); null: there is none. */
static float *array_named(t_symbol *s, int *n)
{
    t_word *words;
    t_garray *array = (t_garray *)pd_findbyclass(s, garray_class);
    if (!array || !garray_getfloatwords(array, n, &words) || *n < 1)
        return NULL;
    float *samples = malloc(sizeof *samples * (size_t)*n);
    for (int i = 0; samples && i < *n; i++)
        samples[i] = words[i].w_float;
    return samples;
}

/* Attributes that are sounds are set to arrays, as they are now. */
static void give_array(pd_object *x, t_symbol *s)
{
    int n = 0;
    float *samples = array_named(s, &n);
    if (samples &&
        !tb_live_give_sound(x->live, s->s_name, samples, n, 1, x->rate))
        pd_complain(x, "the array '%s' could not be taken", s->s_name);
    free(samples);
}

/* One number goes through the queue of controls, all else by its text. */
static void set(pd_object *x, t_symbol *s, int argc, t_atom *argv)
{
    char text[512] = "";
    (void)s;
    if (argc < 2 || argv->a_type != A_SYMBOL) {
        pd_complain(x, "set takes a name and what it becomes: "
                       "[set temperature 0.8(");
        return;
    }
    const char *name = argv->a_w.w_symbol->s_name;
    if (argc == 2 && argv[1].a_type == A_FLOAT &&
        tb_live_set(x->live, name, -1, (double)argv[1].a_w.w_float))
        return;
    for (int i = 1; i < argc; i++) {
        size_t n = strlen(text);
        if (argv[i].a_type == A_SYMBOL)
            give_array(x, argv[i].a_w.w_symbol);
        if (i > 1 && n + 1 < sizeof text)
            text[n++] = ',';
        text_of(&argv[i], text + n, sizeof text - n);
    }
    tb_live_set_text(x->live, name, text);
}

/* A number where it is one. */
static void set_atom(t_atom *a, const char *text)
{
    const char *end;
    double number;
    if (tb_number_parse(text, &end, &number) && !*end)
        SETFLOAT(a, (t_float)number);
    else
        SETSYMBOL(a, gensym(text));
}

/* The name, and then what stands between commas. */
static int set_atoms(t_atom *atoms, int most, char *text)
{
    int n = 0;
    for (char *next = text; next && n < most; n++) {
        char *part = next;
        next = strchr(part, ',');
        if (next)
            *next++ = 0;
        set_atom(&atoms[n], part);
    }
    return n;
}

static void get(pd_object *x, t_symbol *s)
{
    t_atom all[1 + 64];
    int n = 1;
    double value;
    char text[512];
    const char *found = NULL;
    SETSYMBOL(all, s);
    if (tb_live_get(x->live, s->s_name, &value)) {
        SETFLOAT(all + 1, (t_float)value);
        n = 2;
    } else if ((found = tb_live_get_text(x->live, s->s_name))) {
        snprintf(text, sizeof text, "%s", found);
        n += set_atoms(all + 1, 64, text);
    } else {
        pd_complain(x, "there is nothing called '%s' to get", s->s_name);
        return;
    }
    outlet_anything(x->told, gensym("get"), n, all);
}

/* A sound in an array, for what generates. */
static void prompt(pd_object *x, t_symbol *s)
{
    int n = 0;
    float *samples = array_named(s, &n);
    if (!samples) {
        pd_complain(x, "there is no array '%s' with sound in it", s->s_name);
        return;
    }
    if (!tb_live_prompt(x->live, samples, n, 1, x->rate))
        pd_complain(x, "the prompt could not be taken");
    free(samples);
}

/* ---- latents ---- */

/* Of encoders what comes out, of decoders what is held, or else stands in the
   inlets. */
static void store(pd_object *x, t_symbol *s)
{
    float now[PD_MOST_CHANNELS];
    bool made = x->outputs > x->inputs;
    int n = made ? x->outputs : x->inputs;
    for (int i = 0; i < n; i++)
        now[i] = made       ? x->seen[i]
                 : x->holds ? x->held[i]
                 : x->in[i] ? x->in[i][0]
                            : 0;
    if (!tb_live_presets_store(&x->presets, s->s_name, now, n))
        pd_complain(x, "'%s' is not stored: at most %d presets", s->s_name,
                    TB_MOST_PRESETS);
}

/* To the last outlet, for the patch; and to the decoder itself. */
static void go_to(pd_object *x, const float *numbers, int count)
{
    t_atom list[PD_MOST_CHANNELS];
    bool held = x->holds;
    count = count > PD_MOST_CHANNELS ? PD_MOST_CHANNELS : count;
    for (int i = 0; i < count; i++) {
        SETFLOAT(&list[i], numbers[i]);
        x->held[i] = numbers[i];
    }
    outlet_anything(x->told, gensym("latents"), count, list);
    x->holds = count == x->inputs && x->inputs > x->outputs;
    if (x->holds != held)
        canvas_update_dsp();
}

static void recall(pd_object *x, t_symbol *s)
{
    const tb_live_preset *p = tb_live_presets_find(&x->presets, s->s_name);
    if (p)
        go_to(x, p->numbers, p->count);
    else
        pd_complain(x, "nothing was stored as '%s'", s->s_name);
}

static void morph(pd_object *x, t_symbol *from, t_symbol *to, t_floatarg at)
{
    float numbers[TB_PRESET_NUMBERS];
    int n = tb_live_presets_morph(&x->presets, from->s_name, to->s_name,
                                  (double)at, numbers);
    if (n)
        go_to(x, numbers, n);
    else
        pd_complain(x, "'%s' and '%s' are not both stored", from->s_name,
                    to->s_name);
}

/* The inlets again. */
static void release(pd_object *x)
{
    x->holds = false;
    canvas_update_dsp();
}

void pd_add_messages(t_class *c)
{
    class_addbang(c, bang);
    class_addmethod(c, (t_method)enable, gensym("enable"), A_FLOAT, 0);
    class_addmethod(c, (t_method)load, gensym("load"), A_SYMBOL, 0);
    class_addmethod(c, (t_method)reload, gensym("reload"), A_NULL, 0);
    class_addmethod(c, (t_method)method, gensym("method"), A_SYMBOL, 0);
    class_addmethod(c, (t_method)bufsize, gensym("bufsize"), A_FLOAT, 0);
    class_addmethod(c, (t_method)gpu, gensym("gpu"), A_FLOAT, 0);
    class_addmethod(c, (t_method)set, gensym("set"), A_GIMME, 0);
    class_addmethod(c, (t_method)get, gensym("get"), A_SYMBOL, 0);
    class_addmethod(c, (t_method)dump, gensym("dump"), A_NULL, 0);
    class_addmethod(c, (t_method)latency, gensym("latency"), A_NULL, 0);
    class_addmethod(c, (t_method)prompt, gensym("prompt"), A_SYMBOL, 0);
    class_addmethod(c, (t_method)store, gensym("store"), A_SYMBOL, 0);
    class_addmethod(c, (t_method)recall, gensym("recall"), A_SYMBOL, 0);
    class_addmethod(c, (t_method)release, gensym("release"), A_NULL, 0);
    class_addmethod(c, (t_method)morph, gensym("morph"), A_SYMBOL, A_SYMBOL,
                    A_FLOAT, 0);
    class_addmethod(c, (t_method)elsewhere, gensym("download"), A_GIMME, 0);
    class_addmethod(c, (t_method)elsewhere, gensym("remove"), A_GIMME, 0);
    class_addmethod(c, (t_method)elsewhere, gensym("print_available_models"),
                    A_GIMME, 0);
}
