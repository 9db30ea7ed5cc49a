/* What Python hands to the kernels: classlab/training/kernels/structures.py mirrors it, module.c tells its layout. */

#ifndef CLASSLAB_STRUCTURES_H
#define CLASSLAB_STRUCTURES_H

#include <stdint.h>

enum activation { LINEAR, RELU, SIGMOID, TANH };
enum rule { SGD, SGD_MOMENTUM, SGD_NESTEROV, ADAM, RMSPROP };

/* Images, as pixels that are not 0 (`pairs`) or whole (`pixels`). */
struct images {
    int64_t inputs, block, blocks;
    const uint8_t *pairs;        /* (place in the block, pixel) of every pixel that is not 0, image by image */
    const uint32_t *starts;      /* (images, blocks + 1): where each block's pairs begin, counted in pairs */
    const float *values;         /* what each of the 256 pixels means */
    const uint8_t *pixels;       /* (images, inputs), where there are no pairs */
    const float *scale, *offset; /* (inputs): value = pixel * scale + offset */
    const int32_t *labels;
};

/* One weight of every member: values, running mean of squares or velocity, running mean of the gradient. */
struct weight {
    float *value, *velocity, *momentum;
};

/* An update rule with its constants, for members that differ in their rates alone. */
struct settings {
    int64_t rule;
    float first;  /* SGD: momentum; Adam: 1 - beta_1; RMSprop: rho */
    float second; /* Adam: 1 - beta_2; RMSprop: 1 - rho */
    float epsilon;
    int64_t first_member, last_member; /* whose weights it moves: from, and up to but without */
};

struct dense_network {
    int64_t members, layers, chunks, vectors; /* a chunk of the first layer is (inputs, vectors) */
    const int64_t *units, *activations;       /* per layer */
    struct weight first, first_bias;          /* (chunks, inputs, vectors); (chunks, vectors) */
    const struct weight *kernels, *biases; /* of the other layers: (members, inputs, padded units); (members, padded) */
    int64_t rules;
    const struct settings *settings;
};

struct steps {
    const int64_t *order;       /* which images, batch after batch */
    int64_t images, batch;      /* how many in all, and per step */
    int64_t first, stop;        /* steps to take, up to but without `stop` */
    const float *rates, *keeps; /* (steps of the epoch, members): step size, what weight decay leaves of a weight */
    double *loss;               /* (members): sums over images */
    int64_t *correct, *first_bad_step; /* (members): hits; the first step with a loss that is not finite, or -1 */
};

struct convolution {
    int64_t height, width, channels; /* of the input */
    int64_t rows, columns, filters;  /* of the output before pooling */
    int64_t out_rows, out_columns;   /* after it */
    int64_t pool, relu;              /* whether 2 x 2 max-pooling and ReLU follow */
    int64_t side;                    /* of the kernel, where the convolution is direct; 0 for Winograd's */
};

/* How many threads are to share the work, and GNU OpenMP's `GOMP_parallel`, `omp_get_thread_num` and
   `omp_get_num_threads`, or 0. */
struct threads {
    int64_t count;
    void (*parallel)(void (*work)(void *), void *shared, unsigned threads, unsigned flags);
    int (*number)(void);
    int (*team)(void);
};

/* Which values are dropped: those whose random number is below `below`; the others are multiplied by `factor`. */
struct dropout {
    uint32_t seed, below;
    float factor;
};

/* What follows a convolution, from its values x to y, in this order: normalization over the batch, another layer's
   values added, ReLU, 2 x 2 max-pooling, dropout. channelwise.h computes it. */
struct channelwise {
    struct threads threads;
    int64_t images, rows, columns, channels; /* of x, channels last */
    int64_t bfloat16;                        /* values are bfloat16, else float */
    int64_t relu, pool;
    int64_t normalize;   /* 0: not; 1: by the batch, which moves the moving statistics; 2: by the moving statistics */
    float rest, epsilon; /* rest: share of a batch in the moving statistics, 1 - momentum */
    struct dropout dropout;
    const void *x, *other;     /* other: what is added, or 0 */
    void *y;                   /* after pooling, where there is any */
    uint8_t *argmax;           /* like y: which of a window's four was the largest; 0 where nobody asks */
    const float *gamma, *beta; /* (channels), or 0 */
    float *moving_mean, *moving_variance;
    float *saved;         /* (5, channels): mean, what it lost as a float, 1 / deviation, scale, shift; for backward */
    float *room;          /* (17, 2, channels) */
    const void *gradient; /* of y */
    void *x_gradient, *other_gradient;
    float *gamma_gradient, *beta_gradient; /* (channels), or 0 */
};

/* The functions for one instruction set; each header describes its own. */
struct kernels {
    const char *name; /* as PyTorch calls the instruction set */
    int64_t lanes;    /* floats of a vector: numbers of channels and filters are multiples of it, units are filled up */
    int64_t (*count_nonzero)(const uint8_t *pixels, int64_t count);
    int64_t (*list_nonzero)(const uint8_t *pixels, int64_t inputs, int64_t block, int64_t from, int64_t to,
                            int64_t begin, uint32_t *starts, uint8_t *pairs);
    int64_t (*dense_train)(const struct dense_network *net, const struct images *x, const struct steps *s);
    int64_t (*dense_evaluate)(const struct dense_network *net, const struct images *x, const struct steps *s,
                              float *scores);
    int64_t (*convolution_workspace)(const struct convolution *s);
    void (*convolution_kernel)(const struct convolution *s, const float *kernel, float *u, float *transposed,
                               int64_t from, int64_t to);
    void (*convolution_kernel_gradient)(const struct convolution *s, const float *sums, int64_t threads, float *kernel,
                                        int64_t from, int64_t to);
    void (*convolution_forward)(const struct convolution *s, const float *x, const float *kernel, const float *bias,
                                float *out, uint8_t *argmax, int64_t from, int64_t to, float *workspace);
    void (*convolution_backward)(const struct convolution *s, const float *x, const float *kernel, const float *out,
                                 const float *gradient, const uint8_t *argmax, float *x_gradient,
                                 float *kernel_gradient, float *bias_gradient, int64_t from, int64_t to,
                                 float *workspace);
    void (*channelwise_forward)(const struct channelwise *s);
    void (*channelwise_backward)(const struct channelwise *s);
    void (*drop)(const struct threads *threads, const struct dropout *d, const void *x, void *y, int64_t count,
                 int64_t bfloat16);
};

#endif
