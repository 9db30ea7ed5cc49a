/* Matrix products whose right side lies in rows of whole vectors, and how such rows are laid out. */

#ifndef CLASSLAB_PRODUCT_H
#define CLASSLAB_PRODUCT_H

#include "vector.h"

/* n columns and what fills them up to whole vectors. */
static int64_t padded(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

/* From row to row of a table with n columns: an odd number of cache lines, so that rows above one another do not
   contend for the same few places of a cache. */
static int64_t row_of(int64_t n) { return ((n + 15) / 16 | 1) * 16; }

/* One tile: MR rows by NR vectors stay in registers over the whole inner length, and beside them the shorter side of
   what is multiplied. */
INLINE void register_tile(const int mr, const int nr, const float *a, int64_t a_row, int64_t a_inner, const float *b,
                 int64_t b_row, float *c, int64_t c_row, int64_t inner, const float *start, int add) {
    vec sums[8][4];
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 4
        for (int j = 0; j < nr; j++)
            sums[i][j] = add     ? load(c + i * c_row + j * LANES)
                         : start ? load(start + j * LANES)
                                 : all(0.0f);
    for (int64_t k = 0; k < inner; k++) {
        vec left[8], right[4];
        if (nr == 4) {
#pragma GCC unroll 8
            for (int i = 0; i < mr; i++) left[i] = all(a[i * a_row + k * a_inner]);
#pragma GCC unroll 4
            for (int j = 0; j < nr; j++) {
                right[j] = load(b + k * b_row + j * LANES);
#pragma GCC unroll 8
                for (int i = 0; i < mr; i++) sums[i][j] = fmadd(left[i], right[j], sums[i][j]);
            }
        } else {
#pragma GCC unroll 4
            for (int j = 0; j < nr; j++) right[j] = load(b + k * b_row + j * LANES);
#pragma GCC unroll 8
            for (int i = 0; i < mr; i++) {
                left[i] = all(a[i * a_row + k * a_inner]);
#pragma GCC unroll 4
                for (int j = 0; j < nr; j++) sums[i][j] = fmadd(left[i], right[j], sums[i][j]);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < mr; i++)
#pragma GCC unroll 4
        for (int j = 0; j < nr; j++) store(c + i * c_row + j * LANES, sums[i][j]);
}

/* Some vectors' worth of columns, as many rows at a time as registers allow: twelve sums hide what a sum waits for. */
INLINE void columns_of(const int mr, const int nr, const float *a, int64_t a_row, int64_t a_inner, const float *b,
                       int64_t b_row, float *c, int64_t c_row, int64_t rows, int64_t inner, const float *start,
                       int add) {
    int64_t i = 0;
    for (; i + mr <= rows && (mr != 3 || rows - i != 4); i += mr) /* two pairs are quicker than three and a single */
        register_tile(mr, nr, a + i * a_row, a_row, a_inner, b, b_row, c + i * c_row, c_row, inner, start, add);
    for (; i + 2 <= rows; i += 2)
        register_tile(2, nr, a + i * a_row, a_row, a_inner, b, b_row, c + i * c_row, c_row, inner, start, add);
    if (i < rows) register_tile(1, nr, a + i * a_row, a_row, a_inner, b, b_row, c + i * c_row, c_row, inner, start, add);
}

/* c (rows, vectors) = start or c + a (rows, inner) b (inner, vectors).

   `a` is read one number at a time, so that either of its axes may be the contiguous one: its element (i, k) is
   a[i a_row + k a_inner]. `start` is a row that every row of c begins with, or 0. With `add` c begins as it is. */
static void product(const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_row, float *c,
                    int64_t c_row, int64_t rows, int64_t inner, int64_t vectors, const float *start, int add) {
    int64_t v = 0;
#define SOME_COLUMNS(MR, NR)                                                                                       \
    columns_of(MR, NR, a, a_row, a_inner, b + v * LANES, b_row, c + v * LANES, c_row, rows, inner,                 \
               start ? start + v * LANES : 0, add)
    if (vectors % 2)
        for (; vectors - v >= 3; v += 3) {
            SOME_COLUMNS(4, 3);
            if ((vectors - v - 3) % 2 == 0) {
                v += 3;
                break;
            }
        }
    for (; vectors - v >= 2; v += 2) SOME_COLUMNS(6, 2);
    if (v < vectors) SOME_COLUMNS(8, 1);
#undef SOME_COLUMNS
}

/* The same without a start, where columns are a multiple of four vectors: three rows by four vectors read seven numbers
   for twelve sums in place of eight. For the products of convolutions, whose inner length is short, that is 3 to 4 %
   less time; for a dense network's first layer it was 5 to 8 % more. */
INLINE void wide_product(const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_row, float *c,
                         int64_t c_row, int64_t rows, int64_t inner, int64_t vectors, int add) {
    for (int64_t v = 0; v < vectors; v += 4)
        columns_of(3, 4, a, a_row, a_inner, b + v * LANES, b_row, c + v * LANES, c_row, rows, inner, 0, add);
}

/* c (rows, vectors) = a (rows, inner) b (inner, vectors), or is added to: the products of convolutions. */
static void multiply(const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_row, float *c,
                     int64_t c_row, int64_t rows, int64_t inner, int64_t vectors, int add) {
    if (vectors % 4 == 0) wide_product(a, a_row, a_inner, b, b_row, c, c_row, rows, inner, vectors, add);
    else product(a, a_row, a_inner, b, b_row, c, c_row, rows, inner, vectors, 0, add);
}

#endif
