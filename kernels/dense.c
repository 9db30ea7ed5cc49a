/* Training steps of dense networks: members that share their batches go through whole steps without leaving the kernel.

   Three things make a step short. The first layer's kernels of all members lie side by side, in chunks of a few
   vectors per input, and its inputs are taken as the list of pixels that are not 0: a handwritten digit is 0 in four
   pixels of five, and what is multiplied by 0 need not be. Inputs are taken block by block, so that the weights of a
   block stay in the nearest cache while all images of the batch pass; and the update follows at once, while the block's
   gradient is still there. Behind the first layer each member computes alone, on values that stay in its core's cache.

   Every sum is taken in one order, whatever the chunks are: a member's weights do not depend on who else is there. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "product.h"
#include "update.h"

#define MOST_VECTORS 10 /* of a chunk: the sums of one image's chunk stay in registers */
#define GRADIENT_ROWS 64 /* inputs whose gradient is kept at a time where pixels are taken whole */

enum activation { LINEAR, RELU, SIGMOID, TANH };

/* Images, as pixels that are not 0 (`pairs`) or whole (`pixels`). */
struct images {
    int64_t inputs, block, blocks;
    const uint8_t *pairs;   /* (place in the block, pixel) of every pixel that is not 0, image by image */
    const uint32_t *starts; /* (images, blocks + 1): where each block's pairs begin, counted in pairs */
    const float *values;    /* what each of the 256 pixels means */
    const uint8_t *pixels;  /* (images, inputs), where there are no pairs */
    const float *scale, *offset; /* (inputs): value = pixel * scale + offset */
    const int32_t *labels;
};

struct network {
    int64_t members, layers, chunks, vectors; /* a chunk of the first layer is (inputs, vectors) */
    const int64_t *units, *activations;       /* per layer */
    struct weight first, first_bias;          /* (chunks, inputs, 8 vectors); (chunks, 8 vectors) */
    const struct weight *kernels, *biases;    /* of the other layers: (members, inputs, padded units); (members, padded) */
    int64_t rules;
    const struct settings *settings;
};

struct steps {
    const int64_t *order;       /* which images, batch after batch */
    int64_t images, batch, from, to; /* how many images and per batch; steps to take, up to but without `to` */
    const float *rates, *keeps; /* (steps of the epoch, members) */
    double *loss;               /* (members): sums over images */
    int64_t *correct, *bad;     /* (members): hits; the first step with a loss that is not finite, or -1 */
};

/* One batch of an epoch's order, and how many images the order has from it on. */
struct batch {
    const int64_t *order;
    int64_t count, size, left;
};

static int64_t padded(int64_t n) { return (n + LANES - 1) / LANES * LANES; }

/* From row to row of a table with n columns: an odd number of cache lines, so that rows above one another do not
   contend for the same few places of a cache. */
static int64_t row_of(int64_t n) { return ((n + 15) / 16 | 1) * 16; }

/* ------------------------------------------------------------------ pixels that are not 0 ---------------------- */

int64_t classlab_count_lit(const uint8_t *pixels, int64_t count) {
    int64_t lit = 0, i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i zero = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(pixels + i)), _mm256_setzero_si256());
        lit += 32 - __builtin_popcount((unsigned)_mm256_movemask_epi8(zero));
    }
    for (; i < count; i++) lit += pixels[i] != 0;
    return lit;
}

/* Lists the pixels that are not 0 of images `from` to `to`, whose pairs begin at `begin`; returns where they end. */
int64_t classlab_list_lit(const uint8_t *pixels, int64_t inputs, int64_t block, int64_t from, int64_t to,
                          int64_t begin, uint32_t *starts, uint8_t *pairs) {
    const int64_t blocks = (inputs + block - 1) / block;
    int64_t at = begin;
    for (int64_t i = from; i < to; i++) {
        const uint8_t *image = pixels + i * inputs;
        uint32_t *own = starts + i * (blocks + 1);
        for (int64_t b = 0; b < blocks; b++) {
            const int64_t first = b * block, last = first + block < inputs ? first + block : inputs;
            own[b] = (uint32_t)at;
            for (int64_t p = first; p < last; p++) {
                pairs[2 * at] = (uint8_t)(p - first);
                pairs[2 * at + 1] = image[p];
                at += image[p] != 0;
            }
        }
        own[blocks] = (uint32_t)at;
    }
    return at;
}

