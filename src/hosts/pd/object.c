/* Making the objects, and their sound. */
#include "hosts/pd/object.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEWS_MS = 20, PATH = 1024 };

void (*pd_set_channels)(t_signal **signal, int channels);

static t_class *timbrel_class, *nn_class;
static tb_shelf *shelf; /* of all objects */

void pd_complain(pd_object *x, const char *format, ...)
{
    char text[1200];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    pd_error(x, "%s: %s", x->is_nn ? "nn~" : "timbrel~", text);
}

/* ---- models ---- */

void pd_find_model(const pd_object *x, const char *name, char *path,
                   size_t size)
{
    static const char *const ends[] = {"", ".ts"};
    char folder[PATH], *file = NULL;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        int f = canvas_open(x->canvas, name, ends[i], folder, &file,
                            sizeof folder, 1);
        if (f < 0)
            continue;
        close(f);
        snprintf(path, size, "%s/%s", folder, file);
        return;
    }
    canvas_makefilename(x->canvas, name, path, (int)size);
}

static void find_channels(pd_object *x)
{
    tb_live_facts facts;
    tb_live_look(x->live, &facts);
    x->inputs = facts.inputs < 1 ? 1 : facts.inputs;
    x->outputs = facts.outputs < 1 ? 1 : facts.outputs;
    if (x->inputs > PD_MOST_CHANNELS || x->outputs > PD_MOST_CHANNELS)
        pd_complain(x, "only the first %d channels are played",
                    PD_MOST_CHANNELS);
    x->inputs = x->inputs > PD_MOST_CHANNELS ? PD_MOST_CHANNELS : x->inputs;
    x->outputs = x->outputs > PD_MOST_CHANNELS ? PD_MOST_CHANNELS : x->outputs;
}

/* What nn~ does without a method of this name: forward. */
static bool open_model(pd_object *x, const char *path, const char *method)
{
    tb_message message = {0};
    bool good = tb_live_open(x->live, path, method, &message);
    if (!good && x->is_nn && method && strcmp(method, "forward") != 0 &&
        strstr(message.text, "no method")) {
        pd_complain(x, "%s Plays forward instead.", message.text);
        good = tb_live_open(x->live, path, "forward", &message);
    }
    if (!good)
        pd_complain(x, "%s", message.text);
    return good;
}

/* ---- sound ---- */

static t_int *perform(t_int *w)
{
    pd_object *x = (pd_object *)w[1];
    int n = (int)w[2];
    for (int i = 0; x->holds && i < x->inputs; i++)
        for (int j = 0; j < n; j++)
            x->lines[i * n + j] = x->held[i];
    tb_live_process(x->live, x->in, x->out, n);
    for (int i = 0; i < x->outputs; i++)
        x->seen[i] = x->out[i][n - 1];
    return w + 3;
}

/* The fourth word of a signal is the number of its channels, in those Pds that
   know any. */
static int channels_of(const t_signal *s)
{
    return s->s_refcount;
}

/* Where the cables are; of many channels, one behind the other. One that has
   fewer than the model goes round, as nn~'s. */
static void find_cables(pd_object *x, t_signal **sp, int n)
{
    int inlets = x->is_wide ? 1 : x->inputs;
    int wide = x->is_wide ? channels_of(sp[0]) : 1;
    for (int i = 0; i < x->inputs; i++)
        x->in[i] = x->is_wide ? sp[0]->s_vec + i % wide * n : sp[i]->s_vec;
    for (int i = 0; i < x->outputs; i++)
        x->out[i] = x->is_wide ? sp[1]->s_vec + i * n : sp[inlets + i]->s_vec;
    for (int i = 0; x->holds && i < x->inputs; i++)
        x->in[i] = x->lines + i * n;
}

static void dsp(pd_object *x, t_signal **sp)
{
    int n = sp[0]->s_n;
    x->rate = (double)sp[0]->s_sr;
    x->block = n;
    pd_configure(x);
    if (x->is_wide) {
        find_channels(x);
        pd_set_channels(&sp[1], x->outputs);
    } else if (pd_set_channels) {
        for (int i = 0; i < x->outputs; i++)
            pd_set_channels(&sp[x->inputs + i], 1);
    }
    float *lines =
        realloc(x->lines, sizeof *lines * PD_MOST_CHANNELS * (size_t)n);
    if (!lines)
        return;
    x->lines = lines;
    find_cables(x, sp, n);
    dsp_add(perform, 2, x, (t_int)n);
}

static void tick(pd_object *x)
{
    pd_tell_news(x);
    clock_delay(x->news, NEWS_MS);
}

