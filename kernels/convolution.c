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

#include "endings.h"
#include "lines.h"
#include "plain.h"
#include "tiles.h"

/* Floats that a call needs to work in. */
int64_t classlab_convolution_room(const struct convolution *s) {
    return s->side ? s->out_columns * s->filters : PLACES * (2 * place_of(s->channels) + place_of(s->filters)) + 64;
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

/* ------------------------------------------------------------------ the way in --------------------------------- */

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
