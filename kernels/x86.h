/* What AVX2 and AVX-512 have in common. */

#ifndef CLASSLAB_X86_H
#define CLASSLAB_X86_H

#include "vector.h"

INLINE float sum_of(__m256 x) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

INLINE float largest_of_eight(__m256 x) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

/* Numbers too small for a normal float count as 0 from here on: they would slow every operation on them. */
typedef unsigned int float_mode;
INLINE float_mode flush_tiny(void) {
    const float_mode before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);
    return before;
}
INLINE void restore_mode(float_mode before) { _mm_setcsr(before); }

#endif
