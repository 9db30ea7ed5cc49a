/* Training steps of dense networks: members that share their batches go through whole steps without leaving the kernel.

   Three things make a step short. The first layer's kernels of all members lie side by side, in chunks of a few
   vectors per input, and its inputs are taken as the list of pixels that are not 0: a handwritten digit is 0 in four
   pixels of five, and what is multiplied by 0 need not be. Inputs are taken block by block, so that the weights of a
   block stay in the nearest cache while all images of the batch pass; and the update follows at once, while the block's
   gradient is still there. Behind the first layer each member computes alone, on values that stay in its core's cache.

   Every sum is taken in one order, whatever the chunks are: a member's weights do not depend on who else is there. */

#ifndef CLASSLAB_DENSE_H
#define CLASSLAB_DENSE_H

#include "nonzero_pixels.h"
#include "softmax_cross_entropy.h"
#include "update.h"
#include "whole_image.h"
#include "workspace.h"

static void sum_rows(const float *x, int64_t row, int64_t rows, int64_t vectors, float *sums) {
    for (int64_t v = 0; v < vectors; v++) {
        vec total = all(0.0f);
        for (int64_t i = 0; i < rows; i++) total += load(x + i * row + v * LANES);
        store(sums + v * LANES, total);
    }
}

/* x (rows, columns) with rows of x_row to (columns, rows) with rows of y_row. */
static void transpose(const float *x, int64_t x_row, float *y, int64_t y_row, int64_t rows, int64_t columns) {
    for (int64_t r = 0; r < rows; r += LANES)
        for (int64_t c = 0; c < columns; c++)
            for (int64_t k = r; k < r + LANES && k < rows; k++) y[c * y_row + k] = x[k * x_row + c];
}

