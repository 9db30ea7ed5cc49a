/* Direct convolution, for images of few channels: the sum itself, whose inner loop runs over filters. */

#ifndef CLASSLAB_DIRECT_CONVOLUTION_H
#define CLASSLAB_DIRECT_CONVOLUTION_H

#include <string.h>

#include "epilogue.h"

#define MOST_SUMS 12 /* vectors of sums at a time: so many outputs times vectors of filters stay in registers */

/* The sums of some outputs beside each other, `apart` from one another in the image: taps of one row lie side by side in
   a channels-last image. */
INLINE void direct_sums(const struct convolution *s, const int count, const int nv, const float *x, int64_t apart,
                       const float *kernel, vec sums[]) {
    const int64_t taps = s->side * s->channels;
    for (int64_t r = 0; r < s->side; r++)
        for (int64_t k = 0; k < taps; k++) {
            const float *own = kernel + (r * taps + k) * s->filters;
            vec weights[4];
            UNROLLED
            for (int v = 0; v < nv; v++) weights[v] = load(own + v * LANES);
            UNROLLED
            for (int i = 0; i < count; i++) {
                const vec value = all(x[r * s->width * s->channels + k + i * apart]);
                UNROLLED
                for (int v = 0; v < nv; v++) sums[i * nv + v] = fmadd(value, weights[v], sums[i * nv + v]);
            }
        }
}

/* Some outputs beside each other. */
INLINE void direct_outputs(const struct convolution *s, const int count, const int nv, const float *x,
                          const float *kernel, const float *bias, float *out, uint8_t *argmax) {
    const int64_t step = s->pool ? 2 : 1;
    vec most[MOST_SUMS];
    ints largest[MOST_SUMS];
    for (int64_t w = 0; w < step * step; w++) {
        vec sums[MOST_SUMS];
        UNROLLED
        for (int i = 0; i < count; i++)
            UNROLLED
            for (int v = 0; v < nv; v++) sums[i * nv + v] = load(bias + v * LANES);
        direct_sums(s, count, nv, x + (w / 2 * s->width + w % 2) * s->channels, step * s->channels, kernel, sums);
        UNROLLED
        for (int i = 0; i < count * nv; i++) {
            if (w == 0) {
                most[i] = sums[i], largest[i] = all_ints(0);
                continue;
            }
            const mask more = exceeds(sums[i], most[i]);
            most[i] = choose(more, sums[i], most[i]);
            largest[i] = choose_ints(more, all_ints((int32_t)w), largest[i]);
        }
    }
    UNROLLED
    for (int i = 0; i < count; i++)
        UNROLLED
        for (int v = 0; v < nv; v++) {
            const int64_t to = i * s->filters + v * LANES;
            const vec value = most[i * nv + v];
            store(out + to, s->relu ? rectified(value, all(0.0f)) : value);
            if (argmax && s->pool) store_bytes(argmax + to, largest[i * nv + v]);
        }
}

INLINE void direct_forward(const struct convolution *s, const int count, const int nv, int64_t f, const float *x,
                          const float *kernel, const float *bias, float *out, uint8_t *argmax, int64_t from,
                          int64_t to) {
    const int64_t step = s->pool ? 2 : 1;
    for (int64_t n = from; n < to; n++)
        for (int64_t row = 0; row < s->out_rows; row++)
            for (int64_t column = 0; column < s->out_columns;) {
                const int64_t at = ((n * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                const float *own = x + ((n * s->height + row * step) * s->width + column * step) * s->channels;
#define OUTPUTS(NUMBER)                                                                                    \
    direct_outputs(s, NUMBER, nv, own, kernel + f, bias + f, out + at, argmax ? argmax + at : 0), column += NUMBER
                if (s->out_columns - column >= count) OUTPUTS(count);
                else OUTPUTS(1);
#undef OUTPUTS
            }
}

/* Row by row: what ReLU and pooling let through to a row of outputs, times the taps that it was made of. */
static void direct_backward(const struct convolution *s, const float *x, const float *out, const float *gradient,
                           const uint8_t *argmax, float *kernel, float *bias, int64_t from, int64_t to, float *workspace) {
    const int64_t taps = s->side * s->channels, step = s->pool ? 2 : 1, across = s->width * s->channels;
    for (int64_t row = from * s->out_rows; row < to * s->out_rows; row++)
        for (int64_t w = 0; w < step * step; w++) {
            const int64_t image = row / s->out_rows, y = row % s->out_rows * step + w / 2;
            const int64_t length = s->out_columns * s->filters, own = row * length;
            for (int64_t at = own; at < own + length; at += LANES) {
                vec g = load(gradient + at);
                if (s->relu) g = relu_backward(load(out + at), g);
                if (s->pool) g = keep(equal(load_bytes(argmax + at), all_ints((int32_t)w)), g);
                store(workspace + at - own, g);
            }
            for (int64_t f = 0; f < s->filters; f += LANES) {
                vec sum = load(bias + f);
                for (int64_t at = f; at < length; at += s->filters) sum = sum + load(workspace + at);
                store(bias + f, sum);
            }
            for (int64_t r = 0; r < s->side; r++)
                multiply(x + (image * s->height + y + r) * across + w % 2 * s->channels, 1, step * s->channels, workspace,
                         s->filters, kernel + r * taps * s->filters, s->filters, taps, s->out_columns,
                         s->filters / LANES, 1);
        }
}

#endif
