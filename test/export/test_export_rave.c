/* Every kind of RAVE as a file that says what the stream says. */
#include "check_export.h"

/* Statistics that were learned are differences of large sums: where layers
   adapt, the last digits of these are heard. */
static void check_parity(const char *presets, double most,
                         const tb_export_report *r)
{
    char name[128];
    for (int i = 0; i < r->method_count; i++) {
        snprintf(name, sizeof name, "%s: %s is %.1e of the level away", presets,
                 r->methods[i].name, r->methods[i].difference);
        OK_NAMED(r->methods[i].difference < most, name);
    }
}

static void check_preset(const char *presets, int channels, const char *change)
{
    tb_checkpoint c;
    tb_export_report r;
    if (make_rave(presets, channels, change, &c) &&
        export_to(exported, presets, &c, &r)) {
        EQ(r.method_count, 3);
        check_parity(presets, strcmp(presets, "v3") == 0 ? 5e-4 : 2e-5, &r);
    }
    tb_checkpoint_clear(&c);
    unlink(exported);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *presets;
        int channels;
    } all[] = {{"v1", 1},
               {"v1,causal", 1},
               {"onnx", 2},
               {"raspberry", 1},
               {"v2", 1},
               {"v2,causal", 1},
               {"v2,noise,snake", 1},
               {"v2,wasserstein", 1},
               {"v2,spherical", 1},
               {"v2_small", 2},
               {"v2_nopqmf", 1},
               {"v2_nopqmf_small", 1},
               {"v3", 1},
               {"discrete", 1},
               {"discrete_v3", 1},
               {"v2,hybrid", 2},
               {"brave", 1}};
    name_file();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (argc < 2 || strcmp(argv[1], all[i].presets) == 0)
            check_preset(all[i].presets, all[i].channels, NULL);
    return tap_done();
}
