/* The kernels for NEON, which every 64-bit Arm processor has: four floats at a time. See avx2.c. */

#if defined(__aarch64__)

#include <arm_neon.h>

#define LANES 4

#include "vector.h"

INLINE vec all(float x) { return vdupq_n_f32(x); }
INLINE ints all_ints(int32_t x) { return vdupq_n_s32(x); }
INLINE vec fmadd(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec square_root(vec x) { return vsqrtq_f32(x); }
INLINE vec choose(mask where, vec a, vec b) { return vbslq_f32((uint32x4_t)where, a, b); }
INLINE vec larger(vec a, vec b) { return choose(less(b, a), a, b); } /* the second where one is NaN, as on x86 */
INLINE vec smaller(vec a, vec b) { return choose(less(a, b), a, b); }
INLINE vec nearest(vec x) { return vrndnq_f32(x); }
INLINE ints whole(vec x) { return vcvtq_s32_f32(x); }
INLINE mask negative(vec x) { return (ints)x < all_ints(0); }
#include "four_lanes.h"

typedef uint64_t float_mode;
INLINE void restore_mode(float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
INLINE float_mode flush_tiny(void) {
    float_mode before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before) : : "memory");
    restore_mode(before | 1 << 24);
    return before;
}

#define KERNELS classlab_neon
#define KERNELS_NAME "NEON"
#include "kernels.h"

#endif