#define LINE 64 /* bytes that come from memory together */
#define LINES 8 /* of an image's pairs that are fetched ahead: 256 pixels that are not 0 */

/* Asks for the image that takes this one's place in the next batch, and where that of the batch after next begins.
   Images lie anywhere in memory. They are asked for one line at a time between other work, since a processor keeps few
   requests open and passes over what is asked for all at once: a step of seven members takes a quarter less. */
INLINE void look_ahead(const struct images *x, const struct batch *batch, int64_t i, int64_t b) {
    const int64_t next = i + batch->size, after = next + batch->size;
    if (next < batch->left) {
        const uint8_t *pairs = x->pairs + 2 * (int64_t)x->starts[batch->order[next] * (x->blocks + 1)];
        for (int64_t line = b; line < LINES; line += x->blocks) _mm_prefetch(pairs + line * LINE, _MM_HINT_T0);
    }
    if (b == 0 && after < batch->left) {
        const uint32_t *starts = x->starts + batch->order[after] * (x->blocks + 1);
        _mm_prefetch(starts, _MM_HINT_T0);
        _mm_prefetch(starts + x->blocks, _MM_HINT_T0);
    }
}

/* Adds the products of one block of inputs to one chunk's sums, for every image of the batch. */
INLINE void gather_block(const int nv, const struct images *x, const struct batch *batch, int64_t b, int ahead,
                         const float *weights, float *out, int64_t columns) {
    for (int64_t i = 0; i < batch->count; i++) {
        if (ahead) look_ahead(x, batch, i, b);
        const uint32_t *starts = x->starts + batch->order[i] * (x->blocks + 1) + b;
        const uint8_t *pair = x->pairs + 2 * (int64_t)starts[0], *end = x->pairs + 2 * (int64_t)starts[1];
        if (pair == end) continue;
        vec sums[MOST_VECTORS];
        float *own = out + i * columns;
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++) sums[v] = load(own + v * LANES);
        for (; pair < end; pair += 2) {
            const float *row = weights + pair[0] * (int64_t)(nv * LANES);
            vec value = one_of(x->values + pair[1]);
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++) sums[v] = fma_(value, load(row + v * LANES), sums[v]);
        }
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++) store(own + v * LANES, sums[v]);
    }
}

/* Adds every image's share to the gradient of one block of inputs and one chunk. */
INLINE void scatter_block(const int nv, const struct images *x, const struct batch *batch, int64_t b, float *gradient,
                          const float *delta, int64_t columns) {
    for (int64_t i = 0; i < batch->count; i++) {
        const uint32_t *starts = x->starts + batch->order[i] * (x->blocks + 1) + b;
        const uint8_t *pair = x->pairs + 2 * (int64_t)starts[0], *end = x->pairs + 2 * (int64_t)starts[1];
        if (pair == end) continue;
        vec own[MOST_VECTORS];
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++) own[v] = load(delta + i * columns + v * LANES);
        for (; pair < end; pair += 2) {
            float *row = gradient + pair[0] * (int64_t)(nv * LANES);
            vec value = one_of(x->values + pair[1]);
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++) store(row + v * LANES, fma_(value, own[v], load(row + v * LANES)));
        }
    }
}

#define BY_WIDTH(CALL)                \
    switch (net->vectors) {           \
        case 1: CALL(1); break;       \
        case 2: CALL(2); break;       \
        case 3: CALL(3); break;       \
        case 4: CALL(4); break;       \
        case 5: CALL(5); break;       \
        case 6: CALL(6); break;       \
        case 7: CALL(7); break;       \
        case 8: CALL(8); break;       \
        case 9: CALL(9); break;       \
        default: CALL(10);            \
    }

/* ------------------------------------------------------------------ one batch ---------------------------------- */

/* What a step works on; `room` holds all of it. */
struct desk {
    float *room;
    int64_t out_row, pixels_row; /* from row to row */
    float *out;              /* (batch, columns): behind the first layer, later the gradient there */
    float *pixels;           /* (batch, inputs), where pixels are taken whole */
    float *gradient;         /* of a block of the first layer, or of one member's kernel */
    float **hidden;          /* per further layer (batch, padded units) */
    float *delta, *across;   /* gradient of a layer's input; a kernel with its axes exchanged */
    float *rates, *keeps;    /* (columns) of the first layer */
    float *masks;            /* (rules, columns) */
    float *own_rates, *own_keeps, *own_mask; /* (widest): one member's lanes */
    float *totals;           /* (batch): sums of exponentials */
};

