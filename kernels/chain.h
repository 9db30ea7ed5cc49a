/* Training steps of networks that are a chain of layers: whole steps of one member, forward, back and update.

   A batch is taken in parts of a few images, and every part's gradient is computed by itself, from 0. Parts are added
   up in their order: so one thread that takes all of them, several that share them, and several that each train a
   member of their own arrive at the same bits. The values of a part stay in a core's caches. */

#ifndef CLASSLAB_CHAIN_H
#define CLASSLAB_CHAIN_H

#include "chain_layers.h"
#include "update.h"

#define UPDATED 8 /* vectors that are updated together: the length of weights is a multiple of so many */

/* Some share of what is made of a member's kernels before a step: transforms and transposed kernels. */
static void chain_prepare(const struct chain *net, const struct chain_member *m, int64_t task, int64_t tasks) {
    const float_mode before = flush_tiny();
    for (int64_t l = 0; l < net->layers; l++) {
        const struct chain_layer *own = net->layer + l;
        const float *kernel = m->weights.value + own->kernel;
        float *to = m->prepared + own->prepared;
        if (own->kind == CONVOLUTION && own->way == FILTERING) {
            const struct convolution s = convolution_of(own);
            const int64_t vectors = own->filters / LANES;
            convolution_kernel(&s, kernel, to, to + POINTS * own->channels * own->filters,
                               vectors * task / tasks * LANES, vectors * (task + 1) / tasks * LANES);
        } else if (own->wanted && own->kind == DENSE) {
            const int64_t vectors = (own->channels + LANES - 1) / LANES;
            const int64_t from = vectors * task / tasks * LANES, end = vectors * (task + 1) / tasks * LANES;
            const int64_t units = padded(own->filters), stop = end < own->channels ? end : own->channels;
            transpose(kernel + from * units, units, to + from, padded(own->channels), stop - from, own->filters);
        } else if (own->wanted && own->kind == CONVOLUTION && own->way == PLAIN && task == l % tasks) {
            plain_reversed(own, kernel, to);
        }
    }
    restore_mode(before);
}

static const uint32_t *seeds_of(const struct chain *net, const struct chain_steps *s, int64_t step) {
    return s->dropout ? s->dropout + step * net->layers : 0;
}

/* One part of a step's batch: its figures, and its gradient in `gradient`. */
static void chain_part(const struct chain *net, const struct images *x, const struct chain_member *m,
                       const struct chain_steps *s, int64_t step, int64_t part, float *room, float *gradient,
                       struct chain_figures *found) {
    const float_mode before = flush_tiny();
    const int64_t first = step * s->batch, left = s->images - first, count = left < s->batch ? left : s->batch;
    const int64_t from = part * net->part, own = count - from < net->part ? count - from : net->part;
    const int64_t *order = s->order + first + from;
    const struct chain_space space = space_of(net, room);
    *found = (struct chain_figures){0};
    const float *scores = chain_forward(net, x, m, &space, order, own, seeds_of(net, s, step), from);
    chain_loss(net, x, &space, scores, order, own, 1.0f / (float)count, found);
    chain_backward(net, m, &space, gradient, own, seeds_of(net, s, step), from);
    restore_mode(before);
}

static int64_t step_parts(const struct chain *net, const struct chain_steps *s, int64_t step) {
    const int64_t left = s->images - step * s->batch, count = left < s->batch ? left : s->batch;
    return (count + net->part - 1) / net->part;
}

static float penalty(const struct chain *net, const struct chain_member *m) {
    double found = 0.0;
    for (int64_t a = 0; a < net->arrays; a++) {
        const struct chain_array *own = net->array + a;
        double sum = 0.0, squares = 0.0;
        if (own->l1 == 0.0f && own->l2 == 0.0f) continue;
        for (const float *w = m->weights.value + own->at; w < m->weights.value + own->at + own->size; w++)
            sum += fabsf(*w), squares += (double)*w * *w;
        found += own->l1 * sum + own->l2 * squares;
    }
    return (float)found;
}

