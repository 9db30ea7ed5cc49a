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

#define STRIP                                                                                               \
    1024 /* pixels whose places are computed together: they and what they look up stay in the nearest cache \
          */

/* Rooms for a strip of rows of the new image, each row of whole vectors; and for what is made of the old one. */
struct moved {
    int64_t rows;                        /* of a strip */
    int32_t *at, *across, *down, *found; /* where pixels come from, weights across and down, the four pixels */
    int32_t *quads;
    uint8_t *bytes, *plane; /* a row; one channel, with room before and behind it */
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

/* Stores a vector of a row, of which what lies beyond the row is overwritten by the next; not so behind the image. */
INLINE void store_pixels(const struct augmentation *a, uint8_t *row, const uint8_t *end, int64_t x, ints pixels) {
    if (end - (row + x) >= LANES) {
        store_bytes(row + x, pixels);
    } else {
        uint8_t last[LANES];
        store_bytes(last, pixels);
        for (int64_t i = 0; x + i < a->width; i++) row[x + i] = last[i];
    }
}

INLINE ints counted(int64_t from) {
    ints lanes;
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = lane;
    return lanes + all_ints((int32_t)from);
}

/* Where a row's pixels come from, and how much of each of the four they take. */
INLINE void locate(const struct augmentation *a, const struct change *m, int64_t y, int32_t *at, int32_t *across,
                   int32_t *down) {
    const ints right = all_ints((int32_t)(a->width - 1) * PIXEL), bottom = all_ints((int32_t)(a->height - 1) * PIXEL);
    ints u = all_ints(m->x + m->xy * (int32_t)y) + all_ints(m->xx) * counted(0);
    ints v = all_ints(m->y + m->yy * (int32_t)y) + all_ints(m->yx) * counted(0);
    for (int64_t x = 0; x < a->width; x += LANES) {
        const ints column = within(u, right), row = within(v, bottom);
        const ints fx = column >> WEIGHT_BITS & (WEIGHTS - 1), fy = row >> WEIGHT_BITS & (WEIGHTS - 1);
        const ints pair = (fx << 8) - fx + WEIGHTS;
        store_ints(at + x, half_products(row >> 16, all_ints((int32_t)a->width)) + (column >> 16));
        store_ints(across + x, pair | pair << 16);
        store_ints(down + x, (fy << 16) - fy + WEIGHTS);
        u += all_ints(m->xx * LANES), v += all_ints(m->yx * LANES);
    }
}

/* One row of one channel, of the strip's `place`-th places. */
INLINE void blend(const struct augmentation *a, const struct moved *room, int64_t place, uint8_t *to,
                  const uint8_t *end) {
    const ints rest = all_ints(BYTES_ABOVE * WEIGHTS * WEIGHTS + ROUNDED);
    for (int64_t x = 0; x < a->width; x += LANES) {
        const ints rows = byte_products(load_ints(room->across + place + x), load_ints(room->found + place + x));
        const ints pixels = (half_products(rows, load_ints(room->down + place + x)) + rest) >> BLEND_BITS;
        store_pixels(a, to, end, x, pixels);
    }
}

static void move_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                       const struct moved *room, uint8_t *to) {
    const int64_t w = a->width, h = a->height, channels = a->channels, wide = whole_vectors(w);
    const uint8_t *end = to + h * w;
    list_quads(image, a, (uint32_t *)room->quads);
    for (int64_t first = 0; first < h; first += room->rows) {
        const int64_t rows = h - first < room->rows ? h - first : room->rows;
        for (int64_t r = 0; r < rows; r++)
            locate(a, m, first + r, room->at + r * wide, room->across + r * wide, room->down + r * wide);
        for (int64_t c = 0; c < channels; c++) {
            const int32_t *quads = room->quads + c * h * w;
            for (int64_t i = 0; i < rows * wide; i++) room->found[i] = quads[room->at[i]];
            for (int64_t r = 0; r < rows; r++) {
                uint8_t *own = to + (first + r) * w * channels;
                if (channels == 1) {
                    blend(a, room, r * wide, own, end);
                } else {
                    blend(a, room, r * wide, room->bytes, room->bytes + wide);
                    for (int64_t x = 0; x < w; x++) own[x * channels + c] = room->bytes[x];
                }
            }
        }
    }
}

/* One channel by itself, its rows backwards where they are to be mirrored. */
static void take_plane(const struct augmentation *a, const uint8_t *image, int64_t channel, int backwards,
                       uint8_t *plane) {
    const int64_t w = a->width, channels = a->channels;
    if (channels == 1 && !backwards) {
        memcpy(plane, image, (size_t)(w * a->height));
        return;
    }
    for (int64_t y = 0; y < a->height; y++, plane += w)
        for (int64_t x = 0; x < w; x++) plane[x] = image[(y * w + (backwards ? w - 1 - x : x)) * channels + channel];
}

