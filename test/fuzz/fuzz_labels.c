/* Label files: ordered times within their range, stretches inside the
   recording, and the same again from what is written of them. */
#include "corpus/labels.h"
#include "fuzz.h"

#include <string.h>

static int fails(const tb_labels *labels)
{
    for (int i = 0; i < labels->count; i++) {
        const tb_sound_label *l = &labels->at[i];
        tb_extent s = tb_label_extent(labels, i, 44100, 1000000);
        if (!(l->start >= 0 && l->end >= l->start && l->end <= 1e7))
            return 1;
        if (i > 0 && l->start < l[-1].start)
            return 1;
        if (s.start < 0 || s.frames < 0 || s.start + s.frames > 1000000)
            return 1;
        tb_label_is_one_of(l, "a,b");
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_labels labels = {0};
    tb_error error = {0};
    tb_status status =
        tb_labels_parse((const char *)bytes, size, "labels", &labels, &error);
    int bad = status ? error.text[0] == 0 : fails(&labels);
    tb_labels_clear(&labels);
    return bad;
}
