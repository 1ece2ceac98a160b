#include "base/denormals.h"

#if defined(__SSE__)
#include <xmmintrin.h>

/* Results that are flushed, and operands that count as zero. */
enum { FLUSH = 0x8000, ZEROS = 0x0040 };

unsigned tb_denormals_off(void)
{
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | FLUSH | ZEROS);
    return mode;
}

void tb_denormals_restore(unsigned mode)
{
    _mm_setcsr(mode);
}

#elif defined(__aarch64__)

enum { FLUSH = 1 << 24 };

unsigned tb_denormals_off(void)
{
    unsigned long mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | FLUSH));
    return (unsigned)mode;
}

void tb_denormals_restore(unsigned mode)
{
    __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)mode));
}

#else

unsigned tb_denormals_off(void)
{
    return 0;
}

void tb_denormals_restore(unsigned mode)
{
    (void)mode;
}

#endif
