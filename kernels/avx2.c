/* The kernels for AVX2 with FMA, which x86-64 processors have had since 2013 to 2015: eight floats at a time.

   They are compiled for it whatever the compiler's own target is; module.c asks the processor before anything runs. */

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#include <immintrin.h>

#define LANES 8

#include "x86.h"

INLINE vec all(float x) { return _mm256_set1_ps(x); }
INLINE ints all_ints(int32_t x) { return (ints)_mm256_set1_epi32(x); }
INLINE vec fmadd(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec square_root(vec x) { return _mm256_sqrt_ps(x); }
INLINE vec larger(vec a, vec b) { return _mm256_max_ps(a, b); } /* the second where one is NaN */
INLINE vec smaller(vec a, vec b) { return _mm256_min_ps(a, b); }
INLINE vec nearest(vec x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE ints whole(vec x) { return (ints)_mm256_cvtps_epi32(x); } /* of what `nearest` gives */

/* a where the mask says so, else b */
INLINE vec choose(mask where, vec a, vec b) { return _mm256_blendv_ps(b, a, (vec)where); }
INLINE mask negative(vec x) { return (mask)x; } /* the sign bit is all that `choose` reads */
INLINE mask first_lanes(int64_t n) { return (ints){0, 1, 2, 3, 4, 5, 6, 7} < all_ints((int32_t)n); }

/* Whole numbers from 0 to 255 as bytes, and back. */
INLINE void store_bytes(uint8_t *to, ints x) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)x), _mm256_extracti128_si256((__m256i)x, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}
INLINE ints load_bytes(const uint8_t *from) {
    return (ints)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from));
}

/* Which bytes to take so that of four pairs those are left that a mask's bits name. */
static const uint64_t kept_pairs[16] = {
    0,      0x0100,     0x0302,     0x03020100,     0x0504,     0x05040100,     0x05040302,     0x050403020100,
    0x0706, 0x07060100, 0x07060302, 0x070603020100, 0x07060504, 0x070605040100, 0x070605040302, 0x0706050403020100};

/* Pairs of a place and a pixel, of the pixels that are not 0; returns how many. All lanes may be written. */
INLINE int64_t list_pixels(uint8_t *pairs, ints pixels, ints places) {
    const __m256i both = (__m256i)(places | pixels << 8);
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    const int found = _mm256_movemask_ps((vec)(pixels != 0)), low = found & 15, high = found >> 4;
    const __m128i before = _mm_cvtsi64_si128((int64_t)kept_pairs[low]);
    const __m128i behind = _mm_cvtsi64_si128((int64_t)kept_pairs[high]);
    _mm_storel_epi64((__m128i *)pairs, _mm_shuffle_epi8(words, before));
    pairs += 2 * __builtin_popcount((unsigned)low);
    _mm_storel_epi64((__m128i *)pairs, _mm_shuffle_epi8(_mm_unpackhi_epi64(words, words), behind));
    return __builtin_popcount((unsigned)found);
}

/* Whole numbers from 0 to `most`. */
INLINE ints within(ints x, ints most) {
    return (ints)_mm256_min_epi32(_mm256_max_epi32((__m256i)x, _mm256_setzero_si256()), (__m256i)most);
}
/* Of each lane's two halves; of its bytes, those of the first factor unsigned: products of neighbors, added up. */
INLINE ints half_products(ints a, ints b) { return (ints)_mm256_madd_epi16((__m256i)a, (__m256i)b); }
INLINE ints byte_products(ints a, ints b) { return (ints)_mm256_maddubs_epi16((__m256i)a, (__m256i)b); }

INLINE ints look_up(const uint16_t *pairs, ints at) {
    return (ints)_mm256_i32gather_epi32((const int *)pairs, (__m256i)at, 2);
}

/* Sums along a row, eight of them, to which vectors are added from left to right. */
typedef vec row_sums;
INLINE row_sums add_to_row(row_sums sums, int64_t at, vec x) {
    (void)at;
    return sums + x;
}
INLINE float largest_of(vec x) { return largest_of_eight(x); }

#define KERNELS classlab_avx2
#define KERNELS_NAME "AVX2"
#include "kernels.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
