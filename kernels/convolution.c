/* Convolutions with 3 x 3 kernels, stride 1, without padding, on channels-last images, by Winograd's minimal filtering.

   A tile of 4 x 4 outputs takes 36 products per pair of channels in place of 144: F(4 x 4, 3 x 3) in the words of
   Lavin & Gray (2016), whose matrices B, G and A these are. Smaller tiles along an image's edge take fewer. Tiles are
   transformed a few at a time, multiplied by the transformed kernel as 36 matrix products, and transformed back, all
   within a core's second cache. What follows a convolution in almost every network, bias, 2 x 2 max-pooling and ReLU,
   happens on the way out, before the outputs ever reach memory; so does its inverse on the way back. The gradients are
   those of this very computation, written with the transposed matrices: kernel gradient and input gradient share the
   transformed output gradient.

   Images with few channels take the plain sum instead, whose inner loop runs over filters. */

#include <string.h>

#include "product.h"

#define SIDE 6                  /* of an input tile */
#define OUT 4                   /* of an output tile */
#define PLACES (SIDE * SIDE)
#define TILES 36                /* transformed together */

/* Small loops over registers: left to itself the compiler keeps such arrays in memory. */
#define UNROLLED _Pragma("GCC unroll 12")

struct convolution {
    int64_t height, width, channels; /* of the input */
    int64_t rows, columns, filters;  /* of the output before pooling */
    int64_t out_rows, out_columns;   /* after it */
    int64_t pool, relu;              /* whether 2 x 2 max-pooling and ReLU follow */
    int64_t side;                    /* of the kernel, where the plain sum is taken; 0 for Winograd's */
};

/* c (rows, 8 vectors) = a (rows, inner) b (inner, 8 vectors), or is added to; see product.h. */
static void multiply(const float *a, int64_t a_row, int64_t a_inner, const float *b, int64_t b_row, float *c,
                     int64_t c_row, int64_t rows, int64_t inner, int64_t vectors, int add) {
    if (vectors % 4 == 0) wide_product(a, a_row, a_inner, b, b_row, c, c_row, rows, inner, vectors, add);
    else product(a, a_row, a_inner, b, b_row, c, c_row, rows, inner, vectors, 0, add);
}

/* Between places: an odd number of cache lines, so that the 36 rows of a transform do not contend for one. */
static int64_t place_of(int64_t channels) { return (TILES * channels / 16 | 1) * 16; }

/* Floats that a call needs to work in. */
int64_t classlab_convolution_room(const struct convolution *s) {
    return s->side ? s->out_columns * s->filters : PLACES * (2 * place_of(s->channels) + place_of(s->filters)) + 64;
}

/* ------------------------------------------------------------------ transforms of single lines ----------------- */

