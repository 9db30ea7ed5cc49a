/* A convolution's shape, and how minimal filtering cuts it: what every part of it has to know. */

#ifndef CLASSLAB_SHAPE_H
#define CLASSLAB_SHAPE_H

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

#endif
