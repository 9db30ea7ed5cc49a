/* Activations that few networks have, number by number through the C library.

   Their derivatives are functions of what went in, which is therefore kept. */

#ifndef CLASSLAB_FURTHER_ACTIVATIONS_H
#define CLASSLAB_FURTHER_ACTIVATIONS_H

#include <math.h>

#include "activation.h"

#define SELU_SCALE 1.05070098735548049342f /* Klambauer et al. (2017) */
#define SELU_ALPHA 1.67326324235437728481f
#define ROOT_HALF 0.70710678118654752440f
#define DENSITY 0.39894228040143267794f /* of the standard normal distribution at 0 */

INLINE float logistic(float x) { return 1.0f / (1.0f + expf(-x)); }
INLINE float normal(float x) { return 0.5f * (1.0f + erff(x * ROOT_HALF)); }

INLINE float further(const int64_t kind, float x, float slope) {
    switch (kind) {
    case LEAKY_RELU: return x > 0.0f ? x : slope * x;
    case ELU: return x > 0.0f ? x : expm1f(x);
    case SELU: return SELU_SCALE * (x > 0.0f ? x : SELU_ALPHA * expm1f(x));
    case GELU: return x * normal(x);
    case SILU: return x * logistic(x);
    default: return x > 0.0f ? x + log1pf(expf(-x)) : log1pf(expf(x)); /* softplus */
    }
}

INLINE float further_slope(const int64_t kind, float x, float slope) {
    switch (kind) {
    case LEAKY_RELU: return x > 0.0f ? 1.0f : slope;
    case ELU: return x > 0.0f ? 1.0f : expf(x);
    case SELU: return SELU_SCALE * (x > 0.0f ? 1.0f : SELU_ALPHA * expf(x));
    case GELU: return normal(x) + x * DENSITY * expf(-0.5f * x * x);
    case SILU: return logistic(x) * (1.0f + x * (1.0f - logistic(x)));
    default: return logistic(x);
    }
}

/* Calls with the function as a constant. */
#define BY_FUNCTION(kind, CALL)               \
    switch (kind) {                           \
    case LEAKY_RELU: CALL(LEAKY_RELU); break; \
    case ELU: CALL(ELU); break;               \
    case SELU: CALL(SELU); break;             \
    case GELU: CALL(GELU); break;             \
    case SILU: CALL(SILU); break;             \
    default: CALL(SOFTPLUS);                  \
    }

static void activate_further(const float *x, float *y, int64_t count, int64_t kind, float slope) {
#define FORWARD(KIND) \
    for (int64_t i = 0; i < count; i++) y[i] = further(KIND, x[i], slope)
    BY_FUNCTION(kind, FORWARD)
#undef FORWARD
}

static void activate_further_backward(const float *x, const float *gradient, float *to, int64_t count, int64_t kind,
                                      float slope) {
#define BACKWARD(KIND) \
    for (int64_t i = 0; i < count; i++) to[i] = gradient[i] * further_slope(KIND, x[i], slope)
    BY_FUNCTION(kind, BACKWARD)
#undef BACKWARD
}

#endif
