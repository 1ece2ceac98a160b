/* Amounts as people read them. */
#ifndef TB_BASE_AMOUNTS_H
#define TB_BASE_AMOUNTS_H

#include <stdint.h>

enum { TB_AMOUNT = 32 }; /* bytes that each takes at most */

/* "3.5 s", "1 min 20 s", "2 h 5 min"; NaN: "". */
void tb_time_text(double seconds, char text[TB_AMOUNT]);

/* "812", "520 thousand", "1.3 million" */
void tb_count_text(double count, char text[TB_AMOUNT]);

/* "12 MiB" */
void tb_bytes_text(double bytes, char text[TB_AMOUNT]);

/* `one` for 1, else `many`. */
const char *tb_plural(int64_t count, const char *one, const char *many);

#endif