INLINE vec times(float a, vec x) { return _mm256_mul_ps(all(a), x); }
INLINE vec plus(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec minus(vec a, vec b) { return _mm256_sub_ps(a, b); }

/* The polynomials are evaluated at 0, A, -A, B, -B and infinity. A = 3/4 and B = 3/2 leave less than half of the rounding
   error of the usual 1 and 2 (measured against float64: 3.7e-7 against 8.3e-7 for 32 channels; plain float32 sums 2e-7),
   and every number made of them but the divisions of the kernel's transform is exact. See also Barabasz et al. (2020).

   A line of n outputs, where an image's edge leaves fewer than four, takes n + 2 inputs and the first n + 1 of these
   points and infinity. So it needs fewer products, of the same transformed kernel: what the kernel is divided by for
   the points that are missing, its inputs are multiplied with. A 10 x 10 image takes 256 products in place of 324, a
   3 x 3 one 25 in place of 36: a fifth to a third less time. */
#define A 0.75f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)
#define FA (2 * A2 * (A2 - B2)) /* product of A's distances to the other points */
#define FB (2 * B2 * (B2 - A2))

/* The place among six of a line's k-th point. */
INLINE int64_t point(int64_t n, int64_t k) { return k <= n ? k : SIDE - 1; }

/* Calls with a line's length as a constant. */
#define BY_LENGTH(n, CALL)           \
    do {                             \
        switch (n) {                 \
        case 4: CALL(4); break;      \
        case 3: CALL(3); break;      \
        case 2: CALL(2); break;      \
        default: CALL(1);            \
        }                            \
    } while (0)

/* B' d */
INLINE void enter_line(const int n, const vec d[6], vec o[6]) {
    if (n == 4) {
        vec even = fma_(all(-B2), d[2], d[4]), odd = fma_(all(-B2), d[1], d[3]);
        vec even_2 = fma_(all(-A2), d[2], d[4]), odd_2 = fma_(all(-A2), d[1], d[3]);
        o[0] = fma_(all(A2 * B2), d[0], fma_(all(-A2 - B2), d[2], d[4]));
        o[1] = fma_(all(A), odd, even);
        o[2] = fma_(all(-A), odd, even);
        o[3] = fma_(all(B), odd_2, even_2);
        o[4] = fma_(all(-B), odd_2, even_2);
        o[5] = fma_(all(A2 * B2), d[1], fma_(all(-A2 - B2), d[3], d[5]));
    } else if (n == 3) {
        vec high = fma_(all(-B), d[2], d[3]), low = fma_(all(-B), d[1], d[2]);
        o[0] = fma_(all(A2 * B2), d[0], times(B, fma_(all(-A2), d[1], high)));
        o[1] = times(A + B, fma_(all(A), low, high));
        o[2] = times(B - A, fma_(all(-A), low, high));
        o[3] = times(2 * B, fma_(all(-A2), d[1], d[3]));
        o[4] = fma_(all(-A2), low, fma_(all(-B), d[3], d[4]));
    } else if (n == 2) {
        vec even = times(A2 - B2, d[2]), odd = times(A * (A2 - B2), d[1]);
        o[0] = fma_(all(A2 * B2), d[0], times(-B2, d[2]));
        o[1] = plus(even, odd);
        o[2] = minus(even, odd);
        o[3] = fma_(all(-A2), d[1], d[3]);
    } else {
        o[0] = fma_(all(A2 * B2), d[0], times(-A * B2, d[1]));
        o[1] = times(2 * A * (A2 - B2), d[1]);
        o[2] = fma_(all(-A), d[1], d[2]);
    }
}

/* B o */
INLINE void enter_line_back(const int n, const vec o[6], vec d[6]) {
    d[0] = times(A2 * B2, o[0]);
    if (n == 4) {
        vec sum = plus(o[1], o[2]), difference = minus(o[1], o[2]);
        vec sum_2 = plus(o[3], o[4]), difference_2 = minus(o[3], o[4]);
        d[1] = fma_(all(-A * B2), difference, fma_(all(-B * A2), difference_2, times(A2 * B2, o[5])));
        d[2] = fma_(all(-A2 - B2), o[0], fma_(all(-B2), sum, times(-A2, sum_2)));
        d[3] = fma_(all(A), difference, fma_(all(B), difference_2, times(-A2 - B2, o[5])));
        d[4] = plus(o[0], plus(sum, sum_2));
        d[5] = o[5];
    } else if (n == 3) {
        vec one = times(A + B, o[1]), two = times(B - A, o[2]);
        vec high = fma_(all(B), o[0], plus(one, two));
        vec low = fma_(all(A), minus(one, two), times(-A2, o[4]));
        d[1] = fma_(all(-B), low, fma_(all(-A2 * B), o[0], times(-2 * A2 * B, o[3])));
        d[2] = fma_(all(-B), high, low);
        d[3] = plus(high, fma_(all(2 * B), o[3], times(-B, o[4])));
        d[4] = o[4];
    } else if (n == 2) {
        d[1] = fma_(all(A * (A2 - B2)), minus(o[1], o[2]), times(-A2, o[3]));
        d[2] = fma_(all(A2 - B2), plus(o[1], o[2]), times(-B2, o[0]));
        d[3] = o[3];
    } else {
        d[1] = fma_(all(-A * B2), o[0], fma_(all(2 * A * (A2 - B2)), o[1], times(-A, o[2])));
        d[2] = o[2];
    }
}

/* A' m */
INLINE void leave_line(const int n, const vec m[6], vec y[4]) {
    vec sum = plus(m[1], m[2]), difference = minus(m[1], m[2]);
    if (n == 4) {
        vec sum_2 = plus(m[3], m[4]), difference_2 = minus(m[3], m[4]);
        y[0] = plus(m[0], plus(sum, sum_2));
        y[1] = fma_(all(B), difference_2, times(A, difference));
        y[2] = fma_(all(B2), sum_2, times(A2, sum));
        y[3] = fma_(all(B2 * B), difference_2, fma_(all(A2 * A), difference, m[5]));
    } else if (n == 3) {
        y[0] = plus(m[0], plus(sum, m[3]));
        y[1] = fma_(all(B), m[3], times(A, difference));
        y[2] = fma_(all(B2), m[3], fma_(all(A2), sum, m[4]));
    } else if (n == 2) {
        y[0] = plus(m[0], sum);
        y[1] = fma_(all(A), difference, m[3]);
    } else {
        y[0] = plus(m[0], sum);
    }
}

/* A y */
INLINE void leave_line_back(const int n, const vec y[4], vec m[6]) {
    m[0] = y[0];
    if (n == 4) {
        vec even = fma_(all(A2), y[2], y[0]), odd = fma_(all(A2), y[3], y[1]);
        vec even_2 = fma_(all(B2), y[2], y[0]), odd_2 = fma_(all(B2), y[3], y[1]);
        m[1] = fma_(all(A), odd, even);
        m[2] = fma_(all(-A), odd, even);
        m[3] = fma_(all(B), odd_2, even_2);
        m[4] = fma_(all(-B), odd_2, even_2);
        m[5] = y[3];
    } else if (n == 3) {
        vec even = fma_(all(A2), y[2], y[0]);
        m[1] = fma_(all(A), y[1], even);
        m[2] = fma_(all(-A), y[1], even);
        m[3] = fma_(all(B), y[1], fma_(all(B2), y[2], y[0]));
        m[4] = y[2];
    } else if (n == 2) {
        m[1] = fma_(all(A), y[1], y[0]);
        m[2] = fma_(all(-A), y[1], y[0]);
        m[3] = y[1];
    } else {
        m[1] = m[2] = y[0];
    }
}

/* G g */
INLINE void kernel_six(const vec g[3], vec o[6]) {
    vec ends = fma_(all(A2 / FA), g[2], times(1 / FA, g[0])), ends_2 = fma_(all(B2 / FB), g[2], times(1 / FB, g[0]));
    o[0] = times(1 / (A2 * B2), g[0]);
    o[1] = fma_(all(A / FA), g[1], ends);
    o[2] = fma_(all(-A / FA), g[1], ends);
    o[3] = fma_(all(B / FB), g[1], ends_2);
    o[4] = fma_(all(-B / FB), g[1], ends_2);
    o[5] = g[2];
}

/* G' o */
INLINE void kernel_six_back(const vec o[6], vec g[3]) {
    vec sum = plus(o[1], o[2]), difference = minus(o[1], o[2]);
    vec sum_2 = plus(o[3], o[4]), difference_2 = minus(o[3], o[4]);
    g[0] = fma_(all(1 / (A2 * B2)), o[0], fma_(all(1 / FA), sum, times(1 / FB, sum_2)));
    g[1] = fma_(all(A / FA), difference, times(B / FB, difference_2));
    g[2] = plus(o[5], fma_(all(A2 / FA), sum, times(B2 / FB, sum_2)));
}

/* ------------------------------------------------------------------ kernels ------------------------------------ */

/* kernel (filters, 3, 3, channels) to u (36, channels, filters) and its exchange (36, filters, channels), for some
   filters, a multiple of 8 of them. */
void classlab_convolution_kernel(const struct convolution *s, const float *kernel, float *u, float *exchanged,
                                 int64_t from, int64_t to) {
    const int64_t plane = s->channels * s->filters;
    for (int64_t f = from; f < to; f++)
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][3];
            UNROLLED
            for (int x = 0; x < 3; x++) {
                vec g[3], o[6];
                UNROLLED
                for (int y = 0; y < 3; y++) g[y] = load(kernel + ((f * 3 + y) * 3 + x) * s->channels + c);
                kernel_six(g, o);
                UNROLLED
                for (int y = 0; y < 6; y++) half[y][x] = o[y];
            }
            UNROLLED
            for (int y = 0; y < 6; y++) {
                vec o[6];
                kernel_six(half[y], o);
                UNROLLED
                for (int x = 0; x < 6; x++) store(exchanged + (y * 6 + x) * plane + f * s->channels + c, o[x]);
            }
        }
    for (int64_t p = 0; p < PLACES; p++)
        for (int64_t f = from; f < to; f += LANES)
            for (int64_t c = 0; c < s->channels; c++)
                for (int64_t k = f; k < f + LANES; k++)
                    u[p * plane + c * s->filters + k] = exchanged[p * plane + k * s->channels + c];
}

