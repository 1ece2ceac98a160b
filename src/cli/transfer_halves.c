#include "cli/transfer_halves.h"

#include "base/memory.h"
#include "generate/voices.h"

bool cli_halves_wanted(const cli_args *args)
{
    return cli_has(args, "scale") || cli_has(args, "bias");
}

static tb_voices *half(const cli_passing *passing, const char *method, int rows,
                       tb_error *error)
{
    cli_passing one = *passing;
    one.half_of = passing->voices.method;
    one.voices.method = method;
    return cli_passing_voices(&one, rows, error);
}

static tb_status make_room(cli_halves *h, const tb_port_facts *says, int rows,
                           tb_error *error)
{
    int64_t a = tb_voices_grain(h->encode), b = tb_voices_grain(h->decode);
    int64_t grain = a % b == 0 ? a : b % a == 0 ? b : a * b;
    h->rows = rows;
    h->block = cli_passing_block(grain);
    h->frames = h->block * says->frames / says->per;
    int64_t each = h->frames * says->channels;
    h->latents = tb_alloc_array((size_t)(each * rows), sizeof *h->latents);
    for (int i = 0; h->latents && i < rows; i++)
        h->at[i] = h->latents + i * each;
    return h->latents ? TB_OK : tb_fail_memory(error);
}

tb_status cli_halves_open(cli_halves *h, const cli_passing *passing, int rows,
                          tb_error *error)
{
    tb_port_facts says;
    *h = (cli_halves){0};
    if (cli_has(passing->args, "target"))
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "--target goes through all of a network: leave out "
                       "--scale and --bias.");
    if (!tb_model_output(passing->model, "encode", 0, &says) ||
        !tb_model_output(passing->model, "decode", 0, &(tb_port_facts){0}))
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s has no encode and decode, between which latents "
                       "could be changed.",
                       passing->args->words[0]);
    tb_status status =
        cli_latent_change_read(&h->change, passing->args, &says, error);
    if (status)
        return status;
    h->encode = half(passing, "encode", rows, error);
    h->decode = h->encode ? half(passing, "decode", rows, error) : NULL;
    return h->decode ? make_room(h, &says, rows, error) : error->status;
}

void cli_halves_close(cli_halves *h)
{
    tb_voices_free(h->encode);
    tb_voices_free(h->decode);
    tb_free(h->latents);
}

int64_t cli_halves_latency(const cli_halves *h)
{
    int64_t a = tb_voices_latency(h->encode), b = tb_voices_latency(h->decode);
    int64_t ratio = h->block / h->frames;
    return a < 0 || b < 0 ? -1 : a / ratio * ratio + b;
}

tb_status cli_halves_pass(cli_halves *h, const float *const *in,
                          float *const *out, tb_error *error)
{
    tb_status status =
        tb_voices_transform(h->encode, in, h->at, h->block, error);
    for (int i = 0; i < h->rows && !status; i++)
        cli_latent_change_apply(&h->change, h->at[i], h->frames);
    return status ? status
                  : tb_voices_transform(h->decode, (const float *const *)h->at,
                                        out, h->block, error);
}
