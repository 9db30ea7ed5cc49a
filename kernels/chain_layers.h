/* The layers of networks that are a chain: one member's values forward, and their gradients back. */

#ifndef CLASSLAB_CHAIN_LAYERS_H
#define CLASSLAB_CHAIN_LAYERS_H

#include "convolution.h"
#include "dense.h"
#include "further_activations.h"
#include "plain_convolution.h"
#include "pooling.h"
#include "random_bits.h"
#include "whole_image.h"

static int64_t leaving(const struct chain_layer *l) { return l->rows * l->columns * l->filters; }

static struct convolution convolution_of(const struct chain_layer *l) {
    return (struct convolution){.height = l->height,
                                .width = l->width,
                                .channels = l->channels,
                                .rows = l->height - l->window_rows + 1,
                                .columns = l->width - l->window_columns + 1,
                                .filters = l->filters,
                                .out_rows = l->rows,
                                .out_columns = l->columns,
                                .pool = l->pool,
                                .relu = l->relu,
                                .side = l->way == DIRECT ? l->window_rows : 0};
}

/* Floats that a layer needs to work in. */
static int64_t layer_work(const struct chain_layer *l, int64_t images) {
    const int64_t units = images * padded(l->filters), inputs = images * padded(l->channels);
    if (l->kind == DENSE) return padded(units) + padded(inputs) + 2 * LANES;
    if (l->kind != CONVOLUTION) return 0;
    if (l->way == PLAIN) return plain_work(l);
    const struct convolution s = convolution_of(l);
    return padded(convolution_workspace(&s)) + (l->way == FILTERING ? POINTS * l->channels * l->filters : 0) +
           padded(l->filters) + LANES;
}

/* What a part works on. */
struct chain_space {
    float *values, *gradients[2], *work;
    uint8_t *argmax;
};

static int64_t most_work(const struct chain *net) {
    int64_t most = 0;
    for (int64_t l = 0; l < net->layers; l++) {
        const int64_t own = layer_work(net->layer + l, net->part);
        most = own > most ? own : most;
    }
    return padded(most);
}

/* Floats that `room` has: for the values of a part, their gradients, and to work in. */
static int64_t chain_room(const struct chain *net) {
    const int64_t values = padded(net->part * net->values) + LANES, widest = padded(net->part * net->widest) + LANES;
    return values + 2 * widest + most_work(net) + padded(net->part * net->bytes / (int64_t)sizeof(float) + 1) + LANES;
}

static struct chain_space space_of(const struct chain *net, float *room) {
    const int64_t values = padded(net->part * net->values) + LANES, widest = padded(net->part * net->widest) + LANES;
    float *work = room + values + 2 * widest;
    return (struct chain_space){
        room, {room + values, room + values + widest}, work, (uint8_t *)(work + most_work(net))};
}

/* ------------------------------------------------------------------ forward ------------------------------------ */

static void scale_images(const struct images *x, const int64_t *order, int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++) scale_image(x, order[i], to + i * x->inputs);
}

static void softmax_rows(const float *x, float *y, int64_t rows, int64_t classes) {
    for (int64_t r = 0; r < rows; r++, x += classes, y += classes) {
        float most = x[0], sum = 0.0f;
        for (int64_t c = 1; c < classes; c++) most = x[c] > most || x[c] != x[c] ? x[c] : most;
        for (int64_t c = 0; c < classes; c++) sum += y[c] = expf(x[c] - most);
        for (int64_t c = 0; c < classes; c++) y[c] /= sum;
    }
}

static void softmax_rows_backward(const float *y, float *gradient, int64_t rows, int64_t classes) {
    for (int64_t r = 0; r < rows; r++, y += classes, gradient += classes) {
        float sum = 0.0f;
        for (int64_t c = 0; c < classes; c++) sum += gradient[c] * y[c];
        for (int64_t c = 0; c < classes; c++) gradient[c] = y[c] * (gradient[c] - sum);
    }
}

/* x to y with some values dropped, `place` values into the member's batch; places repeat after 2^32 of them. */
static void drop_values(const struct chain_layer *l, const float *x, float *y, int64_t count, uint32_t seed,
                        int64_t place) {
    const struct dropout d = {seed, (uint32_t)l->below, l->factor};
    for (int64_t i = 0; i < count; i += LANES) {
        const vec kept = load(x + i) * kept_factor(&d, (uint32_t)(place + i));
        if (i + LANES <= count) store(y + i, kept);
        else
            for (int64_t k = 0; i + k < count; k++) y[i + k] = kept[k];
    }
}