/* Sums of gradients of the exchanged transformed kernel, one per thread, to the kernel's gradient. */
void classlab_convolution_kernel_back(const struct convolution *s, const float *sums, int64_t threads, float *kernel,
                                      int64_t from, int64_t to) {
    const int64_t plane = s->channels * s->filters;
    for (int64_t f = from; f < to; f++)
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][3];
            UNROLLED
            for (int y = 0; y < 6; y++) {
                vec o[6];
                UNROLLED
                for (int x = 0; x < 6; x++) {
                    const float *own = sums + (y * 6 + x) * plane + f * s->channels + c;
                    o[x] = load(own);
                    for (int64_t t = 1; t < threads; t++) o[x] = plus(o[x], load(own + t * PLACES * plane));
                }
                kernel_six_back(o, half[y]);
            }
            UNROLLED
            for (int x = 0; x < 3; x++) {
                vec o[6], g[3];
                UNROLLED
                for (int y = 0; y < 6; y++) o[y] = half[y][x];
                kernel_six_back(o, g);
                UNROLLED
                for (int y = 0; y < 3; y++) store(kernel + ((f * 3 + y) * 3 + x) * s->channels + c, g[y]);
            }
        }
}

/* ------------------------------------------------------------------ tiles -------------------------------------- */

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

/* Both ways a tile is transformed in two passes, first each column or row of it, then each line of the result. What
   lies between is too much for the registers; it stays in the nearest cache. */

INLINE void enter_columns(const int n, const float *corner, int64_t row, int64_t channels, int64_t columns,
                          vec half[6][6]) {
    for (int64_t j = 0; j < columns; j++) {
        vec d[6], o[6];
        UNROLLED
        for (int i = 0; i < n + 2; i++) d[i] = load(corner + i * row + j * channels);
        enter_line(n, d, o);
        UNROLLED
        for (int i = 0; i < n + 2; i++) half[i][j] = o[i];
    }
}

