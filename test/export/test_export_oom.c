/* Emitting and writing a model without memory: a sentence, and nothing lost. */
#include "../failing.h"
#include "check_export.h"
#include "export/onnx_file.h"

static int untold; /* failures without a sentence */
static tb_checkpoint checkpoint;

static bool write_model(void)
{
    tb_error error = {0};
    const tb_nn_settings how = {.sample_rate = 48000};
    tb_nn_model nn;
    tb_status status = tb_nn_model_make(&nn, &checkpoint, &how, &error);
    tb_file *file = status ? NULL : tb_file_begin(exported, &error);
    bool good = file && tb_made_module_save(nn.module, nn.root, "m", file,
                                            &error) == TB_OK;
    tb_file_abort(file);
    tb_nn_model_clear(&nn);
    untold += !good && !error.text[0];
    return good;
}

static bool write_onnx(void)
{
    tb_error error = {0};
    tb_onnx_report report;
    const tb_onnx_settings how = {.licence = "CC0", .replace = true};
    bool good =
        tb_export_onnx(&checkpoint, exported, &how, &report, &error) == TB_OK;
    untold += !good && !error.text[0];
    return good;
}

static void check(const char *presets)
{
    if (!make_rave(presets, 1, "attenuation=30", &checkpoint))
        return;
    fail_each(write_model, presets, 10, 20000);
    fail_each(write_onnx, "as ONNX", 10, 20000);
    unlink(exported);
    tb_checkpoint_clear(&checkpoint);
}

int main(void)
{
    name_file();
    check("brave");
    EQ(untold, 0);
    return tap_done();
}