static void dense_forward(const struct chain_layer *l, const float *x, const float *kernel, const float *bias,
                          float *out, int64_t images, float *work) {
    const int64_t units = padded(l->filters);
    float *to = units == l->filters ? out : work;
    product(x, l->channels, 1, kernel, units, to, units, images, l->channels, units / LANES, bias, 0);
    if (to == work) refit(work, units, out, l->filters, images);
}

/* One layer of some images. `seed` is dropout's, or 0 where nothing is dropped; `place` the first image's. */
static void layer_forward(const struct chain_layer *l, const struct chain_member *m, const struct chain_space *space,
                          int64_t images, const uint32_t *seed, int64_t place) {
    const float *x = space->values + l->input * images;
    float *y = space->values + l->output * images;
    const int64_t count = images * leaving(l);
    const float *kernel = m->weights.value + l->kernel, *bias = l->bias < 0 ? 0 : m->weights.value + l->bias;
    uint8_t *argmax = space->argmax + l->argmax * images;
    switch (l->kind) {
    case CONVOLUTION:
        if (l->way == PLAIN) {
            plain_forward(l, x, kernel, bias, y, images, space->work);
        } else {
            const struct convolution s = convolution_of(l);
            convolution_forward(&s, x, l->way == DIRECT ? kernel : m->prepared + l->prepared, bias, y,
                                l->pool ? argmax : 0, 0, images, space->work);
        }
        break;
    case MAX_POOLING: max_pool(l, x, y, argmax, images); break;
    case AVERAGE_POOLING: average_pool(l, x, y, images); break;
    case ACTIVATION:
        if (l->function > TANH) {
            activate_further(x, y, count, l->function, l->factor);
        } else {
            if (x != y) memcpy(y, x, (size_t)count * sizeof(float));
            activate(y, count, l->function); /* reaches into what is filled afterwards */
        }
        break;
    case SOFTMAX: softmax_rows(x, y, images * l->rows * l->columns, l->filters); break;
    case DROPOUT:
        if (seed) drop_values(l, x, y, count, *seed, place * leaving(l));
        else memcpy(y, x, (size_t)count * sizeof(float));
        break;
    default: dense_forward(l, x, kernel, bias, y, images, space->work);
    }
}

/* Leaves every layer's values in the space, and returns the scores. */
static const float *chain_forward(const struct chain *net, const struct images *x, const struct chain_member *m,
                                  const struct chain_space *space, const int64_t *order, int64_t images,
                                  const uint32_t *seeds, int64_t place) {
    scale_images(x, order, images, space->values);
    for (int64_t l = 0; l < net->layers; l++)
        layer_forward(net->layer + l, m, space, images, seeds ? seeds + l : 0, place);
    return space->values + net->layer[net->layers - 1].output * images;
}

/* ------------------------------------------------------------------ loss ---------------------------------------- */

/* Mean over classes of (score - target)^2; see softmax_cross_entropy. */
static double mean_squared_error(float *scores, int64_t classes, const int32_t *labels, const float *weights,
                                 const int64_t *order, int64_t count, float share, int64_t *correct) {
    double loss = 0.0;
    for (int64_t i = 0; i < count; i++, scores += classes) {
        const int32_t label = labels[order[i]];
        const float score = scores[label], own_share = weights ? share * weights[label] : share;
        float sum = 0.0f;
        int hit = score == score;
        for (int64_t c = 0; c < classes; c++) {
            if (c < label ? scores[c] >= score : scores[c] > score) hit = 0;
            const float off = scores[c] - (c == label ? 1.0f : 0.0f);
            sum += off * off;
            scores[c] = off * (2.0f * own_share / (float)classes);
        }
        *correct += hit;
        const float cost = sum / (float)classes;
        loss += (double)(weights ? weights[label] * cost : cost);
    }
    return loss;
}

static int64_t labels_within(const float *scores, int64_t classes, const int32_t *labels, const int64_t *order,
                             int64_t count, int64_t most) {
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++, scores += classes) {
        int64_t above = 0;
        for (int64_t c = 0; c < classes; c++) above += scores[c] > scores[labels[order[i]]];
        found += above < most;
    }
    return found;
}

/* What the scores are worth; their gradient comes into the first of the two rooms for gradients. */
static void chain_loss(const struct chain *net, const struct images *x, const struct chain_space *space,
                       const float *from, const int64_t *order, int64_t count, float share,
                       struct chain_figures *found) {
    float *scores = space->gradients[0];
    memcpy(scores, from, (size_t)(count * net->classes) * sizeof(float));
    if (net->within) found->within += labels_within(scores, net->classes, x->labels, order, count, net->within);
    found->loss += net->squared ? mean_squared_error(scores, net->classes, x->labels, x->class_weights, order, count,
                                                     share, &found->correct)
                                : softmax_cross_entropy(scores, net->classes, net->classes, x->labels, x->class_weights,
                                                        order, count, share, &found->correct);
}

