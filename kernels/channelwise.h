/* What follows a convolution, in as few passes over memory as it takes.

   A convolution itself is left to PyTorch's library. What stands between two of them (normalization over the batch,
   the shortcut of a residual block, ReLU, pooling, dropout) has next to no arithmetic: its time is that of reading and
   writing, and computed layer by layer it takes longer than the convolutions. Here the way forward reads a
   convolution's values twice where they are normalized (once for the statistics), else once, and writes what the next
   convolution reads; the way back reads them twice and writes the gradient.

   Values are float or bfloat16; arithmetic is float, statistics are put together in double.

   References: Ioffe & Szegedy (2015) for the gradient of a normalization; Chan, Golub & LeVeque (1983) for putting
   together the moments of parts. */

#ifndef CLASSLAB_CHANNELWISE_H
#define CLASSLAB_CHANNELWISE_H

#include <math.h>
#include <string.h>

#include "parallel.h"
#include "random_bits.h"
#include "vector.h"

/* Parts that statistics are summed in: a fixed number, so that sums do not depend on the number of threads. */
enum { PARTS = 16 };

static int64_t parts_of(const struct channelwise *s) { return s->images < PARTS ? s->images : PARTS; }

typedef uint16_t halves __attribute__((vector_size(2 * LANES)));
typedef uint16_t halves_anywhere __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

INLINE vec widened(halves h) { return (vec)(__builtin_convertvector(h, bits) << 16); }

/* To the nearest bfloat16, of two as near to the even one; what is no number stays none. */
INLINE halves narrowed(vec x) {
    const bits b = (bits)x;
    const bits rounded = (b + 0x7fff + ((b >> 16) & 1)) >> 16;
    const bits none = (bits)(x != x);
    return __builtin_convertvector((none & ((b >> 16) | 0x40)) | (~none & rounded), halves);
}

/* x where a lane is all ones, else 0 */
INLINE vec kept(ints where, vec x) { return (vec)(where & (ints)x); }

#define VALUE float
#define OF(name) name##_float
INLINE vec load_value_float(const float *p, int64_t n) {
    if (n == LANES) return load(p);
    vec x = {0};
    memcpy(&x, p, (size_t)n * sizeof *p);
    return x;
}
INLINE void store_value_float(float *p, vec x, int64_t n) {
    if (n == LANES) store(p, x);
    else memcpy(p, &x, (size_t)n * sizeof *p);
}
#include "channelwise_of.h"
#undef VALUE
#undef OF

#define VALUE uint16_t
#define OF(name) name##_bfloat16
INLINE vec load_value_bfloat16(const uint16_t *p, int64_t n) {
    if (n == LANES) return widened(*(const halves_anywhere *)p);
    halves h = {0};
    memcpy(&h, p, (size_t)n * sizeof *p);
    return widened(h);
}
INLINE void store_value_bfloat16(uint16_t *p, vec x, int64_t n) {
    const halves h = narrowed(x);
    if (n == LANES) *(halves_anywhere *)p = h;
    else memcpy(p, &h, (size_t)n * sizeof *p);
}
#include "channelwise_of.h"
#undef VALUE
#undef OF

static double positions_of(const struct channelwise *s) { return (double)(s->images * s->rows * s->columns); }

/* Mean and variance of a channel from those of the parts, each with as many values as it has images. */
static void put_together(const struct channelwise *s, double *mean, double *variance, int64_t channel) {
    const int64_t parts = parts_of(s), c = s->channels;
    double count = 0, middle = 0, squares = 0;
    for (int64_t part = 0; part < parts; part++) {
        const double own = (double)((s->images * (part + 1) / parts - s->images * part / parts) * s->rows * s->columns);
        const double apart = s->room[part * 2 * c + channel] - middle;
        squares += s->room[(part * 2 + 1) * c + channel] + apart * apart * count * own / (count + own);
        count += own;
        middle += apart * own / count;
    }
    const vec first = s->bfloat16 ? load_value_bfloat16((const uint16_t *)s->x + channel, 1)
                                  : load_value_float((const float *)s->x + channel, 1);
    *mean = (double)first[0] + middle;             /* the parts' means are relative to it */
    *variance = squares < 0 ? 0 : squares / count; /* no less than 0 by rounding; what is no number stays none */
}

/* What is taken from a value, what it is multiplied by and what is added, so that it is normalized, scaled by gamma and
   shifted by beta. Taken from it, because a value near a large mean has few bits that tell them apart, and these are
   exact in the difference; what the mean loses as a float is made up for in what is added. */
