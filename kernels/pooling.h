/* Pooling over windows of any size, channels-last; cells of the padding are no part of a window. */

#ifndef CLASSLAB_POOLING_H
#define CLASSLAB_POOLING_H

#include <math.h>
#include <string.h>

#include "structures.h"
#include "vector.h"

/* The cells of one window that lie within the image: from, and up to but without. */
struct window {
    int64_t top, bottom, left, right;
};

static struct window window_at(const struct chain_layer *l, int64_t row, int64_t column) {
    struct window w = {row * l->step_rows - l->top, 0, column * l->step_columns - l->left, 0};
    w.bottom = w.top + l->window_rows < l->height ? w.top + l->window_rows : l->height;
    w.right = w.left + l->window_columns < l->width ? w.left + l->window_columns : l->width;
    w.top = w.top < 0 ? 0 : w.top, w.left = w.left < 0 ? 0 : w.left;
    return w;
}

static float cells_of(struct window w) { return (float)((w.bottom - w.top) * (w.right - w.left)); }

#define EACH_WINDOW(l, images)                         \
    for (int64_t image = 0; image < (images); image++) \
        for (int64_t row = 0; row < (l)->rows; row++)  \
            for (int64_t column = 0; column < (l)->columns; column++)
#define EACH_CELL(w)                               \
    for (int64_t y = (w).top; y < (w).bottom; y++) \
        for (int64_t x = (w).left; x < (w).right; x++)

static int64_t pooled_at(const struct chain_layer *l, int64_t image, int64_t row, int64_t column) {
    return ((image * l->rows + row) * l->columns + column) * l->channels;
}
static int64_t cell_at(const struct chain_layer *l, int64_t image, int64_t row, int64_t column) {
    return ((image * l->height + row) * l->width + column) * l->channels;
}

/* The largest of every window, of equal ones the first, and which of the window's cells it is. */
static void max_pool(const struct chain_layer *l, const float *in, float *out, uint8_t *argmax, int64_t images) {
    EACH_WINDOW(l, images) {
        const struct window w = window_at(l, row, column);
        float *own = out + pooled_at(l, image, row, column);
        uint8_t *chosen = argmax + pooled_at(l, image, row, column), cell = 0;
        for (int64_t c = 0; c < l->channels; c++) own[c] = -INFINITY, chosen[c] = 0;
        EACH_CELL(w) {
            const float *from = in + cell_at(l, image, y, x);
            for (int64_t c = 0; c < l->channels; c++) {
                const int more = from[c] > own[c] || from[c] != from[c]; /* NaN stays */
                own[c] = more ? from[c] : own[c];
                chosen[c] = more ? cell : chosen[c];
            }
            cell++;
        }
    }
}

static void max_pool_backward(const struct chain_layer *l, const float *gradient, const uint8_t *argmax, float *to,
                              int64_t images) {
    memset(to, 0, (size_t)(images * l->height * l->width * l->channels) * sizeof(float));
    EACH_WINDOW(l, images) {
        const struct window w = window_at(l, row, column);
        const float *own = gradient + pooled_at(l, image, row, column);
        const uint8_t *chosen = argmax + pooled_at(l, image, row, column);
        uint8_t cell = 0;
        EACH_CELL(w) {
            float *into = to + cell_at(l, image, y, x);
            for (int64_t c = 0; c < l->channels; c++) into[c] += chosen[c] == cell ? own[c] : 0.0f;
            cell++;
        }
    }
}

static void average_pool(const struct chain_layer *l, const float *in, float *out, int64_t images) {
    EACH_WINDOW(l, images) {
        const struct window w = window_at(l, row, column);
        const float cells = cells_of(w);
        float *own = out + pooled_at(l, image, row, column);
        memset(own, 0, (size_t)l->channels * sizeof(float));
        EACH_CELL(w) {
            const float *from = in + cell_at(l, image, y, x);
            for (int64_t c = 0; c < l->channels; c++) own[c] += from[c];
        }
        for (int64_t c = 0; c < l->channels; c++) own[c] /= cells;
    }
}

static void average_pool_backward(const struct chain_layer *l, const float *gradient, float *to, int64_t images) {
    memset(to, 0, (size_t)(images * l->height * l->width * l->channels) * sizeof(float));
    EACH_WINDOW(l, images) {
        const struct window w = window_at(l, row, column);
        const float cells = cells_of(w);
        const float *own = gradient + pooled_at(l, image, row, column);
        EACH_CELL(w) {
            float *into = to + cell_at(l, image, y, x);
            for (int64_t c = 0; c < l->channels; c++) into[c] += own[c] / cells;
        }
    }
}

#endif
