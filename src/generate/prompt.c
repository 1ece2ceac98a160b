#include "generate/prompt.h"

#include "audio/cut.h"

tb_status tb_prompt_load(const char *text, const tb_model *model,
                         double length_seconds, tb_audio *audio,
                         tb_error *error)
{
    tb_cut cut;
    *audio = (tb_audio){0};
    tb_status status = tb_cut_parse(text, &cut, error);
    if (status)
        return status;
    if (cut.length_seconds <= 0)
        cut.length_seconds = length_seconds;
    return tb_load_audio(cut.path, tb_model_sample_rate(model),
                         tb_model_channels(model), cut.start_seconds,
                         cut.length_seconds, audio, error);
}