static void find_scales(const struct channelwise *s) {
    const int64_t c = s->channels;
    float *mean = s->saved, *lost = mean + c, *inverse = lost + c, *scale = inverse + c, *shift = scale + c;
    for (int64_t channel = 0; channel < c; channel++) {
        double middle = 0, variance = 0;
        if (s->normalize == 1) {
            put_together(s, &middle, &variance, channel);
            s->moving_mean[channel] += s->rest * ((float)middle - s->moving_mean[channel]);
            s->moving_variance[channel] += s->rest * ((float)variance - s->moving_variance[channel]);
        } else {
            middle = s->moving_mean[channel];
            variance = s->moving_variance[channel];
        }
        mean[channel] = (float)middle;
        lost[channel] = (float)(middle - mean[channel]);
        inverse[channel] = (float)(1 / sqrt(variance + (double)s->epsilon));
        scale[channel] = inverse[channel] * (s->gamma ? s->gamma[channel] : 1.0f);
        shift[channel] = (s->beta ? s->beta[channel] : 0.0f) - lost[channel] * scale[channel];
    }
}

static void channelwise_forward(const struct channelwise *s) {
    void *const of = (void *)(uintptr_t)s;
    if (s->normalize == 1) in_parallel(&s->threads, s->bfloat16 ? moments_bfloat16 : moments_float, of, parts_of(s));
    if (s->normalize) find_scales(s);
    in_parallel(&s->threads, s->bfloat16 ? forward_bfloat16 : forward_float, of, s->images);
}

/* With g the gradient behind the normalization, y the normalized values and n their number per channel:
   gradient of gamma = sum(g y), of beta = sum(g), of x = scale * (g - sum(g) / n - y * sum(g y) / n). The last is
   written as scale * g + slope * (x - mean) + base; `room` holds slope and base behind the parts' sums. Moving
   statistics do not depend on x: then slope and base are 0. */
static void find_slopes(const struct channelwise *s) {
    const int64_t parts = parts_of(s), c = s->channels;
    const float *lost = s->saved + c, *inverse = lost + c, *scale = inverse + c;
    float *slope = s->room + PARTS * 2 * c, *base = slope + c;
    for (int64_t channel = 0; channel < c; channel++) {
        double sum = 0, along = 0;
        for (int64_t part = 0; part < parts; part++) {
            sum += s->room[part * 2 * c + channel];
            along += s->room[(part * 2 + 1) * c + channel];
        }
        along = (along - lost[channel] * sum) * inverse[channel];
        if (s->beta_gradient) s->beta_gradient[channel] = (float)sum;
        if (s->gamma_gradient) s->gamma_gradient[channel] = (float)along;
        const double share = s->normalize == 1 ? -scale[channel] / positions_of(s) : 0;
        slope[channel] = (float)(share * inverse[channel] * along);
        base[channel] = (float)(share * (sum - lost[channel] * inverse[channel] * along));
    }
}

static void channelwise_backward(const struct channelwise *s) {
    void *const of = (void *)(uintptr_t)s;
    struct channelwise next = *s;
    if (s->normalize) {
        in_parallel(&s->threads, s->bfloat16 ? sums_bfloat16 : sums_float, of, parts_of(s));
        find_slopes(s);
        if (s->other_gradient) {
            /* The sums have passed dropout and ReLU already, and left there what did. */
            next.gradient = s->other_gradient;
            next.relu = 0;
            next.dropout.below = 0;
            next.other_gradient = 0;
        }
    }
    if (next.x_gradient) in_parallel(&s->threads, s->bfloat16 ? backward_bfloat16 : backward_float, &next, s->images);
}

struct dropped {
    const struct dropout *d;
    const void *x;
    void *y;
    int64_t count, bfloat16;
};

enum { TOGETHER = 1 << 14 }; /* values of a part; a multiple of LANES */

static void drop_part(void *of, int64_t place) {
    const struct dropped *w = of;
    const int64_t from = place * TOGETHER, to = from + TOGETHER < w->count ? from + TOGETHER : w->count;
    for (int64_t i = from; i < to; i += LANES) {
        const int64_t n = to - i < LANES ? to - i : LANES;
        const vec factor = kept_factor(w->d, (uint32_t)i);
        if (w->bfloat16)
            store_value_bfloat16((uint16_t *)w->y + i, load_value_bfloat16((const uint16_t *)w->x + i, n) * factor, n);
        else store_value_float((float *)w->y + i, load_value_float((const float *)w->x + i, n) * factor, n);
    }
}

/* y = x where a value is kept, times the factor, and 0 elsewhere; the way back is the same. */
static void drop(const struct threads *threads, const struct dropout *d, const void *x, void *y, int64_t count,
                 int64_t bfloat16) {
    struct dropped w = {d, x, y, count, bfloat16};
    in_parallel(threads, drop_part, &w, (count + TOGETHER - 1) / TOGETHER);
}

#endif
