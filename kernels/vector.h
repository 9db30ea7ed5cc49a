/* Vectors of floats, which every part of the kernels is written in.

   Whoever includes this says in LANES how many floats a vector has. avx2.c, avx512.c, neon.c and portable.c do, and
   each adds the few operations that the compiler's vector types lack. Everything else stands once, for all of them:
   arithmetic is written with operators, each of which rounds once, as -ffp-contract=off has it.

   The same computation gives the same bits on each of them but portable.c. Sums are kept per lane, and a lane's sum
   does not depend on how many other lanes there are; the one sum across lanes, a row's in the softmax, is taken as
   eight lanes take it. */

#ifndef CLASSLAB_VECTOR_H
#define CLASSLAB_VECTOR_H

#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* Small loops over registers: left to itself the compiler keeps such arrays in memory. */
#define UNROLLED _Pragma("GCC unroll 12")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ints __attribute__((vector_size(4 * LANES)));
typedef uint32_t bits __attribute__((vector_size(4 * LANES)));
typedef float vec_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *p) { return *(const vec_anywhere *)p; }
INLINE void store(float *p, vec x) { *(vec_anywhere *)p = x; }

/* Masks say yes or no to every lane. AVX-512 has registers of their own for them; elsewhere a lane is all ones or 0. */
#ifndef MASK_REGISTERS
typedef ints mask;

INLINE mask less(vec a, vec b) { return a < b; }
INLINE mask at_most(vec a, vec b) { return a <= b; }
INLINE mask no_number(vec a) { return a != a; }
INLINE mask equal(ints a, ints b) { return a == b; }
/* x where the mask says so, else 0; and the other way round */
INLINE vec keep(mask where, vec x) { return (vec)(where & (ints)x); }
INLINE vec clear(mask where, vec x) { return (vec)(~where & (ints)x); }
#endif

INLINE ints counted(int64_t from) {
    ints lanes;
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane;
    return lanes + (int32_t)from;
}

INLINE vec absolute(vec x) { return (vec)((bits)x & 0x7fffffffu); }

#endif