INLINE void enter_rows(const int n, const vec half[6][6], int64_t down, int64_t place, float *v) {
    for (int64_t i = 0; i < down + 2; i++) {
        float *own = v + point(down, i) * SIDE * place;
        vec o[6];
        enter_line(n, half[i], o);
        UNROLLED
        for (int j = 0; j < n + 2; j++) store(own + point(n, j) * place, o[j]);
    }
}

/* Input tiles to v (36, tiles, channels). */
static void enter_tiles(const struct convolution *s, const float *x, const struct chunk *chunk, float *v) {
    const int64_t place = place_of(s->channels), row = s->width * s->channels;
    for (int64_t t = 0; t < chunk->count; t++) {
        const struct spot at = chunk->spots[t], next = chunk->spots[t + 1 < chunk->count ? t + 1 : t];
        const float *corner = x + (at.image * s->height + at.y) * row + at.x * s->channels;
        look_ahead(x + (next.image * s->height + next.y) * row + (next.x + 2) * s->channels, row * 4, next.down + 2,
                   next.across * s->channels * 4);
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][6];
            float *to = v + t * s->channels + c;
#define COLUMNS(N) enter_columns(N, corner + c, row, s->channels, at.across + 2, half)
#define ROWS(N) enter_rows(N, half, at.down, place, to)
            BY_LENGTH(at.down, COLUMNS);
            BY_LENGTH(at.across, ROWS);
#undef COLUMNS
#undef ROWS
        }
    }
}

INLINE void enter_rows_back(const int n, const float *v, int64_t down, int64_t place, vec half[6][6]) {
    for (int64_t i = 0; i < down + 2; i++) {
        const float *own = v + point(down, i) * SIDE * place;
        vec o[6], d[6];
        UNROLLED
        for (int j = 0; j < n + 2; j++) o[j] = load(own + point(n, j) * place);
        enter_line_back(n, o, d);
        UNROLLED
        for (int j = 0; j < n + 2; j++) half[j][i] = d[j];
    }
}

INLINE void enter_columns_back(const int n, const vec half[6][6], float *corner, int64_t row, int64_t channels,
                               int64_t columns) {
    for (int64_t j = 0; j < columns; j++) {
        vec d[6];
        enter_line_back(n, half[j], d);
        UNROLLED
        for (int i = 0; i < n + 2; i++) {
            float *own = corner + i * row + j * channels;
            store(own, plus(load(own), d[i]));
        }
    }
}

/* Adds the gradients of input tiles to that of the input. */
static void enter_tiles_back(const struct convolution *s, const float *v, const struct chunk *chunk, float *x) {
    const int64_t place = place_of(s->channels), row = s->width * s->channels;
    for (int64_t t = 0; t < chunk->count; t++) {
        const struct spot at = chunk->spots[t];
        float *corner = x + (at.image * s->height + at.y) * row + at.x * s->channels;
        for (int64_t c = 0; c < s->channels; c += LANES) {
            vec half[6][6];
            const float *from = v + t * s->channels + c;
#define ROWS(N) enter_rows_back(N, from, at.down, place, half)
#define COLUMNS(N) enter_columns_back(N, half, corner + c, row, s->channels, at.across + 2)
            BY_LENGTH(at.across, ROWS);
            BY_LENGTH(at.down, COLUMNS);
#undef ROWS
#undef COLUMNS
        }
    }
}

/* y above the limit, else 0; the comparison leaves NaN what it is */
INLINE vec rectified(vec y, vec limit) { return _mm256_andnot_ps(_mm256_cmp_ps(y, limit, _CMP_LE_OQ), y); }
INLINE vec where_lit(vec y, vec gradient) {
    return _mm256_andnot_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_LE_OQ), gradient);
}

/* Eight whole numbers from 0 to 3 as bytes, and back as a mask of those that are n. */
INLINE void store_places(uint8_t *to, __m256i places) {
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(places), _mm256_extracti128_si256(places, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}
INLINE __m256i load_places(const uint8_t *from) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from));
}
INLINE vec place_is(__m256i places, int n) {
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(places, _mm256_set1_epi32(n)));
}

