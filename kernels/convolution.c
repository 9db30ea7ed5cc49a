/* Convolutions with 3 x 3 kernels, stride 1, without padding, on channels-last images, by Winograd's minimal filtering.

   A tile of 4 x 4 outputs takes 36 products per pair of channels in place of 144: F(4 x 4, 3 x 3) in the words of
   Lavin & Gray (2016), whose matrices B, G and A these are. Tiles are transformed a few at a time, multiplied by the
   transformed kernel as 36 matrix products, and transformed back, all within a core's second cache. What follows a
   convolution in almost every network, bias, 2 x 2 max-pooling and ReLU, happens on the way out, before the outputs ever
   reach memory; so does its inverse on the way back. The gradients are those of this very computation, written with the
   transposed matrices: kernel gradient and input gradient share the transformed output gradient.

   Images with few channels take the plain sum instead, whose inner loop runs over filters. */

#include <string.h>

#include "product.h"

#define SIDE 6                  /* of an input tile */
#define OUT 4                   /* of an output tile */
#define PLACES (SIDE * SIDE)
#define TILES 36                /* transformed together */

/* Small loops over registers: left to itself the compiler keeps such arrays in memory. */
#define UNROLLED _Pragma("GCC unroll 8")

struct convolution {
    int64_t height, width, channels; /* of the input */
    int64_t rows, columns, filters;  /* of the output before pooling */
    int64_t out_rows, out_columns;   /* after it */
    int64_t pool, relu;              /* whether 2 x 2 max-pooling and ReLU follow */
    int64_t side;                    /* of the kernel, where the plain sum is taken; 0 for Winograd's */
};

/* Between places: an odd number of cache lines, so that the 36 rows of a transform do not contend for one. */
static int64_t place_of(int64_t channels) { return (TILES * channels / 16 | 1) * 16; }

/* Floats that a call needs to work in. */
int64_t classlab_convolution_room(const struct convolution *s) {
    return s->side ? 0 : PLACES * (2 * place_of(s->channels) + place_of(s->filters)) + 64;
}

/* ------------------------------------------------------------------ transforms of six and four values ---------- */

