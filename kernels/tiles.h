/* Winograd's tiles: which are transformed together, which products they take, and what to fetch ahead of them. */

#ifndef CLASSLAB_TILES_H
#define CLASSLAB_TILES_H

#include <string.h>

#include "product.h"
#include "structures.h"

#define SIDE 6 /* of an input tile */
#define OUT 4  /* of an output tile */
#define POINTS (SIDE * SIDE)
#define TILES 36 /* transformed together */

/* From point to point: an odd number of cache lines, so that the 36 rows of a transform do not contend for one. */
static int64_t point_stride(int64_t channels) { return (TILES * channels / 16 | 1) * 16; }

struct tile {
    int64_t image, y, x;   /* of the tile's first output */
    int64_t height, width; /* its outputs: four, or what an image's edge leaves */
};

/* Outputs that anything follows from: of an odd number pooling leaves the last one out. */
static int64_t used(const struct convolution *s, int64_t outputs) { return s->pool ? outputs / 2 * 2 : outputs; }
static int64_t tiles_down(const struct convolution *s) { return (used(s, s->rows) + OUT - 1) / OUT; }
static int64_t tiles_across(const struct convolution *s) { return (used(s, s->columns) + OUT - 1) / OUT; }
static int64_t tiles_of(const struct convolution *s) { return tiles_down(s) * tiles_across(s); }

/* Tiles that are transformed together. Those with the same points lie side by side, so that the tiles that take part in
   a point's product do as well: low, whole, narrow, and both low and narrow ones. */
struct tile_group {
    int64_t count, low, narrow; /* outputs that the last tiles have, in height and width */
    int64_t starts[5];          /* of the four kinds, and their end */
    struct tile tiles[TILES];
};

/* Which of a group's four kinds a tile is of. */
static int64_t kind_of(struct tile at) { return at.height == OUT ? 1 + (at.width < OUT) : at.width < OUT ? 3 : 0; }

static struct tile tile_at(const struct convolution *s, int64_t tile) {
    const int64_t left = tile % tiles_of(s), across = tiles_across(s);
    return (struct tile){tile / tiles_of(s), left / across * OUT, left % across * OUT, 0, 0};
}

/* Some tiles in a row, as a group. */
static void group_tiles(const struct convolution *s, int64_t first, int64_t count, struct tile_group *group) {
    const int64_t rows = used(s, s->rows), columns = used(s, s->columns);
    struct tile tiles[TILES], at = tile_at(s, first);
    int64_t sizes[4] = {0, 0, 0, 0};
    for (int64_t t = 0; t < count; t++) {
        at.height = rows - at.y < OUT ? rows - at.y : OUT, at.width = columns - at.x < OUT ? columns - at.x : OUT;
        sizes[kind_of(at)]++;
        tiles[t] = at;
        if ((at.x += OUT) >= columns) at.x = 0, at.y += OUT;
        if (at.y >= rows) at.y = 0, at.image++;
    }
    group->count = count, group->low = (rows - 1) % OUT + 1, group->narrow = (columns - 1) % OUT + 1;
    group->starts[0] = 0;
    for (int k = 0; k < 4; k++) group->starts[k + 1] = group->starts[k] + sizes[k];
    int64_t next[4];
    memcpy(next, group->starts, sizeof next);
    for (int64_t t = 0; t < count; t++) group->tiles[next[kind_of(tiles[t])]++] = tiles[t];
}

struct span {
    int64_t first, count; /* of a group's tiles */
};

/* The tiles of a group that have a point. */
static struct span tiles_with(const struct tile_group *group, int64_t point) {
    const int64_t y = point / SIDE, x = point % SIDE;
    const int low = y <= group->low || y == SIDE - 1, narrow = x <= group->narrow || x == SIDE - 1;
    const int64_t first = group->starts[low ? 0 : 1], last = group->starts[narrow ? (low ? 4 : 3) : 2];
    return (struct span){first, last - first};
}

/* Asks for some rows of a table of numbers, so that they are near when their tile's turn comes: tiles are too short for
   a processor to see where they lead. */
INLINE void prefetch_rows(const void *corner, int64_t row_bytes, int64_t rows, int64_t bytes) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t at = 0; at < bytes; at += 64)
            __builtin_prefetch((const char *)corner + r * row_bytes + at);
}

/* The rows of a table that some tiles are made of or make. */
struct rows {
    const char *first;
    int64_t bytes;
};

static struct rows rows_of(const void *table, int64_t row_bytes, int64_t height, struct tile first, struct tile last,
                           int64_t step, int64_t reach) {
    const int64_t from = first.image * height + first.y / step, most = last.y / step + reach;
    const int64_t to = last.image * height + (most < height ? most : height);
    return (struct rows){(const char *)table + from * row_bytes, (to - from) * row_bytes};
}

static struct rows inputs_of(const struct convolution *s, const float *x, int64_t first, int64_t last) {
    if (first >= last) return (struct rows){0, 0};
    const int64_t row = s->width * s->channels * (int64_t)sizeof *x;
    return rows_of(x, row, s->height, tile_at(s, first), tile_at(s, last - 1), 1, SIDE);
}

/* Of outputs or what lies like them, numbers of so many bytes; none of what is not there. */
static struct rows outputs_of(const struct convolution *s, const void *out, int64_t size, int64_t first, int64_t last) {
    const int64_t step = s->pool ? 2 : 1;
    if (!out || first >= last) return (struct rows){0, 0};
    return rows_of(out, s->out_columns * s->filters * size, s->out_rows, tile_at(s, first), tile_at(s, last - 1), step,
                   OUT / step);
}

/* Asks for a share of them. Products leave the memory idle; without this the transforms before and after them wait for
   it, a tenth of the time forward. */
INLINE void prefetch_share(struct rows rows, int64_t share, int64_t shares) {
    const char *end = rows.first + rows.bytes * (share + 1) / shares;
    for (const char *at = rows.first + rows.bytes * share / shares; at < end; at += 64) __builtin_prefetch(at, 0, 2);
}

#endif
