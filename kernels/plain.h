/* Convolutions on images of few channels: the plain sum, whose inner loop runs over filters. */

#ifndef CLASSLAB_PLAIN_H
#define CLASSLAB_PLAIN_H

#include <string.h>

#include "endings.h"

#define MOST_SUMS 12 /* vectors of sums at a time: so many places times vectors of filters stay in registers */

/* The sums of some places beside each other, `apart` from one another in the image: taps of one row lie side by side in
   a channels-last image. */
INLINE void plain_sums(const struct convolution *s, const int places, const int nv, const float *x, int64_t apart,
                       const float *kernel, vec sums[]) {
    const int64_t taps = s->side * s->channels;
    for (int64_t r = 0; r < s->side; r++)
        for (int64_t k = 0; k < taps; k++) {
            const float *own = kernel + (r * taps + k) * s->filters;
            vec weights[4];
            UNROLLED
            for (int v = 0; v < nv; v++) weights[v] = load(own + v * LANES);
            UNROLLED
            for (int i = 0; i < places; i++) {
                const vec value = one_of(x + r * s->width * s->channels + k + i * apart);
                UNROLLED
                for (int v = 0; v < nv; v++) sums[i * nv + v] = fma_(value, weights[v], sums[i * nv + v]);
            }
        }
}

/* Some outputs beside each other. */
INLINE void plain_outputs(const struct convolution *s, const int places, const int nv, const float *x,
                          const float *kernel, const float *bias, float *out, uint8_t *where) {
    const int64_t step = s->pool ? 2 : 1;
    vec most[MOST_SUMS];
    __m256i largest[MOST_SUMS];
    for (int64_t w = 0; w < step * step; w++) {
        vec sums[MOST_SUMS];
        UNROLLED
        for (int i = 0; i < places; i++)
            UNROLLED
            for (int v = 0; v < nv; v++) sums[i * nv + v] = load(bias + v * LANES);
        plain_sums(s, places, nv, x + (w / 2 * s->width + w % 2) * s->channels, step * s->channels, kernel, sums);
        UNROLLED
        for (int i = 0; i < places * nv; i++) {
            const vec more = exceeds(sums[i], most[i]);
            most[i] = w ? choose(more, sums[i], most[i]) : sums[i];
            largest[i] = w ? _mm256_blendv_epi8(largest[i], _mm256_set1_epi32((int)w), _mm256_castps_si256(more))
                           : _mm256_setzero_si256();
        }
    }
    UNROLLED
    for (int i = 0; i < places; i++)
        UNROLLED
        for (int v = 0; v < nv; v++) {
            const int64_t to = i * s->filters + v * LANES;
            const vec value = most[i * nv + v];
            store(out + to, s->relu ? rectified(value, _mm256_setzero_ps()) : value);
            if (where && s->pool) store_places(where + to, largest[i * nv + v]);
        }
}

INLINE void plain_forward(const struct convolution *s, const int places, const int nv, int64_t f, const float *x,
                          const float *kernel, const float *bias, float *out, uint8_t *where, int64_t from,
                          int64_t to) {
    const int64_t step = s->pool ? 2 : 1;
    for (int64_t n = from; n < to; n++)
        for (int64_t row = 0; row < s->out_rows; row++)
            for (int64_t column = 0; column < s->out_columns;) {
                const int64_t at = ((n * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                const float *own = x + ((n * s->height + row * step) * s->width + column * step) * s->channels;
#define OUTPUTS(PLACES_)                                                                                    \
    plain_outputs(s, PLACES_, nv, own, kernel + f, bias + f, out + at, where ? where + at : 0), column += PLACES_
                if (s->out_columns - column >= places) OUTPUTS(places);
                else OUTPUTS(1);
#undef OUTPUTS
            }
}

/* Row by row: what ReLU and pooling let through to a row of outputs, times the taps that it was made of. */
static void plain_backward(const struct convolution *s, const float *x, const float *out, const float *gradient,
                           const uint8_t *where, float *kernel, float *bias, int64_t from, int64_t to, float *room) {
    const int64_t taps = s->side * s->channels, step = s->pool ? 2 : 1, across = s->width * s->channels;
    for (int64_t row = from * s->out_rows; row < to * s->out_rows; row++)
        for (int64_t w = 0; w < step * step; w++) {
            const int64_t image = row / s->out_rows, y = row % s->out_rows * step + w / 2;
            const int64_t length = s->out_columns * s->filters, own = row * length;
            for (int64_t at = own; at < own + length; at += LANES) {
                vec g = load(gradient + at);
                if (s->relu) g = where_lit(load(out + at), g);
                if (s->pool) g = _mm256_and_ps(place_is(load_places(where + at), (int)w), g);
                store(room + at - own, g);
            }
            for (int64_t f = 0; f < s->filters; f += LANES) {
                vec sum = load(bias + f);
                for (int64_t at = f; at < length; at += s->filters) sum = plus(sum, load(room + at));
                store(bias + f, sum);
            }
            for (int64_t r = 0; r < s->side; r++)
                multiply(x + (image * s->height + y + r) * across + w % 2 * s->channels, 1, step * s->channels, room,
                         s->filters, kernel + r * taps * s->filters, s->filters, taps, s->out_columns,
                         s->filters / LANES, 1);
        }
}

#endif