INLINE vec times(float a, vec x) { return _mm256_mul_ps(all(a), x); }
INLINE vec plus(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec minus(vec a, vec b) { return _mm256_sub_ps(a, b); }

/* The polynomials are evaluated at 0, A, -A, B, -B and infinity. A = 3/4 and B = 3/2 leave less than half of the rounding
   error of the usual 1 and 2 (measured against float64: 3.7e-7 against 8.3e-7 for 32 channels; plain float32 sums 2e-7),
   and every number made of them but the divisions of the kernel's transform is exact. See also Barabasz et al. (2020). */
#define A 0.75f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)
#define FA (2 * A2 * (A2 - B2)) /* product of A's distances to the other points */
#define FB (2 * B2 * (B2 - A2))

/* B' d */
INLINE void enter_six(const vec d[6], vec o[6]) {
    vec even = fma_(all(-B2), d[2], d[4]), odd = fma_(all(-B2), d[1], d[3]);
    vec even_2 = fma_(all(-A2), d[2], d[4]), odd_2 = fma_(all(-A2), d[1], d[3]);
    o[0] = fma_(all(A2 * B2), d[0], fma_(all(-A2 - B2), d[2], d[4]));
    o[1] = fma_(all(A), odd, even);
    o[2] = fma_(all(-A), odd, even);
    o[3] = fma_(all(B), odd_2, even_2);
    o[4] = fma_(all(-B), odd_2, even_2);
    o[5] = fma_(all(A2 * B2), d[1], fma_(all(-A2 - B2), d[3], d[5]));
}

/* B o */
INLINE void enter_six_back(const vec o[6], vec d[6]) {
    vec sum = plus(o[1], o[2]), difference = minus(o[1], o[2]);
    vec sum_2 = plus(o[3], o[4]), difference_2 = minus(o[3], o[4]);
    d[0] = times(A2 * B2, o[0]);
    d[1] = fma_(all(-A * B2), difference, fma_(all(-B * A2), difference_2, times(A2 * B2, o[5])));
    d[2] = fma_(all(-A2 - B2), o[0], fma_(all(-B2), sum, times(-A2, sum_2)));
    d[3] = fma_(all(A), difference, fma_(all(B), difference_2, times(-A2 - B2, o[5])));
    d[4] = plus(o[0], plus(sum, sum_2));
    d[5] = o[5];
}

/* A' m */
INLINE void leave_six(const vec m[6], vec y[4]) {
    vec sum = plus(m[1], m[2]), difference = minus(m[1], m[2]);
    vec sum_2 = plus(m[3], m[4]), difference_2 = minus(m[3], m[4]);
    y[0] = plus(m[0], plus(sum, sum_2));
    y[1] = fma_(all(B), difference_2, times(A, difference));
    y[2] = fma_(all(B2), sum_2, times(A2, sum));
    y[3] = fma_(all(B2 * B), difference_2, fma_(all(A2 * A), difference, m[5]));
}

/* A y */
INLINE void leave_six_back(const vec y[4], vec m[6]) {
    vec even = fma_(all(A2), y[2], y[0]), odd = fma_(all(A2), y[3], y[1]);
    vec even_2 = fma_(all(B2), y[2], y[0]), odd_2 = fma_(all(B2), y[3], y[1]);
    m[0] = y[0];
    m[1] = fma_(all(A), odd, even);
    m[2] = fma_(all(-A), odd, even);
    m[3] = fma_(all(B), odd_2, even_2);
    m[4] = fma_(all(-B), odd_2, even_2);
    m[5] = y[3];
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
    int64_t image, y, x; /* of the tile's first output */
};

static struct spot spot_of(const struct convolution *s, int64_t tile) {
    const int64_t across = (s->columns + OUT - 1) / OUT, down = (s->rows + OUT - 1) / OUT, left = tile % (across * down);
    return (struct spot){tile / (across * down), left / across * OUT, left % across * OUT};
}

static int64_t tiles_of(const struct convolution *s) {
    return ((s->columns + OUT - 1) / OUT) * ((s->rows + OUT - 1) / OUT);
}

/* Asks for some rows of a table of numbers, so that they are near when their tile's turn comes: tiles are too short for
   a processor to see where they lead. */
INLINE void look_ahead(const void *corner, int64_t row_bytes, int64_t rows, int64_t bytes) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t at = 0; at < bytes; at += 64)
            _mm_prefetch((const char *)corner + r * row_bytes + at, _MM_HINT_T0);
}

/* Whether a tile's input lies within the image, which spares every look whether a number is there. */
static int is_inside(const struct convolution *s, struct spot at) {
    return at.y + SIDE <= s->height && at.x + SIDE <= s->width;
}

INLINE void enter_tile(const struct convolution *s, const int inside, const float *x, struct spot at, int64_t place,
                       float *v) {
    const float *corner = x + ((at.image * s->height + at.y) * s->width + at.x) * s->channels;
    for (int64_t c = 0; c < s->channels; c += LANES) {
        vec half[6][6];
        UNROLLED
        for (int j = 0; j < 6; j++) {
            vec d[6], o[6];
            UNROLLED
            for (int i = 0; i < 6; i++)
                d[i] = inside || (at.y + i < s->height && at.x + j < s->width)
                           ? load(corner + (i * s->width + j) * s->channels + c)
                           : _mm256_setzero_ps();
            enter_six(d, o);
            UNROLLED
            for (int i = 0; i < 6; i++) half[i][j] = o[i];
        }
        UNROLLED
        for (int i = 0; i < 6; i++) {
            vec o[6];
            enter_six(half[i], o);
            UNROLLED
            for (int j = 0; j < 6; j++) store(v + (i * 6 + j) * place + c, o[j]);
        }
    }
}