static double square_norm(const float *x, int64_t count) {
    double found = 0.0;
    for (int64_t i = 0; i < count; i++) found += (double)x[i] * x[i];
    return found;
}

static void shrink(float *x, int64_t count, double norm, float limit) {
    if (!(norm > limit)) return;
    const float factor = limit / (float)norm;
    for (int64_t i = 0; i < count; i++) x[i] *= factor;
}

/* Limits a whole gradient; of NaN nothing is left as it was. */
static void limit_gradient(const struct chain *net, const struct chain_member *m, float *gradient) {
    for (int64_t i = 0; m->value_limit < INFINITY && i < net->weights; i++) {
        if (gradient[i] > m->value_limit) gradient[i] = m->value_limit;
        if (gradient[i] < -m->value_limit) gradient[i] = -m->value_limit;
    }
    double total = 0.0;
    for (int64_t a = 0; a < net->arrays; a++) {
        float *own = gradient + net->array[a].at;
        const double square = square_norm(own, net->array[a].size);
        total += square;
        if (m->norm_limit < INFINITY) shrink(own, net->array[a].size, sqrt(square), m->norm_limit);
    }
    if (m->global_limit < INFINITY) shrink(gradient, net->weights, sqrt(total), m->global_limit);
}

/* Adds the later parts' gradients to the first part's, for weights `from` to `to`. */
static void add_parts(const struct chain *net, float *gradients, int64_t parts, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += LANES) {
        vec sum = load(gradients + i);
        for (int64_t p = 1; p < parts; p++) sum += load(gradients + p * net->weights + i);
        store(gradients + i, sum);
    }
}

static void add_figures(struct chain_figures *sum, const struct chain_figures *found) {
    sum->loss += found->loss, sum->correct += found->correct, sum->within += found->within;
}

static int64_t share_of(const struct chain *net, int64_t task, int64_t tasks) {
    return net->weights / (UPDATED * LANES) * task / tasks * UPDATED * LANES;
}

/* A share of what makes one part of several, of a batch that has more than there is memory for: what follows is added
   to it, in the same order as if all were there. */
static void chain_add(const struct chain *net, float *gradients, struct chain_figures *found, int64_t parts,
                      int64_t task, int64_t tasks) {
    const float_mode before = flush_tiny();
    for (int64_t p = 1; task == 0 && p < parts; p++) add_figures(found, found + p);
    add_parts(net, gradients, parts, share_of(net, task, tasks), share_of(net, task + 1, tasks));
    restore_mode(before);
}

/* Adds what penalties do to a gradient, for weights `from` to `to`. */
static void add_penalties(const struct chain *net, const struct chain_member *m, float *gradient, int64_t from,
                          int64_t to) {
    for (int64_t a = 0; a < net->arrays; a++) {
        const struct chain_array *own = net->array + a;
        if (own->l1 == 0.0f && own->l2 == 0.0f) continue;
        const int64_t first = own->at > from ? own->at : from,
                      end = own->at + own->size < to ? own->at + own->size : to;
        for (int64_t i = first; i < end; i++) {
            const float w = m->weights.value[i];
            gradient[i] += 2.0f * own->l2 * w + own->l1 * (float)((w > 0.0f) - (w < 0.0f));
        }
    }
}

static void move(const struct chain_member *m, const float *numbers, const float *gradient, int64_t from, int64_t to) {
    float rates[UPDATED * LANES], keeps[UPDATED * LANES], masks[UPDATED * LANES];
    struct settings rule = m->rule;
    for (int64_t i = 0; i < UPDATED * LANES; i++) rates[i] = numbers[0], keeps[i] = numbers[1], masks[i] = -1.0f;
    if (rule.rule == NADAM) rule.third = numbers[2], rule.fourth = numbers[3];
    update_rows(&rule, &m->weights, from, gradient + from, (to - from) / (UPDATED * LANES), UPDATED,
                (struct lanes){rates, keeps, masks, 0, UPDATED});
}

