/* The way out of a tile, and back in: from products to outputs, through bias, pooling and ReLU. */

#ifndef CLASSLAB_ENDINGS_H
#define CLASSLAB_ENDINGS_H

#include "lines.h"
#include "tiles.h"

/* y above the limit, else 0; the comparison leaves NaN what it is */
INLINE vec rectified(vec y, vec limit) { return _mm256_andnot_ps(_mm256_cmp_ps(y, limit, _CMP_LE_OQ), y); }
INLINE vec where_lit(vec y, vec gradient) {
    return _mm256_andnot_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_LE_OQ), gradient);
}

/* Eight whole numbers from 0 to 3 as bytes, and back as a mask of those that are n. */
INLINE void store_places(uint8_t *to, __m256i places) {
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(places), _mm256_extracti128_si256(places, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}
INLINE __m256i load_places(const uint8_t *from) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from));
}
INLINE vec place_is(__m256i places, int n) {
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(places, _mm256_set1_epi32(n)));
}

/* Where x is the larger, or is NaN, which no later number then replaces. */
INLINE vec exceeds(vec x, vec most) {
    return _mm256_or_ps(_mm256_cmp_ps(x, most, _CMP_GT_OQ), _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

/* What the outputs of a tile may differ by where exact sums would be equal, as a share of the numbers that they were put
   together from: three units in the last place. Measured on MNIST against float64, of 590,000 windows: without it 95,000
   choose another place than exact sums do, with half of it 101, with this and up to twice as much fewer than 6. */
#define TIE 3.6e-7f

/* The largest of a 2 x 2 window, and which of the four it is: of equal ones the first, as in Keras.

   Windows of equal values are common: a picture's background is one colour. Plain sums over it are equal to the bit;
   here each output is put together differently, and rounding alone would choose. So what differs by no more than
   rounding counts as equal, and what exceeds 0 by no more than rounding as 0: before its first step a network has no
   biases, and over a black background ReLU is met with 0, whose gradient is 0. */
INLINE vec pooled(const vec y[4][4], int64_t row, int64_t column, vec tie, __m256i *places) {
    vec most = y[row][column];
    __m256i where = _mm256_setzero_si256();
    UNROLLED
    for (int n = 1; n < 4; n++) {
        const vec other = y[row + n / 2][column + n % 2];
        const vec more = exceeds(other, plus(most, tie));
        most = choose(more, other, most);
        where = _mm256_blendv_epi8(where, _mm256_set1_epi32(n), _mm256_castps_si256(more));
    }
    *places = where;
    return most;
}

INLINE void leave_columns(const int n, const float *m, int64_t across, int64_t place, vec half[4][6]) {
    for (int64_t j = 0; j < across + 2; j++) {
        const float *own = m + point(across, j) * place;
        vec o[6], ends[4];
        UNROLLED
        for (int i = 0; i < n + 2; i++) o[i] = load(own + point(n, i) * SIDE * place);
        leave_line(n, o, ends);
        UNROLLED
        for (int i = 0; i < n; i++) half[i][j] = ends[i];
    }
}

/* Also what the outputs may differ by where exact sums would be equal. */
INLINE vec leave_rows(const int n, const vec half[4][6], int64_t down, vec bias, vec y[4][4]) {
    vec sizes[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()}; /* two: a sum waits for the one before it */
    for (int64_t i = 0; i < down; i++) {
        UNROLLED
        for (int j = 0; j < n + 2; j++)
            sizes[j % 2] = plus(sizes[j % 2], _mm256_andnot_ps(all(-0.0f), half[i][j]));
        leave_line(n, half[i], y[i]);
        UNROLLED
        for (int j = 0; j < n; j++) y[i][j] = plus(y[i][j], bias);
    }
    return times(TIE, plus(sizes[0], sizes[1]));
}

/* A tile's outputs to their places, `row` from one another; by twos where they are pooled. */
INLINE void leave(const int n, const int pool, const int relu, const vec y[4][4], vec tie, int64_t down, int64_t row,
                  int64_t filters, float *out, uint8_t *where) {
    const int step = pool ? 2 : 1;
    for (int64_t i = 0; i < down; i += step, out += row, where += where ? row : 0)
        UNROLLED
        for (int j = 0; j + step <= n; j += step) {
            vec value = y[i][j];
            if (pool) {
                __m256i places;
                value = pooled(y, i, j, tie, &places);
                if (where) store_places(where + j / step * filters, places);
            }
            store(out + j / step * filters, relu ? rectified(value, tie) : value);
        }
}

INLINE void leave_tile(const struct convolution *s, const int pool, const int relu, const float *m, int64_t place,
                       const float *bias, struct spot at, float *out, uint8_t *where) {
    const int step = pool ? 2 : 1;
    const int64_t row = s->out_columns * s->filters;
    int64_t own = (at.image * s->out_rows + at.y / step) * row + at.x / step * s->filters;
    for (int64_t f = 0; f < s->filters; f += LANES, own += LANES) {
        vec half[4][6], y[4][4];
#define COLUMNS(N) leave_columns(N, m + f, at.across, place, half)
#define ROWS(N)                                                                                                   \
    leave(N, pool, relu, y, leave_rows(N, half, at.down, load(bias + f), y), at.down, row, s->filters, out + own, \
          where ? where + own : 0)
        BY_LENGTH(at.down, COLUMNS);
        BY_LENGTH(at.across, ROWS);
#undef COLUMNS
#undef ROWS
    }
}

INLINE void leave_columns_back(const int n, const vec y[4][4], int64_t across, vec half[6][4]) {
    for (int64_t j = 0; j < across; j++) {
        vec column[4], o[6];
        UNROLLED
        for (int i = 0; i < n; i++) column[i] = y[i][j];
        leave_line_back(n, column, o);
        UNROLLED
        for (int i = 0; i < n + 2; i++) half[i][j] = o[i];
    }
}

INLINE void leave_rows_back(const int n, const vec half[6][4], int64_t down, int64_t place, float *m) {
    for (int64_t i = 0; i < down + 2; i++) {
        float *own = m + point(down, i) * SIDE * place;
        vec o[6];
        leave_line_back(n, half[i], o);
        UNROLLED
        for (int j = 0; j < n + 2; j++) store(own + point(n, j) * place, o[j]);
    }
}

/* What pooling and ReLU let through to a tile's outputs; adds it to the bias's gradient. */
INLINE vec leave_back(const int n, const int pool, const int relu, const float *out, const float *gradient,
                      const uint8_t *where, int64_t down, int64_t row, int64_t filters, vec sum, vec y[4][4]) {
    const int step = pool ? 2 : 1;
    int64_t from = 0;
    for (int64_t i = 0; i < down; i += step, from += row)
        UNROLLED
        for (int j = 0; j + step <= n; j += step) {
            const int64_t own = from + j / step * filters;
            vec g = load(gradient + own);
            if (relu) g = where_lit(load(out + own), g);
            sum = plus(sum, g);
            if (!pool) {
                y[i][j] = g;
                continue;
            }
            const __m256i places = load_places(where + own);
            UNROLLED
            for (int w = 0; w < 4; w++) y[i + w / 2][j + w % 2] = _mm256_and_ps(place_is(places, w), g);
        }
    return sum;
}

INLINE void leave_tile_back(const struct convolution *s, const int pool, const int relu, const float *out,
                            const float *gradient, const uint8_t *where, struct spot at, float *m, int64_t place,
                            float *bias) {
    const int step = pool ? 2 : 1;
    const int64_t row = s->out_columns * s->filters;
    int64_t own = (at.image * s->out_rows + at.y / step) * row + at.x / step * s->filters;
    for (int64_t f = 0; f < s->filters; f += LANES, own += LANES) {
        vec y[4][4], half[6][4], sum = load(bias + f);
#define ENDING(N)                                                                                             \
    sum = leave_back(N, pool, relu, out + own, gradient + own, pool ? where + own : 0, at.down, row, s->filters, sum, y)
#define COLUMNS(N) leave_columns_back(N, y, at.across, half)
#define ROWS(N) leave_rows_back(N, half, at.down, place, m + f)
        BY_LENGTH(at.across, ENDING);
        BY_LENGTH(at.down, COLUMNS);
        BY_LENGTH(at.across, ROWS);
#undef ENDING
#undef COLUMNS
#undef ROWS
        store(bias + f, sum);
    }
}

/* What follows the convolution, as constants that the compiler works with. */
#define BY_ENDING(CALL)               \
    do {                              \
        if (s->pool && s->relu) {     \
            CALL(1, 1);               \
        } else if (s->pool) {         \
            CALL(1, 0);               \
        } else if (s->relu) {         \
            CALL(0, 1);               \
        } else {                      \
            CALL(0, 0);               \
        }                             \
    } while (0)

/* m (36, tiles, filters) to outputs, with what follows them. */
static void leave_tiles(const struct convolution *s, const float *m, const float *bias, const struct chunk *chunk,
                        float *out, uint8_t *where) {
    const int64_t place = place_of(s->filters);
    for (int64_t t = 0; t < chunk->count; t++) {
#define LEAVE(POOL, RELU) leave_tile(s, POOL, RELU, m + t * s->filters, place, bias, chunk->spots[t], out, where)
        BY_ENDING(LEAVE);
    }
}

/* Gradients of outputs to those of m, and what they add to the bias's. */
static void leave_tiles_back(const struct convolution *s, const float *out, const float *gradient,
                             const uint8_t *where, const struct chunk *chunk, float *m, float *bias) {
    const int64_t place = place_of(s->filters);
    for (int64_t t = 0; t < chunk->count; t++) {
        const struct spot at = chunk->spots[t], next = chunk->spots[t + 1 < chunk->count ? t + 1 : t];
        const int64_t step = s->pool ? 2 : 1, row = s->out_columns * s->filters;
        const int64_t length = next.across / step * s->filters;
        const int64_t corner = (next.image * s->out_rows + next.y / step) * row + next.x / step * s->filters;
        look_ahead(gradient + corner, row * 4, next.down / step, length * 4);
        if (s->relu) look_ahead(out + corner, row * 4, next.down / step, length * 4);
        if (s->pool) look_ahead(where + corner, row, next.down / step, length);
#define LEAVE_BACK(POOL, RELU) leave_tile_back(s, POOL, RELU, out, gradient, where, at, m + t * s->filters, place, bias)
        BY_ENDING(LEAVE_BACK);
    }
}

#endif
