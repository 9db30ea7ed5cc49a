/* Augmented images: moved, turned, zoomed and mirrored by one linear map, made brighter or darker, with a part cut out.

   Arithmetic is in whole numbers, so that classlab/training/kernels/augmented.py has the same in NumPy, to the bit. A
   pixel of the new image lies somewhere between four of the old one, which are weighted in steps of 1/128; beyond the
   edge lies the nearest pixel again. What is nearest to a pixel that is 0 is 0: ink on an empty ground keeps its
   border. Blended, a third more of a turned digit's pixels would not be 0, and a first layer would have to multiply
   them. */

#ifndef CLASSLAB_AUGMENTATION_H
#define CLASSLAB_AUGMENTATION_H

#include <stdlib.h>
#include <string.h>

#include "nonzero_pixels.h"
#include "structures.h"

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

/* What one image after the other is changed in. */
struct moved {
    int32_t *starts, *stops; /* which pixels of each row of a turn may be other than 0 */
    uint16_t *columns;       /* each pixel of a channel of the old image with the one below it */
    uint8_t *plane;          /* such a channel, with room before and behind it */
    uint8_t *made;           /* one of the new image */
    uint8_t *row;
};

static int64_t whole_vectors(int64_t count) { return (count + LANES - 1) / LANES * LANES; }

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

INLINE ints load_anywhere(const uint8_t *from) {
    ints found;
    memcpy(&found, from, sizeof found);
    return found;
}

static int64_t zeros_before(const uint8_t *bytes, int64_t count) {
    int64_t at = 0;
    for (uint64_t eight; at + 8 <= count; at += 8) {
        memcpy(&eight, bytes + at, 8);
        if (eight) break;
    }
    while (at < count && !bytes[at]) at++;
    return at;
}

static int64_t zeros_behind(const uint8_t *bytes, int64_t count) {
    int64_t at = count;
    for (uint64_t eight; at >= 8; at -= 8) {
        memcpy(&eight, bytes + at - 8, 8);
        if (eight) break;
    }
    while (at && !bytes[at - 1]) at--;
    return count - at;
}

/* Rows and columns of a channel outside of which it is 0, up to but without `bottom` and `right`. */
struct box {
    int64_t top, bottom, left, right;
};

static struct box box_of(const uint8_t *plane, int64_t w, int64_t h, uint8_t *row) {
    const int64_t before = zeros_before(plane, w * h);
    if (before == w * h) return (struct box){0};
    const int64_t top = before / w, bottom = h - zeros_behind(plane, w * h) / w;
    for (int64_t x = 0; x < w; x += 4 * LANES) {
        ints any = load_anywhere(plane + top * w + x);
        for (int64_t y = top + 1; y < bottom; y++) any |= load_anywhere(plane + y * w + x);
        memcpy(row + x, &any, sizeof any);
    }
    return (struct box){top, bottom, zeros_before(row, w), w - zeros_behind(row, w)};
}

/* Narrows the pixels of some rows to those whose places along one axis are between two; all where the axis hardly
   depends on the column. An edge of the old image goes on for ever. */
INLINE void narrow(vec *first, vec *last, ints begin, int32_t by_column, int64_t low, int64_t high, int64_t length) {
    if (abs(by_column) < PIXEL / 64) return;
    const float far = 8.0f * PIXEL * 65536.0f, per = 1.0f / (float)by_column;
    const vec from = __builtin_convertvector(begin, vec);
    const vec one = (all(low ? (float)(low * PIXEL - PIXEL / 2) : -far) - from) * all(per);
    const vec other = (all(high < length ? (float)(high * PIXEL - PIXEL / 2) : far) - from) * all(per);
    *first = larger(*first, smaller(one, other)), *last = smaller(*last, larger(one, other));
}

/* Which pixels of each row of the new image come from where the old one is not 0. Floats may be wrong by less than the
   quarter of a pixel that is added on either side; a pixel too many is 0. */
static void find_spans(const struct augmentation *a, const struct change *m, const struct box *box,
                       const struct moved *room) {
    const ints width = all_ints((int32_t)a->width);
    for (int64_t y = 0; y < a->height; y += LANES) {
        vec first = all(0.0f), last = all((float)a->width);
        narrow(&first, &last, all_ints(m->x) + all_ints(m->xy) * counted(y), m->xx, box->left, box->right, a->width);
        narrow(&first, &last, all_ints(m->y) + all_ints(m->yy) * counted(y), m->yx, box->top, box->bottom, a->height);
        first = smaller(first, all((float)a->width)), last = larger(last, all(0.0f));
        store_ints(room->starts + y, within(whole(nearest(first - 0.25f)), width));
        store_ints(room->stops + y, within(whole(nearest(last + 0.25f)) + 1, width));
    }
}

/* What lies at some places; 0 where the nearest pixel is 0. */
INLINE ints blend(const struct augmentation *a, const uint16_t *columns, ints u, ints v) {
    const ints column = within(u, all_ints((int32_t)(a->width - 1) * PIXEL));
    const ints row = within(v, all_ints((int32_t)(a->height - 1) * PIXEL));
    const ints fx = column >> WEIGHT_BITS & (WEIGHTS - 1), fy = row >> WEIGHT_BITS & (WEIGHTS - 1);
    const ints four = look_up(columns, half_products(row >> 16, all_ints((int32_t)a->width)) + (column >> 16));
    const ints down = (fy << 8) - fy + WEIGHTS, across = (fx << 16) - fx + WEIGHTS;
    const ints sums = byte_products(down | down << 16, four ^ (int32_t)0x80808080);
    const ints pixels = (half_products(sums, across) + (BYTES_ABOVE * WEIGHTS * WEIGHTS + ROUNDED)) >> BLEND_BITS;
    const ints nearest = (ints)((bits)four >> (bits)((column >> 11 & 16) | (row >> 12 & 8)));
    return pixels & ((nearest & 255) != 0);
}

