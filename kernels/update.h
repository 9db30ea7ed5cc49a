/* Keras's update rules, one pass over weights, gradients and state.

   References: keras.optimizers; the state is kept as classlab/training/tensor/optimizers keeps it. */

#ifndef CLASSLAB_UPDATE_H
#define CLASSLAB_UPDATE_H

#include "vector.h"

enum rule { SGD, SGD_MOMENTUM, SGD_NESTEROV, ADAM, RMSPROP };

/* A rule with its constants, for members that differ in their rates alone. */
struct settings {
    int64_t rule;
    float first;   /* SGD: momentum; Adam: 1 - beta_1; RMSprop: rho */
    float second;  /* Adam: 1 - beta_2; RMSprop: 1 - rho */
    float epsilon;
    int64_t first_member, last_member; /* whose weights it moves: from, and up to but without */
};

/* One weight of every member: values, running mean of squares or velocity, running mean of the gradient. */
struct weight {
    float *value, *velocity, *momentum;
};

INLINE void update_vector(const int64_t rule, const struct settings *s, const struct weight *w, int64_t at, vec g,
                          vec rate, vec keep, vec mask, int whole) {
    vec old = load(w->value + at), value = _mm256_mul_ps(old, keep), v, m;
    switch (rule) {
        case SGD: value = _mm256_fnmadd_ps(rate, g, value); break;
        case SGD_MOMENTUM:
        case SGD_NESTEROV:
            m = load(w->velocity + at);
            v = _mm256_fnmadd_ps(rate, g, _mm256_mul_ps(m, all(s->first)));
            store(w->velocity + at, whole ? v : choose(mask, v, m));
            value = rule == SGD_MOMENTUM ? _mm256_add_ps(value, v)
                                         : _mm256_fnmadd_ps(rate, g, fma_(all(s->first), v, value));
            break;
        case ADAM: {
            vec old_m = load(w->momentum + at), old_v = load(w->velocity + at);
            m = fma_(_mm256_sub_ps(g, old_m), all(s->first), old_m);
            v = fma_(fma_(g, g, _mm256_sub_ps(_mm256_setzero_ps(), old_v)), all(s->second), old_v);
            store(w->momentum + at, whole ? m : choose(mask, m, old_m));
            store(w->velocity + at, whole ? v : choose(mask, v, old_v));
            vec root = _mm256_add_ps(_mm256_sqrt_ps(v), all(s->epsilon));
            value = _mm256_sub_ps(value, _mm256_div_ps(_mm256_mul_ps(rate, m), root));
            break;
        }
        default: { /* the running mean carries epsilon within it */
            vec old_v = load(w->velocity + at);
            v = fma_(fma_(g, g, all(s->epsilon)), all(s->second), _mm256_mul_ps(old_v, all(s->first)));
            store(w->velocity + at, whole ? v : choose(mask, v, old_v));
            value = _mm256_sub_ps(value, _mm256_div_ps(_mm256_mul_ps(rate, g), _mm256_sqrt_ps(v)));
        }
    }
    store(w->value + at, whole ? value : choose(mask, value, old));
}

INLINE void update_rows_by(const int64_t rule, const struct settings *s, const struct weight *w, int64_t at,
                           const float *gradient, int64_t rows, int64_t vectors, const float *rates,
                           const float *keeps, const float *masks, int64_t from, int64_t to) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t v = from; v < to; v++) {
            const int64_t lane = v * LANES, place = r * vectors * LANES + lane;
            update_vector(rule, s, w, at + place, load(gradient + place), load(rates + lane), load(keeps + lane),
                          load(masks + lane), v > from && v + 1 < to);
        }
}

/* Moves `rows` rows of `vectors` vectors that begin at `at` in the weight, their gradients at `gradient`.

   rates, keeps, masks: per lane of a row the rate, what weight decay leaves of a weight, and whether the rule's members
   sit there. Only vectors `from` to `to` have any. */
static void update_rows(const struct settings *s, const struct weight *w, int64_t at, const float *gradient,
                        int64_t rows, int64_t vectors, const float *rates, const float *keeps, const float *masks,
                        int64_t from, int64_t to) {
    switch (s->rule) {
        case SGD: update_rows_by(SGD, s, w, at, gradient, rows, vectors, rates, keeps, masks, from, to); break;
        case SGD_MOMENTUM:
            update_rows_by(SGD_MOMENTUM, s, w, at, gradient, rows, vectors, rates, keeps, masks, from, to);
            break;
        case SGD_NESTEROV:
            update_rows_by(SGD_NESTEROV, s, w, at, gradient, rows, vectors, rates, keeps, masks, from, to);
            break;
        case ADAM: update_rows_by(ADAM, s, w, at, gradient, rows, vectors, rates, keeps, masks, from, to); break;
        default: update_rows_by(RMSPROP, s, w, at, gradient, rows, vectors, rates, keeps, masks, from, to);
    }
}

#endif
