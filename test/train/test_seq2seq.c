/* Seq2Seq, from its first step to its voices: what it learns, hears over a
   whole length and says chunk by chunk is one and the same. */
#include "models/seq2seq.h"

#define CHECK_INSTRUMENT tb_seq2seq_instrument
#define CHECK_CONFIG tb_seq2seq

#include "frame_training.h"

#define SMALL                                                                  \
    "sample_rate=8000 fft_size=64 hop=16 hidden=6 choices=3 groups=3 "         \
    "carried=no "
static const char *const all[] = {
    SMALL,
    SMALL "chunk=8 scale=mel bands=12 downsampling=linear hidden=8",
    SMALL "chunk=2 scale=magnitude residual=no upsampling=linear",
    SMALL "chunk=1 head=plain encoder_layers=3 upsampling=interpolate",
    SMALL "adjacent_units=yes hidden=7 head=plain plain_activation=softplus",
    SMALL "chunk=5 channels=2 normalise=no downsampling=mean",
    SMALL "chunk=2 head=codes components=6 codes=2 code_levels=5",
    SMALL "channels=2 components=7 fft_window=hann decoder_residuals=no "
          "downsampling=edge_mean decoder_layers=2 encoder_weight_norm=yes",
    SMALL "chunk=10 components=12 head=plain residual=no downsampling=sum "
          "encoder_layers=2 encoder_residuals=no decoder_weight_norm=yes"};
enum { ALL = sizeof all / sizeof *all };

#define LEARNS                                                                 \
    "sample_rate=8000 fft_size=256 hop=64 hidden=24 choices=2 chunk=4 "

/* ---- windows ---- */

/* Windows of whole chunks with the states carried on are one long window, and
   what was heard long ago is known; without states, not so. */
static void check_carried(const tb_backend *backend, bool carried)
{
    enum { FRAMES = 48 };
    const char *changes = carried ? SMALL "carried=yes encoder_layers=2"
                                  : SMALL "encoder_layers=2";
    frame_network s = frame_network_new(changes, ROWS, backend);
    int64_t c = CHECK_INSTRUMENT.network->context(&s.config), n = c + FRAMES;
    int64_t numbers = 0;
    double *x = frame_material(&s, n);
    double *all_at_once = said_offline(&s, x, n, c, 0, true, &numbers);
    double *windows = said_offline(&s, x, n, c, FRAMES / 3, true, &numbers);
    OK_NAMED(same_frames(all_at_once, FRAMES, 0, windows, ROWS, numbers),
             "windows that follow each other are one");
    for (int64_t i = 0; i < s.n; i++)
        x[(c - 1) * s.n + i] += 1;
    double *other = said_offline(&s, x, n, c, 0, true, &numbers);
    OK_NAMED((memcmp(other + (FRAMES - 1) * numbers,
                     all_at_once + (FRAMES - 1) * numbers,
                     sizeof *other * (size_t)numbers) != 0) == carried,
             "it remembers what was before the window, or does not");
    free(x), free(all_at_once), free(windows), free(other);
    tb_params_free(s.params);
}

/* ---- sizes ---- */

/* As many as PyTorch's, where the decoder's biases have lengths, too. */
static void check_sizes(void)
{
    tb_seq2seq mimikit = configured("preset=mimikit");
    EQ(mimikit.chunk * mimikit.frames.hop, 2048);
    EQ(weights_of("preset=mimikit"), 19731969 - 2 * 2 * 2 * 2048);
    EQ(CHECK_INSTRUMENT.network->context(&mimikit), 8);
}

static void check_refused(void)
{
    refused("fft_size=1023", "possible are 1022 and 1024.");
    refused("groups=600", "possible are 513 and 1025.");
    refused("downsampling=linear chunk=6 hidden=256", "are chunk=4 and 8.");
    refused("downsampling=linear chunk=6 hidden=5", "is chunk=5.");
    refused("downsampling=linear chunk=256 hidden=300", "is chunk=150.");
}

int main(void)
{
    const tb_backend *backends[] = {tb_backend_naive64(), tb_backend_naive(),
                                    tb_backend_cpu()};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < ALL; k++)
            check_frame_bits(backends[i], all[k], ROWS);
        check_frame_bits(backends[i], SMALL "channels=2", 1);
        for (int carried = 0; carried < 2; carried++)
            check_carried(backends[i], carried);
    }
    check_sizes();
    check_refused();
    fill_chord();
    check_measured(LEARNS);
    check_learning(LEARNS, "nats", true);
    check_learning(LEARNS "carried=no past_noise=0.1 chunk=2", "nats", true);
    check_learning(LEARNS "head=plain normalise=no scale=magnitude", "distance",
                   false);
    check_controls(SMALL);
    check_frame_labels(SMALL "labels=a,b");
    refused("labels=a,,b", "without a name");
    check_tone(LEARNS "components=16", 0.5);
    return tap_done();
}
