/* What Python hands to the kernels: classlab/training/kernels/structures.py mirrors it, module.c tells its layout. */

#ifndef CLASSLAB_STRUCTURES_H
#define CLASSLAB_STRUCTURES_H

#include <stdint.h>

enum activation { LINEAR, RELU, SIGMOID, TANH, LEAKY_RELU, ELU, SELU, GELU, SILU, SOFTPLUS };
enum rule { SGD, SGD_MOMENTUM, SGD_NESTEROV, ADAM, RMSPROP, ADAGRAD, NADAM, RMSPROP_VARIANT };

/* Images, as pixels that are not their ground (`pairs`), whole (`pixels`) or as numbers of any kind (`features`). The
   ground is 0, and where an image was made brighter what became of its zeros. */
struct images {
    int64_t inputs, block, blocks;
    const uint8_t *pairs;        /* (place in the block, pixel minus ground, modulo 256), image by image */
    const uint32_t *starts;      /* (images, blocks + 1): where each block's pairs begin, counted in pairs */
    const float *values;         /* what each of the 256 pixels means */
    const uint8_t *pixels;       /* (images, inputs), where there are no pairs */
    const float *scale, *offset; /* (inputs): value = pixel * scale + offset */
    const int32_t *labels;
    const float *features; /* in place of pixels: (images, inputs), what another network made of each image; or 0 */
    const float *class_weights; /* (classes): what an image's loss is multiplied by, or 0 for 1 */
    const uint8_t *grounds;     /* of each image that is listed; or 0 where all are 0 */
};

/* One weight of every member: values, running mean or sum of squares or velocity, running mean of the gradient or of
   what it moved, and a second running mean of the gradient. What a rule does not keep is 0. */
struct weight {
    float *value, *velocity, *momentum, *average;
};

