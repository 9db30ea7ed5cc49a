/* Convolutions with 3 x 3 kernels, stride 1, without padding, on channels-last images, by Winograd's minimal filtering.

   A tile of 4 x 4 outputs takes 36 products per pair of channels in place of 144: F(4 x 4, 3 x 3) in the words of
   Lavin & Gray (2016), whose matrices B, G and A these are. Smaller tiles along an image's edge take fewer. Tiles are
   transformed a few at a time, multiplied by the transformed kernel as 36 matrix products, and transformed back, all
   within a core's second cache. What follows a convolution in almost every network, bias, 2 x 2 max-pooling and ReLU,
   happens on the way out, before the outputs ever reach memory; so does its inverse on the way back. The gradients are
   those of this very computation, written with the transposed matrices: kernel gradient and input gradient share the
   transformed output gradient.

   Images with few channels are convolved directly instead. */

#ifndef CLASSLAB_CONVOLUTION_H
#define CLASSLAB_CONVOLUTION_H

#include <string.h>

#include "direct_convolution.h"
#include "epilogue.h"
#include "tiles.h"
#include "winograd_1d.h"

/* Floats that a call needs to work in. */
static int64_t convolution_workspace(const struct convolution *s) {
    return s->side ? s->out_columns * s->filters : POINTS * (2 * point_stride(s->channels) + point_stride(s->filters)) + 64;
}

/* ------------------------------------------------------------------ kernels ------------------------------------ */

/* kernel (filters, 3, 3, channels) to u (36, channels, filters) and its transpose (36, filters, channels), for some
   filters, a multiple of LANES of them. */
static void convolution_kernel(const struct convolution *s, const float *kernel, float *u, float *transposed,
                                 int64_t from, int64_t to) {
    const int64_t plane = s->channels * s->filters;
    for (int64_t f = from; f < to; f++)
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][3];
            UNROLLED
            for (int x = 0; x < 3; x++) {
                vec g[3], o[6];
                UNROLLED
                for (int y = 0; y < 3; y++) g[y] = load(kernel + ((f * 3 + y) * 3 + x) * s->channels + c);
                kernel_1d(g, o);
                UNROLLED
                for (int y = 0; y < 6; y++) half[y][x] = o[y];
            }
            UNROLLED
            for (int y = 0; y < 6; y++) {
                vec o[6];
                kernel_1d(half[y], o);
                UNROLLED
                for (int x = 0; x < 6; x++) store(transposed + (y * 6 + x) * plane + f * s->channels + c, o[x]);
            }
        }
    for (int64_t p = 0; p < POINTS; p++)
        for (int64_t f = from; f < to; f += LANES)
            for (int64_t c = 0; c < s->channels; c++)
                for (int64_t k = f; k < f + LANES; k++)
                    u[p * plane + c * s->filters + k] = transposed[p * plane + k * s->channels + c];
}

/* Sums of gradients of the transposed transformed kernel, one per thread, to the kernel's gradient. */
static void convolution_kernel_gradient(const struct convolution *s, const float *sums, int64_t threads, float *kernel,
                                      int64_t from, int64_t to) {
    const int64_t plane = s->channels * s->filters;
    for (int64_t f = from; f < to; f++)
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][3];
            UNROLLED
            for (int y = 0; y < 6; y++) {
                vec o[6];
                UNROLLED
                for (int x = 0; x < 6; x++) {
                    const float *own = sums + (y * 6 + x) * plane + f * s->channels + c;
                    o[x] = load(own);
                    for (int64_t t = 1; t < threads; t++) o[x] = o[x] + load(own + t * POINTS * plane);
                }
                kernel_1d_backward(o, half[y]);
            }
            UNROLLED
            for (int x = 0; x < 3; x++) {
                vec o[6], g[3];
                UNROLLED
                for (int y = 0; y < 6; y++) o[y] = half[y][x];
                kernel_1d_backward(o, g);
                UNROLLED
                for (int y = 0; y < 3; y++) store(kernel + ((f * 3 + y) * 3 + x) * s->channels + c, g[y]);
            }
        }
}

/* ------------------------------------------------------------------ inputs -------------------------------------- */

/* Both ways a tile is transformed in two passes, first each column or row of it, then each line of the result. What
   lies between is too much for the registers; it stays in the nearest cache. */

INLINE void input_columns(const int n, const float *corner, int64_t row, int64_t channels, int64_t columns,
                          vec half[6][6]) {
    for (int64_t j = 0; j < columns; j++) {
        vec d[6], o[6];
        UNROLLED
        for (int i = 0; i < n + 2; i++) d[i] = load(corner + i * row + j * channels);
        input_1d(n, d, o);
        UNROLLED
        for (int i = 0; i < n + 2; i++) half[i][j] = o[i];
    }
}

