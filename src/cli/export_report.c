#include "cli/export_report.h"

#include "base/amounts.h"
#include "base/json.h"
#include "cli/say.h"
#include "models/base_checkpoint.h"

#include <stdio.h>
#include <string.h>

/* ---- TorchScript ---- */

static void say_method(const tb_export_report *r, const tb_exported_method *m)
{
    printf("  %s: %lld in, %lld out", m->name, (long long)m->numbers[0],
           (long long)m->numbers[2]);
    if (m->numbers[1] != m->numbers[3])
        printf(", a frame of %s for %lld samples",
               m->numbers[1] > m->numbers[3] ? "those in" : "those out",
               (long long)(m->numbers[1] > m->numbers[3] ? m->numbers[1]
                                                         : m->numbers[3]));
    printf(", %.0f ms late; apart from the network by %.1e of the level\n",
           1000 * (double)m->latency / r->sample_rate, m->difference);
}

static bool goes_through(const tb_export_report *r)
{
    for (int i = 0; i < r->method_count; i++)
        if (strcmp(r->methods[i].name, "forward") == 0)
            return true;
    return false;
}

static void say_script(const tb_export_report *r, const char *file)
{
    printf("%s: plays as the network does.\n", file);
    for (int i = 0; i < r->method_count; i++)
        say_method(r, &r->methods[i]);
    for (int i = 0; i < r->attribute_count; i++)
        printf("%s%s", i ? ", " : "  can be turned: ", r->attributes[i]);
    if (r->attribute_count)
        printf("\n");
    if (goes_through(r))
        printf("Try it: %s transfer %s SOUND -o OUT.wav\n", cli_program(),
               file);
}

static void say_script_json(const tb_export_report *r, const char *file)
{
    tb_json_writer w = {.text = NULL};
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "file", file);
    tb_json_begin_array(&w, "methods");
    for (int i = 0; i < r->method_count; i++) {
        const tb_exported_method *m = &r->methods[i];
        tb_json_begin_object(&w, NULL);
        tb_json_put_text(&w, "name", m->name);
        tb_json_put_integer(&w, "latency_samples", m->latency);
        tb_json_put_number(&w, "difference", m->difference);
        tb_json_end_object(&w);
    }
    tb_json_end_array(&w);
    tb_json_begin_array(&w, "attributes");
    for (int i = 0; i < r->attribute_count; i++)
        tb_json_put_text(&w, NULL, r->attributes[i]);
    tb_json_end_array(&w);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

void cli_say_export(const tb_export_report *r, const char *file, bool json)
{
    if (json)
        say_script_json(r, file);
    else
        say_script(r, file);
}

/* ---- ONNX ---- */

void cli_say_onnx(const tb_onnx_report *r, const char *file, bool json)
{
    tb_json_writer w = {.text = NULL};
    if (!json) {
        printf("%s: %s, %d in, %d out, of any length that is a multiple of "
               "%lld samples.\n",
               file, r->method, r->in_channels, r->out_channels,
               (long long)r->grain);
        return;
    }
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "file", file);
    tb_json_put_text(&w, "method", r->method);
    tb_json_put_integer(&w, "in_channels", r->in_channels);
    tb_json_put_integer(&w, "out_channels", r->out_channels);
    tb_json_put_integer(&w, "in_ratio", r->in_ratio);
    tb_json_put_integer(&w, "out_ratio", r->out_ratio);
    tb_json_put_integer(&w, "multiple_of_samples", r->grain);
    tb_json_end_object(&w);
    cli_json_line(&w);
}

/* ---- weights ---- */

void cli_say_weights(const tb_checkpoint *c, const char *file, bool json)
{
    tb_json_writer w = {.text = NULL};
    char amount[TB_AMOUNT];
    int64_t weights = 0, tensors = 0;
    for (int i = 0; i < tb_params_count(c->params); i++) {
        const tb_parameter *p = tb_params_at(c->params, i);
        bool own = !tb_is_of_base(p->name);
        weights += own ? p->n : 0;
        tensors += own;
    }
    tb_count_text((double)weights, amount);
    if (!json) {
        printf("%s: %s weights of a %s in %lld tensors, each read again and "
               "the same.\n",
               file, amount, c->instrument->name, (long long)tensors);
        return;
    }
    tb_json_begin_object(&w, NULL);
    tb_json_put_text(&w, "file", file);
    tb_json_put_integer(&w, "tensors", tensors);
    tb_json_put_integer(&w, "weights", weights);
    tb_json_end_object(&w);
    cli_json_line(&w);
}