/* ---- new and free ---- */

static void read_flags(pd_object *x, int *argc, t_atom **argv)
{
    for (; *argc > 0 && (*argv)->a_type == A_SYMBOL; (*argc)--, (*argv)++) {
        const char *flag = (*argv)->a_w.w_symbol->s_name;
        if (strcmp(flag, "-m") == 0)
            x->is_wide = pd_set_channels != NULL;
        else if (strcmp(flag, "-gpu") == 0 || strcmp(flag, "-g") == 0)
            x->gpu = true;
        else if (strcmp(flag, "-d") == 0)
            x->enabled = false;
        else
            return;
        if (strcmp(flag, "-m") == 0 && !x->is_wide)
            pd_complain(x, "this Pd has no multichannel cables (0.54 and later "
                           "have); '-m' is ignored");
    }
}

static void read_arguments(pd_object *x, int argc, t_atom *argv)
{
    char path[PATH];
    const char *method = x->is_nn ? "forward" : NULL;
    if (argc > 1 && argv[1].a_type == A_SYMBOL)
        method = argv[1].a_w.w_symbol->s_name;
    if (argc > 2)
        x->buffer = (int)atom_getfloat(argv + 2);
    pd_configure(x);
    if (argc < 1)
        return;
    x->path = atom_getsymbol(argv);
    pd_find_model(x, x->path->s_name, path, sizeof path);
    open_model(x, path, method);
}

static void add_cables(pd_object *x)
{
    find_channels(x);
    for (int i = 1; i < x->inputs && !x->is_wide; i++)
        inlet_new(&x->base, &x->base.ob_pd, &s_signal, &s_signal);
    for (int i = 0; i < (x->is_wide ? 1 : x->outputs); i++)
        outlet_new(&x->base, &s_signal);
    x->told = outlet_new(&x->base, &s_anything);
}

static void *make(t_symbol *s, int argc, t_atom *argv)
{
    enum { NN_BUFFER = 4096 };
    bool is_nn = strcmp(s->s_name, "nn~") == 0;
    pd_object *x = (pd_object *)pd_new(is_nn ? nn_class : timbrel_class);
    tb_live_settings settings = tb_live_defaults();
    tb_message message = {0};
    x->is_nn = is_nn;
    x->enabled = true;
    x->canvas = canvas_getcurrent();
    x->path = gensym("");
    x->buffer = is_nn ? NN_BUFFER : 0;
    x->rate = (double)sys_getsr();
    x->block = sys_getblksize();
    settings.shelf = shelf;
    settings.as_is = is_nn;
    settings.inputs = settings.outputs = PD_MOST_CHANNELS;
    x->live = tb_live_new(&settings, &message);
    if (!x->live) {
        pd_complain(x, "%s", message.text);
        return NULL;
    }
    read_flags(x, &argc, &argv);
    read_arguments(x, argc, argv);
    if (x->gpu)
        pd_complain(x, "plays on the processor; 'gpu' is ignored");
    tb_live_enable(x->live, x->enabled);
    add_cables(x);
    x->news = clock_new(x, (t_method)tick);
    clock_delay(x->news, NEWS_MS);
    return x;
}

static void finish(pd_object *x)
{
    if (x->news)
        clock_free(x->news);
    tb_live_free(x->live);
    tb_live_presets_clear(&x->presets);
    free(x->lines);
}

/* ---- classes ---- */

/* Of Pds that know it, by their own number. */
enum { MULTICHANNEL = 0x10 };

static t_class *new_class(const char *name)
{
    int flags = CLASS_DEFAULT | (pd_set_channels ? MULTICHANNEL : 0);
    t_class *c =
        class_new(gensym(name), (t_newmethod)(void (*)(void))make,
                  (t_method)finish, sizeof(pd_object), flags, A_GIMME, 0);
    class_domainsignalin(c, (int)offsetof(pd_object, number));
    class_addmethod(c, (t_method)dsp, gensym("dsp"), A_CANT, 0);
    pd_add_messages(c);
    return c;
}

static void begin(void)
{
    void *found = dlsym(RTLD_DEFAULT, "signal_setmultiout");
    memcpy(&pd_set_channels, &found, sizeof found);
    if (!shelf)
        shelf = tb_shelf_new();
}

/* Pd looks these up by name when an object of the name is made. */
void timbrel_tilde_setup(void);
void nn_tilde_setup(void);

void timbrel_tilde_setup(void)
{
    begin();
    timbrel_class = new_class("timbrel~");
}

void nn_tilde_setup(void)
{
    begin();
    nn_class = new_class("nn~");
}
