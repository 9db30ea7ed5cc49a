/* Keras's update rules, one pass over weights, gradients and state.

   References: keras.optimizers; the state is kept as classlab/training/tensor/optimizers keeps it. */

#ifndef CLASSLAB_UPDATE_H
#define CLASSLAB_UPDATE_H

#include "structures.h"
#include "vector.h"

/* What moves a row of weights, lane by lane: each array is as long as the row. */
struct lanes {
    const float *rates; /* step sizes */
    const float *keeps; /* what weight decay leaves of a weight */
    const float *masks; /* negative where the rule's members have their weights */
    int64_t from, to;   /* the vectors that have any */
};

/* Adam's running means of the gradient and of its square, this step's in them. */
INLINE void running_means(const struct settings *s, const struct weight *w, int64_t at, vec g, mask own, int whole,
                          vec *m, vec *v) {
    const vec old_m = load(w->momentum + at), old_v = load(w->velocity + at);
    *m = fmadd(g - old_m, all(s->first), old_m);
    *v = fmadd(fmadd(g, g, -old_v), all(s->second), old_v);
    store(w->momentum + at, whole ? *m : choose(own, *m, old_m));
    store(w->velocity + at, whole ? *v : choose(own, *v, old_v));
}

INLINE void update_vector(const int64_t rule, const struct settings *s, const struct weight *w, int64_t at, vec g,
                          vec rate, vec kept, mask own, int whole) {
    vec old = load(w->value + at), value = old * kept, v, m;
    switch (rule) {
    case SGD: value = fmadd(-rate, g, value); break;
    case SGD_MOMENTUM:
    case SGD_NESTEROV:
        m = load(w->velocity + at);
        v = fmadd(-rate, g, m * all(s->first));
        store(w->velocity + at, whole ? v : choose(own, v, m));
        value = rule == SGD_MOMENTUM ? value + v : fmadd(-rate, g, fmadd(all(s->first), v, value));
        break;
    case ADAM:
        running_means(s, w, at, g, own, whole, &m, &v);
        value = value - rate * m / (square_root(v) + all(s->epsilon));
        break;
    case ADAGRAD: {
        vec old_v = load(w->velocity + at);
        v = fmadd(g, g, old_v);
        store(w->velocity + at, whole ? v : choose(own, v, old_v));
        value = value - rate * g / square_root(v + all(s->epsilon));
        break;
    }
    case NADAM:
        running_means(s, w, at, g, own, whole, &m, &v);
        value = value - fmadd(rate, m, all(s->third) * g) / (square_root(v * all(s->fourth)) + all(s->epsilon));
        break;
    case RMSPROP_VARIANT: { /* centered where there is a second mean, with momentum where there is a first */
        vec old_v = load(w->velocity + at), root;
        v = fmadd(g * g, all(s->second), old_v * all(s->first));
        store(w->velocity + at, whole ? v : choose(own, v, old_v));
        root = v + all(s->epsilon);
        if (w->average) {
            const vec old_mean = load(w->average + at), mean = fmadd(g - old_mean, all(s->second), old_mean);
            store(w->average + at, whole ? mean : choose(own, mean, old_mean));
            root = fmadd(-mean, mean, root);
        }
        v = rate * g / square_root(root);
        if (w->momentum) {
            const vec old_m = load(w->momentum + at);
            v = fmadd(old_m, all(s->third), v);
            store(w->momentum + at, whole ? v : choose(own, v, old_m));
        }
        value = value - v;
        break;
    }
    default: { /* the running mean carries epsilon within it */
        vec old_v = load(w->velocity + at);
        v = fmadd(fmadd(g, g, all(s->epsilon)), all(s->second), old_v * all(s->first));
        store(w->velocity + at, whole ? v : choose(own, v, old_v));
        value = value - rate * g / square_root(v);
    }
    }
    store(w->value + at, whole ? value : choose(own, value, old));
}

INLINE void update_rows_by(const int64_t rule, const struct settings *s, const struct weight *w, int64_t at,
                           const float *gradient, int64_t rows, int64_t vectors, struct lanes lanes) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t v = lanes.from; v < lanes.to; v++) {
            const int64_t lane = v * LANES, place = r * vectors * LANES + lane;
            update_vector(rule, s, w, at + place, load(gradient + place), load(lanes.rates + lane),
                          load(lanes.keeps + lane), negative(load(lanes.masks + lane)),
                          v > lanes.from && v + 1 < lanes.to);
        }
}

/* Moves `rows` rows of `vectors` vectors that begin at `at` in the weight, their gradients at `gradient`. */
static void update_rows(const struct settings *s, const struct weight *w, int64_t at, const float *gradient,
                        int64_t rows, int64_t vectors, struct lanes lanes) {
    switch (s->rule) {
    case SGD: update_rows_by(SGD, s, w, at, gradient, rows, vectors, lanes); break;
    case SGD_MOMENTUM: update_rows_by(SGD_MOMENTUM, s, w, at, gradient, rows, vectors, lanes); break;
    case SGD_NESTEROV: update_rows_by(SGD_NESTEROV, s, w, at, gradient, rows, vectors, lanes); break;
    case ADAM: update_rows_by(ADAM, s, w, at, gradient, rows, vectors, lanes); break;
    case ADAGRAD: update_rows_by(ADAGRAD, s, w, at, gradient, rows, vectors, lanes); break;
    case NADAM: update_rows_by(NADAM, s, w, at, gradient, rows, vectors, lanes); break;
    case RMSPROP_VARIANT: update_rows_by(RMSPROP_VARIANT, s, w, at, gradient, rows, vectors, lanes); break;
    default: update_rows_by(RMSPROP, s, w, at, gradient, rows, vectors, lanes);
    }
}

#endif