static int64_t widest(const struct network *net) {
    int64_t most = 0;
    for (int64_t l = 0; l < net->layers; l++)
        if (padded(net->units[l]) > most) most = padded(net->units[l]);
    return most;
}

static float *part(float **room, int64_t floats) {
    float *found = *room;
    *room += padded(floats) + LANES; /* the last vector of a row may reach beyond it */
    return found;
}

static int set_up(struct desk *desk, const struct network *net, const struct images *x, int64_t batch) {
    const int64_t columns = net->chunks * net->vectors * LANES, wide = widest(net);
    const int64_t rows = x->pairs ? x->block : GRADIENT_ROWS;
    int64_t kernel = rows * net->vectors * LANES;
    for (int64_t l = 1; l < net->layers; l++) {
        int64_t size = row_of(net->units[l - 1]) * padded(net->units[l]);
        if (size > kernel) kernel = size;
    }
    desk->out_row = row_of(columns), desk->pixels_row = row_of(x->inputs);
    int64_t total = batch * desk->out_row + (x->pairs ? 0 : batch * desk->pixels_row) + 2 * kernel + batch * row_of(wide) +
                    (2 + net->rules) * columns + 3 * wide + batch + (net->layers + 12) * 2 * LANES;
    for (int64_t l = 1; l < net->layers; l++) total += batch * row_of(net->units[l]);
    desk->room = aligned_alloc(64, (size_t)(total * sizeof(float) + 63) / 64 * 64);
    desk->hidden = calloc((size_t)net->layers, sizeof(float *));
    if (!desk->room || !desk->hidden) return 0;
    memset(desk->room, 0, (size_t)total * sizeof(float));
    float *room = desk->room;
    desk->out = part(&room, batch * desk->out_row);
    desk->pixels = part(&room, x->pairs ? 0 : batch * desk->pixels_row);
    desk->gradient = part(&room, kernel);
    desk->across = part(&room, kernel);
    desk->delta = part(&room, batch * row_of(wide));
    desk->rates = part(&room, columns);
    desk->keeps = part(&room, columns);
    desk->masks = part(&room, net->rules * columns);
    desk->own_rates = part(&room, wide);
    desk->own_keeps = part(&room, wide);
    desk->own_mask = part(&room, wide);
    desk->totals = part(&room, batch);
    for (int64_t l = 1; l < net->layers; l++) desk->hidden[l] = part(&room, batch * row_of(net->units[l]));
    const float set = -1.0f; /* a mask is its sign bit */
    for (int64_t r = 0; r < net->rules; r++)
        for (int64_t c = net->settings[r].first_member * net->units[0]; c < net->settings[r].last_member * net->units[0];
             c++)
            desk->masks[r * columns + c] = set;
    return 1;
}

static void activate(float *x, int64_t count, int64_t kind) {
    switch (kind) {
        case RELU:
            /* the comparison, not the maximum, leaves NaN what it is */
            for (int64_t i = 0; i < count; i += LANES) {
                vec v = load(x + i);
                store(x + i, _mm256_andnot_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_LE_OQ), v));
            }
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
        case RELU: return _mm256_andnot_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_LE_OQ), gradient);
        case SIGMOID: return _mm256_mul_ps(gradient, _mm256_mul_ps(y, _mm256_sub_ps(all(1.0f), y)));
        case TANH: return _mm256_mul_ps(gradient, _mm256_fnmadd_ps(y, y, all(1.0f)));
        default: return gradient;
    }
}

/* Replaces values y by gradient * derivative at y. y has rows of y_row, of which `units` columns are one member's. */
static void derive(float *y, int64_t y_row, const float *gradient, int64_t g_row, int64_t rows, int64_t units,
                   int64_t kind) {
    const vec tail = first_lanes(units % LANES);
    for (int64_t i = 0; i < rows; i++) {
        float *own = y + i * y_row;
        int64_t c = 0;
        for (; c + LANES <= units; c += LANES)
            store(own + c, times_derivative(kind, load(gradient + i * g_row + c), load(own + c)));
        if (c < units) {
            vec old = load(own + c);
            store(own + c, choose(tail, times_derivative(kind, load(gradient + i * g_row + c), old), old));
        }
    }
}

