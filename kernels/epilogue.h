/* The epilogue of a convolution, from products to outputs through bias, pooling and ReLU, and its gradient. */

#ifndef CLASSLAB_EPILOGUE_H
#define CLASSLAB_EPILOGUE_H

#include "activation.h"
#include "tiles.h"
#include "winograd_1d.h"

INLINE ints choose_ints(mask where, ints a, ints b) { return (ints)choose(where, (vec)a, (vec)b); }

/* Where x is the larger, or is NaN, which no later number then replaces. */
INLINE mask exceeds(vec x, vec most) {
    return less(most, x) | no_number(x);
}

/* What the outputs of a tile may differ by argmax exact sums would be equal, as a share of the numbers that they were put
   together from: three units in the last place. Measured on MNIST against float64, of 590,000 windows: without it 95,000
   choose another output than exact sums do, with half of it 101, with this and up to twice as much fewer than 6. */
#define TIE 3.6e-7f

/* The largest of a 2 x 2 window, and which of the four it is: of equal ones the first, as in Keras.

   Windows of equal values are common: a picture's background is one colour. Plain sums over it are equal to the bit;
   here each output is put together differently, and rounding alone would choose. So what differs by no more than
   rounding counts as equal, and what exceeds 0 by no more than rounding as 0: before its first step a network has no
   biases, and over a black background ReLU is met with 0, whose gradient is 0. */
INLINE vec pooled(const vec y[4][4], int64_t row, int64_t column, vec tie, ints *argmax) {
    vec most = y[row][column];
    ints largest = all_ints(0);
    UNROLLED
    for (int n = 1; n < 4; n++) {
        const vec other = y[row + n / 2][column + n % 2];
        const mask more = exceeds(other, most + tie);
        most = choose(more, other, most);
        largest = choose_ints(more, all_ints(n), largest);
    }
    *argmax = largest;
    return most;
}

INLINE void output_columns(const int n, const float *m, int64_t width, int64_t stride, vec half[4][6]) {
    for (int64_t j = 0; j < width + 2; j++) {
        const float *own = m + point_of(width, j) * stride;
        vec o[6], outputs[4];
        UNROLLED
        for (int i = 0; i < n + 2; i++) o[i] = load(own + point_of(n, i) * SIDE * stride);
        output_1d(n, o, outputs);
        UNROLLED
        for (int i = 0; i < n; i++) half[i][j] = outputs[i];
    }
}

/* Also what the outputs may differ by argmax exact sums would be equal. */
INLINE vec output_rows(const int n, const vec half[4][6], int64_t height, vec bias, vec y[4][4]) {
    vec sizes[2] = {all(0.0f), all(0.0f)}; /* two: a sum waits for the one before it */
    for (int64_t i = 0; i < height; i++) {
        UNROLLED
        for (int j = 0; j < n + 2; j++)
            sizes[j % 2] = sizes[j % 2] + absolute(half[i][j]);
        output_1d(n, half[i], y[i]);
        UNROLLED
        for (int j = 0; j < n; j++) y[i][j] = y[i][j] + bias;
    }
    return all(TIE) * (sizes[0] + sizes[1]);
}

/* A tile's outputs to their places, `row` from one another; by twos where they are pooled. */
INLINE void epilogue(const int n, const int pool, const int relu, const vec y[4][4], vec tie, int64_t height, int64_t row,
                  int64_t filters, float *out, uint8_t *argmax) {
    const int step = pool ? 2 : 1;
    for (int64_t i = 0; i < height; i += step, out += row, argmax += argmax ? row : 0)
        UNROLLED
        for (int j = 0; j + step <= n; j += step) {
            vec value = y[i][j];
            if (pool) {
                ints largest;
                value = pooled(y, i, j, tie, &largest);
                if (argmax) store_bytes(argmax + j / step * filters, largest);
            }
            store(out + j / step * filters, relu ? rectified(value, tie) : value);
        }
}

INLINE void output_tile(const struct convolution *s, const int pool, const int relu, const float *m, int64_t stride,
                       const float *bias, struct tile at, float *out, uint8_t *argmax) {
    const int step = pool ? 2 : 1;
    const int64_t row = s->out_columns * s->filters;
    int64_t own = (at.image * s->out_rows + at.y / step) * row + at.x / step * s->filters;
    for (int64_t f = 0; f < s->filters; f += LANES, own += LANES) {
        vec half[4][6], y[4][4];
#define COLUMNS(N) output_columns(N, m + f, at.width, stride, half)
#define ROWS(N)                                                                                                   \
    epilogue(N, pool, relu, y, output_rows(N, half, at.height, load(bias + f), y), at.height, row, s->filters, out + own, \
          argmax ? argmax + own : 0)
        BY_LENGTH(at.height, COLUMNS);
        BY_LENGTH(at.width, ROWS);
#undef COLUMNS
#undef ROWS
    }
}

