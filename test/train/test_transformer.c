/* The Transformer, with and without tiers, from its first step to its voices.
 */
#include "models/transformer.h"

#define CHECK_INSTRUMENT tb_transformer_instrument
#define CHECK_CONFIG tb_transformer

#include "counted.h"

#include "check_voices.h"

#define SMALL "levels=32 sample_rate=8000 dim=8 heads=2 layers=2 head_size=8 "

static void check(const char *changes)
{
    tb_transformer config = configured(changes);
    tb_trainer *t = trainer_of(&config);
    learn(t, &config);
    tb_model *m = opened(t, &config);
    SAME_TEXT(tb_model_kind(m), "transformer");
    check_prompts(m);
    check_threads(m);
    check_rt(m);
    tb_model_close(m);
    tb_trainer_free(t);
}

int main(void)
{
    check(SMALL "look_back=20 frame_sizes=4");
    check(SMALL "look_back=6,9 frame_sizes=8,4 dim=12,8 dropout=0.1 "
                "output=logistics adaptive_guess=5 past_noise=1 "
                "tell_noise=yes");
    return tap_done();
}