/* One channel, turned or zoomed: most of it need not be looked at where most of it is 0. */
static void move_plane(const struct augmentation *a, const struct change *m, const struct moved *room, uint8_t *to) {
    const int64_t w = a->width, h = a->height;
    const struct box box = box_of(room->plane, w, h, room->row);
    memset(to, 0, (size_t)(w * h));
    if (box.top == box.bottom) return;
    for (int64_t i = 0; i < w * h; i++) room->columns[i] = (uint16_t)(room->plane[i] | room->plane[i + w] << 8);
    find_spans(a, m, &box, room);
    const ints across = all_ints(m->xx) * counted(0), down = all_ints(m->yx) * counted(0);
    for (int64_t y = 0; y < h; y++)
        /* Vectors end within the row, where they do not need more than it has: then all of it is written. */
        for (int64_t x = w < LANES ? 0 : room->starts[y]; x < (w < LANES ? w : room->stops[y]); x += LANES) {
            const int64_t first = x + LANES <= w || w < LANES ? x : w - LANES;
            const int32_t column = (int32_t)first, row = (int32_t)y;
            const ints pixels = blend(a, room->columns, all_ints(m->x + m->xy * row + m->xx * column) + across,
                                      all_ints(m->y + m->yy * row + m->yx * column) + down);
            store_pixels(a, to + y * w, to + h * w, first, pixels);
        }
}

/* A shift by whole pixels, and a mirroring, of one channel; the edge is repeated. */
static void shift_plane(const struct augmentation *a, const struct change *m, const uint8_t *plane, uint8_t *to) {
    const int64_t w = a->width, h = a->height;
    const int64_t asked = m->xx < 0 ? w - 1 - (m->x >> 16) : m->x >> 16;
    const int64_t from = asked < -w ? -w : asked > w ? w : asked;
    for (int64_t y = 0; y < h; y++) {
        const uint8_t *row = plane + at_least_0((m->y >> 16) + y * (m->yy / PIXEL), h - 1) * w;
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
            store_pixels(a, to + y * w, to + h * w, x, pixels);
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

static void move_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                       const struct moved *room, uint8_t *to) {
    const int64_t channels = a->channels, size = a->height * a->width;
    const int32_t between = (m->x | m->y) >> WEIGHT_BITS & (WEIGHTS - 1);
    const int straight = !m->xy && !m->yx && abs(m->xx) == PIXEL && abs(m->yy) == PIXEL && !between;
    for (int64_t c = 0; c < channels; c++) {
        uint8_t *own = channels == 1 ? to : room->made;
        take_plane(a, image, c, straight && m->xx < 0, room->plane);
        if (straight) shift_plane(a, m, room->plane, own);
        else move_plane(a, m, room, own);
        for (int64_t i = 0; channels > 1 && i < size; i++) to[i * channels + c] = own[i];
    }
}

static void brighten(uint8_t *image, int64_t count, int32_t by) {
    for (int64_t i = 0; i < count; i++) image[i] = (uint8_t)at_least_0(image[i] + by, 255);
}

static void augment_image(const struct augmentation *a, const struct change *m, const uint8_t *image,
                          const struct moved *room, uint8_t *to) {
    const int64_t size = a->height * a->width * a->channels;
    if (m->moved) move_image(a, m, image, room, to);
    else memcpy(to, image, (size_t)size);
    if (m->brighter) brighten(to, size, m->brighter);
    for (int64_t y = m->top; y < m->bottom; y++)
        memset(to + (y * a->width + m->left) * a->channels, 0, (size_t)((m->right - m->left) * a->channels));
}

/* Images `from` to `to` of the order, changed: written one behind the other, or listed, each in the place of the one
   before. Returns 0, or 1 where memory is short. */
static int64_t augment(const struct augmentation *a, int64_t from, int64_t to) {
    const int64_t plane = a->height * a->width, size = plane * a->channels;
    const int64_t rows = whole_vectors(a->height), beside = a->width + 4 * LANES;
    const int64_t bytes = 2 * rows * 4 + (plane + beside) * 2 + plane + 2 * beside + plane + beside;
    int32_t *memory = calloc((size_t)bytes, 1);
    if (!memory) return 1;
    uint16_t *columns = (uint16_t *)(memory + 2 * rows);
    uint8_t *behind = (uint8_t *)(columns + plane + beside);
    const struct moved room = {
        memory, memory + rows, columns, behind + beside, behind + plane + 2 * beside, behind + 2 * plane + 2 * beside,
    };
    const int64_t blocks = a->pairs ? (size + a->block - 1) / a->block : 0;
    int64_t at = 0;
    for (int64_t i = from; i < to; i++) {
        const uint8_t *next = a->pixels + a->order[i + 1 < to ? i + 1 : i] * size;
        for (int64_t line = 0; line < size; line += 64) __builtin_prefetch(next + line);
        uint8_t *own = a->pairs ? a->to : a->to + (i - from) * size;
        augment_image(a, a->changes + i, a->pixels + a->order[i] * size, &room, own);
        if (!a->pairs) continue;
        const uint8_t ground = a->grounds ? (uint8_t)at_least_0(a->changes[i].brighter, 255) : 0;
        if (a->grounds) a->grounds[i - from] = ground;
        at = list_image(own, size, a->block, size, ground, at, a->starts + (i - from) * (blocks + 1), a->pairs);
    }
    free(memory);
    return 0;
}

#endif