INLINE void input_rows(const int n, const vec half[6][6], int64_t height, int64_t stride, float *v) {
    for (int64_t i = 0; i < height + 2; i++) {
        float *own = v + point_of(height, i) * SIDE * stride;
        vec o[6];
        input_1d(n, half[i], o);
        UNROLLED
        for (int j = 0; j < n + 2; j++) store(own + point_of(n, j) * stride, o[j]);
    }
}

/* Input tiles to v (36, tiles, channels). */
static void transform_inputs(const struct convolution *s, const float *x, const struct tile_group *group, float *v) {
    const int64_t stride = point_stride(s->channels), row = s->width * s->channels;
    for (int64_t t = 0; t < group->count; t++) {
        const struct tile at = group->tiles[t], next = group->tiles[t + 1 < group->count ? t + 1 : t];
        const float *corner = x + (at.image * s->height + at.y) * row + at.x * s->channels;
        prefetch_rows(x + (next.image * s->height + next.y) * row + (next.x + 2) * s->channels, row * 4, next.height + 2,
                   next.width * s->channels * 4);
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][6];
            float *to = v + t * s->channels + c;
#define COLUMNS(N) input_columns(N, corner + c, row, s->channels, at.width + 2, half)
#define ROWS(N) input_rows(N, half, at.height, stride, to)
            BY_LENGTH(at.height, COLUMNS);
            BY_LENGTH(at.width, ROWS);
#undef COLUMNS
#undef ROWS
        }
    }
}

INLINE void input_rows_backward(const int n, const float *v, int64_t height, int64_t stride, vec half[6][6]) {
    for (int64_t i = 0; i < height + 2; i++) {
        const float *own = v + point_of(height, i) * SIDE * stride;
        vec o[6], d[6];
        UNROLLED
        for (int j = 0; j < n + 2; j++) o[j] = load(own + point_of(n, j) * stride);
        input_1d_backward(n, o, d);
        UNROLLED
        for (int j = 0; j < n + 2; j++) half[j][i] = d[j];
    }
}

INLINE void input_columns_backward(const int n, const vec half[6][6], float *corner, int64_t row, int64_t channels,
                               int64_t columns) {
    for (int64_t j = 0; j < columns; j++) {
        vec d[6];
        input_1d_backward(n, half[j], d);
        UNROLLED
        for (int i = 0; i < n + 2; i++) {
            float *own = corner + i * row + j * channels;
            store(own, load(own) + d[i]);
        }
    }
}

/* Adds the gradients of input tiles to that of the input. */
static void transform_inputs_backward(const struct convolution *s, const float *v, const struct tile_group *group, float *x) {
    const int64_t stride = point_stride(s->channels), row = s->width * s->channels;
    for (int64_t t = 0; t < group->count; t++) {
        const struct tile at = group->tiles[t];
        float *corner = x + (at.image * s->height + at.y) * row + at.x * s->channels;
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][6];
            const float *from = v + t * s->channels + c;
#define ROWS(N) input_rows_backward(N, from, at.height, stride, half)
#define COLUMNS(N) input_columns_backward(N, half, corner + c, row, s->channels, at.width + 2)
            BY_LENGTH(at.width, ROWS);
            BY_LENGTH(at.height, COLUMNS);
#undef ROWS
#undef COLUMNS
        }
    }
}

/* ------------------------------------------------------------------ whole convolutions ------------------------- */

/* Images `from` to `to` through the convolution and what follows it.

   kernel: (36, channels, filters) as `convolution_kernel` gives it, or (rows, columns, channels, filters) for
   direct ones. argmax: which of a window was the largest, for the gradient; 0 where nobody asks. */
