/* The first layer's products with pixels that are not the ground: a handwritten digit is 0 in four pixels of five.

   Made brighter, it is something else there, but the same everywhere. An image is its ground all over and the pixels'
   differences from that, so the ground enters by the sum of all rows of the weights, once for a batch. */

#ifndef CLASSLAB_NONZERO_PIXELS_H
#define CLASSLAB_NONZERO_PIXELS_H

#include <string.h>

#include "product.h"
#include "structures.h"

#define MOST_VECTORS 10 /* of a chunk: the sums of one image's chunk stay in registers */

/* One batch of an epoch's order, and how many images the order has from it on. */
struct batch {
    const int64_t *order;
    int64_t count, size, left;
};

static int64_t count_nonzero(const uint8_t *pixels, int64_t count) {
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) found += pixels[i] != 0;
    return found;
}

/* The list of one image's pixels that are not `ground`, whose pairs begin at `at`; returns where they end. Of what lies
   behind the image, bytes are read up to `readable` from its beginning. */
INLINE int64_t list_image(const uint8_t *image, int64_t inputs, int64_t block, int64_t readable, uint8_t ground,
                          int64_t at, uint32_t *starts, uint8_t *pairs) {
    for (int64_t first = 0; first < inputs; first += block) {
        const int64_t last = first + block < inputs ? first + block : inputs;
        *starts++ = (uint32_t)at;
        for (int64_t p = first; p < last; p += LANES) {
            const ints places = counted(p - first);
            const uint8_t *from = image + p;
            uint8_t rest[LANES] = {0};
            if (p + LANES > readable) from = memcpy(rest, from, (size_t)(inputs - p));
            const ints apart = (load_bytes(from) - (int32_t)ground) & 255;
            at += list_pixels(pairs + 2 * at, apart & (places < (int32_t)(last - first)), places);
        }
    }
    *starts = (uint32_t)at;
    return at;
}

/* Lists the pixels that are not 0 of images `from` to `to`, whose pairs begin at `begin`; returns where they end. */
static int64_t list_nonzero(const uint8_t *pixels, int64_t inputs, int64_t block, int64_t from, int64_t to,
                            int64_t begin, uint32_t *starts, uint8_t *pairs) {
    const int64_t blocks = (inputs + block - 1) / block;
    int64_t at = begin;
    for (int64_t i = from; i < to; i++)
        at = list_image(pixels + i * inputs, inputs, block, (to - i) * inputs, 0, at, starts + i * (blocks + 1), pairs);
    return at;
}

#define LINE 64 /* bytes that come from memory together */
#define LINES 8 /* of an image's pairs that are fetched ahead: 256 pixels that are not 0 */

/* Asks for the image that takes this one's place in the next batch, and where that of the batch after next begins.
   Images lie anywhere in memory. They are asked for one line at a time between other work, since a processor keeps few
   requests open and passes over what is asked for all at once: a step of seven members takes a quarter less. */
INLINE void prefetch_image(const struct images *x, const struct batch *batch, int64_t i, int64_t b) {
    const int64_t next = i + batch->size, after = next + batch->size;
    if (next < batch->left) {
        const uint8_t *pairs = x->pairs + 2 * (int64_t)x->starts[batch->order[next] * (x->blocks + 1)];
        for (int64_t line = b; line < LINES; line += x->blocks) __builtin_prefetch(pairs + line * LINE);
    }
    if (b == 0 && after < batch->left) {
        const uint32_t *starts = x->starts + batch->order[after] * (x->blocks + 1);
        __builtin_prefetch(starts);
        __builtin_prefetch(starts + x->blocks);
    }
}

/* The ground of an image of the batch. */
INLINE uint8_t ground_of(const struct images *x, const struct batch *batch, int64_t i) {
    return x->grounds ? x->grounds[batch->order[i]] : 0;
}

/* Adds the ground's products to one chunk's sums, for every image of the batch; `rows` is the sum of all rows. */
static void add_grounds(int64_t vectors, const struct images *x, const struct batch *batch, const float *rows,
                        float *out, int64_t columns) {
    for (int64_t i = 0; i < batch->count; i++) {
        const uint8_t ground = ground_of(x, batch, i);
        if (!ground) continue;
        const vec value = all(x->values[ground]);
        float *own = out + i * columns;
        for (int64_t v = 0; v < vectors * LANES; v += LANES)
            store(own + v, fmadd(value, load(rows + v), load(own + v)));
    }
}

/* The share of all grounds in the gradient of one chunk, which every input has alike. */
static void sum_grounds(int64_t vectors, const struct images *x, const struct batch *batch, const float *delta,
                        int64_t columns, float *sums) {
    for (int64_t v = 0; v < vectors * LANES; v += LANES) {
        vec total = all(0.0f);
        for (int64_t i = 0; i < batch->count; i++)
            total = fmadd(all(x->values[ground_of(x, batch, i)]), load(delta + i * columns + v), total);
        store(sums + v, total);
    }
}

/* Adds the products of one block of inputs to one chunk's sums, for every image of the batch. */
INLINE void gather_block(const int nv, const struct images *x, const struct batch *batch, int64_t b, int ahead,
                         const float *weights, float *out, int64_t columns) {
    for (int64_t i = 0; i < batch->count; i++) {
        if (ahead) prefetch_image(x, batch, i, b);
        const uint32_t *starts = x->starts + batch->order[i] * (x->blocks + 1) + b;
        const uint8_t *pair = x->pairs + 2 * (int64_t)starts[0], *end = x->pairs + 2 * (int64_t)starts[1];
        if (pair == end) continue;
        vec sums[MOST_VECTORS];
        float *own = out + i * columns;
        const uint8_t ground = ground_of(x, batch, i);
        const float base = x->values[ground];
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++) sums[v] = load(own + v * LANES);
        for (; pair < end; pair += 2) {
            const float *row = weights + pair[0] * (int64_t)(nv * LANES);
            const vec value = all(x->values[(uint8_t)(pair[1] + ground)] - base);
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++) sums[v] = fmadd(value, load(row + v * LANES), sums[v]);
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
        const uint8_t ground = ground_of(x, batch, i);
        const float base = x->values[ground];
#pragma GCC unroll 16
        for (int v = 0; v < nv; v++) own[v] = load(delta + i * columns + v * LANES);
        for (; pair < end; pair += 2) {
            float *row = gradient + pair[0] * (int64_t)(nv * LANES);
            const vec value = all(x->values[(uint8_t)(pair[1] + ground)] - base);
#pragma GCC unroll 16
            for (int v = 0; v < nv; v++) store(row + v * LANES, fmadd(value, own[v], load(row + v * LANES)));
        }
    }
}

/* Calls with a chunk's vectors as a constant. */
#define BY_WIDTH(vectors, CALL) \
    switch (vectors) {          \
    case 1: CALL(1); break;     \
    case 2: CALL(2); break;     \
    case 3: CALL(3); break;     \
    case 4: CALL(4); break;     \
    case 5: CALL(5); break;     \
    case 6: CALL(6); break;     \
    case 7: CALL(7); break;     \
    case 8: CALL(8); break;     \
    case 9: CALL(9); break;     \
    default: CALL(10);          \
    }

#endif