/* Input tiles to v (36, tiles, channels). */
static void enter_tiles(const struct convolution *s, const float *x, int64_t first, int64_t count, float *v) {
    const int64_t place = place_of(s->channels);
    for (int64_t t = 0; t < count; t++) {
        const struct spot at = spot_of(s, first + t), next = spot_of(s, first + t + 1);
        if (t + 1 < count)
            look_ahead(x + ((next.image * s->height + next.y) * s->width + next.x + 2) * s->channels,
                       s->width * s->channels * 4, SIDE, OUT * s->channels * 4);
        if (is_inside(s, at)) enter_tile(s, 1, x, at, place, v + t * s->channels);
        else enter_tile(s, 0, x, at, place, v + t * s->channels);
    }
}

INLINE void enter_tile_back(const struct convolution *s, const int inside, const float *v, int64_t place,
                            struct spot at, float *x) {
    float *corner = x + ((at.image * s->height + at.y) * s->width + at.x) * s->channels;
    for (int64_t c = 0; c < s->channels; c += LANES) {
        vec half[6][6];
        UNROLLED
        for (int i = 0; i < 6; i++) {
            vec o[6];
            UNROLLED
            for (int j = 0; j < 6; j++) o[j] = load(v + (i * 6 + j) * place + c);
            enter_six_back(o, half[i]);
        }
        UNROLLED
        for (int j = 0; j < 6; j++) {
            vec d[6], o[6];
            UNROLLED
            for (int i = 0; i < 6; i++) o[i] = half[i][j];
            enter_six_back(o, d);
            UNROLLED
            for (int i = 0; i < 6; i++)
                if (inside || (at.y + i < s->height && at.x + j < s->width)) {
                    float *own = corner + (i * s->width + j) * s->channels + c;
                    store(own, plus(load(own), d[i]));
                }
        }
    }
}

