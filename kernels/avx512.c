/* The kernels for AVX-512, as servers have had it since 2017: sixteen floats at a time. See avx2.c. */

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,fma")
#endif

#include <immintrin.h>

#define LANES 16
#define MASK_REGISTERS

#include "x86.h"

typedef __mmask16 mask;

INLINE vec all(float x) { return _mm512_set1_ps(x); }
INLINE ints all_ints(int32_t x) { return (ints)_mm512_set1_epi32(x); }
INLINE vec fmadd(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec square_root(vec x) { return _mm512_sqrt_ps(x); }
INLINE vec larger(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vec smaller(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec nearest(vec x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE ints whole(vec x) { return (ints)_mm512_cvtps_epi32(x); }

INLINE mask less(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE mask at_most(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
INLINE mask no_number(vec a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
INLINE mask equal(ints a, ints b) { return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b); }
INLINE vec keep(mask where, vec x) { return _mm512_maskz_mov_ps(where, x); }
INLINE vec clear(mask where, vec x) { return _mm512_maskz_mov_ps((mask)~where, x); }
INLINE vec choose(mask where, vec a, vec b) { return _mm512_mask_blend_ps(where, b, a); }
INLINE mask negative(vec x) { return _mm512_movepi32_mask((__m512i)x); }
INLINE mask first_lanes(int64_t n) { return (mask)((1u << n) - 1); }

INLINE void store_bytes(uint8_t *to, ints x) { _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8((__m512i)x)); }
INLINE ints load_bytes(const uint8_t *from) {
    return (ints)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from));
}

INLINE int64_t list_pixels(uint8_t *pairs, ints pixels, ints places) {
    const mask found = _mm512_test_epi32_mask((__m512i)pixels, (__m512i)pixels);
    const __m512i both = _mm512_maskz_compress_epi32(found, (__m512i)(places | pixels << 8));
    _mm256_storeu_si256((__m256i *)pairs, _mm512_cvtepi32_epi16(both));
    return __builtin_popcount(found);
}

INLINE ints within(ints x, ints most) {
    return (ints)_mm512_min_epi32(_mm512_max_epi32((__m512i)x, _mm512_setzero_si512()), (__m512i)most);
}
INLINE ints half_products(ints a, ints b) { return (ints)_mm512_madd_epi16((__m512i)a, (__m512i)b); }
INLINE ints byte_products(ints a, ints b) { return (ints)_mm512_maddubs_epi16((__m512i)a, (__m512i)b); }

INLINE ints look_up(const uint16_t *pairs, ints at) { return (ints)_mm512_i32gather_epi32((__m512i)at, pairs, 2); }

typedef __m256 row_sums;
INLINE row_sums add_to_row(row_sums sums, int64_t at, vec x) {
    (void)at;
    return sums + _mm512_castps512_ps256(x) + _mm512_extractf32x8_ps(x, 1);
}
INLINE float largest_of(vec x) {
    return largest_of_eight(_mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)));
}

#define KERNELS classlab_avx512
#define KERNELS_NAME "AVX512"
#include "kernels.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
