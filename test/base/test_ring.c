#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "tap.h"

static void alone(void)
{
    char out[100];
    tb_ring *ring = tb_ring_new(100);
    EQ(tb_ring_capacity(ring), 128);
    EQ(tb_ring_write_space(ring), 128);
    EQ(tb_ring_read_space(ring), 0);
    OK(!tb_ring_read(ring, out, 1));
    OK(tb_ring_write(ring, "hello", 6));
    EQ(tb_ring_read_space(ring), 6);
    OK(tb_ring_peek(ring, out, 6));
    SAME_TEXT(out, "hello");
    OK(!tb_ring_peek(ring, out, 7));
    OK(tb_ring_skip(ring, 2));
    OK(!tb_ring_skip(ring, 5));
    OK(tb_ring_read(ring, out, 4));
    SAME_TEXT(out, "llo");
    OK(tb_ring_write(ring, NULL, 0));
    OK(tb_ring_read(ring, NULL, 0));
    tb_ring_free(ring);
    tb_ring_free(NULL);
    OK(!tb_ring_new(SIZE_MAX));
    OK(!tb_ring_new(SIZE_MAX / 2));
}

static void full(void)
{
    char in[64], out[64];
    memset(in, 7, sizeof in);
    tb_ring *ring = tb_ring_new(64);
    for (int i = 0; i < 10; i++) {
        OK(tb_ring_write(ring, in, 37));
        OK(!tb_ring_write(ring, in, 28));
        EQ(tb_ring_write_space(ring), 27);
        memset(out, 0, sizeof out);
        OK(tb_ring_read(ring, out, 37));
        OK(memcmp(in, out, 37) == 0);
    }
    OK(tb_ring_write(ring, in, 64));
    EQ(tb_ring_write_space(ring), 0);
    tb_ring_reset(ring);
    EQ(tb_ring_write_space(ring), 64);
    tb_ring_free(ring);
}

enum { MESSAGES = 20000 };

/* Message i: its length, then as many bytes derived from i. */
static void *produce(void *context)
{
    for (uint32_t i = 0; i < MESSAGES; i++) {
        unsigned char message[40];
        uint32_t n = 1 + i * 7 % 36;
        memcpy(message, &n, 4);
        for (uint32_t k = 0; k < n; k++)
            message[4 + k] = (unsigned char)(i + k);
        while (!tb_ring_write(context, message, 4 + n))
            sched_yield();
    }
    return NULL;
}

static int consume(tb_ring *ring, uint32_t i)
{
    unsigned char message[36];
    uint32_t n = 0;
    while (!tb_ring_read(ring, &n, 4))
        sched_yield();
    if (n != 1 + i * 7 % 36)
        return 0;
    /* Written at once, so the rest is there too. */
    if (!tb_ring_read(ring, message, n))
        return 0;
    for (uint32_t k = 0; k < n; k++)
        if (message[k] != (unsigned char)(i + k))
            return 0;
    return 1;
}

static void between_threads(void)
{
    pthread_t thread;
    int good = 0;
    tb_ring *ring = tb_ring_new(128);
    pthread_create(&thread, NULL, produce, ring);
    for (uint32_t i = 0; i < MESSAGES; i++)
        good += consume(ring, i);
    pthread_join(thread, NULL);
    EQ(good, MESSAGES);
    EQ(tb_ring_read_space(ring), 0);
    tb_ring_free(ring);
}

int main(void)
{
    alone();
    full();
    between_threads();
    return tap_done();
}
