/* Messages of Open Sound Control, and presets that they store. */
#include "live/osc_message.h"
#include "live/presets.h"
#include "tap.h"

typedef struct heard {
    int count;
    tb_osc_message last;
} heard;

static void take(void *context, const tb_osc_message *m)
{
    heard *h = context;
    h->count++;
    h->last = *m;
}

#define READ(h, packet) tb_osc_read(packet, sizeof packet - 1, take, h)

static void check_message(void)
{
    heard h = {0};
    static const char set[] = "/set\0\0\0\0,sf\0heat\0\0\0\0\x3f\x40\0\0";
    OK(READ(&h, set));
    EQ(h.count, 1);
    SAME_TEXT(h.last.address, "/set");
    EQ(h.last.count, 2);
    SAME_TEXT(h.last.arguments[0].text, "heat");
    NEAR(h.last.arguments[1].number, 0.75, 0);
    static const char types[] = "/x\0\0,iTd\0\0\0\0\xff\xff\xff\xfe"
                                "\x3f\xe0\0\0\0\0\0\0";
    OK(READ(&h, types));
    NEAR(h.last.arguments[0].number, -2, 0);
    NEAR(h.last.arguments[1].number, 1, 0);
    NEAR(h.last.arguments[2].number, 0.5, 0);
    static const char bare[] = "/reload\0";
    OK(READ(&h, bare));
    EQ(h.last.count, 0);
}

static void check_bundle(void)
{
    heard h = {0};
    static const char bundle[] = "#bundle\0\0\0\0\0\0\0\0\1"
                                 "\0\0\0\4/a\0\0"
                                 "\0\0\0\14/b\0\0,i\0\0\0\0\0\7";
    OK(READ(&h, bundle));
    EQ(h.count, 2);
    SAME_TEXT(h.last.address, "/b");
    NEAR(h.last.arguments[0].number, 7, 0);
}

static void check_damaged(void)
{
    heard h = {0};
    static const char cut[] = "/set\0\0\0\0,sf\0heat\0\0\0\0\x3f";
    static const char endless[] = "/set";
    static const char nothing[] = "set\0";
    static const char larger[] = "#bundle\0\0\0\0\0\0\0\0\1\0\0\1\0/a\0\0";
    static const char unknown[] = "/a\0\0,q\0\0";
    OK(!READ(&h, cut));
    OK(!READ(&h, endless));
    OK(!READ(&h, nothing));
    OK(!READ(&h, larger));
    OK(!READ(&h, unknown));
    OK(!tb_osc_read("", 0, take, &h));
    EQ(h.count, 0);
}

static void check_presets(void)
{
    tb_live_presets p = {0};
    float x[TB_PRESET_NUMBERS], a[] = {0, 1, 2}, b[] = {1, 3};
    OK(tb_live_presets_store(&p, "a", a, 3));
    OK(tb_live_presets_store(&p, "b", b, 2));
    OK(tb_live_presets_store(&p, "a", a, 3));
    EQ(p.count, 2);
    EQ(tb_live_presets_morph(&p, "a", "b", 0.5, x), 2);
    NEAR(x[0], 0.5, 1e-7);
    NEAR(x[1], 2, 1e-7);
    EQ(tb_live_presets_morph(&p, "a", "c", 0.5, x), 0);
    OK(!tb_live_presets_find(&p, "c"));
    EQ(tb_live_presets_find(&p, "a")->count, 3);
    OK(!tb_live_presets_store(&p, "a", x, TB_PRESET_NUMBERS + 1));
    tb_live_presets_clear(&p);
}

int main(void)
{
    check_message();
    check_bundle();
    check_damaged();
    check_presets();
    return tap_done();
}