static void convolution_forward(const struct convolution *s, const float *x, const float *kernel, const float *bias,
                                  float *out, uint8_t *argmax, int64_t from, int64_t to, float *workspace) {
    if (s->side) {
        for (int64_t f = 0; f < s->filters;) {
            const int64_t left = (s->filters - f) / LANES;
#define FORWARD(COUNT, NV) direct_forward(s, COUNT, NV, f, x, kernel, bias, out, argmax, from, to), f += NV * LANES
            if (left >= 4) FORWARD(3, 4);
            else if (left >= 2) FORWARD(6, 2);
            else FORWARD(8, 1);
#undef FORWARD
        }
        return;
    }
    const int64_t panel = 4 * LANES; /* so many filters at a time, and fetched between: the memory takes few at once */
    float *v = workspace, *m = workspace + POINTS * point_stride(s->channels);
    const int64_t last = to * tiles_of(s), plane = s->channels * s->filters;
    for (int64_t first = from * tiles_of(s); first < last; first += TILES) {
        struct tile_group group;
        group_tiles(s, first, last - first < TILES ? last - first : TILES, &group);
        transform_inputs(s, x, &group, v);
        const int64_t next = first + group.count, after = next + TILES < last ? next + TILES : last;
        const struct rows inputs = inputs_of(s, x, next, after);
        const struct rows outs = outputs_of(s, out, sizeof *out, first, next);
        const struct rows largest = outputs_of(s, argmax, sizeof *argmax, first, next);
        for (int64_t p = 0; p < POINTS; p++) {
            const struct span tiles = tiles_with(&group, p);
            for (int64_t f = 0; f < s->filters; f += panel) {
                const int64_t share = (p * s->filters + f) / panel, shares = POINTS * s->filters / panel;
                prefetch_share(inputs, share, shares), prefetch_share(outs, share, shares), prefetch_share(largest, share, shares);
                multiply(v + p * point_stride(s->channels) + tiles.first * s->channels, s->channels, 1,
                         kernel + p * plane + f, s->filters,
                         m + p * point_stride(s->filters) + tiles.first * s->filters + f, s->filters, tiles.count,
                         s->channels, (s->filters - f < panel ? s->filters - f : panel) / LANES, 0);
            }
        }
        transform_outputs(s, m, bias, &group, out, argmax);
    }
}

/* Gradients for images `from` to `to`, the input's where x_gradient is not 0.

   kernel: transposed, (36, filters, channels). kernel_gradient: (36, filters, channels), or (rows, columns, channels,
   filters) for direct ones, which have no input gradient. */
static void convolution_backward(const struct convolution *s, const float *x, const float *kernel, const float *out,
                                   const float *gradient, const uint8_t *argmax, float *x_gradient,
                                   float *kernel_gradient, float *bias_gradient, int64_t from, int64_t to,
                                   float *workspace) {
    memset(bias_gradient, 0, (size_t)s->filters * sizeof(float));
    if (s->side) {
        const int64_t weights = s->side * s->side * s->channels * s->filters;
        memset(kernel_gradient, 0, (size_t)weights * sizeof(float));
        direct_backward(s, x, out, gradient, argmax, kernel_gradient, bias_gradient, from, to, workspace);
        return;
    }
    const int64_t v_stride = point_stride(s->channels), m_stride = point_stride(s->filters);
    float *v = workspace, *v_gradient = v + POINTS * v_stride, *m = v_gradient + POINTS * v_stride;
    const int64_t last = to * tiles_of(s), plane = s->channels * s->filters;
    const int64_t image = s->height * s->width * s->channels;
    int64_t begun = from; /* images whose input gradient was set to 0: when their first tile comes, to keep it near */
    for (int64_t first = from * tiles_of(s); first < last; first += TILES) {
        struct tile_group group;
        group_tiles(s, first, last - first < TILES ? last - first : TILES, &group);
        transform_inputs(s, x, &group, v);
        transform_outputs_backward(s, out, gradient, argmax, &group, m, bias_gradient);
        const int adding = first > from * tiles_of(s); /* to the kernel's gradient; the first ones write it */
        const int64_t next = first + group.count, after = next + TILES < last ? next + TILES : last;
        const struct rows inputs = inputs_of(s, x, next, after);
        const struct rows gradients = outputs_of(s, gradient, sizeof *gradient, next, after);
        const struct rows outs = outputs_of(s, s->relu ? out : 0, sizeof *out, next, after);
        const struct rows largest = outputs_of(s, s->pool ? argmax : 0, sizeof *argmax, next, after);
        for (int64_t p = 0; p < POINTS; p++) {
            prefetch_share(inputs, p, POINTS), prefetch_share(gradients, p, POINTS), prefetch_share(outs, p, POINTS), prefetch_share(largest, p, POINTS);
            const struct span tiles = tiles_with(&group, p);
            if (tiles.count == 0 && adding) continue;
            const float *m_own = m + p * m_stride + tiles.first * s->filters;
            const int64_t v_own = p * v_stride + tiles.first * s->channels;
            multiply(m_own, 1, s->filters, v + v_own, s->channels, kernel_gradient + p * plane, s->channels, s->filters,
                     tiles.count, s->channels / LANES, adding);
            if (x_gradient)
                multiply(m_own, s->filters, 1, kernel + p * plane, s->channels, v_gradient + v_own, s->channels,
                         tiles.count, s->filters, s->channels / LANES, 0);
        }
        for (; x_gradient && begun * tiles_of(s) < first + group.count; begun++)
            memset(x_gradient + begun * image, 0, (size_t)image * sizeof(float));
        if (x_gradient) transform_inputs_backward(s, v_gradient, &group, x_gradient);
    }
}

#endif
