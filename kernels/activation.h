/* Activations and their derivatives, by exponentials of whole vectors. */

#ifndef CLASSLAB_ACTIVATION_H
#define CLASSLAB_ACTIVATION_H

#include "structures.h"
#include "vector.h"

/* e^x within 2 units in the last place; 0 below -87.3, and NaN stays NaN.
   Range reduction by ln 2 in two parts, then a polynomial of degree 6 (S. Moshier, Cephes, expf). */
INLINE vec exponential(vec x) {
    const vec low = all(-87.33654f), high = all(88.72283f);
    vec y = larger(low, smaller(high, x));
    vec n = nearest(y * all(1.44269504f));
    y = fmadd(-n, all(0.693359375f), y);
    y = fmadd(-n, all(-2.12194440e-4f), y);
    vec p = fmadd(all(1.9875691500e-4f), y, all(1.3981999507e-3f));
    p = fmadd(p, y, all(8.3334519073e-3f));
    p = fmadd(p, y, all(4.1665795894e-2f));
    p = fmadd(p, y, all(1.6666665459e-1f));
    p = fmadd(p, y, all(5.0000001201e-1f));
    p = fmadd(p, y * y, y) + all(1.0f);
    /* 2^n in two factors: n reaches 128, which one exponent field cannot hold */
    const ints power = whole(n), half = power >> 1, rest = power - half;
    const vec scaled = p * (vec)(((bits)half + 127u) << 23) * (vec)(((bits)rest + 127u) << 23);
    return clear(less(x, low), scaled);
}

INLINE vec sigmoid(vec x) { return all(1.0f) / (all(1.0f) + exponential(-x)); }

/* Near 0 the difference of exponentials would cancel: there an odd polynomial (Cephes, tanhf). */
INLINE vec hyperbolic_tangent(vec x) {
    const vec size = absolute(x), square = x * x;
    const vec far = all(1.0f) - all(2.0f) / (exponential(size + size) + all(1.0f));
    const vec far_signed = (vec)((bits)far | ((bits)x & 0x80000000u));
    vec p = fmadd(all(-5.70498872745e-3f), square, all(2.06390887954e-2f));
    p = fmadd(p, square, all(-5.37397155531e-2f));
    p = fmadd(p, square, all(1.33314422036e-1f));
    p = fmadd(p, square, all(-3.33332819422e-1f));
    return choose(less(size, all(0.625f)), fmadd(p * square, x, x), far_signed);
}

/* y above the limit, else 0; the comparison, not the maximum, leaves NaN what it is. */
INLINE vec rectified(vec y, vec limit) { return clear(at_most(y, limit), y); }
INLINE vec relu_backward(vec y, vec gradient) { return clear(at_most(y, all(0.0f)), gradient); }

static void activate(float *x, int64_t count, int64_t kind) {
    switch (kind) {
    case RELU:
        for (int64_t i = 0; i < count; i += LANES) store(x + i, rectified(load(x + i), all(0.0f)));
        break;
    case SIGMOID:
        for (int64_t i = 0; i < count; i += LANES) store(x + i, sigmoid(load(x + i)));
        break;
    case TANH:
        for (int64_t i = 0; i < count; i += LANES) store(x + i, hyperbolic_tangent(load(x + i)));
        break;
    default: break;
    }
}

INLINE vec times_derivative(const int64_t kind, vec gradient, vec y) {
    switch (kind) {
    case RELU: return relu_backward(y, gradient);
    case SIGMOID: return gradient * (y * (all(1.0f) - y));
    case TANH: return gradient * fmadd(-y, y, all(1.0f));
    default: return gradient;
    }
}

/* Replaces values y by gradient * derivative at y. y has rows of y_row, of which `units` columns are one member's. */
static void activate_backward(float *y, int64_t y_row, const float *gradient, int64_t g_row, int64_t rows,
                              int64_t units, int64_t kind) {
    const mask tail = first_lanes(units % LANES);
    for (int64_t i = 0; i < rows; i++) {
        float *own = y + i * y_row;
        int64_t c = 0;
        for (; c + LANES <= units; c += LANES)
            store(own + c, times_derivative(kind, load(gradient + i * g_row + c), load(own + c)));
        if (c < units) {
            const vec old = load(own + c);
            store(own + c, choose(tail, times_derivative(kind, load(gradient + i * g_row + c), old), old));
        }
    }
}

#endif
