/* Augmented images: moved, turned, zoomed and mirrored by one linear map, made brighter or darker, with a part cut out.

   Arithmetic is in whole numbers, so that classlab/training/kernels/augmented.py has the same in NumPy, to the bit. A
   pixel of the new image lies somewhere between four of the old one, which are weighted in steps of 1/128; beyond the
   edge lies the nearest pixel again. */

#ifndef CLASSLAB_AUGMENTATION_H
#define CLASSLAB_AUGMENTATION_H

#include <stdlib.h>
#include <string.h>

#include "structures.h"
#include "vector.h"

#define PIXEL 65536     /* the unit of the maps */
#define WEIGHTS 128     /* between two pixels */
#define WEIGHT_BITS 9   /* of a pixel's bits, those below a weight's */
#define BYTES_ABOVE 128 /* signed bytes are as much below the pixels that they stand for */
#define ROUNDED (WEIGHTS * WEIGHTS / 2)
#define BLEND_BITS 14

typedef ints ints_anywhere __attribute__((aligned(4), may_alias));

INLINE ints load_ints(const int32_t *p) { return *(const ints_anywhere *)p; }
INLINE void store_ints(int32_t *p, ints x) { *(ints_anywhere *)p = x; }

INLINE int64_t at_least_0(int64_t x, int64_t most) { return x < 0 ? 0 : x > most ? most : x; }

/* Rooms for one row of the new image, each of whole vectors; and for what is made of the old one. */
struct moved {
    int32_t *at, *across, *down, *found; /* where pixels come from, weights across and down, the four pixels */
    int32_t *quads;
    uint8_t *bytes;
};

static int64_t whole_vectors(int64_t count) { return (count + LANES - 1) / LANES * LANES; }

/* The four pixels from each place on, side by side as signed bytes: one look-up instead of four. */
static void list_quads(const uint8_t *restrict image, const struct augmentation *a, uint32_t *restrict quads) {
    const int64_t w = a->width, step = a->channels, h = a->height;
    for (int64_t c = 0; c < step; c++)
        for (int64_t y = 0; y < h; y++) {
            const uint8_t *row = image + y * w * step + c, *next = y + 1 < h ? row + w * step : row;
            uint32_t *own = quads + (c * h + y) * w;
            const uint32_t last = row[(w - 1) * step] | (uint32_t)next[(w - 1) * step] << 16;
            if (step == 1)
                for (int64_t x = 0; x + 1 < w; x++)
                    own[x] =
                        (row[x] | (uint32_t)row[x + 1] << 8 | (uint32_t)next[x] << 16 | (uint32_t)next[x + 1] << 24) ^
                        0x80808080u;
            else
                for (int64_t x = 0; x + 1 < w; x++) {
                    const int64_t i = x * step, j = i + step;
                    own[x] = (row[i] | (uint32_t)row[j] << 8 | (uint32_t)next[i] << 16 | (uint32_t)next[j] << 24) ^
                             0x80808080u;
                }
            own[w - 1] = (last | last << 8) ^ 0x80808080u;
        }
}

/* Where a row's pixels come from, and how much of each of the four they take. */
INLINE void locate(const struct augmentation *a, const struct change *m, int64_t y, const struct moved *room) {
    const ints right = all_ints((int32_t)(a->width - 1) * PIXEL), bottom = all_ints((int32_t)(a->height - 1) * PIXEL);
    ints lanes;
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane;
    ints u = all_ints(m->x + m->xy * (int32_t)y) + all_ints(m->xx) * lanes;
    ints v = all_ints(m->y + m->yy * (int32_t)y) + all_ints(m->yx) * lanes;
    for (int64_t x = 0; x < a->width; x += LANES) {
        const ints column = within(u, right), row = within(v, bottom);
        const ints fx = column >> WEIGHT_BITS & (WEIGHTS - 1), fy = row >> WEIGHT_BITS & (WEIGHTS - 1);
        const ints pair = (fx << 8) - fx + WEIGHTS;
        store_ints(room->at + x, half_products(row >> 16, all_ints((int32_t)a->width)) + (column >> 16));
        store_ints(room->across + x, pair | pair << 16);
        store_ints(room->down + x, (fy << 16) - fy + WEIGHTS);
        u += all_ints(m->xx * LANES), v += all_ints(m->yx * LANES);
    }
}

static void move_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                       const struct moved *room, uint8_t *to) {
    const int64_t w = a->width, channels = a->channels;
    const ints rest = all_ints(BYTES_ABOVE * WEIGHTS * WEIGHTS + ROUNDED);
    list_quads(image, a, (uint32_t *)room->quads);
    for (int64_t y = 0; y < a->height; y++, to += w * channels) {
        locate(a, m, y, room);
        for (int64_t c = 0; c < channels; c++) {
            const int32_t *quads = room->quads + c * a->height * w;
            for (int64_t x = 0; x < w; x++) room->found[x] = quads[room->at[x]];
            for (int64_t x = 0; x < w; x += LANES) {
                const ints rows = byte_products(load_ints(room->across + x), load_ints(room->found + x));
                store_bytes(room->bytes + x, (half_products(rows, load_ints(room->down + x)) + rest) >> BLEND_BITS);
            }
            if (channels == 1) memcpy(to, room->bytes, (size_t)w);
            else
                for (int64_t x = 0; x < w; x++) to[x * channels + c] = room->bytes[x];
        }
    }
}

