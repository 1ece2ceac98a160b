/* FreqNet, from its first step to its voices: what it learns, hears over a
   whole length and says frame by frame is one and the same; what frames of
   spectra are for it and any other network. */
#include "models/freqnet.h"

#define CHECK_INSTRUMENT tb_freqnet_instrument
#define CHECK_CONFIG tb_freqnet

#include "frame_training.h"

#define SMALL                                                                  \
    "sample_rate=8000 fft_size=64 hop=16 dims_dilated=6 residuals_dim=6 "      \
    "skips_dim=8 blocks=2,1 choices=3 groups=3 dropout=0 "
static const char *const all[] = {
    SMALL,
    SMALL "scale=mel bands=12 choices=1",
    SMALL "scale=magnitude residual=no groups=33 gated=no",
    SMALL "head=plain residuals_dim=0 skips_dim=0 layer_groups=3",
    SMALL "channels=2 normalise=no kernel_sizes=3",
    SMALL "channels=2 components=7 fft_window=hann",
    SMALL "head=plain plain_activation=abs activation=none",
    SMALL "components=12 head=plain residual=no kernel_sizes=1"};
enum { ALL = sizeof all / sizeof *all };

#define LEARNS                                                                 \
    "sample_rate=8000 fft_size=256 hop=64 dims_dilated=32 residuals_dim=32 "   \
    "skips_dim=32 blocks=2 choices=2 "

static void check_sizes(void)
{
    tb_freqnet mimikit = configured("preset=mimikit");
    EQ(tb_freqnet_receptive_field(&mimikit), 8);
    EQ(weights_of("preset=mimikit"), 10505217);
}

static void check_refused(void)
{
    refused("fft_size=1023", "possible are 1022 and 1024.");
    refused("hop=1500", "possible are hop=1024 or fft_size=3000.");
    refused("scale=mel bands=1030", "is bands=1025.");
    refused("components=1026", "is components=1025.");
    refused("groups=1026", "possible are 1025 and 1025.");
    refused("groups=600", "possible are 513 and 1025.");
    refused("labels=a,,b", "without a name");
    refused("layer_groups=5", "The nearest that do are 4 and 8.");
    refused("blocks=3,2 kernel_sizes=2,2", "3 for those of the longest block");
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < ALL; k++)
            check_frame_bits(backends[i], all[k], ROWS);
    for (int k = 0; k < ALL; k++) {
        tb_freqnet config = configured(all[k]);
        check_frame_past(all[k], tb_freqnet_receptive_field(&config));
    }
    check_frame_labels(SMALL "labels=a,b");
    check_frame_labels(SMALL "labels=a,b head=plain skips_dim=0");
    check_sizes();
    check_refused();
    fill_chord();
    check_measured(LEARNS);
    check_measured(LEARNS "scale=mel bands=40");
    check_measured(LEARNS "components=6");
    check_forward(LEARNS, 0.02);
    check_forward(LEARNS "scale=magnitude normalise=no fft_window=hann", 0.02);
    check_forward(LEARNS "scale=mel bands=60", 0.1);
    check_learning(LEARNS, "nats", true);
    check_learning(LEARNS "scale=mel bands=40 groups=8 past_noise=0.1", "nats",
                   true);
    check_learning(LEARNS "components=16", "nats", true);
    check_learning(LEARNS "head=plain normalise=no scale=magnitude", "distance",
                   true);
    check_controls(SMALL);
    check_tone(LEARNS "components=16", 0.5);
    check_tone(LEARNS "components=16 past_noise=0.3 residual=no", 0.5);
    return tap_done();
}