/* ------------------------------------------------------------------ backward ------------------------------------ */

static void dense_backward(const struct chain_layer *l, const float *x, const float *gradient, const float *transposed,
                           float *kernel, float *bias, float *to, int64_t images, float *work) {
    const int64_t units = padded(l->filters), inputs = padded(l->channels);
    const float *own = gradient;
    float *back = work + padded(images * units);
    if (units != l->filters) refit(gradient, l->filters, work, units, images), own = work;
    product(x, 1, l->channels, own, units, kernel, units, l->channels, images, units / LANES, 0, 0);
    if (bias) sum_rows(own, units, images, units / LANES, bias);
    if (!to) return;
    float *into = inputs == l->channels ? to : back;
    product(own, units, 1, transposed, inputs, into, inputs, images, l->filters, inputs / LANES, 0, 0);
    if (into == back) refit(back, inputs, to, l->channels, images);
}

static void convolution_layer_backward(const struct chain_layer *l, const struct chain_member *m, const float *x,
                                       const float *y, const uint8_t *argmax, const float *gradient, float *kernel,
                                       float *bias, float *to, int64_t images, float *work) {
    if (l->way == PLAIN) {
        plain_kernel_gradient(l, x, gradient, kernel, bias, images, work);
        if (to) plain_input_gradient(l, gradient, m->prepared + l->prepared, to, images, work);
        return;
    }
    const struct convolution s = convolution_of(l);
    if (l->way == DIRECT) {
        convolution_backward(&s, x, 0, y, gradient, argmax, 0, kernel, bias, 0, images, work);
        return;
    }
    const int64_t plane = POINTS * l->channels * l->filters;
    convolution_backward(&s, x, m->prepared + l->prepared + plane, y, gradient, argmax, to, work, bias, 0, images,
                         work + plane);
    convolution_kernel_gradient(&s, work, 1, kernel, 0, l->filters);
}

/* The gradient of what leaves a layer to that of what enters it; returns where it is. Weights' gradients are written
   where they are 0 so far. */
static float *layer_backward(const struct chain_layer *l, const struct chain_member *m, const struct chain_space *space,
                             float *gradient, float *other, float *weights, int64_t images, const uint32_t *seed,
                             int64_t place) {
    const float *x = space->values + l->input * images, *y = space->values + l->output * images;
    const int64_t count = images * leaving(l);
    float *kernel = weights + l->kernel, *bias = l->bias < 0 ? 0 : weights + l->bias;
    const uint8_t *argmax = space->argmax + l->argmax * images;
    switch (l->kind) {
    case CONVOLUTION:
        convolution_layer_backward(l, m, x, y, argmax, gradient, kernel, bias, l->wanted ? other : 0, images,
                                   space->work);
        return other;
    case MAX_POOLING: max_pool_backward(l, gradient, argmax, other, images); return other;
    case AVERAGE_POOLING: average_pool_backward(l, gradient, other, images); return other;
    case ACTIVATION:
        if (l->function > TANH) {
            activate_further_backward(x, gradient, other, count, l->function, l->factor);
            return other;
        }
        for (int64_t i = 0; i < count; i += LANES) /* what lies behind the last value is nobody's */
            store(gradient + i, times_derivative(l->function, load(gradient + i), load(y + i)));
        return gradient;
    case SOFTMAX: softmax_rows_backward(y, gradient, images * l->rows * l->columns, l->filters); return gradient;
    case DROPOUT:
        if (seed) drop_values(l, gradient, gradient, count, *seed, place * leaving(l));
        return gradient;
    default:
        dense_backward(l, x, gradient, m->prepared + l->prepared, kernel, bias, l->wanted ? other : 0, images,
                       space->work);
        return other;
    }
}

/* From the gradient of the scores, which lies in the first of the two rooms for gradients, to the weights'. */
static void chain_backward(const struct chain *net, const struct chain_member *m, const struct chain_space *space,
                           float *weights, int64_t images, const uint32_t *seeds, int64_t place) {
    memset(weights, 0, (size_t)net->weights * sizeof(float));
    float *gradient = space->gradients[0];
    for (int64_t l = net->layers - 1; l >= 0; l--) {
        float *other = gradient == space->gradients[0] ? space->gradients[1] : space->gradients[0];
        const struct chain_layer *own = net->layer + l;
        gradient = layer_backward(own, m, space, gradient, other, weights, images, seeds ? seeds + l : 0, place);
        if (!own->wanted) return;
    }
}

#endif