/* A row of the old image from `from` on, forwards or backwards, one pixel longer than it is. */
static void shifted_row(const uint8_t *row, int64_t w, int64_t channels, int64_t from, int64_t step, uint8_t *to) {
    if (step > 0 && channels == 1) {
        const int64_t before = at_least_0(-from, w + 1), behind = at_least_0(from + 1, w + 1);
        memset(to, row[0], (size_t)before);
        memcpy(to + before, row + at_least_0(from, w), (size_t)(w + 1 - before - behind));
        memset(to + w + 1 - behind, row[w - 1], (size_t)behind);
        return;
    }
    for (int64_t x = 0; x <= w; x++)
        for (int64_t c = 0; c < channels; c++)
            to[x * channels + c] = row[at_least_0(from + x * step, w - 1) * channels + c];
}

/* The same for a map that neither turns nor zooms: weights are the same everywhere, and pixels come in rows. */
static void shift_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                        const struct moved *room, uint8_t *to) {
    const int64_t w = a->width, channels = a->channels, size = w * channels, step = m->xx / PIXEL;
    const int32_t fx = m->x >> WEIGHT_BITS & (WEIGHTS - 1), fy = m->y >> WEIGHT_BITS & (WEIGHTS - 1);
    const int32_t first = step > 0 ? WEIGHTS - fx : fx, second = WEIGHTS - first;
    uint8_t *upper = room->bytes, *lower = upper + whole_vectors(size + channels);
    for (int64_t y = 0; y < a->height; y++, to += size) {
        const int64_t v = (m->y >> 16) + y * (m->yy / PIXEL), from = (m->x >> 16) + (step < 0);
        shifted_row(image + at_least_0(v, a->height - 1) * size, w, channels, from, step, upper);
        shifted_row(image + at_least_0(v + 1, a->height - 1) * size, w, channels, from, step, lower);
        int32_t *both = room->found;
        for (int64_t i = 0; i < size + channels; i += LANES)
            store_ints(both + i, load_bytes(upper + i) * (WEIGHTS - fy) + load_bytes(lower + i) * fy);
        int64_t i = 0;
        for (; i + LANES <= size; i += LANES)
            store_bytes(to + i, (load_ints(both + i) * first + load_ints(both + i + channels) * second + ROUNDED) >>
                                    BLEND_BITS);
        for (; i < size; i++)
            to[i] = (uint8_t)((both[i] * first + both[i + channels] * second + ROUNDED) >> BLEND_BITS);
    }
}

static void brighten(uint8_t *image, int64_t count, int32_t by) {
    for (int64_t i = 0; i < count; i++) image[i] = (uint8_t)at_least_0(image[i] + by, 255);
}

static void augment_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                          const struct moved *room, uint8_t *to) {
    const int64_t size = a->height * a->width * a->channels;
    const int straight = !m->xy && !m->yx && abs(m->xx) == PIXEL && abs(m->yy) == PIXEL;
    if (!m->moved) memcpy(to, image, (size_t)size);
    else if (straight) shift_image(a, m, image, room, to);
    else move_image(a, m, image, room, to);
    if (m->brighter) brighten(to, size, m->brighter);
    for (int64_t y = m->top; y < m->bottom; y++)
        memset(to + (y * a->width + m->left) * a->channels, 0, (size_t)((m->right - m->left) * a->channels));
}

/* Writes images `from` to `to` of the order, changed, one behind the other. Returns 0, or 1 where memory is short. */
static int64_t augment(const struct augmentation *a, int64_t from, int64_t to) {
    const int64_t size = a->height * a->width * a->channels;
    const int64_t row = whole_vectors((a->width + 1) * a->channels) + LANES;
    int32_t *memory = malloc((size_t)(5 * row + size) * sizeof(int32_t));
    if (!memory) return 1;
    const struct moved room = {memory,           memory + row,     memory + 2 * row,
                               memory + 3 * row, memory + 5 * row, (uint8_t *)(memory + 4 * row)};
    for (int64_t i = from; i < to; i++) {
        const uint8_t *next = a->pixels + a->order[i + 1 < to ? i + 1 : i] * size;
        for (int64_t line = 0; line < size; line += 64) __builtin_prefetch(next + line);
        augment_image(a, a->changes + i, a->pixels + a->order[i] * size, &room, a->to + (i - from) * size);
    }
    free(memory);
    return 0;
}

#endif
