/* Where tiles lie: which are transformed together, which products they take, and what to ask for ahead of them. */

#ifndef CLASSLAB_TILES_H
#define CLASSLAB_TILES_H

#include <string.h>

#include "shape.h"

struct spot {
    int64_t image, y, x;  /* of the tile's first output */
    int64_t down, across; /* its outputs: four, or what an image's edge leaves */
};

/* Outputs that anything follows from: of an odd number pooling leaves the last one out. */
static int64_t used(const struct convolution *s, int64_t outputs) { return s->pool ? outputs / 2 * 2 : outputs; }
static int64_t tiles_down(const struct convolution *s) { return (used(s, s->rows) + OUT - 1) / OUT; }
static int64_t tiles_across(const struct convolution *s) { return (used(s, s->columns) + OUT - 1) / OUT; }
static int64_t tiles_of(const struct convolution *s) { return tiles_down(s) * tiles_across(s); }

/* Tiles that are transformed together. Those with the same points lie side by side, so that the tiles that take part in
   a place's product do as well: low, whole, narrow, and both low and narrow ones. */
struct chunk {
    int64_t count, low, narrow; /* outputs that the last tiles have, down and across */
    int64_t starts[5];          /* of the four kinds, and their end */
    struct spot spots[TILES];
};

/* Which of a chunk's four kinds a tile is of. */
static int64_t kind_of(struct spot at) { return at.down == OUT ? 1 + (at.across < OUT) : at.across < OUT ? 3 : 0; }

static struct spot spot_of(const struct convolution *s, int64_t tile) {
    const int64_t left = tile % tiles_of(s), across = tiles_across(s);
    return (struct spot){tile / tiles_of(s), left / across * OUT, left % across * OUT, 0, 0};
}

/* Some tiles in a row, as a chunk. */
static void gather(const struct convolution *s, int64_t first, int64_t count, struct chunk *chunk) {
    const int64_t rows = used(s, s->rows), columns = used(s, s->columns);
    struct spot spots[TILES], at = spot_of(s, first);
    int64_t sizes[4] = {0, 0, 0, 0};
    for (int64_t t = 0; t < count; t++) {
        at.down = rows - at.y < OUT ? rows - at.y : OUT, at.across = columns - at.x < OUT ? columns - at.x : OUT;
        sizes[kind_of(at)]++;
        spots[t] = at;
        if ((at.x += OUT) >= columns) at.x = 0, at.y += OUT;
        if (at.y >= rows) at.y = 0, at.image++;
    }
    chunk->count = count, chunk->low = (rows - 1) % OUT + 1, chunk->narrow = (columns - 1) % OUT + 1;
    chunk->starts[0] = 0;
    for (int k = 0; k < 4; k++) chunk->starts[k + 1] = chunk->starts[k] + sizes[k];
    int64_t next[4];
    memcpy(next, chunk->starts, sizeof next);
    for (int64_t t = 0; t < count; t++) chunk->spots[next[kind_of(spots[t])]++] = spots[t];
}

struct span {
    int64_t first, count; /* of a chunk's tiles */
};

/* The tiles of a chunk that have a place. */
static struct span sharing(const struct chunk *chunk, int64_t place) {
    const int64_t y = place / SIDE, x = place % SIDE;
    const int low = y <= chunk->low || y == SIDE - 1, narrow = x <= chunk->narrow || x == SIDE - 1;
    const int64_t first = chunk->starts[low ? 0 : 1], last = chunk->starts[narrow ? (low ? 4 : 3) : 2];
    return (struct span){first, last - first};
}

/* Asks for some rows of a table of numbers, so that they are near when their tile's turn comes: tiles are too short for
   a processor to see where they lead. */
INLINE void look_ahead(const void *corner, int64_t row_bytes, int64_t rows, int64_t bytes) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t at = 0; at < bytes; at += 64)
            _mm_prefetch((const char *)corner + r * row_bytes + at, _MM_HINT_T0);
}

/* The rows of a table that some tiles are made of or make. */
struct rows {
    const char *first;
    int64_t bytes;
};

static struct rows rows_of(const void *table, int64_t row_bytes, int64_t height, struct spot first, struct spot last,
                           int64_t step, int64_t reach) {
    const int64_t from = first.image * height + first.y / step, most = last.y / step + reach;
    const int64_t to = last.image * height + (most < height ? most : height);
    return (struct rows){(const char *)table + from * row_bytes, (to - from) * row_bytes};
}

static struct rows inputs_of(const struct convolution *s, const float *x, int64_t first, int64_t last) {
    if (first >= last) return (struct rows){0, 0};
    const int64_t row = s->width * s->channels * (int64_t)sizeof *x;
    return rows_of(x, row, s->height, spot_of(s, first), spot_of(s, last - 1), 1, SIDE);
}

/* Of outputs or what lies like them, numbers of so many bytes; none of what is not there. */
static struct rows outputs_of(const struct convolution *s, const void *out, int64_t size, int64_t first, int64_t last) {
    const int64_t step = s->pool ? 2 : 1;
    if (!out || first >= last) return (struct rows){0, 0};
    return rows_of(out, s->out_columns * s->filters * size, s->out_rows, spot_of(s, first), spot_of(s, last - 1), step,
                   OUT / step);
}

/* Asks for a share of them. Products leave the memory idle; without this the transforms before and after them wait for
   it, a tenth of the time forward. */
INLINE void fetch(struct rows rows, int64_t share, int64_t shares) {
    const char *end = rows.first + rows.bytes * (share + 1) / shares;
    for (const char *at = rows.first + rows.bytes * share / shares; at < end; at += 64) _mm_prefetch(at, _MM_HINT_T1);
}

#endif
