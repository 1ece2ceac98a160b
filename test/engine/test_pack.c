#include "golden.h"

#include "engine/ops/pack.h"

/* Every weight stands in its panel, the rest of the panels is zero. */
static void check_pack(tb_shape w, bool transposed, int64_t groups)
{
    subject s = subject_new();
    tb_value *x = subject_in(&s, 1, w), *panels;
    subject_out(&s, 2, panels = tb_pack(x, transposed, groups));
    subject_out(&s, 3,
                tb_unpack(panels, (tb_pack_attr){transposed, groups, w}));
    if (subject_run(&s, 0)) {
        const tb_tensor *p = tb_plan_tensor(s.plan, s.out[0]);
        const tb_tensor *back = tb_plan_tensor(s.plan, s.out[1]);
        const tb_tensor *from = tb_plan_tensor(s.plan, x);
        double all = 0, packed = 0, worst = 0;
        for (int64_t i = 0; i < count_of(from); i++) {
            all += fabs(noise(1, i));
            worst = fmax(worst, fabs(*element(back, i) - noise(1, i)));
        }
        for (int64_t i = 0; i < count_of(p); i++)
            packed += fabs(*element(p, i));
        NEAR(packed, all, 1e-9 * all);
        EQ(worst == 0, 1);
        subject_differences(&s, "pack");
    }
    subject_free(&s);
}

/* Where weights of a convolution lie: 20 channels from 3 by 5 taps. */
static void check_places(void)
{
    subject s = subject_new();
    tb_value *w = subject_in(&s, 1, tb_dims(20, 3, 5));
    subject_out(&s, 2, tb_pack(w, false, 1));
    subject_out(&s, 3, tb_pack(w, true, 1));
    if (subject_run(&s, 0)) {
        const tb_tensor *p = tb_plan_tensor(s.plan, s.out[0]);
        const tb_tensor *t = tb_plan_tensor(s.plan, s.out[1]);
        EQ(count_of(p), 2 * 5 * 3 * 16);
        EQ(count_of(t), 1 * 5 * 20 * 16);
        for (int o = 0; o < 20; o += 7)
            for (int i = 0; i < 3; i++)
                for (int k = 0; k < 5; k += 2) {
                    double x = noise(1, (o * 3 + i) * 5 + k);
                    NEAR(*element(p, ((o / 16 * 5 + k) * 3 + i) * 16 + o % 16),
                         x, 0);
                    NEAR(*element(t, (k * 20 + o) * 16 + i), x, 0);
                }
        NEAR(*element(p, (1 * 5 * 3) * 16 + 4), 0, 0);
    }
    subject_free(&s);
}

int main(void)
{
    check_pack(tb_dims(20, 7), false, 1);
    check_pack(tb_dims(20, 7), true, 1);
    check_pack(tb_dims(34, 5, 3), false, 2);
    check_pack(tb_dims(6, 17, 3), true, 2);
    check_pack(tb_dims(18, 2, 3, 2), false, 1);
    check_places();
    return tap_done();
}
