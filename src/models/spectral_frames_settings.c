#include "models/spectral_frames.h"

const char *const tb_spectral_windows[] = {"bell", "hann", NULL};
const char *const tb_spectral_scales[] = {"magnitude", "log", "mel", NULL};
const char *const tb_spectral_heads[] = {"plain", "normals", "codes", NULL};

static int levels_of(const tb_spectral_frames *c)
{
    return c->scale == TB_SCALE_MEL ? c->bands : c->fft_size / 2 + 1;
}

/* What groups are made of. */
static int units_of(const tb_spectral_frames *c)
{
    return c->components ? c->components : levels_of(c);
}

static int group_size(int units, int groups)
{
    return (units + groups - 1) / groups;
}

/* So many groups of one size, of which the last may be smaller. */
static bool is_grouped(int units, int groups)
{
    int size = group_size(units, groups);
    return groups <= units && (units + size - 1) / size == groups;
}

static tb_status check_frames(const tb_spectral_frames *c, tb_error *error)
{
    if (c->fft_size % 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Spectra: fft_size %d is odd. The nearest that are "
                       "possible are %d and %d.",
                       c->fft_size, c->fft_size - 1, c->fft_size + 1);
    if (c->hop > c->fft_size / 2)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Spectra: frames that are %d samples apart do not "
                       "overlap enough with fft_size %d. The nearest that are "
                       "possible are hop=%d or fft_size=%d.",
                       c->hop, c->fft_size, c->fft_size / 2, 2 * c->hop);
    return TB_OK;
}

static tb_status check_numbers(const tb_spectral_frames *c, tb_error *error)
{
    int bins = c->fft_size / 2 + 1, most = levels_of(c) * c->channels;
    if (c->scale == TB_SCALE_MEL && c->bands > bins)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Spectra: %d mel bands are more than the %d bins of "
                       "fft_size %d. The nearest that is possible is bands=%d.",
                       c->bands, bins, c->fft_size, bins);
    if (c->components > most)
        return tb_fail(error, TB_ERR_ARGUMENT,
                       "Spectra: a frame of %d numbers has no %d principal "
                       "components. The nearest that is possible is "
                       "components=%d.",
                       most, c->components, most);
    return TB_OK;
}

static tb_status check_groups(const tb_spectral_frames *c, tb_error *error)
{
    int units = units_of(c), less = c->groups, more = c->groups;
    less = less < units ? less : units;
    if (is_grouped(units, c->groups))
        return TB_OK;
    while (!is_grouped(units, less))
        less--;
    while (more < units && !is_grouped(units, more))
        more++;
    if (more >= units || !is_grouped(units, more))
        more = units;
    return tb_fail(error, TB_ERR_ARGUMENT,
                   "Spectra: a frame of %d does not fall into %d groups of one "
                   "size. The nearest that are possible are %d and %d.",
                   units, c->groups, less, more);
}

tb_status tb_spectral_check(const void *config, tb_error *error)
{
    tb_status status = check_frames(config, error);
    if (!status)
        status = check_numbers(config, error);
    return status ? status : check_groups(config, error);
}