/* Where x is the larger, or is NaN, which no later number then replaces. */
INLINE vec exceeds(vec x, vec most) {
    return _mm256_or_ps(_mm256_cmp_ps(x, most, _CMP_GT_OQ), _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

/* What the outputs of a tile may differ by where exact sums would be equal, as a share of the numbers that they were put
   together from: three units in the last place. Measured on MNIST against float64, of 590,000 windows: without it 95,000
   choose another place than exact sums do, with half of it 101, with this and up to twice as much fewer than 6. */
#define TIE 3.6e-7f

/* The largest of a 2 x 2 window, and which of the four it is: of equal ones the first, as in Keras.

   Windows of equal values are common: a picture's background is one colour. Plain sums over it are equal to the bit;
   here each output is put together differently, and rounding alone would choose. So what differs by no more than
   rounding counts as equal, and what exceeds 0 by no more than rounding as 0: before its first step a network has no
   biases, and over a black background ReLU is met with 0, whose gradient is 0. */
INLINE vec pooled(const vec y[4][4], int64_t row, int64_t column, vec tie, __m256i *places) {
    vec most = y[row][column];
    __m256i where = _mm256_setzero_si256();
    UNROLLED
    for (int n = 1; n < 4; n++) {
        const vec other = y[row + n / 2][column + n % 2];
        const vec more = exceeds(other, plus(most, tie));
        most = choose(more, other, most);
        where = _mm256_blendv_epi8(where, _mm256_set1_epi32(n), _mm256_castps_si256(more));
    }
    *places = where;
    return most;
}

INLINE void leave_columns(const int n, const float *m, int64_t across, int64_t place, vec half[4][6]) {
    for (int64_t j = 0; j < across + 2; j++) {
        const float *own = m + point(across, j) * place;
        vec o[6], ends[4];
        UNROLLED
        for (int i = 0; i < n + 2; i++) o[i] = load(own + point(n, i) * SIDE * place);
        leave_line(n, o, ends);
        UNROLLED
        for (int i = 0; i < n; i++) half[i][j] = ends[i];
    }
}

/* Also what the outputs may differ by where exact sums would be equal. */
INLINE vec leave_rows(const int n, const vec half[4][6], int64_t down, vec bias, vec y[4][4]) {
    vec sizes[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()}; /* two: a sum waits for the one before it */
    for (int64_t i = 0; i < down; i++) {
        UNROLLED
        for (int j = 0; j < n + 2; j++)
            sizes[j % 2] = plus(sizes[j % 2], _mm256_andnot_ps(all(-0.0f), half[i][j]));
        leave_line(n, half[i], y[i]);
        UNROLLED
        for (int j = 0; j < n; j++) y[i][j] = plus(y[i][j], bias);
    }
    return times(TIE, plus(sizes[0], sizes[1]));
}

/* A tile's outputs to their places, `row` from one another; by twos where they are pooled. */
INLINE void leave(const int n, const int pool, const int relu, const vec y[4][4], vec tie, int64_t down, int64_t row,
                  int64_t filters, float *out, uint8_t *where) {
    const int step = pool ? 2 : 1;
    for (int64_t i = 0; i < down; i += step, out += row, where += where ? row : 0)
        UNROLLED
        for (int j = 0; j + step <= n; j += step) {
            vec value = y[i][j];
            if (pool) {
                __m256i places;
                value = pooled(y, i, j, tie, &places);
                if (where) store_places(where + j / step * filters, places);
            }
            store(out + j / step * filters, relu ? rectified(value, tie) : value);
        }
}

INLINE void leave_tile(const struct convolution *s, const int pool, const int relu, const float *m, int64_t place,
                       const float *bias, struct spot at, float *out, uint8_t *where) {
    const int step = pool ? 2 : 1;
    const int64_t row = s->out_columns * s->filters;
    int64_t own = (at.image * s->out_rows + at.y / step) * row + at.x / step * s->filters;
    for (int64_t f = 0; f < s->filters; f += LANES, own += LANES) {
        vec half[4][6], y[4][4];
#define COLUMNS(N) leave_columns(N, m + f, at.across, place, half)
#define ROWS(N)                                                                                                   \
    leave(N, pool, relu, y, leave_rows(N, half, at.down, load(bias + f), y), at.down, row, s->filters, out + own, \
          where ? where + own : 0)
        BY_LENGTH(at.down, COLUMNS);
        BY_LENGTH(at.across, ROWS);
#undef COLUMNS
#undef ROWS
    }
}

INLINE void leave_columns_back(const int n, const vec y[4][4], int64_t across, vec half[6][4]) {
    for (int64_t j = 0; j < across; j++) {
        vec column[4], o[6];
        UNROLLED
        for (int i = 0; i < n; i++) column[i] = y[i][j];
        leave_line_back(n, column, o);
        UNROLLED
        for (int i = 0; i < n + 2; i++) half[i][j] = o[i];
    }
}

INLINE void leave_rows_back(const int n, const vec half[6][4], int64_t down, int64_t place, float *m) {
    for (int64_t i = 0; i < down + 2; i++) {
        float *own = m + point(down, i) * SIDE * place;
        vec o[6];
        leave_line_back(n, half[i], o);
        UNROLLED
        for (int j = 0; j < n + 2; j++) store(own + point(n, j) * place, o[j]);
    }
}

/* What pooling and ReLU let through to a tile's outputs; adds it to the bias's gradient. */
INLINE vec leave_back(const int n, const int pool, const int relu, const float *out, const float *gradient,
                      const uint8_t *where, int64_t down, int64_t row, int64_t filters, vec sum, vec y[4][4]) {
    const int step = pool ? 2 : 1;
    int64_t from = 0;
    for (int64_t i = 0; i < down; i += step, from += row)
        UNROLLED
        for (int j = 0; j + step <= n; j += step) {
            const int64_t own = from + j / step * filters;
            vec g = load(gradient + own);
            if (relu) g = where_lit(load(out + own), g);
            sum = plus(sum, g);
            if (!pool) {
                y[i][j] = g;
                continue;
            }
            const __m256i places = load_places(where + own);
            UNROLLED
            for (int w = 0; w < 4; w++) y[i + w / 2][j + w % 2] = _mm256_and_ps(place_is(places, w), g);
        }
    return sum;
}

INLINE void leave_tile_back(const struct convolution *s, const int pool, const int relu, const float *out,
                            const float *gradient, const uint8_t *where, struct spot at, float *m, int64_t place,
                            float *bias) {
    const int step = pool ? 2 : 1;
    const int64_t row = s->out_columns * s->filters;
    int64_t own = (at.image * s->out_rows + at.y / step) * row + at.x / step * s->filters;
    for (int64_t f = 0; f < s->filters; f += LANES, own += LANES) {
        vec y[4][4], half[6][4], sum = load(bias + f);
#define ENDING(N)                                                                                             \
    sum = leave_back(N, pool, relu, out + own, gradient + own, pool ? where + own : 0, at.down, row, s->filters, sum, y)
#define COLUMNS(N) leave_columns_back(N, y, at.across, half)
#define ROWS(N) leave_rows_back(N, half, at.down, place, m + f)
        BY_LENGTH(at.across, ENDING);
        BY_LENGTH(at.down, COLUMNS);
        BY_LENGTH(at.across, ROWS);
#undef ENDING
#undef COLUMNS
#undef ROWS
        store(bias + f, sum);
    }
}

/* What follows the convolution, as constants that the compiler works with. */
#define BY_ENDING(CALL)               \
    do {                              \
        if (s->pool && s->relu) {     \
            CALL(1, 1);               \
        } else if (s->pool) {         \
            CALL(1, 0);               \
        } else if (s->relu) {         \
            CALL(0, 1);               \
        } else {                      \
            CALL(0, 0);               \
        }                             \
    } while (0)

/* m (36, tiles, filters) to outputs, with what follows them. */
static void leave_tiles(const struct convolution *s, const float *m, const float *bias, const struct chunk *chunk,
                        float *out, uint8_t *where) {
    const int64_t place = place_of(s->filters);
    for (int64_t t = 0; t < chunk->count; t++) {
#define LEAVE(POOL, RELU) leave_tile(s, POOL, RELU, m + t * s->filters, place, bias, chunk->spots[t], out, where)
        BY_ENDING(LEAVE);
    }
}

/* Gradients of outputs to those of m, and what they add to the bias's. */
static void leave_tiles_back(const struct convolution *s, const float *out, const float *gradient,
                             const uint8_t *where, const struct chunk *chunk, float *m, float *bias) {
    const int64_t place = place_of(s->filters);
    for (int64_t t = 0; t < chunk->count; t++) {
        const struct spot at = chunk->spots[t], next = chunk->spots[t + 1 < chunk->count ? t + 1 : t];
        const int64_t step = s->pool ? 2 : 1, row = s->out_columns * s->filters;
        const int64_t length = next.across / step * s->filters;
        const int64_t corner = (next.image * s->out_rows + next.y / step) * row + next.x / step * s->filters;
        look_ahead(gradient + corner, row * 4, next.down / step, length * 4);
        if (s->relu) look_ahead(out + corner, row * 4, next.down / step, length * 4);
        if (s->pool) look_ahead(where + corner, row, next.down / step, length);
#define LEAVE_BACK(POOL, RELU) leave_tile_back(s, POOL, RELU, out, gradient, where, at, m + t * s->filters, place, bias)
        BY_ENDING(LEAVE_BACK);
    }
}

/* ------------------------------------------------------------------ the plain sum ------------------------------ */

#define MOST_SUMS 12 /* vectors of sums at a time: so many places times vectors of filters stay in registers */

/* The sums of some places beside each other, `apart` from one another in the image: taps of one row lie side by side in
   a channels-last image. */
INLINE void plain_sums(const struct convolution *s, const int places, const int nv, const float *x, int64_t apart,
                       const float *kernel, vec sums[]) {
    const int64_t taps = s->side * s->channels;
    for (int64_t r = 0; r < s->side; r++)
        for (int64_t k = 0; k < taps; k++) {
            const float *own = kernel + (r * taps + k) * s->filters;
            vec weights[4];
            UNROLLED
            for (int v = 0; v < nv; v++) weights[v] = load(own + v * LANES);
            UNROLLED
            for (int i = 0; i < places; i++) {
                const vec value = one_of(x + r * s->width * s->channels + k + i * apart);
                UNROLLED
                for (int v = 0; v < nv; v++) sums[i * nv + v] = fma_(value, weights[v], sums[i * nv + v]);
            }
        }
}

/* Some outputs beside each other. */
INLINE void plain_outputs(const struct convolution *s, const int places, const int nv, const float *x,
                          const float *kernel, const float *bias, float *out, uint8_t *where) {
    const int64_t step = s->pool ? 2 : 1;
    vec most[MOST_SUMS];
    __m256i largest[MOST_SUMS];
    for (int64_t w = 0; w < step * step; w++) {
        vec sums[MOST_SUMS];
        UNROLLED
        for (int i = 0; i < places; i++)
            UNROLLED
            for (int v = 0; v < nv; v++) sums[i * nv + v] = load(bias + v * LANES);
        plain_sums(s, places, nv, x + (w / 2 * s->width + w % 2) * s->channels, step * s->channels, kernel, sums);
        UNROLLED
        for (int i = 0; i < places * nv; i++) {
            const vec more = exceeds(sums[i], most[i]);
            most[i] = w ? choose(more, sums[i], most[i]) : sums[i];
            largest[i] = w ? _mm256_blendv_epi8(largest[i], _mm256_set1_epi32((int)w), _mm256_castps_si256(more))
                           : _mm256_setzero_si256();
        }
    }
    UNROLLED
    for (int i = 0; i < places; i++)
        UNROLLED
        for (int v = 0; v < nv; v++) {
            const int64_t to = i * s->filters + v * LANES;
            const vec value = most[i * nv + v];
            store(out + to, s->relu ? rectified(value, _mm256_setzero_ps()) : value);
            if (where && s->pool) store_places(where + to, largest[i * nv + v]);
        }
}

INLINE void plain_forward(const struct convolution *s, const int places, const int nv, int64_t f, const float *x,
                          const float *kernel, const float *bias, float *out, uint8_t *where, int64_t from,
                          int64_t to) {
    const int64_t step = s->pool ? 2 : 1;
    for (int64_t n = from; n < to; n++)
        for (int64_t row = 0; row < s->out_rows; row++)
            for (int64_t column = 0; column < s->out_columns;) {
                const int64_t at = ((n * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                const float *own = x + ((n * s->height + row * step) * s->width + column * step) * s->channels;
#define OUTPUTS(PLACES_)                                                                                    \
    plain_outputs(s, PLACES_, nv, own, kernel + f, bias + f, out + at, where ? where + at : 0), column += PLACES_
                if (s->out_columns - column >= places) OUTPUTS(places);
                else OUTPUTS(1);
#undef OUTPUTS
            }
}

/* Row by row: what ReLU and pooling let through to a row of outputs, times the taps that it was made of. */
static void plain_backward(const struct convolution *s, const float *x, const float *out, const float *gradient,
                           const uint8_t *where, float *kernel, float *bias, int64_t from, int64_t to, float *room) {
    const int64_t taps = s->side * s->channels, step = s->pool ? 2 : 1, across = s->width * s->channels;
    for (int64_t row = from * s->out_rows; row < to * s->out_rows; row++)
        for (int64_t w = 0; w < step * step; w++) {
            const int64_t image = row / s->out_rows, y = row % s->out_rows * step + w / 2;
            const int64_t length = s->out_columns * s->filters, own = row * length;
            for (int64_t at = own; at < own + length; at += LANES) {
                vec g = load(gradient + at);
                if (s->relu) g = where_lit(load(out + at), g);
                if (s->pool) g = _mm256_and_ps(place_is(load_places(where + at), (int)w), g);
                store(room + at - own, g);
            }
            for (int64_t f = 0; f < s->filters; f += LANES) {
                vec sum = load(bias + f);
                for (int64_t at = f; at < length; at += s->filters) sum = plus(sum, load(room + at));
                store(bias + f, sum);
            }
            for (int64_t r = 0; r < s->side; r++)
                multiply(x + (image * s->height + y + r) * across + w % 2 * s->channels, 1, step * s->channels, room,
                         s->filters, kernel + r * taps * s->filters, s->filters, taps, s->out_columns,
                         s->filters / LANES, 1);
        }
}

/* ------------------------------------------------------------------ whole convolutions ------------------------- */

/* Images `from` to `to` through the convolution and what follows it.

   kernel: (36, channels, filters) as `classlab_convolution_kernel` gives it, or (rows, columns, channels, filters) for
   the plain sum. where: which of a window was the largest, for the way back; 0 where there is none. */
void classlab_convolution_forward(const struct convolution *s, const float *x, const float *kernel, const float *bias,
                                  float *out, uint8_t *where, int64_t from, int64_t to, float *room) {
    if (s->side) {
        for (int64_t f = 0; f < s->filters;) {
            const int64_t left = (s->filters - f) / LANES;
#define FORWARD(PLACES_, NV) plain_forward(s, PLACES_, NV, f, x, kernel, bias, out, where, from, to), f += NV * LANES
            if (left >= 4) FORWARD(3, 4);
            else if (left >= 2) FORWARD(6, 2);
            else FORWARD(8, 1);
#undef FORWARD
        }
        return;
    }
    const int64_t panel = 4 * LANES; /* so many filters at a time, and fetched between: the memory takes few at once */
    float *v = room, *m = room + PLACES * place_of(s->channels);
    const int64_t last = to * tiles_of(s), plane = s->channels * s->filters;
    for (int64_t first = from * tiles_of(s); first < last; first += TILES) {
        struct chunk chunk;
        gather(s, first, last - first < TILES ? last - first : TILES, &chunk);
        enter_tiles(s, x, &chunk, v);
        const int64_t next = first + chunk.count, after = next + TILES < last ? next + TILES : last;
        const struct rows inputs = inputs_of(s, x, next, after);
        const struct rows outs = outputs_of(s, out, sizeof *out, first, next);
        const struct rows places = outputs_of(s, where, sizeof *where, first, next);
        for (int64_t p = 0; p < PLACES; p++) {
            const struct span tiles = sharing(&chunk, p);
            for (int64_t f = 0; f < s->filters; f += panel) {
                const int64_t share = (p * s->filters + f) / panel, shares = PLACES * s->filters / panel;
                fetch(inputs, share, shares), fetch(outs, share, shares), fetch(places, share, shares);
                multiply(v + p * place_of(s->channels) + tiles.first * s->channels, s->channels, 1,
                         kernel + p * plane + f, s->filters,
                         m + p * place_of(s->filters) + tiles.first * s->filters + f, s->filters, tiles.count,
                         s->channels, (s->filters - f < panel ? s->filters - f : panel) / LANES, 0);
            }
        }
        leave_tiles(s, m, bias, &chunk, out, where);
    }
}

/* Gradients for images `from` to `to`, the input's where x_gradient is not 0.

   kernel: exchanged, (36, filters, channels). kernel_gradient: (36, filters, channels), or (rows, columns, channels,
   filters) for the plain sum, which has no input gradient. */
void classlab_convolution_backward(const struct convolution *s, const float *x, const float *kernel, const float *out,
                                   const float *gradient, const uint8_t *where, float *x_gradient,
                                   float *kernel_gradient, float *bias_gradient, int64_t from, int64_t to,
                                   float *room) {
    memset(bias_gradient, 0, (size_t)s->filters * sizeof(float));
    if (s->side) {
        const int64_t weights = s->side * s->side * s->channels * s->filters;
        memset(kernel_gradient, 0, (size_t)weights * sizeof(float));
        plain_backward(s, x, out, gradient, where, kernel_gradient, bias_gradient, from, to, room);
        return;
    }
    const int64_t v_place = place_of(s->channels), m_place = place_of(s->filters);
    float *v = room, *v_gradient = v + PLACES * v_place, *m = v_gradient + PLACES * v_place;
    const int64_t last = to * tiles_of(s), plane = s->channels * s->filters;
    const int64_t image = s->height * s->width * s->channels;
    int64_t begun = from; /* images whose input gradient was set to 0: when their first tile comes, to keep it near */
    for (int64_t first = from * tiles_of(s); first < last; first += TILES) {
        struct chunk chunk;
        gather(s, first, last - first < TILES ? last - first : TILES, &chunk);
        enter_tiles(s, x, &chunk, v);
        leave_tiles_back(s, out, gradient, where, &chunk, m, bias_gradient);
        const int adding = first > from * tiles_of(s); /* to the kernel's gradient; the first ones write it */
        const int64_t next = first + chunk.count, after = next + TILES < last ? next + TILES : last;
        const struct rows inputs = inputs_of(s, x, next, after);
        const struct rows gradients = outputs_of(s, gradient, sizeof *gradient, next, after);
        const struct rows outs = outputs_of(s, s->relu ? out : 0, sizeof *out, next, after);
        const struct rows places = outputs_of(s, s->pool ? where : 0, sizeof *where, next, after);
        for (int64_t p = 0; p < PLACES; p++) {
            fetch(inputs, p, PLACES), fetch(gradients, p, PLACES), fetch(outs, p, PLACES), fetch(places, p, PLACES);
            const struct span tiles = sharing(&chunk, p);
            if (tiles.count == 0 && adding) continue;
            const float *m_own = m + p * m_place + tiles.first * s->filters;
            const int64_t v_own = p * v_place + tiles.first * s->channels;
            multiply(m_own, 1, s->filters, v + v_own, s->channels, kernel_gradient + p * plane, s->channels, s->filters,
                     tiles.count, s->channels / LANES, adding);
            if (x_gradient)
                multiply(m_own, s->filters, 1, kernel + p * plane, s->channels, v_gradient + v_own, s->channels,
                         tiles.count, s->filters, s->channels / LANES, 0);
        }
        for (; x_gradient && begun * tiles_of(s) < first + chunk.count; begun++)
            memset(x_gradient + begun * image, 0, (size_t)image * sizeof(float));
        if (x_gradient) enter_tiles_back(s, v_gradient, &chunk, x_gradient);
    }
}
