/* Passages of a recording at another rate and with one channel are those that
   loading that part of it gives. */
#include "audio/load.h"
#include "audio/passage.h"
#include "sounds.h"
#include "tap.h"

enum { FLOATS = SF_FORMAT_WAV | SF_FORMAT_FLOAT, MOST = 4000 };

static void test_moments(int rate, int channels)
{
    static const double starts[] = {0, 0.1, 0.5, 0.9};
    tb_passages p;
    tb_error error = {0};
    float *x = make_sine(rate, channels, rate, 440), got[MOST];
    save_as("moments.wav", FLOATS, x, rate, channels, rate);
    OK(tb_passages_open(&p, "moments.wav", NULL, &error) == TB_OK);
    for (int i = 0; i < 4; i++) {
        tb_audio a;
        int64_t made;
        double worst = 0, length = starts[i] < 0.8 ? 0.25 : 0.1;
        OK(tb_load_audio("moments.wav", 16000, 1, starts[i], length, &a,
                         &error) == TB_OK);
        OK_NAMED(tb_passages_mono(&p, starts[i], 16000, got, MOST, &made,
                                  &error) == TB_OK,
                 error.text);
        EQ(made, a.frames);
        for (int64_t k = 0; k < made && k < a.frames; k++)
            worst = fmax(worst, fabs((double)(got[k] - a.data[k])));
        NEAR(worst, 0, 1e-6);
        tb_audio_clear(&a);
    }
    int64_t made = 1;
    OK(tb_passages_mono(&p, 3, 16000, got, MOST, &made, &error) == TB_OK);
    EQ(made, 0);
    tb_passages_close(&p);
    free(x);
}

int main(void)
{
    enter_folder();
    test_moments(44100, 2);
    test_moments(16000, 1);
    leave_folder();
    return tap_done();
}