/* A share of a step's end: adds up its parts and moves the weights. The first share notes the figures too. Members with
   penalties or limits on their gradients are moved in one share: those look at all weights. */
static void chain_update(const struct chain *net, const struct chain_member *m, const struct chain_steps *s,
                         int64_t step, float *gradients, const struct chain_figures *found, int64_t parts, int64_t task,
                         int64_t tasks) {
    const float_mode before = flush_tiny();
    const int64_t from = share_of(net, task, tasks), to = share_of(net, task + 1, tasks);
    if (task == 0) {
        const int64_t left = s->images - step * s->batch, count = left < s->batch ? left : s->batch;
        struct chain_figures sum = {0};
        for (int64_t p = 0; p < parts; p++) add_figures(&sum, found + p);
        sum.loss += (double)penalty(net, m) * (double)count;
        add_figures(s->sums, &sum);
        if (!isfinite((float)sum.loss) && *s->first_bad_step < 0) *s->first_bad_step = step;
    }
    add_parts(net, gradients, parts, from, to);
    add_penalties(net, m, gradients, from, to);
    if (m->value_limit < INFINITY || m->norm_limit < INFINITY || m->global_limit < INFINITY)
        limit_gradient(net, m, gradients);
    move(m, s->numbers + 4 * step, gradients, from, to);
    restore_mode(before);
}

/* Takes steps of one member in the calling thread. `gradients` has room for two. */
static void chain_train(const struct chain *net, const struct images *x, const struct chain_member *m,
                        const struct chain_steps *s, float *room, float *gradients) {
    for (int64_t step = s->first; step < s->stop; step++) {
        struct chain_figures found[2];
        chain_prepare(net, m, 0, 1);
        chain_part(net, x, m, s, step, 0, room, gradients, found);
        for (int64_t p = 1; p < step_parts(net, s, step); p++) {
            chain_part(net, x, m, s, step, p, room, gradients + net->weights, found + 1);
            chain_add(net, gradients, found, 2, 0, 1);
        }
        chain_update(net, m, s, step, gradients, found, 1, 0, 1);
    }
}

/* Figures of some images, and their scores where they are wanted, (count, classes). */
static void chain_evaluate(const struct chain *net, const struct images *x, const struct chain_member *m,
                           const int64_t *order, int64_t count, float *room, float *scores,
                           struct chain_figures *found) {
    const float_mode before = flush_tiny();
    const struct chain_space space = space_of(net, room);
    for (int64_t from = 0; from < count; from += net->part) {
        const int64_t own = count - from < net->part ? count - from : net->part;
        const float *last = chain_forward(net, x, m, &space, order + from, own, 0, 0);
        if (scores) memcpy(scores + from * net->classes, last, (size_t)(own * net->classes) * sizeof(float));
        chain_loss(net, x, &space, last, order + from, own, 1.0f, found);
    }
    restore_mode(before);
}

/* One part of images without dropout, whose values stay in the room; where `gradient` is not 0, also the gradient of
   their mean loss. */
static void chain_look(const struct chain *net, const struct images *x, const struct chain_member *m,
                       const int64_t *order, int64_t count, float *room, float *gradient, float *scores) {
    const float_mode before = flush_tiny();
    const struct chain_space space = space_of(net, room);
    const float *last = chain_forward(net, x, m, &space, order, count, 0, 0);
    memcpy(scores, last, (size_t)(count * net->classes) * sizeof(float));
    if (gradient) {
        struct chain_figures found = {0};
        chain_loss(net, x, &space, last, order, count, 1.0f / (float)count, &found);
        chain_backward(net, m, &space, gradient, count, 0, 0);
    }
    restore_mode(before);
}

#endif
