/* What a model's weights take stays the same for any number of voices, groups
   and methods: they are prepared once, and lie in the file else. */
#include "engine/prepared.h"
#include "models/model.h"
#include "voice.h"

static const char changes[] = "frame_sizes=8,4,6 hidden=64 levels=32 "
                              "head_size=64 cell=lstm weight_norm=yes";

enum { MANY = 64 };

static tb_voices *open_voices(tb_model *m, int count, uint64_t seed)
{
    tb_voices_settings s = tb_voices_defaults();
    s.voices = count;
    s.seed = seed;
    return voices_of(m, s);
}

int main(void)
{
    tb_model *m = model_of(changes);
    tb_voices *all[MANY], *few = NULL;
    OK(tb_params_data(tb_model_checkpoint(m)->params) == NULL ||
       !tb_backend_cpu()->storage->is_host);
    EQ(tb_prepared_bytes(tb_model_prepared(m)), 0);
    all[0] = open_voices(m, 1, 1);
    size_t bytes = tb_prepared_bytes(tb_model_prepared(m));
    for (int i = 1; i < MANY; i++)
        all[i] = open_voices(m, 1, (uint64_t)i);
    EQ(tb_prepared_bytes(tb_model_prepared(m)), bytes);
    few = open_voices(m, 3, 1);
    OK(tb_prepared_bytes(tb_model_prepared(m)) <= bytes + bytes / 10);
    for (int i = 0; i < MANY; i++)
        tb_voices_free(all[i]);
    tb_voices_free(few);
    tb_model_close(m);
    return tap_done();
}