/* Softmax and cross-entropy: scores become the gradient of the batch's mean loss. Returns the sum of losses. */
static double judge(float *scores, int64_t row, int64_t classes, const int32_t *labels, const struct batch *batch,
                    int64_t *correct) {
    const float share = 1.0f / (float)batch->count;
    const vec nothing = all(-INFINITY), tail = first_lanes(classes % LANES ? classes % LANES : LANES);
    const int64_t last = (classes - 1) / LANES * LANES;
    double loss = 0.0;
    for (int64_t i = 0; i < batch->count; i++) {
        float *own = scores + i * row;
        const int32_t label = labels[batch->order[i]];
        const float score = own[label];
        vec top = choose(tail, load(own + last), nothing);
        for (int64_t c = 0; c < last; c += LANES) top = _mm256_max_ps(top, load(own + c));
        const float most = largest_of(top);
        int hit = score == most;
        for (int64_t c = 0; hit && c < label; c++) hit = own[c] != most; /* of equal scores the first counts */
        *correct += hit;
        vec total = _mm256_setzero_ps();
        for (int64_t c = 0; c < last; c += LANES) {
            vec e = exponential(_mm256_sub_ps(load(own + c), all(most)));
            total = _mm256_add_ps(total, e);
            store(own + c, e);
        }
        const vec old = load(own + last);
        vec e = exponential(_mm256_sub_ps(choose(tail, old, nothing), all(most)));
        const float sum = sum_of(_mm256_add_ps(total, e)), factor = share / sum;
        for (int64_t c = 0; c < last; c += LANES) store(own + c, _mm256_mul_ps(load(own + c), all(factor)));
        store(own + last, choose(tail, _mm256_mul_ps(e, all(factor)), old));
        own[label] -= share;
        loss += (double)(logf(sum) + (most - score));
    }
    return loss;
}

static void sum_rows(const float *x, int64_t row, int64_t rows, int64_t vectors, float *sums) {
    for (int64_t v = 0; v < vectors; v++) {
        vec total = _mm256_setzero_ps();
        for (int64_t i = 0; i < rows; i++) total = _mm256_add_ps(total, load(x + i * row + v * LANES));
        store(sums + v * LANES, total);
    }
}

/* x (rows, columns) with rows of x_row to (columns, rows) with rows of y_row. */
static void exchange_axes(const float *x, int64_t x_row, float *y, int64_t y_row, int64_t rows, int64_t columns) {
    for (int64_t r = 0; r < rows; r += LANES)
        for (int64_t c = 0; c < columns; c++)
            for (int64_t k = r; k < r + LANES && k < rows; k++) y[c * y_row + k] = x[k * x_row + c];
}

