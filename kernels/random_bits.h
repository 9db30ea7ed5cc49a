/* Random numbers for dropout: a function of a seed and a value's place, so that the way back can draw them again.

   The function mixes 32 bits ("lowbias32" with the constants that its search found best). dropout.py of the tensor
   engine's layers has the same in PyTorch, for where there are no kernels.

   References: Wellons, Prospecting for Hash Functions (2018), https://nullprogram.com/blog/2018/07/31/. */

#ifndef CLASSLAB_RANDOM_BITS_H
#define CLASSLAB_RANDOM_BITS_H

#include "structures.h"
#include "vector.h"

INLINE bits mixed(bits x) {
    x ^= x >> 16;
    x *= 0x21f0aaadu;
    x ^= x >> 15;
    x *= 0xd35a2d97u;
    return x ^ (x >> 15);
}

INLINE bits counting(void) {
    bits lanes;
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = (uint32_t)lane;
    return lanes;
}

/* What each of the values from `place` on is multiplied by: the factor, or 0 where it is dropped. */
INLINE vec kept_factor(const struct dropout *d, uint32_t place) {
    const bits random = mixed(counting() + place + d->seed);
    return (vec)((bits)(random >= d->below) & (bits)all(d->factor));
}

#endif
