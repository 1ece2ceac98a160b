#include "base/names.h"

#include "tap.h"

enum { MANY = 3000 };

static char names[MANY][16];
static int items[MANY];

static int wrongly_found(const tb_names *t, int there)
{
    int wrong = 0;
    for (int i = 0; i < MANY; i++) {
        char other[16]; /* the same letters elsewhere in memory */
        strcpy(other, names[i]);
        wrong += tb_names_find(t, other) != (i < there ? &items[i] : NULL);
    }
    return wrong;
}

int main(void)
{
    tb_names t = {0};
    for (int i = 0; i < MANY; i++)
        snprintf(names[i], sizeof names[i], "layer.%d", i);
    EQ(wrongly_found(&t, 0), 0);
    for (int i = 0; i < MANY; i++) {
        bool added = tb_names_add(&t, names[i], &items[i]);
        if (!added || i < 20 || i == MANY - 1)
            OK(added && wrongly_found(&t, i + 1) == 0);
    }
    OK(tb_names_find(&t, "") == NULL);
    tb_names_clear(&t);
    EQ(wrongly_found(&t, 0), 0);
    return tap_done();
}
