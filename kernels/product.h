/* Matrix products whose right side lies in rows of whole vectors. */

#ifndef CLASSLAB_PRODUCT_H
#define CLASSLAB_PRODUCT_H

#include "vector.h"

/* One tile: MR rows by NR vectors stay in registers over the whole inner length. */
INLINE void tile(const int mr, const int nr, const float *a, int64_t a_row, int64_t a_inner, const float *b,
                 int64_t b_row, float *c, int64_t c_row, int64_t inner, const float *start, int add) {
    vec sums[4][3];
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nr; j++)
            sums[i][j] = add     ? load(c + i * c_row + j * LANES)
                         : start ? load(start + j * LANES)
                                 : _mm256_setzero_ps();
    for (int64_t k = 0; k < inner; k++) {
        vec right[3];
        for (int j = 0; j < nr; j++) right[j] = load(b + k * b_row + j * LANES);
        for (int i = 0; i < mr; i++) {
            vec left = one_of(a + i * a_row + k * a_inner);
            for (int j = 0; j < nr; j++) sums[i][j] = fma_(left, right[j], sums[i][j]);
        }
    }
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nr; j++) store(c + i * c_row + j * LANES, sums[i][j]);
}

#define TILE_ROWS(NR)                                                                                        \
    do {                                                                                                     \
        int64_t i = 0;                                                                                       \
        for (; i + 4 <= rows; i += 4)                                                                        \
            tile(4, NR, a + i * a_row, a_row, a_inner, b + at, b_row, c + i * c_row + at, c_row, inner,      \
                 start ? start + at : 0, add);                                                               \
        for (; i < rows; i++)                                                                                \
            tile(1, NR, a + i * a_row, a_row, a_inner, b + at, b_row, c + i * c_row + at, c_row, inner,      \
                 start ? start + at : 0, add);                                                               \
    } while (0)

/* c (rows, 8 vectors) = start or c + a (rows, inner) b (inner, 8 vectors).

   `a` is read one number at a time, so that either of its axes may be the contiguous one: its element (i, k) is
   a[i a_row + k a_inner]. `start` is a row that every row of c begins with, or 0. With `add` c begins as it is. */
static void product(const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_row, float *c,
                    int64_t c_row, int64_t rows, int64_t inner, int64_t vectors, const float *start, int add) {
    int64_t v = 0;
    for (; v + 3 <= vectors; v += 3) {
        const int64_t at = v * LANES;
        TILE_ROWS(3);
    }
    const int64_t at = v * LANES;
    if (vectors - v == 2) TILE_ROWS(2);
    if (vectors - v == 1) TILE_ROWS(1);
}

#endif
