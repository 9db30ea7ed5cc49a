/* Softmax and cross-entropy of a batch, and their gradient. */

#ifndef CLASSLAB_SOFTMAX_CROSS_ENTROPY_H
#define CLASSLAB_SOFTMAX_CROSS_ENTROPY_H

#include <math.h>

#include "activation.h"

/* Scores, in rows of `row`, become the gradient of the batch's mean loss. Returns the sum of losses.

   order: which images these are, whose classes `labels` tells. weights: (classes), what an image's loss is multiplied
   by, or 0 for 1. share: of one image in the batch's mean. correct: takes the hits. */
static double softmax_cross_entropy(float *scores, int64_t row, int64_t classes, const int32_t *labels,
                                    const float *weights, const int64_t *order, int64_t count, float share,
                                    int64_t *correct) {
    const vec nothing = all(-INFINITY);
    const mask tail = first_lanes(classes % LANES ? classes % LANES : LANES);
    const int64_t last = (classes - 1) / LANES * LANES;
    double loss = 0.0;
    for (int64_t i = 0; i < count; i++) {
        float *own = scores + i * row;
        const int32_t label = labels[order[i]];
        const float score = own[label], own_share = weights ? share * weights[label] : share;
        vec top = choose(tail, load(own + last), nothing);
        for (int64_t c = 0; c < last; c += LANES) top = larger(top, load(own + c));
        const float most = largest_of(top);
        int hit = score == most;
        for (int64_t c = 0; hit && c < label; c++) hit = own[c] != most; /* of equal scores the first counts */
        *correct += hit;
        row_sums total = {0};
        for (int64_t c = 0; c < last; c += LANES) {
            const vec e = exponential(load(own + c) - all(most));
            total = add_to_row(total, c, e);
            store(own + c, e);
        }
        const vec old = load(own + last), e = exponential(choose(tail, old, nothing) - all(most));
        const float sum = sum_of(add_to_row(total, last, e)), factor = own_share / sum;
        for (int64_t c = 0; c < last; c += LANES) store(own + c, load(own + c) * all(factor));
        store(own + last, choose(tail, e * all(factor), old));
        own[label] -= own_share;
        const float cost = logf(sum) + (most - score);
        loss += (double)(weights ? weights[label] * cost : cost);
    }
    return loss;
}

#endif