/* Adds the gradients of input tiles to that of the input. */
static void enter_tiles_back(const struct convolution *s, const float *v, int64_t first, int64_t count, float *x) {
    const int64_t place = place_of(s->channels);
    for (int64_t t = 0; t < count; t++) {
        const struct spot at = spot_of(s, first + t);
        if (is_inside(s, at)) enter_tile_back(s, 1, v + t * s->channels, place, at, x);
        else enter_tile_back(s, 0, v + t * s->channels, place, at, x);
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
INLINE vec pooled(const vec y[4][4], int row, int column, vec tie, __m256i *places) {
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

INLINE void leave_tile(const struct convolution *s, const int pool, const int relu, const float *m, int64_t place,
                       const float *bias, struct spot at, float *out, uint8_t *where) {
    const int step = pool ? 2 : 1;
    for (int64_t f = 0; f < s->filters; f += LANES) {
        vec half[4][6], y[4][4];
        UNROLLED
        for (int j = 0; j < 6; j++) {
            vec o[6], ends[4];
            UNROLLED
            for (int i = 0; i < 6; i++) o[i] = load(m + (i * 6 + j) * place + f);
            leave_six(o, ends);
            UNROLLED
            for (int i = 0; i < 4; i++) half[i][j] = ends[i];
        }
        const vec b = load(bias + f);
        vec tie = _mm256_setzero_ps();
        UNROLLED
        for (int i = 0; i < 4; i++) {
            UNROLLED
            for (int j = 0; j < 6; j++) tie = fma_(all(TIE), _mm256_andnot_ps(all(-0.0f), half[i][j]), tie);
            leave_six(half[i], y[i]);
            UNROLLED
            for (int j = 0; j < 4; j++) y[i][j] = plus(y[i][j], b);
        }
        UNROLLED
        for (int i = 0; i < 4; i += step)
            UNROLLED
            for (int j = 0; j < 4; j += step) {
                const int64_t row = (at.y + i) / step, column = (at.x + j) / step;
                if (row >= s->out_rows || column >= s->out_columns) continue;
                const int64_t to = ((at.image * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                vec value = y[i][j];
                if (pool) {
                    __m256i places;
                    value = pooled(y, i, j, tie, &places);
                    if (where) store_places(where + to, places);
                }
                store(out + to, relu ? rectified(value, tie) : value);
            }
    }
}

INLINE void leave_tile_back(const struct convolution *s, const int pool, const int relu, const float *out,
                            const float *gradient, const uint8_t *where, struct spot at, float *m, int64_t place,
                            float *bias) {
    const int step = pool ? 2 : 1;
    for (int64_t f = 0; f < s->filters; f += LANES) {
        vec y[4][4], half[6][4], sum = load(bias + f);
        UNROLLED
        for (int i = 0; i < 4; i += step)
            UNROLLED
            for (int j = 0; j < 4; j += step) {
                const int64_t row = (at.y + i) / step, column = (at.x + j) / step;
                vec g = _mm256_setzero_ps();
                __m256i places = _mm256_setzero_si256();
                if (row < s->out_rows && column < s->out_columns) {
                    const int64_t from = ((at.image * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                    g = load(gradient + from);
                    if (relu) g = where_lit(load(out + from), g);
                    if (pool) places = load_places(where + from);
                    sum = plus(sum, g);
                }
                if (!pool) {
                    y[i][j] = g;
                    continue;
                }
                UNROLLED
                for (int n = 0; n < 4; n++) y[i + n / 2][j + n % 2] = _mm256_and_ps(place_is(places, n), g);
            }
        store(bias + f, sum);
        UNROLLED
        for (int j = 0; j < 4; j++) {
            vec column[4], o[6];
            UNROLLED
            for (int i = 0; i < 4; i++) column[i] = y[i][j];
            leave_six_back(column, o);
            UNROLLED
            for (int i = 0; i < 6; i++) half[i][j] = o[i];
        }
        UNROLLED
        for (int i = 0; i < 6; i++) {
            vec o[6];
            leave_six_back(half[i], o);
            UNROLLED
            for (int j = 0; j < 6; j++) store(m + (i * 6 + j) * place + f, o[j]);
        }
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
static void leave_tiles(const struct convolution *s, const float *m, const float *bias, int64_t first, int64_t count,
                        float *out, uint8_t *where) {
    const int64_t place = place_of(s->filters);
    for (int64_t t = 0; t < count; t++) {
        const struct spot at = spot_of(s, first + t);
#define LEAVE(POOL, RELU) leave_tile(s, POOL, RELU, m + t * s->filters, place, bias, at, out, where)
        BY_ENDING(LEAVE);
    }
}

/* Gradients of outputs to those of m, and what they add to the bias's. */
static void leave_tiles_back(const struct convolution *s, const float *out, const float *gradient,
                             const uint8_t *where, int64_t first, int64_t count, float *m, float *bias) {
    const int64_t place = place_of(s->filters);
    for (int64_t t = 0; t < count; t++) {
        const struct spot at = spot_of(s, first + t), next = spot_of(s, first + t + 1);
        if (t + 1 < count) {
            const int64_t step = s->pool ? 2 : 1, side = OUT / step, row = s->out_columns * s->filters;
            const int64_t corner = (next.image * s->out_rows + next.y / step) * row + next.x / step * s->filters;
            look_ahead(gradient + corner, row * 4, side, side * s->filters * 4);
            if (s->relu) look_ahead(out + corner, row * 4, side, side * s->filters * 4);
            if (s->pool) look_ahead(where + corner, row, side, side * s->filters);
        }
#define LEAVE_BACK(POOL, RELU) leave_tile_back(s, POOL, RELU, out, gradient, where, at, m + t * s->filters, place, bias)
        BY_ENDING(LEAVE_BACK);
    }
}

/* ------------------------------------------------------------------ the plain sum ------------------------------ */

#define MOST_FILTERS 4 /* vectors of filters that are summed together */

/* One output's sums: taps of one row lie side by side in a channels-last image. */
INLINE void plain_sums(const struct convolution *s, const int nv, const float *x, const float *kernel, vec sums[]) {
    const int64_t taps = s->side * s->channels;
    for (int64_t r = 0; r < s->side; r++)
        for (int64_t k = 0; k < taps; k++) {
            const vec value = one_of(x + r * s->width * s->channels + k);
            const float *own = kernel + (r * taps + k) * s->filters;
            UNROLLED
            for (int v = 0; v < nv; v++) sums[v] = fma_(value, load(own + v * LANES), sums[v]);
        }
}

INLINE void plain_forward(const struct convolution *s, const int nv, int64_t f, const float *x, const float *kernel,
                          const float *bias, float *out, uint8_t *where, int64_t from, int64_t to) {
    const int64_t step = s->pool ? 2 : 1;
    for (int64_t n = from; n < to; n++)
        for (int64_t row = 0; row < s->out_rows; row++)
            for (int64_t column = 0; column < s->out_columns; column++) {
                vec most[MOST_FILTERS];
                __m256i places[MOST_FILTERS];
                for (int64_t w = 0; w < step * step; w++) {
                    const int64_t y = row * step + w / 2, z = column * step + w % 2;
                    vec sums[MOST_FILTERS];
                    UNROLLED
                    for (int v = 0; v < nv; v++) sums[v] = load(bias + f + v * LANES);
                    plain_sums(s, nv, x + ((n * s->height + y) * s->width + z) * s->channels, kernel + f, sums);
                    UNROLLED
                    for (int v = 0; v < nv; v++) {
                        const vec more = exceeds(sums[v], most[v]);
                        most[v] = w ? choose(more, sums[v], most[v]) : sums[v];
                        places[v] = w ? _mm256_blendv_epi8(places[v], _mm256_set1_epi32((int)w),
                                                           _mm256_castps_si256(more))
                                      : _mm256_setzero_si256();
                    }
                }
                const int64_t at = ((n * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                UNROLLED
                for (int v = 0; v < nv; v++) {
                    store(out + at + v * LANES, s->relu ? rectified(most[v], _mm256_setzero_ps()) : most[v]);
                    if (where && s->pool) store_places(where + at + v * LANES, places[v]);
                }
            }
}

/* The gradient of one row of taps stays in registers while an image's rows pass. */
INLINE void plain_backward(const struct convolution *s, const int nv, int64_t f, const float *x, const float *out,
                           const float *gradient, const uint8_t *where, float *kernel, float *bias, int64_t from,
                           int64_t to) {
    const int64_t taps = s->side * s->channels;
    for (int64_t n = from; n < to; n++)
        for (int64_t row = 0; row < s->out_rows; row++)
            for (int64_t column = 0; column < s->out_columns; column++) {
                const int64_t at = ((n * s->out_rows + row) * s->out_columns + column) * s->filters + f;
                vec g[MOST_FILTERS];
                UNROLLED
                for (int v = 0; v < nv; v++) {
                    g[v] = load(gradient + at + v * LANES);
                    if (s->relu) g[v] = where_lit(load(out + at + v * LANES), g[v]);
                    store(bias + f + v * LANES, plus(load(bias + f + v * LANES), g[v]));
                }
                const int64_t step = s->pool ? 2 : 1;
                for (int64_t w = 0; w < step * step; w++) {
                    vec own[MOST_FILTERS];
                    UNROLLED
                    for (int v = 0; v < nv; v++)
                        own[v] = s->pool ? _mm256_and_ps(place_is(load_places(where + at + v * LANES), (int)w), g[v])
                                         : g[v];
                    const float *image =
                        x + ((n * s->height + row * step + w / 2) * s->width + column * step + w % 2) * s->channels;
                    for (int64_t r = 0; r < s->side; r++)
                        for (int64_t k = 0; k < taps; k++) {
                            const vec value = one_of(image + r * s->width * s->channels + k);
                            float *sums = kernel + (r * taps + k) * s->filters + f;
                            UNROLLED
                            for (int v = 0; v < nv; v++)
                                store(sums + v * LANES, fma_(value, own[v], load(sums + v * LANES)));
                        }
                }
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
            if (left >= 4) plain_forward(s, 4, f, x, kernel, bias, out, where, from, to), f += 4 * LANES;
            else if (left >= 2) plain_forward(s, 2, f, x, kernel, bias, out, where, from, to), f += 2 * LANES;
            else plain_forward(s, 1, f, x, kernel, bias, out, where, from, to), f += LANES;
        }
        return;
    }
    float *v = room, *m = room + PLACES * place_of(s->channels);
    const int64_t last = to * tiles_of(s), plane = s->channels * s->filters;
    for (int64_t first = from * tiles_of(s); first < last; first += TILES) {
        const int64_t count = last - first < TILES ? last - first : TILES;
        enter_tiles(s, x, first, count, v);
        for (int64_t p = 0; p < PLACES; p++)
            product(v + p * place_of(s->channels), s->channels, 1, kernel + p * plane, s->filters,
                    m + p * place_of(s->filters), s->filters, count, s->channels, s->filters / LANES, 0, 0);
        leave_tiles(s, m, bias, first, count, out, where);
    }
}

/* Gradients for images `from` to `to`: adds to the kernel's and the bias's, and writes the input's where x_gradient is
   not 0.

   kernel: exchanged, (36, filters, channels). kernel_gradient: (36, filters, channels), or (rows, columns, channels,
   filters) for the plain sum, which has no input gradient. */
void classlab_convolution_backward(const struct convolution *s, const float *x, const float *kernel, const float *out,
                                   const float *gradient, const uint8_t *where, float *x_gradient,
                                   float *kernel_gradient, float *bias_gradient, int64_t from, int64_t to,
                                   float *room) {
    if (s->side) {
        for (int64_t f = 0; f < s->filters;) {
            const int64_t left = (s->filters - f) / LANES;
#define BACK(NV) plain_backward(s, NV, f, x, out, gradient, where, kernel_gradient, bias_gradient, from, to)
            if (left >= 4) BACK(4), f += 4 * LANES;
            else if (left >= 2) BACK(2), f += 2 * LANES;
            else BACK(1), f += LANES;
        }
        return;
    }
    const int64_t v_place = place_of(s->channels), m_place = place_of(s->filters);
    float *v = room, *v_gradient = v + PLACES * v_place, *m = v_gradient + PLACES * v_place;
    const int64_t last = to * tiles_of(s), plane = s->channels * s->filters;
    const int64_t image = s->height * s->width * s->channels;
    int64_t begun = from; /* images whose input gradient was set to 0: when their first tile comes, to keep it near */
    for (int64_t first = from * tiles_of(s); first < last; first += TILES) {
        const int64_t count = last - first < TILES ? last - first : TILES;
        enter_tiles(s, x, first, count, v);
        leave_tiles_back(s, out, gradient, where, first, count, m, bias_gradient);
        for (int64_t p = 0; p < PLACES; p++) {
            product(m + p * m_place, 1, s->filters, v + p * v_place, s->channels, kernel_gradient + p * plane,
                    s->channels, s->filters, count, s->channels / LANES, 0, 1);
            if (x_gradient)
                product(m + p * m_place, s->filters, 1, kernel + p * plane, s->channels, v_gradient + p * v_place,
                        s->channels, count, s->filters, s->channels / LANES, 0, 0);
        }
        for (; x_gradient && begun * tiles_of(s) < first + count; begun++)
            memset(x_gradient + begun * image, 0, (size_t)image * sizeof(float));
        if (x_gradient) enter_tiles_back(s, v_gradient, first, count, x_gradient);
    }
}
