/* Convolutions of any kernel, step and padding, and dense layers, as matrix products.

   Nothing is gathered: the inputs under one row of a kernel lie side by side in a channels-last image, so that a row of
   outputs is a product for each row of the kernel. Columns that are no multiple of a vector's length are filled up on
   the way: kernels always have rows of whole vectors. */

#ifndef CLASSLAB_PLAIN_CONVOLUTION_H
#define CLASSLAB_PLAIN_CONVOLUTION_H

#include <string.h>

#include "product.h"
#include "structures.h"

/* Rows and columns that the windows see, padding included. */
static int64_t seen_rows(const struct chain_layer *l) {
    const int64_t needed = (l->rows - 1) * l->step_rows + l->window_rows, whole = l->top + l->height;
    return needed > whole ? needed : whole;
}
static int64_t seen_columns(const struct chain_layer *l) {
    const int64_t needed = (l->columns - 1) * l->step_columns + l->window_columns, whole = l->left + l->width;
    return needed > whole ? needed : whole;
}
static int64_t seen(const struct chain_layer *l) { return seen_rows(l) * seen_columns(l) * l->channels; }

/* The output's gradient with zeros between and around, of which the input's gradient is a convolution. */
static int64_t spread_columns(const struct chain_layer *l) { return l->width + l->window_columns - 1; }
static int64_t spread(const struct chain_layer *l) {
    return (l->height + l->window_rows - 1) * spread_columns(l) * l->filters;
}

/* Floats to work in: a padded image or the spread gradient, and a row of whole vectors. */
static int64_t plain_work(const struct chain_layer *l) {
    const int64_t image = seen(l) > spread(l) ? seen(l) : spread(l);
    const int64_t row = l->columns * padded(l->filters), back = l->width * padded(l->channels);
    return padded(image) + (row > back ? row : back) + 2 * LANES;
}

/* Rows of `from` numbers each to rows of `to` numbers, whichever is longer; what is filled up is 0. */
static void refit(const float *x, int64_t from, float *y, int64_t to, int64_t rows) {
    const int64_t both = from < to ? from : to;
    for (int64_t r = 0; r < rows; r++) {
        memcpy(y + r * to, x + r * from, (size_t)both * sizeof(float));
        for (int64_t c = both; c < to; c++) y[r * to + c] = 0.0f;
    }
}

/* One image with its padding, or as it is where there is none. */
static const float *padded_image(const struct chain_layer *l, const float *x, float *room) {
    if (seen_rows(l) == l->height && seen_columns(l) == l->width) return x;
    const int64_t row = seen_columns(l) * l->channels, own = l->width * l->channels;
    memset(room, 0, (size_t)seen(l) * sizeof(float));
    for (int64_t y = 0; y < l->height; y++)
        memcpy(room + (l->top + y) * row + l->left * l->channels, x + y * own, (size_t)own * sizeof(float));
    return room;
}

static void plain_forward(const struct chain_layer *l, const float *x, const float *kernel, const float *bias,
                          float *out, int64_t images, float *work) {
    const int64_t filters = padded(l->filters), taps = l->window_columns * l->channels;
    const int64_t across = seen_columns(l) * l->channels, length = l->columns * l->filters;
    float *row = work + padded(seen(l));
    for (int64_t n = 0; n < images; n++, x += l->height * l->width * l->channels) {
        const float *image = padded_image(l, x, work);
        for (int64_t y = 0; y < l->rows; y++, out += length) {
            float *to = filters == l->filters ? out : row;
            for (int64_t r = 0; r < l->window_rows; r++)
                product(image + (y * l->step_rows + r) * across, l->step_columns * l->channels, 1,
                        kernel + r * taps * filters, filters, to, filters, l->columns, taps, filters / LANES,
                        r ? 0 : bias, r > 0);
            if (to == row) refit(row, filters, out, l->filters, l->columns);
        }
    }
}

/* Kernel with rows and columns reversed and its axes exchanged: (rows, columns, filters, padded channels). */
static void plain_reversed(const struct chain_layer *l, const float *kernel, float *reversed) {
    const int64_t filters = padded(l->filters), channels = padded(l->channels);
    const int64_t cells = l->window_rows * l->window_columns;
    for (int64_t k = 0; k < cells; k++)
        for (int64_t f = 0; f < l->filters; f++) {
            float *to = reversed + ((cells - 1 - k) * l->filters + f) * channels;
            for (int64_t c = 0; c < l->channels; c++) to[c] = kernel[(k * l->channels + c) * filters + f];
            for (int64_t c = l->channels; c < channels; c++) to[c] = 0.0f;
        }
}

/* Adds to the gradients of kernel and bias. */
static void plain_kernel_gradient(const struct chain_layer *l, const float *x, const float *gradient, float *kernel,
                                  float *bias, int64_t images, float *work) {
    const int64_t filters = padded(l->filters), taps = l->window_columns * l->channels;
    const int64_t across = seen_columns(l) * l->channels, length = l->columns * l->filters;
    float *row = work + padded(seen(l));
    for (int64_t n = 0; n < images; n++, x += l->height * l->width * l->channels) {
        const float *image = padded_image(l, x, work);
        for (int64_t y = 0; y < l->rows; y++, gradient += length) {
            const float *own = gradient;
            if (filters != l->filters) refit(gradient, l->filters, row, filters, l->columns), own = row;
            for (int64_t f = 0; bias && f < filters; f += LANES) {
                vec sum = load(bias + f);
                for (int64_t i = 0; i < l->columns; i++) sum += load(own + i * filters + f);
                store(bias + f, sum);
            }
            for (int64_t r = 0; r < l->window_rows; r++)
                product(image + (y * l->step_rows + r) * across, 1, l->step_columns * l->channels, own, filters,
                        kernel + r * taps * filters, filters, taps, l->columns, filters / LANES, 0, 1);
        }
    }
}

static void plain_input_gradient(const struct chain_layer *l, const float *gradient, const float *reversed, float *to,
                                 int64_t images, float *work) {
    const int64_t channels = padded(l->channels), taps = l->window_columns * l->filters;
    const int64_t across = spread_columns(l) * l->filters, length = l->width * l->channels;
    const int64_t top = l->window_rows - 1 - l->top, left = l->window_columns - 1 - l->left;
    float *row = work + padded(spread(l));
    for (int64_t n = 0; n < images; n++) {
        memset(work, 0, (size_t)spread(l) * sizeof(float));
        for (int64_t y = 0; y < l->rows; y++)
            for (int64_t x = 0; x < l->columns; x++, gradient += l->filters)
                memcpy(work + (y * l->step_rows + top) * across + (x * l->step_columns + left) * l->filters, gradient,
                       (size_t)l->filters * sizeof(float));
        for (int64_t y = 0; y < l->height; y++, to += length) {
            float *own = channels == l->channels ? to : row;
            for (int64_t r = 0; r < l->window_rows; r++)
                product(work + (y + r) * across, l->filters, 1, reversed + r * taps * channels, channels, own, channels,
                        l->width, taps, channels / LANES, 0, r > 0);
            if (own == row) refit(row, channels, to, l->channels, l->width);
        }
    }
}

#endif