static void enter(const struct network *net, const struct images *x, const struct desk *desk,
                  const struct batch *batch) {
    const int64_t width = net->vectors * LANES, row = desk->out_row, count = batch->count;
    if (!x->pairs) {
        for (int64_t i = 0; i < count; i++) {
            const uint8_t *image = x->pixels + batch->order[i] * x->inputs;
            float *own = desk->pixels + i * desk->pixels_row;
            for (int64_t p = 0; p < x->inputs; p++) own[p] = (float)image[p] * x->scale[p] + x->offset[p];
        }
        for (int64_t c = 0; c < net->chunks; c++)
            product(desk->pixels, desk->pixels_row, 1, net->first.value + c * x->inputs * width, width,
                    desk->out + c * width, row, count, x->inputs, net->vectors, net->first_bias.value + c * width, 0);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        memcpy(desk->out + i * row, net->first_bias.value, (size_t)(net->chunks * width) * sizeof(float));
    for (int64_t c = 0; c < net->chunks; c++)
        for (int64_t b = 0; b < x->blocks; b++) {
            const float *weights = net->first.value + (c * x->inputs + b * x->block) * width;
            float *out = desk->out + c * width;
#define GATHER(NV) gather_block(NV, x, batch, b, c == 0, weights, out, row)
            BY_WIDTH(GATHER)
        }
}

/* Moves rows of the first layer's weight, or its bias, by every rule that has members in the chunk. */
static void update_first(const struct network *net, const struct desk *desk, const struct weight *w, int64_t at,
                         int64_t chunk, int64_t rows, const float *gradient) {
    const int64_t width = net->vectors * LANES, columns = net->chunks * width, shift = chunk * width;
    for (int64_t r = 0; r < net->rules; r++) {
        const struct settings *s = net->settings + r;
        int64_t from = s->first_member * net->units[0] / LANES - chunk * net->vectors;
        int64_t to = (s->last_member * net->units[0] + LANES - 1) / LANES - chunk * net->vectors;
        from = from < 0 ? 0 : from;
        to = to > net->vectors ? net->vectors : to;
        if (from < to)
            update_rows(s, w, at, gradient, rows, net->vectors, desk->rates + shift, desk->keeps + shift,
                        desk->masks + r * columns + shift, from, to);
    }
}

static void leave(const struct network *net, const struct images *x, const struct desk *desk,
                  const struct batch *batch) {
    const int64_t width = net->vectors * LANES, row = desk->out_row, count = batch->count;
    const int64_t block = x->pairs ? x->block : GRADIENT_ROWS;
    float *gradient = desk->gradient;
    for (int64_t c = 0; c < net->chunks; c++) {
        const float *delta = desk->out + c * width;
        for (int64_t b = 0; b * block < x->inputs; b++) {
            const int64_t left = x->inputs - b * block, rows = left < block ? left : block;
            if (x->pairs) {
                memset(gradient, 0, (size_t)(rows * width) * sizeof(float));
#define SCATTER(NV) scatter_block(NV, x, batch, b, gradient, delta, row)
                BY_WIDTH(SCATTER)
            } else {
                product(desk->pixels + b * block, 1, desk->pixels_row, delta, row, gradient, width, rows, count,
                        net->vectors, 0, 0);
            }
            update_first(net, desk, &net->first, (c * x->inputs + b * block) * width, c, rows, gradient);
        }
        sum_rows(delta, row, count, net->vectors, gradient);
        update_first(net, desk, &net->first_bias, c * width, c, 1, gradient);
    }
}

static const struct settings *settings_of(const struct network *net, int64_t member) {
    const struct settings *s = net->settings;
    while (member >= s->last_member) s++;
    return s;
}

/* One member's layers behind the first, forward, each into its own `hidden`. */
static void further_forward(const struct network *net, const struct desk *desk, int64_t member, int64_t count) {
    const int64_t last = net->layers - 1;
    const float *entry = desk->out + member * net->units[0];
    for (int64_t l = 1; l <= last; l++) {
        const int64_t in = net->units[l - 1], width = padded(net->units[l]), row = row_of(net->units[l]);
        product(l == 1 ? entry : desk->hidden[l - 1], l == 1 ? desk->out_row : row_of(in), 1,
                net->kernels[l].value + member * in * width, width, desk->hidden[l], row, count, in, width / LANES,
                net->biases[l].value + member * width, 0);
        if (l < last) activate(desk->hidden[l], count * row, net->activations[l]);
    }
}

/* The same with loss, backward and update. Leaves the gradient of its part of `out`. */
static double further_layers(const struct network *net, const struct desk *desk, int64_t member, const int32_t *labels,
                             const struct batch *batch, int64_t *correct) {
    const int64_t last = net->layers - 1, count = batch->count;
    const struct settings *s = settings_of(net, member);
    float *entry = desk->out + member * net->units[0];
    further_forward(net, desk, member, count);
    const double loss = judge(desk->hidden[last], row_of(net->units[last]), net->units[last], labels, batch, correct);
    for (int64_t l = last; l >= 1; l--) {
        const int64_t in = net->units[l - 1], units = net->units[l], width = padded(units), row = row_of(units);
        float *before = l == 1 ? entry : desk->hidden[l - 1], *delta = desk->hidden[l];
        const int64_t before_row = l == 1 ? desk->out_row : row_of(in), in_row = row_of(in), at = member * in * width;
        exchange_axes(net->kernels[l].value + at, width, desk->across, in_row, in, units);
        product(delta, row, 1, desk->across, in_row, desk->delta, in_row, count, units, padded(in) / LANES, 0, 0);
        product(before, 1, before_row, delta, row, desk->gradient, width, in, count, width / LANES, 0, 0);
        for (int64_t c = 0; c < width; c++) desk->own_mask[c] = c < units ? -1.0f : 0.0f;
        update_rows(s, net->kernels + l, at, desk->gradient, in, width / LANES, desk->own_rates, desk->own_keeps,
                    desk->own_mask, 0, width / LANES);
        sum_rows(delta, row, count, width / LANES, desk->gradient);
        update_rows(s, net->biases + l, member * width, desk->gradient, 1, width / LANES, desk->own_rates,
                    desk->own_keeps, desk->own_mask, 0, width / LANES);
        derive(before, before_row, desk->delta, in_row, count, in, net->activations[l - 1]);
    }
    return loss;
}

static struct batch batch_of(const struct steps *s, int64_t step) {
    const int64_t left = s->images - step * s->batch, count = left < s->batch ? left : s->batch;
    return (struct batch){s->order + step * s->batch, count, s->batch, left};
}

static void behind_first(const struct network *net, const struct images *x, const struct desk *desk,
                         const struct batch *batch) {
    enter(net, x, desk, batch);
    if (net->layers > 1) activate(desk->out, batch->count * desk->out_row, net->activations[0]);
}

static void take_step(const struct network *net, const struct images *x, const struct steps *s,
                      const struct desk *desk, int64_t step) {
    const struct batch batch = batch_of(s, step);
    const int64_t units = net->units[0];
    const float *rates = s->rates + step * net->members, *keeps = s->keeps + step * net->members;
    for (int64_t m = 0; m < net->members; m++)
        for (int64_t c = m * units; c < (m + 1) * units; c++) desk->rates[c] = rates[m], desk->keeps[c] = keeps[m];
    behind_first(net, x, desk, &batch);
    const int64_t wide = widest(net);
    for (int64_t m = 0; m < net->members; m++) {
        double loss;
        if (net->layers == 1) {
            loss = judge(desk->out + m * units, desk->out_row, units, x->labels, &batch, s->correct + m);
        } else {
            for (int64_t c = 0; c < wide; c++) desk->own_rates[c] = rates[m], desk->own_keeps[c] = keeps[m];
            loss = further_layers(net, desk, m, x->labels, &batch, s->correct + m);
        }
        s->loss[m] += loss;
        /* in float, in which the engine's other path adds them up */
        if (!isfinite((float)loss) && s->bad[m] < 0) s->bad[m] = step;
    }
    leave(net, x, desk, &batch);
}

/* Every member's scores and figures for one batch. */
static void take_look(const struct network *net, const struct images *x, const struct steps *s,
                      const struct desk *desk, int64_t step, float *scores) {
    const struct batch batch = batch_of(s, step);
    const int64_t last = net->layers - 1, classes = net->units[last];
    const int64_t row = last ? row_of(classes) : desk->out_row;
    behind_first(net, x, desk, &batch);
    for (int64_t m = 0; m < net->members; m++) {
        if (last) further_forward(net, desk, m, batch.count);
        float *own = last ? desk->hidden[last] : desk->out + m * classes;
        for (int64_t i = 0; scores && i < batch.count; i++)
            memcpy(scores + (m * s->images + step * s->batch + i) * classes, own + i * row,
                   (size_t)classes * sizeof(float));
        s->loss[m] += judge(own, row, classes, x->labels, &batch, s->correct + m);
    }
}

/* Goes through the batches that are asked for, training or only looking. Returns 0, or 1 where memory is short. */
static int64_t each_batch(const struct network *net, const struct images *x, const struct steps *s, int training,
                          float *scores) {
    struct desk desk = {0};
    const int ready = set_up(&desk, net, x, s->batch);
    if (ready) {
        const unsigned int before = flush_tiny();
        for (int64_t step = s->from; step < s->to; step++) {
            if (training) take_step(net, x, s, &desk, step);
            else take_look(net, x, s, &desk, step, scores);
        }
        _mm_setcsr(before);
    }
    free(desk.room);
    free(desk.hidden);
    return !ready;
}

/* Evaluates batches for all members without moving a weight; `scores` is (members, images, classes), or NULL. */
int64_t classlab_dense_look(const struct network *net, const struct images *x, const struct steps *s, float *scores) {
    return each_batch(net, x, s, 0, scores);
}

/* Takes steps of an epoch for all members. */
int64_t classlab_dense_steps(const struct network *net, const struct images *x, const struct steps *s) {
    return each_batch(net, x, s, 1, NULL);
}
