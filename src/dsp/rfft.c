#include "dsp/rfft.h"

#include "base/memory.h"
#include "engine/fft.h"

struct tb_rfft {
    tb_fft *tables;
    double *scratch;
};

int64_t tb_rfft_size_for(int64_t n)
{
    int64_t size = 4;
    while (size < n && size < TB_FFT_MOST)
        size *= 2;
    return size >= n ? size : 0;
}

tb_rfft *tb_rfft_new(int64_t size)
{
    if (size < 1 || size > TB_FFT_MOST)
        return NULL;
    tb_rfft *f = tb_alloc(sizeof *f);
    if (!f)
        return NULL;
    f->scratch = NULL;
    f->tables = tb_fft_new_double((int)size, TB_FFT_REAL);
    if (f->tables)
        f->scratch = tb_alloc_array(tb_fft_scratch_double(f->tables),
                                    sizeof *f->scratch);
    if (f->scratch)
        return f;
    tb_rfft_free(f);
    return NULL;
}

void tb_rfft_free(tb_rfft *f)
{
    if (!f)
        return;
    tb_fft_free(f->tables);
    tb_free(f->scratch);
    tb_free(f);
}

void tb_rfft_forward(tb_rfft *f, const float *x, float *z)
{
    tb_fft_real(f->tables, x, z, f->scratch);
}

void tb_rfft_inverse(tb_rfft *f, const float *z, float *x)
{
    tb_fft_real_inverse(f->tables, z, x, f->scratch);
}
