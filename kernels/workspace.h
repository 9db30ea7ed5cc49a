/* What a training step works on, in one piece of memory. */

#ifndef CLASSLAB_WORKSPACE_H
#define CLASSLAB_WORKSPACE_H

#include <stdlib.h>
#include <string.h>

#include "product.h"
#include "structures.h"

#define GRADIENT_ROWS 64 /* inputs whose gradient is kept at a time where pixels are taken whole */

/* What a step works on; `memory` holds all of it. */
struct workspace {
    float *memory;
    int64_t out_row, pixels_row;             /* from row to row */
    float *out;                              /* (batch, columns): behind the first layer, later the gradient there */
    float *pixels;                           /* (batch, inputs), where pixels are taken whole */
    float *gradient;                         /* of a block of the first layer, or of one member's kernel */
    float *ground;                           /* (a chunk's columns): what all inputs of the first layer share */
    float **hidden;                          /* per further layer (batch, padded units) */
    float *delta, *transposed;               /* gradient of a layer's input; a kernel with its axes exchanged */
    float *rates, *keeps;                    /* (columns) of the first layer */
    float *masks;                            /* (rules, columns) */
    float *own_rates, *own_keeps, *own_mask; /* (widest): one member's lanes */
};

static int64_t widest(const struct dense_network *net) {
    int64_t most = 0;
    for (int64_t l = 0; l < net->layers; l++)
        if (padded(net->units[l]) > most) most = padded(net->units[l]);
    return most;
}

static float *part(float **memory, int64_t floats) {
    float *found = *memory;
    *memory += padded(floats) + LANES; /* the last vector of a row may reach beyond it */
    return found;
}

static int set_up(struct workspace *space, const struct dense_network *net, const struct images *x, int64_t batch) {
    const int64_t columns = net->chunks * net->vectors * LANES, wide = widest(net);
    const int64_t rows = x->pairs ? x->block : GRADIENT_ROWS;
    int64_t kernel = rows * net->vectors * LANES;
    for (int64_t l = 1; l < net->layers; l++) {
        int64_t size = row_of(net->units[l - 1]) * padded(net->units[l]);
        if (size > kernel) kernel = size;
    }
    space->out_row = row_of(columns), space->pixels_row = row_of(x->inputs);
    int64_t total = batch * space->out_row + (x->pairs ? 0 : batch * space->pixels_row) + 2 * kernel +
                    batch * row_of(wide) + (3 + net->rules) * columns + 3 * wide + (net->layers + 12) * 2 * LANES;
    for (int64_t l = 1; l < net->layers; l++) total += batch * row_of(net->units[l]);
    space->memory = aligned_alloc(64, (size_t)(total * sizeof(float) + 63) / 64 * 64);
    space->hidden = calloc((size_t)net->layers, sizeof(float *));
    if (!space->memory || !space->hidden) return 0;
    memset(space->memory, 0, (size_t)total * sizeof(float));
    float *memory = space->memory;
    space->out = part(&memory, batch * space->out_row);
    space->pixels = part(&memory, x->pairs ? 0 : batch * space->pixels_row);
    space->gradient = part(&memory, kernel);
    space->transposed = part(&memory, kernel);
    space->delta = part(&memory, batch * row_of(wide));
    space->ground = part(&memory, columns);
    space->rates = part(&memory, columns);
    space->keeps = part(&memory, columns);
    space->masks = part(&memory, net->rules * columns);
    space->own_rates = part(&memory, wide);
    space->own_keeps = part(&memory, wide);
    space->own_mask = part(&memory, wide);
    for (int64_t l = 1; l < net->layers; l++) space->hidden[l] = part(&memory, batch * row_of(net->units[l]));
    const float set = -1.0f; /* a mask is its sign bit */
    for (int64_t r = 0; r < net->rules; r++)
        for (int64_t c = net->settings[r].first_member * net->units[0];
             c < net->settings[r].last_member * net->units[0]; c++)
            space->masks[r * columns + c] = set;
    return 1;
}

#endif
