/* The Transformer on frames: what it learns, hears over a whole length and says
   frame by frame is one and the same. */
#include "counted.h"
#include "models/frametransformer.h"

#define CHECK_INSTRUMENT tb_frametransformer_instrument
#define CHECK_CONFIG tb_frametransformer

#include "../models/check_frames.h"

enum { ROWS = 2 };

#define SMALL                                                                  \
    "sample_rate=8000 fft_size=64 hop=16 dim=6 layers=2 heads=2 look_back=5 "  \
    "choices=3 dropout=0 "
static const char *const all[] = {
    SMALL,
    SMALL "look_back=20 layers=1 positions=alibi norm=rms gated=yes",
    SMALL "channels=2 components=7 heads=3 layers=3",
    SMALL "head=plain residual=no scale=mel bands=12 positions=none",
};
enum { ALL = sizeof all / sizeof *all };

static void refused(const char *changes, const char *words)
{
    tb_frametransformer config = configured(changes);
    tb_error error = {0};
    OK(tb_frametransformer_check(&config, &error) == TB_ERR_ARGUMENT);
    if (!OK_NAMED(strstr(error.text, words) != NULL, words))
        fprintf(stderr, "# %s\n", error.text);
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < ALL; k++)
            check_frame_bits(backends[i], all[k], ROWS);
    for (int k = 0; k < ALL; k++) {
        tb_frametransformer c = configured(all[k]);
        check_frame_past(all[k],
                         tb_frametransformer_instrument.network->context(&c) -
                             tb_spectral_incomplete(&c.frames));
    }
    check_frame_labels(SMALL "labels=a,b");
    refused("labels=a,,b", "without a name");
    refused("heads=5", "5 heads do not divide dim (192). The nearest that do "
                       "are 4 and 6.");
    refused("fft_size=1023", "possible are 1022 and 1024.");
    return tap_done();
}