/* An update rule with its constants, for members that differ in their rates alone. */
struct settings {
    int64_t rule;
    float first;  /* SGD: momentum; Adam: 1 - beta_1; RMSprop: rho */
    float second; /* Adam: 1 - beta_2; RMSprop: 1 - rho */
    float third;  /* RMSprop's variants: momentum; Nadam: this step's size for the gradient itself */
    float fourth; /* Nadam: 1 / (1 - beta_2^t) of this step */
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

enum layer { CONVOLUTION, MAX_POOLING, AVERAGE_POOLING, ACTIVATION, SOFTMAX, DROPOUT, DENSE };
enum way { PLAIN, FILTERING, DIRECT }; /* a convolution's: any; by convolution.h, by Winograd or direct */

/* One layer of a chain; images are channels-last. Where a weight or its values begin is counted in floats. */
struct chain_layer {
    int64_t kind, way, function;
    int64_t height, width, channels; /* of what enters; a dense layer takes 1 x 1 x inputs and gives 1 x 1 x units */
    int64_t rows, columns, filters;  /* of what leaves */
    int64_t window_rows, window_columns, step_rows, step_columns;
    int64_t top, left;     /* rows and columns of padding before the first */
    int64_t pool, relu;    /* whether they are part of a convolution that is not plain */
    int64_t kernel, bias;  /* where they begin among the member's weights; a missing bias: -1 */
    int64_t prepared;      /* where what is made of the kernel at every step begins */
    int64_t input, output; /* where the values begin, times the images of a part; equal where in place */
    int64_t argmax;        /* where a pooling's choices begin, in bytes times images */
    int64_t wanted;        /* whether the gradient of what enters is */
    int64_t below;         /* dropout: see `struct dropout` */
    float factor;          /* dropout's; a leaky ReLU's slope */
};

/* One weight among a member's: where it begins, how long it is, its penalties. */
struct chain_array {
    int64_t at, size;
    float l1, l2;
};

struct chain {
    int64_t layers, arrays;
    const struct chain_layer *layer;
    const struct chain_array *array;
    int64_t values, bytes;            /* of all layers, for one image */
    int64_t widest;                   /* most values of one layer, for one image */
    int64_t weights;                  /* floats of a member's weights: a multiple of 8 vectors */
    int64_t classes, squared, within; /* squared: mean squared error, else cross-entropy; within: k of top-k, or 0 */
    int64_t part;                     /* images that one thread takes at a time */
};

/* One member: its weights one behind the other with their state, what is made of them, its rule and its limits. */
struct chain_member {
    struct weight weights;
    float *prepared;
    struct settings rule;
    float value_limit, norm_limit, global_limit; /* on its gradients; infinite where there is none */
};

/* What is made of some images: sums of losses, hits, labels within the k highest. */
struct chain_figures {
    double loss;
    int64_t correct, within;
};

/* Steps of one member in one epoch. */
struct chain_steps {
    const int64_t *order;       /* which images, batch after batch */
    int64_t images, batch;      /* how many in all, and per step */
    int64_t first, stop;        /* steps to take, up to but without `stop` */
    const float *numbers;       /* (steps, 4): step size, what weight decay leaves, `third` and `fourth` of the rule */
    const uint32_t *dropout;    /* (steps, layers): seeds */
    struct chain_figures *sums; /* over images */
    int64_t *first_bad_step;    /* the first step with a loss that is not finite, or -1 */
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

/* How one image is changed: where a pixel comes from, in 1/65536 of a pixel, is x + xx * column + xy * row across and
   y + yx * column + yy * row down; then its brightness; then a rectangle of it is set to 0. */
struct change {
    int32_t moved; /* whether the map is any other than the one that leaves all as it is */
    int32_t xx, xy, x, yx, yy, y;
    int32_t brighter;
    int32_t top, bottom, left, right; /* from, and up to but without */
};

/* Images to be changed. */
struct augmentation {
    int64_t height, width, channels;
    const uint8_t *pixels;        /* (all images, height, width, channels) */
    const int64_t *order;         /* which of them */
    const struct change *changes; /* of the order's images */
    uint8_t *to;                  /* takes those that are asked for, or has room for one where they are listed */
    uint8_t *pairs;               /* see `struct images`; 0 where they are not */
    uint32_t *starts;
    int64_t block;
    uint8_t *grounds; /* takes those of listed images; 0 where nothing is made brighter */
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
    int64_t (*chain_room)(const struct chain *net);
    void (*chain_prepare)(const struct chain *net, const struct chain_member *m, int64_t task, int64_t tasks);
    void (*chain_part)(const struct chain *net, const struct images *x, const struct chain_member *m,
                       const struct chain_steps *s, int64_t step, int64_t part, float *room, float *gradient,
                       struct chain_figures *found);
    void (*chain_add)(const struct chain *net, float *gradients, struct chain_figures *found, int64_t parts,
                      int64_t task, int64_t tasks);
    void (*chain_update)(const struct chain *net, const struct chain_member *m, const struct chain_steps *s,
                         int64_t step, float *gradients, const struct chain_figures *found, int64_t parts, int64_t task,
                         int64_t tasks);
    void (*chain_train)(const struct chain *net, const struct images *x, const struct chain_member *m,
                        const struct chain_steps *s, float *room, float *gradients);
    void (*chain_evaluate)(const struct chain *net, const struct images *x, const struct chain_member *m,
                           const int64_t *order, int64_t count, float *room, float *scores,
                           struct chain_figures *found);
    void (*chain_look)(const struct chain *net, const struct images *x, const struct chain_member *m,
                       const int64_t *order, int64_t count, float *room, float *gradient, float *scores);
    void (*channelwise_forward)(const struct channelwise *s);
    void (*channelwise_backward)(const struct channelwise *s);
    void (*drop)(const struct threads *threads, const struct dropout *d, const void *x, void *y, int64_t count,
                 int64_t bfloat16);
    int64_t (*augment)(const struct augmentation *a, int64_t from, int64_t to);
};

#endif
