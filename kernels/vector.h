/* Eight floats at a time: what the kernels share.

   Everything is written for AVX2 with FMA, which x86-64 processors have had since 2013 to 2015. The file that includes
   this one is compiled for it whatever the compiler's own target is; `kernels_supported` in module.c asks the processor
   before anything here runs. */

#ifndef CLASSLAB_VECTOR_H
#define CLASSLAB_VECTOR_H

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#include <immintrin.h>
#include <stdint.h>

#define LANES 8
#define INLINE static inline __attribute__((always_inline))

typedef __m256 vec;

INLINE vec load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void store(float *p, vec x) { _mm256_storeu_ps(p, x); }
INLINE vec all(float x) { return _mm256_set1_ps(x); }
INLINE vec one_of(const float *p) { return _mm256_broadcast_ss(p); }
INLINE vec fma_(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
/* a where the mask's sign bit is set, else b */
INLINE vec choose(vec mask, vec a, vec b) { return _mm256_blendv_ps(b, a, mask); }

INLINE float sum_of(vec x) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

INLINE float largest_of(vec x) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

/* Mask of the first n lanes, n from 0 to 8. */
INLINE vec first_lanes(int64_t n) {
    const __m256i at = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), at));
}

/* e^x within 2 units in the last place; 0 below -87.3, and NaN stays NaN.
   Range reduction by ln 2 in two parts, then a polynomial of degree 6 (S. Moshier, Cephes, expf). */
INLINE vec exponential(vec x) {
    const vec low = all(-87.33654f), high = all(88.72283f);
    /* min and max return their second operand where one is NaN */
    vec y = _mm256_max_ps(low, _mm256_min_ps(high, x));
    vec n = _mm256_round_ps(_mm256_mul_ps(y, all(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    y = _mm256_fnmadd_ps(n, all(0.693359375f), y);
    y = _mm256_fnmadd_ps(n, all(-2.12194440e-4f), y);
    vec p = fma_(all(1.9875691500e-4f), y, all(1.3981999507e-3f));
    p = fma_(p, y, all(8.3334519073e-3f));
    p = fma_(p, y, all(4.1665795894e-2f));
    p = fma_(p, y, all(1.6666665459e-1f));
    p = fma_(p, y, all(5.0000001201e-1f));
    p = _mm256_add_ps(fma_(p, _mm256_mul_ps(y, y), y), all(1.0f));
    /* 2^n in two factors: n reaches 128, which one exponent field cannot hold */
    __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
    __m256i rest = _mm256_sub_epi32(whole, half), bias = _mm256_set1_epi32(127);
    vec scaled = _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23)));
    scaled = _mm256_mul_ps(scaled, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23)));
    return _mm256_andnot_ps(_mm256_cmp_ps(x, low, _CMP_LT_OQ), scaled);
}

INLINE vec sigmoid(vec x) {
    vec e = exponential(_mm256_sub_ps(_mm256_setzero_ps(), x));
    return _mm256_div_ps(all(1.0f), _mm256_add_ps(all(1.0f), e));
}

/* Near 0 the difference of exponentials would cancel: there an odd polynomial (Cephes, tanhf). */
INLINE vec hyperbolic_tangent(vec x) {
    vec size = _mm256_andnot_ps(all(-0.0f), x), square = _mm256_mul_ps(x, x);
    vec e = exponential(_mm256_add_ps(size, size));
    vec far = _mm256_sub_ps(all(1.0f), _mm256_div_ps(all(2.0f), _mm256_add_ps(e, all(1.0f))));
    far = _mm256_or_ps(far, _mm256_and_ps(all(-0.0f), x));
    vec p = fma_(all(-5.70498872745e-3f), square, all(2.06390887954e-2f));
    p = fma_(p, square, all(-5.37397155531e-2f));
    p = fma_(p, square, all(1.33314422036e-1f));
    p = fma_(p, square, all(-3.33332819422e-1f));
    vec near = fma_(_mm256_mul_ps(p, square), x, x);
    return choose(_mm256_cmp_ps(size, all(0.625f), _CMP_LT_OQ), near, far);
}

/* Numbers too small for a normal float count as 0 inside the kernels: they would slow every operation on them. */
INLINE unsigned int flush_tiny(void) {
    unsigned int before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);
    return before;
}

#endif