static void first_layer_forward(const struct dense_network *net, const struct images *x, const struct workspace *space,
                                const struct batch *batch) {
    const int64_t width = net->vectors * LANES, row = space->out_row, count = batch->count;
    if (!x->pairs) {
        for (int64_t i = 0; i < count; i++) scale_image(x, batch->order[i], space->pixels + i * space->pixels_row);
        for (int64_t c = 0; c < net->chunks; c++)
            product(space->pixels, space->pixels_row, 1, net->first.value + c * x->inputs * width, width,
                    space->out + c * width, row, count, x->inputs, net->vectors, net->first_bias.value + c * width, 0);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        memcpy(space->out + i * row, net->first_bias.value, (size_t)(net->chunks * width) * sizeof(float));
    for (int64_t c = 0; c < net->chunks; c++) {
        if (x->grounds) {
            sum_rows(net->first.value + c * x->inputs * width, width, x->inputs, net->vectors, space->ground);
            add_grounds(net->vectors, x, batch, space->ground, space->out + c * width, row);
        }
        for (int64_t b = 0; b < x->blocks; b++) {
            const float *weights = net->first.value + (c * x->inputs + b * x->block) * width;
            float *out = space->out + c * width;
#define GATHER(NV) gather_block(NV, x, batch, b, c == 0, weights, out, row)
            BY_WIDTH(net->vectors, GATHER)
#undef GATHER
        }
    }
}

/* Moves rows of the first layer's weight, or its bias, by every rule that has members in the chunk. */
static void update_first(const struct dense_network *net, const struct workspace *space, const struct weight *w,
                         int64_t at, int64_t chunk, int64_t rows, const float *gradient) {
    const int64_t width = net->vectors * LANES, columns = net->chunks * width, shift = chunk * width;
    for (int64_t r = 0; r < net->rules; r++) {
        const struct settings *s = net->settings + r;
        int64_t from = s->first_member * net->units[0] / LANES - chunk * net->vectors;
        int64_t to = (s->last_member * net->units[0] + LANES - 1) / LANES - chunk * net->vectors;
        from = from < 0 ? 0 : from;
        to = to > net->vectors ? net->vectors : to;
        if (from < to)
            update_rows(s, w, at, gradient, rows, net->vectors,
                        (struct lanes){space->rates + shift, space->keeps + shift, space->masks + r * columns + shift,
                                       from, to});
    }
}

static void first_layer_backward(const struct dense_network *net, const struct images *x, const struct workspace *space,
                                 const struct batch *batch) {
    const int64_t width = net->vectors * LANES, row = space->out_row, count = batch->count;
    const int64_t block = x->pairs ? x->block : GRADIENT_ROWS;
    float *gradient = space->gradient;
    for (int64_t c = 0; c < net->chunks; c++) {
        const float *delta = space->out + c * width;
        if (x->grounds) sum_grounds(net->vectors, x, batch, delta, row, space->ground);
        for (int64_t b = 0; b * block < x->inputs; b++) {
            const int64_t left = x->inputs - b * block, rows = left < block ? left : block;
            if (x->pairs) {
                if (!x->grounds) memset(gradient, 0, (size_t)(rows * width) * sizeof(float));
                for (int64_t r = 0; x->grounds && r < rows; r++)
                    memcpy(gradient + r * width, space->ground, (size_t)width * sizeof(float));
#define SCATTER(NV) scatter_block(NV, x, batch, b, gradient, delta, row)
                BY_WIDTH(net->vectors, SCATTER)
#undef SCATTER
            } else {
                product(space->pixels + b * block, 1, space->pixels_row, delta, row, gradient, width, rows, count,
                        net->vectors, 0, 0);
            }
            update_first(net, space, &net->first, (c * x->inputs + b * block) * width, c, rows, gradient);
        }
        sum_rows(delta, row, count, net->vectors, gradient);
        update_first(net, space, &net->first_bias, c * width, c, 1, gradient);
    }
}

static const struct settings *settings_of(const struct dense_network *net, int64_t member) {
    const struct settings *s = net->settings;
    while (member >= s->last_member) s++;
    return s;
}

/* One member's layers behind the first, forward, each into its own `hidden`. */
static void hidden_forward(const struct dense_network *net, const struct workspace *space, int64_t member,
                           int64_t count) {
    const int64_t last = net->layers - 1;
    const float *entry = space->out + member * net->units[0];
    for (int64_t l = 1; l <= last; l++) {
        const int64_t in = net->units[l - 1], width = padded(net->units[l]), row = row_of(net->units[l]);
        product(l == 1 ? entry : space->hidden[l - 1], l == 1 ? space->out_row : row_of(in), 1,
                net->kernels[l].value + member * in * width, width, space->hidden[l], row, count, in, width / LANES,
                net->biases[l].value + member * width, 0);
        if (l < last) activate(space->hidden[l], count * row, net->activations[l]);
    }
}

/* The same with loss, gradients and update. Leaves the gradient of its part of `out`. */
static double hidden_step(const struct dense_network *net, const struct images *x, const struct workspace *space,
                          int64_t member, const struct batch *batch, int64_t *correct) {
    const int64_t last = net->layers - 1, count = batch->count;
    const struct settings *s = settings_of(net, member);
    float *entry = space->out + member * net->units[0];
    hidden_forward(net, space, member, count);
    const double loss =
        softmax_cross_entropy(space->hidden[last], row_of(net->units[last]), net->units[last], x->labels,
                              x->class_weights, batch->order, count, 1.0f / (float)count, correct);
    for (int64_t l = last; l >= 1; l--) {
        const int64_t in = net->units[l - 1], units = net->units[l], width = padded(units), row = row_of(units);
        float *before = l == 1 ? entry : space->hidden[l - 1], *delta = space->hidden[l];
        const int64_t before_row = l == 1 ? space->out_row : row_of(in), in_row = row_of(in), at = member * in * width;
        transpose(net->kernels[l].value + at, width, space->transposed, in_row, in, units);
        product(delta, row, 1, space->transposed, in_row, space->delta, in_row, count, units, padded(in) / LANES, 0, 0);
        product(before, 1, before_row, delta, row, space->gradient, width, in, count, width / LANES, 0, 0);
        for (int64_t c = 0; c < width; c++) space->own_mask[c] = c < units ? -1.0f : 0.0f;
        const struct lanes lanes = {space->own_rates, space->own_keeps, space->own_mask, 0, width / LANES};
        update_rows(s, net->kernels + l, at, space->gradient, in, width / LANES, lanes);
        sum_rows(delta, row, count, width / LANES, space->gradient);
        update_rows(s, net->biases + l, member * width, space->gradient, 1, width / LANES, lanes);
        activate_backward(before, before_row, space->delta, in_row, count, in, net->activations[l - 1]);
    }
    return loss;
}

static struct batch batch_of(const struct steps *s, int64_t step) {
    const int64_t left = s->images - step * s->batch, count = left < s->batch ? left : s->batch;
    return (struct batch){s->order + step * s->batch, count, s->batch, left};
}

/* What the first layer hands on: its sums, through the activation where it is not the last. */
static void first_layer_activated(const struct dense_network *net, const struct images *x,
                                  const struct workspace *space, const struct batch *batch) {
    first_layer_forward(net, x, space, batch);
    if (net->layers > 1) activate(space->out, batch->count * space->out_row, net->activations[0]);
}

static void train_batch(const struct dense_network *net, const struct images *x, const struct steps *s,
                        const struct workspace *space, int64_t step) {
    const struct batch batch = batch_of(s, step);
    const int64_t units = net->units[0];
    const float *rates = s->rates + step * net->members, *keeps = s->keeps + step * net->members;
    for (int64_t m = 0; m < net->members; m++)
        for (int64_t c = m * units; c < (m + 1) * units; c++) space->rates[c] = rates[m], space->keeps[c] = keeps[m];
    first_layer_activated(net, x, space, &batch);
    const int64_t wide = widest(net);
    for (int64_t m = 0; m < net->members; m++) {
        double loss;
        if (net->layers == 1) {
            loss = softmax_cross_entropy(space->out + m * units, space->out_row, units, x->labels, x->class_weights,
                                         batch.order, batch.count, 1.0f / (float)batch.count, s->correct + m);
        } else {
            for (int64_t c = 0; c < wide; c++) space->own_rates[c] = rates[m], space->own_keeps[c] = keeps[m];
            loss = hidden_step(net, x, space, m, &batch, s->correct + m);
        }
        s->loss[m] += loss;
        /* in float, in which the engine's other path adds them up */
        if (!isfinite((float)loss) && s->first_bad_step[m] < 0) s->first_bad_step[m] = step;
    }
    first_layer_backward(net, x, space, &batch);
}

/* Every member's scores and figures for one batch. */
static void evaluate_batch(const struct dense_network *net, const struct images *x, const struct steps *s,
                           const struct workspace *space, int64_t step, float *scores) {
    const struct batch batch = batch_of(s, step);
    const int64_t last = net->layers - 1, classes = net->units[last];
    const int64_t row = last ? row_of(classes) : space->out_row;
    first_layer_activated(net, x, space, &batch);
    for (int64_t m = 0; m < net->members; m++) {
        if (last) hidden_forward(net, space, m, batch.count);
        float *own = last ? space->hidden[last] : space->out + m * classes;
        for (int64_t i = 0; scores && i < batch.count; i++)
            memcpy(scores + (m * s->images + step * s->batch + i) * classes, own + i * row,
                   (size_t)classes * sizeof(float));
        s->loss[m] += softmax_cross_entropy(own, row, classes, x->labels, x->class_weights, batch.order, batch.count,
                                            1.0f, s->correct + m);
    }
}

/* Goes through the batches that are asked for, training or evaluating. Returns 0, or 1 where memory is short. */
static int64_t each_batch(const struct dense_network *net, const struct images *x, const struct steps *s, int training,
                          float *scores) {
    struct workspace space = {0};
    const int ready = set_up(&space, net, x, s->batch);
    if (ready) {
        const float_mode before = flush_tiny();
        for (int64_t step = s->first; step < s->stop; step++) {
            if (training) train_batch(net, x, s, &space, step);
            else evaluate_batch(net, x, s, &space, step, scores);
        }
        restore_mode(before);
    }
    free(space.memory);
    free(space.hidden);
    return !ready;
}

/* Evaluates batches for all members without moving a weight; `scores` is (members, images, classes), or NULL. */
static int64_t dense_evaluate(const struct dense_network *net, const struct images *x, const struct steps *s,
                              float *scores) {
    return each_batch(net, x, s, 0, scores);
}

/* Takes steps of an epoch for all members. */
static int64_t dense_train(const struct dense_network *net, const struct images *x, const struct steps *s) {
    return each_batch(net, x, s, 1, NULL);
}

#endif
