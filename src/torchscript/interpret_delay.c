/* What layers of cached_conv say of their delay while they are called. Such a
   layer plays the same network as a centred one, some frames late; its frames
   of delay stand in no single place of a file: `cumulative_delay` counts them
   in the layer's output and, in some networks, together with those of the
   layers before. So each layer's own are found here, and recording_delay.c
   adds them up along the way of the sound.
   Source: cached_conv 2.3 and 0caf332 (2022), convs.py: get_padding,
   CachedConv1d, CachedConvTranspose1d, CachedPadding1d. */
#include "torchscript/interpreter.h"

#include <string.h>

/* A whole number, or the first of a tuple, of an object; -1: it has none. */
static int64_t number_of(tb_interpreter *in, const tb_script_value *object,
                         const char *name)
{
    const tb_script_class *class = object->object->class;
    tb_script_value x;
    if ((tb_script_class_slot(class, name) < 0 &&
         tb_script_class_constant(class, name) < 0) ||
        !tb_get_attribute(in, object, name, &x))
        return -1;
    if ((x.kind == TB_SCRIPT_TUPLE || x.kind == TB_SCRIPT_LIST) &&
        x.list->items.count > 0)
        x = x.list->items.at[0];
    return x.kind == TB_SCRIPT_INT    ? x.integer
           : x.kind == TB_SCRIPT_BOOL ? x.boolean
                                      : -1;
}

static int64_t number_within(tb_interpreter *in, const tb_script_value *object,
                             const char *child, const char *name)
{
    const tb_script_value *x = tb_script_slot(object, child);
    return x && x->kind == TB_SCRIPT_OBJECT ? number_of(in, x, name) : -1;
}

/* A convolution looks ahead by half of its kernel if the network is centred,
   and not at all if it is causal, which shows where the layer tells of less.
   Other paddings than those two are of causal layers. */
static bool note_convolution(tb_interpreter *in, const tb_script_value *layer,
                             tb_layer_delay *d)
{
    int64_t told = number_of(in, layer, "cumulative_delay");
    int64_t stride = number_of(in, layer, "stride");
    int64_t dilation = number_of(in, layer, "dilation");
    int64_t kernel = number_of(in, layer, "kernel_size");
    int64_t around = number_within(in, layer, "cache", "padding");
    int64_t waits = number_within(in, layer, "downsampling_delay", "padding");
    if (told < 0 || stride < 1 || dilation < 1 || kernel < 1 || around < 0 ||
        waits < 0)
        return false;
    int64_t span = (kernel - 1) * dilation + 1;
    if (kernel == 1 || (around != span - 1 && around != span / 2 * 2))
        return false;
    d->frames = span / 2;
    d->if_centred = true;
    in->r->is_causal |= told * stride - waits < d->frames;
    return true;
}

static bool note_layer(tb_interpreter *in, const tb_script_value *layer,
                       const tb_script_tensor *x, const tb_script_tensor *y,
                       tb_layer_delay *d)
{
    const char *name = layer->object->class->source->name;
    const tb_script_tensor *counted = x;
    if (strcmp(name, "CachedConv1d") == 0) {
        if (!note_convolution(in, layer, d))
            return false;
    } else if (strcmp(name, "CachedConvTranspose1d") == 0) {
        d->frames = number_of(in, layer, "padding");
        counted = y;
    } else if (strcmp(name, "CachedPadding1d") == 0) {
        d->frames = number_of(in, layer, "crop") == 1
                        ? number_of(in, layer, "padding")
                        : 0;
    }
    d->length = counted->rank > 0 ? counted->dim[counted->rank - 1] : 0;
    return d->frames > 0 && d->length > 0;
}

bool tb_note_delay(tb_interpreter *in, const tb_script_value *object,
                   const tb_script_value *x, const tb_script_value *y)
{
    tb_layer_delay d = {.frames = 0};
    if (x->kind != TB_SCRIPT_TENSOR || y->kind != TB_SCRIPT_TENSOR ||
        !note_layer(in, object, x->tensor, y->tensor, &d))
        return true;
    const tb_storage_use *use = tb_recording_use(in->r, y->tensor);
    tb_layer_delay *kept = tb_arena_alloc(in->r->arena, sizeof *kept);
    if (!kept)
        return tb_recording_fail(in->r, TB_ERR_MEMORY,
                                 "There is not enough memory.");
    d.value = use ? use->now : NULL;
    d.next = in->r->delays;
    *kept = d;
    in->r->delays = kept;
    return true;
}