INLINE void output_columns_backward(const int n, const vec y[4][4], int64_t width, vec half[6][4]) {
    for (int64_t j = 0; j < width; j++) {
        vec column[4], o[6];
        UNROLLED
        for (int i = 0; i < n; i++) column[i] = y[i][j];
        output_1d_backward(n, column, o);
        UNROLLED
        for (int i = 0; i < n + 2; i++) half[i][j] = o[i];
    }
}

INLINE void output_rows_backward(const int n, const vec half[6][4], int64_t height, int64_t stride, float *m) {
    for (int64_t i = 0; i < height + 2; i++) {
        float *own = m + point_of(height, i) * SIDE * stride;
        vec o[6];
        output_1d_backward(n, half[i], o);
        UNROLLED
        for (int j = 0; j < n + 2; j++) store(own + point_of(n, j) * stride, o[j]);
    }
}

/* What pooling and ReLU let through to a tile's outputs; adds it to the bias's gradient. */
INLINE vec epilogue_backward(const int n, const int pool, const int relu, const float *out, const float *gradient,
                      const uint8_t *argmax, int64_t height, int64_t row, int64_t filters, vec sum, vec y[4][4]) {
    const int step = pool ? 2 : 1;
    int64_t from = 0;
    for (int64_t i = 0; i < height; i += step, from += row)
        UNROLLED
        for (int j = 0; j + step <= n; j += step) {
            const int64_t own = from + j / step * filters;
            vec g = load(gradient + own);
            if (relu) g = relu_backward(load(out + own), g);
            sum = sum + g;
            if (!pool) {
                y[i][j] = g;
                continue;
            }
            const ints largest = load_bytes(argmax + own);
            UNROLLED
            for (int w = 0; w < 4; w++) y[i + w / 2][j + w % 2] = keep(equal(largest, all_ints(w)), g);
        }
    return sum;
}

INLINE void output_tile_backward(const struct convolution *s, const int pool, const int relu, const float *out,
                            const float *gradient, const uint8_t *argmax, struct tile at, float *m, int64_t stride,
                            float *bias) {
    const int step = pool ? 2 : 1;
    const int64_t row = s->out_columns * s->filters;
    int64_t own = (at.image * s->out_rows + at.y / step) * row + at.x / step * s->filters;
    for (int64_t f = 0; f < s->filters; f += LANES, own += LANES) {
        vec y[4][4], half[6][4], sum = load(bias + f);
#define EPILOGUE(N)                                                                                             \
    sum = epilogue_backward(N, pool, relu, out + own, gradient + own, pool ? argmax + own : 0, at.height, row, s->filters, sum, y)
#define COLUMNS(N) output_columns_backward(N, y, at.width, half)
#define ROWS(N) output_rows_backward(N, half, at.height, stride, m + f)
        BY_LENGTH(at.width, EPILOGUE);
        BY_LENGTH(at.height, COLUMNS);
        BY_LENGTH(at.width, ROWS);
#undef EPILOGUE
#undef COLUMNS
#undef ROWS
        store(bias + f, sum);
    }
}

/* What follows the convolution, as constants that the compiler works with. */
#define BY_EPILOGUE(CALL)               \
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
static void transform_outputs(const struct convolution *s, const float *m, const float *bias, const struct tile_group *group,
                        float *out, uint8_t *argmax) {
    const int64_t stride = point_stride(s->filters);
    for (int64_t t = 0; t < group->count; t++) {
#define FORWARD(POOL, RELU) output_tile(s, POOL, RELU, m + t * s->filters, stride, bias, group->tiles[t], out, argmax)
        BY_EPILOGUE(FORWARD);
#undef FORWARD
    }
}

/* Gradients of outputs to those of m, and what they add to the bias's. */
static void transform_outputs_backward(const struct convolution *s, const float *out, const float *gradient,
                             const uint8_t *argmax, const struct tile_group *group, float *m, float *bias) {
    const int64_t stride = point_stride(s->filters);
    for (int64_t t = 0; t < group->count; t++) {
        const struct tile at = group->tiles[t], next = group->tiles[t + 1 < group->count ? t + 1 : t];
        const int64_t step = s->pool ? 2 : 1, row = s->out_columns * s->filters;
        const int64_t length = next.width / step * s->filters;
        const int64_t corner = (next.image * s->out_rows + next.y / step) * row + next.x / step * s->filters;
        prefetch_rows(gradient + corner, row * 4, next.height / step, length * 4);
        if (s->relu) prefetch_rows(out + corner, row * 4, next.height / step, length * 4);
        if (s->pool) prefetch_rows(argmax + corner, row, next.height / step, length);
#define BACKWARD(POOL, RELU) output_tile_backward(s, POOL, RELU, out, gradient, argmax, at, m + t * s->filters, stride, bias)
        BY_EPILOGUE(BACKWARD);
#undef BACKWARD
    }
}

#endif