/* A shift along rows: what two neighbors, from column `from` on, weigh together; the edge is repeated. */
INLINE void shifted_row(const uint8_t *row, int64_t w, int64_t from, int32_t first, int32_t second, int32_t *to) {
    const ints weights = all_ints(first | second << 16);
    const ints before = all_ints(row[0] * WEIGHTS), behind = all_ints(row[w - 1] * WEIGHTS);
    for (int64_t x = 0; x < w; x += LANES) {
        ints sums = half_products(load_bytes(row + from + x) | load_bytes(row + from + x + 1) << 16, weights);
        if (x < -from) {
            const ints outside = counted(x) < all_ints((int32_t)-from);
            sums = (before & outside) | (sums & ~outside);
        }
        if (x + LANES > w - 1 - from) {
            const ints outside = counted(x) >= all_ints((int32_t)(w - 1 - from));
            sums = (behind & outside) | (sums & ~outside);
        }
        store_ints(to + x, sums);
    }
}

/* A shift by whole pixels of one channel. */
static void shift_whole(const struct augmentation *a, const struct change *m, const uint8_t *plane, int64_t from,
                        int64_t y, uint8_t *to, const uint8_t *end) {
    const int64_t w = a->width;
    const uint8_t *row = plane + at_least_0((m->y >> 16) + y * (m->yy / PIXEL), a->height - 1) * w;
    for (int64_t x = 0; x < w; x += LANES) {
        ints pixels = load_bytes(row + from + x);
        if (from + x < 0) {
            const ints outside = counted(from + x) < 0;
            pixels = (all_ints(row[0]) & outside) | (pixels & ~outside);
        }
        if (from + x + LANES > w) {
            const ints outside = counted(from + x) >= (int32_t)w;
            pixels = (all_ints(row[w - 1]) & outside) | (pixels & ~outside);
        }
        store_pixels(a, to, end, x, pixels);
    }
}

/* The same as `move_image` for a map that neither turns nor zooms: weights are the same everywhere, and pixels come in
   rows. */
static void shift_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                        const struct moved *room, uint8_t *to) {
    const int64_t w = a->width, h = a->height, channels = a->channels;
    const int32_t fx = m->x >> WEIGHT_BITS & (WEIGHTS - 1), fy = m->y >> WEIGHT_BITS & (WEIGHTS - 1);
    const int backwards = m->xx < 0;
    const int64_t asked = backwards ? w - 2 - (m->x >> 16) : m->x >> 16;
    const int64_t from = asked < -(w + 1) ? -(w + 1) : asked > w ? w : asked;
    const int32_t first = backwards ? fx : WEIGHTS - fx;
    const ints weights = all_ints((WEIGHTS - fy) | fy << 16);
    for (int64_t c = 0; c < channels; c++) {
        int64_t held[2] = {-1, -1};
        int32_t *lines[2] = {room->at, room->at + whole_vectors(w)};
        take_plane(a, image, c, backwards, room->plane);
        for (int64_t y = 0; y < h; y++) {
            uint8_t *own = channels == 1 ? to + y * w : room->bytes;
            const uint8_t *end = channels == 1 ? to + h * w : room->bytes + whole_vectors(w);
            if (!fx && !fy) {
                shift_whole(a, m, room->plane, from + backwards, y, own, end);
                for (int64_t x = 0; channels > 1 && x < w; x++) to[(y * w + x) * channels + c] = own[x];
                continue;
            }
            const int64_t v = (m->y >> 16) + y * (m->yy / PIXEL);
            const int64_t upper = at_least_0(v, h - 1), lower = at_least_0(v + 1, h - 1);
            for (int64_t r = upper; r <= lower; r++)
                if (held[r & 1] != r) {
                    shifted_row(room->plane + r * w, w, from, first, WEIGHTS - first, lines[r & 1]);
                    held[r & 1] = r;
                }
            for (int64_t x = 0; x < w; x += LANES) {
                const ints both = load_ints(lines[upper & 1] + x) | load_ints(lines[lower & 1] + x) << 16;
                store_pixels(a, own, end, x, (half_products(both, weights) + ROUNDED) >> BLEND_BITS);
            }
            for (int64_t x = 0; channels > 1 && x < w; x++) to[(y * w + x) * channels + c] = own[x];
        }
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
    const int64_t wide = whole_vectors(a->width), rows = wide < STRIP ? STRIP / wide : 1;
    const int64_t strip = wide * (rows < 2 ? 2 : rows), before = a->width + 1 + LANES;
    const int64_t bytes = wide + before + a->height * a->width + wide + 2 + LANES;
    int32_t *memory = calloc((size_t)(4 * strip + size) + (size_t)bytes / sizeof(int32_t) + 1, sizeof(int32_t));
    if (!memory) return 1;
    uint8_t *behind = (uint8_t *)(memory + 4 * strip + size);
    const struct moved room = {
        rows,
        memory,
        memory + strip,
        memory + 2 * strip,
        memory + 3 * strip,
        memory + 4 * strip,
        behind,
        behind + wide + before,
    };
    for (int64_t i = from; i < to; i++) {
        const uint8_t *next = a->pixels + a->order[i + 1 < to ? i + 1 : i] * size;
        for (int64_t line = 0; line < size; line += 64) __builtin_prefetch(next + line);
        augment_image(a, a->changes + i, a->pixels + a->order[i] * size, &room, a->to + (i - from) * size);
    }
    free(memory);
    return 0;
}

#endif
