/* A program that puts one instruction set's kernels to work and prints a digest of every bit that comes out.

   kernels/check/run compares what it prints for all of them, also for processors that are only emulated here. It has no
   part in the library. The losses are left out: they take the C library's logarithm, which may differ. */

#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "whole_chain.h"

/* One member per rule in the kernels' layout, whose columns beyond its units are 0 and stay so. */
static struct weight rows_of(int64_t members, int64_t rows, int64_t units) {
    const int64_t width = padded(units), all = members * rows * width;
    struct weight found = {table(all, 0), table(all, 0), table(all, 0), 0};
    for (int64_t r = 0; r < members * rows; r++)
        for (int64_t c = 0; c < units; c++)
            found.value[r * width + c] = between(0.3f), found.velocity[r * width + c] = 1e-7f;
    return found;
}

static void add_rows(struct weight w, int64_t rows, int64_t units) {
    const int64_t width = padded(units);
    for (int64_t r = 0; r < rows; r++) {
        add(w.value + r * width, units * 4);
        add(w.velocity + r * width, units * 4);
        add(w.momentum + r * width, units * 4);
    }
}

/* Two epochs of members with a hidden layer and `classes` classes, one for every rule. */
static void dense(int listed, int64_t activation, int64_t classes) {
    enum { INPUTS = 77, MEMBERS = 5, HIDDEN = 8, IMAGES = 70, BATCH = 32, STEPS = 3 };
    const int64_t units[] = {HIDDEN, classes}, activations[] = {activation, LINEAR};
    const struct settings rules[] = {
        {.rule = SGD, .last_member = 1},
        {.rule = SGD_MOMENTUM, .first = 0.9f, .first_member = 1, .last_member = 2},
        {.rule = SGD_NESTEROV, .first = 0.9f, .first_member = 2, .last_member = 3},
        {.rule = ADAM, .first = 0.1f, .second = 0.001f, .epsilon = 1e-7f, .first_member = 3, .last_member = 4},
        {.rule = RMSPROP, .first = 0.9f, .second = 0.1f, .epsilon = 1e-7f, .first_member = 4, .last_member = 5}};
    const float step_sizes[] = {0.1f, 0.05f, 0.05f, 0.01f, 0.01f};
    uint8_t pixels[IMAGES * INPUTS], pairs[2 * IMAGES * INPUTS + 65536];
    int32_t labels[IMAGES];
    int64_t order[IMAGES], correct[MEMBERS] = {0}, first_bad_step[MEMBERS];
    uint32_t starts[IMAGES * 2];
    float values[256], scale[INPUTS], offset[INPUTS], rates[STEPS * MEMBERS], keeps[STEPS * MEMBERS];
    double loss[MEMBERS] = {0};
    for (int i = 0; i < IMAGES * INPUTS; i++) pixels[i] = number() % 4 ? 0 : (uint8_t)number();
    for (int i = 0; i < IMAGES; i++) labels[i] = (int32_t)(number() % classes), order[i] = IMAGES - 1 - i;
    for (int i = 0; i < 256; i++) values[i] = (float)i / 255.0f;
    for (int i = 0; i < INPUTS; i++) scale[i] = 1.0f / 255.0f, offset[i] = -0.25f;
    for (int i = 0; i < STEPS * MEMBERS; i++) rates[i] = step_sizes[i % MEMBERS], keeps[i] = 0.999f;
    for (int i = 0; i < MEMBERS; i++) first_bad_step[i] = -1;
    VARIANT.list_nonzero(pixels, INPUTS, INPUTS, 0, IMAGES, 0, starts, pairs);
    float weights[64];
    for (int i = 0; i < 64; i++) weights[i] = 0.3f * (float)(i % 5);
    uint8_t grounds[IMAGES];
    for (int i = 0; i < IMAGES; i++) grounds[i] = (uint8_t)(i % 3 * 40);
    const struct images x = {INPUTS,
                             INPUTS,
                             1,
                             listed ? pairs : 0,
                             starts,
                             values,
                             pixels,
                             scale,
                             offset,
                             labels,
                             0,
                             listed ? weights : 0,
                             listed > 1 ? grounds : 0};
    /* Of all members side by side, no wider than ten vectors of the shortest kind: one chunk holds them. */
    const struct weight first = rows_of(1, INPUTS, MEMBERS * HIDDEN), first_bias = rows_of(1, 1, MEMBERS * HIDDEN);
    const struct weight kernels[] = {first, rows_of(MEMBERS, HIDDEN, classes)};
    const struct weight biases[] = {first_bias, rows_of(MEMBERS, 1, classes)};
    const struct dense_network net = {MEMBERS,
                                      2,
                                      1,
                                      padded(MEMBERS * HIDDEN) / VARIANT.lanes,
                                      units,
                                      activations,
                                      first,
                                      first_bias,
                                      kernels,
                                      biases,
                                      COUNT(rules),
                                      rules};
    const struct steps steps = {order, IMAGES, BATCH, 0, STEPS, rates, keeps, loss, correct, first_bad_step};
    if (VARIANT.dense_train(&net, &x, &steps) || VARIANT.dense_train(&net, &x, &steps)) abort();
    add_rows(first, INPUTS, MEMBERS * HIDDEN);
    add_rows(kernels[1], MEMBERS * HIDDEN, classes);
    add_rows(biases[1], MEMBERS, classes);
    add(correct, sizeof correct);
}

/* A convolution with what may follow it, forward and backward; direct where `side` is not 0. */
static void convolution(int64_t height, int64_t channels, int64_t filters, int64_t side, int64_t pool, int64_t relu) {
    enum { IMAGES = 3, WIDTH = 13, POINTS = 36 };
    const int64_t step = pool ? 2 : 1, k = side ? side : 3, rows = height - k + 1, columns = WIDTH - k + 1;
    const struct convolution s = {height,      WIDTH,          channels, rows, columns, filters,
                                  rows / step, columns / step, pool,     relu, side};
    const int64_t inputs = IMAGES * height * WIDTH * channels, outputs = IMAGES * s.out_rows * s.out_columns * filters;
    const int64_t weights = filters * k * k * channels, sums = side ? weights : POINTS * channels * filters;
    float *x = table(inputs, 1), *kernel = table(weights, 0.3f), *bias = table(filters, 0.3f), *out = table(outputs, 0);
    float *forward = table(sums, 0), *backward = table(sums, 0), *gradient = table(outputs, 1);
    float *x_gradient = table(inputs, 0), *kernel_sums = table(sums, 0), *kernel_gradient = table(weights, 0);
    float *bias_gradient = table(filters, 0), *workspace = table(VARIANT.convolution_workspace(&s), 0);
    uint8_t *argmax = (uint8_t *)table(outputs, 0);
    if (!side) VARIANT.convolution_kernel(&s, kernel, forward, backward, 0, filters);
    VARIANT.convolution_forward(&s, x, side ? kernel : forward, bias, out, pool ? argmax : 0, 0, IMAGES, workspace);
    VARIANT.convolution_backward(&s, x, backward, out, gradient, argmax, side ? 0 : x_gradient, kernel_sums,
                                 bias_gradient, 0, IMAGES, workspace);
    if (!side) VARIANT.convolution_kernel_gradient(&s, kernel_sums, 1, kernel_gradient, 0, filters);
    add(out, outputs * 4);
    add(argmax, outputs);
    add(x_gradient, inputs * 4);
    add(kernel_sums, sums * 4);
    add(kernel_gradient, weights * 4);
    add(bias_gradient, filters * 4);
}

/* A table of floats, or of the upper halves of floats, which are bfloat16. */
static void *values(int64_t count, float size, int64_t bfloat16) {
    char *found = (char *)table(count, size);
    for (int64_t i = 0; bfloat16 && i < count; i++) memcpy(found + 2 * i, found + 4 * i + 2, 2);
    return found;
}

/* What follows a convolution, forward and backward. */
static void channelwise(int64_t bfloat16, int64_t channels, int64_t normalize, int64_t shortcut, int64_t pool,
                        int64_t relu, uint32_t below) {
    enum { IMAGES = 18, ROWS = 5, COLUMNS = 7 };
    const int64_t step = pool ? 2 : 1, inputs = IMAGES * ROWS * COLUMNS * channels;
    const int64_t outputs = IMAGES * (ROWS / step) * (COLUMNS / step) * channels, size = bfloat16 ? 2 : 4;
    float *gamma = table(channels, 1), *beta = table(channels, 1);
    float *mean = table(channels, 1), *variance = table(channels, 0);
    float *gamma_gradient = table(channels, 0), *beta_gradient = table(channels, 0);
    void *x = values(inputs, 3, bfloat16), *other = values(inputs, 1, bfloat16),
         *gradient = values(outputs, 1, bfloat16);
    for (int64_t channel = 0; channel < channels; channel++) variance[channel] = 1 + mean[channel] / 2;
    const struct channelwise s = {.images = IMAGES,
                                  .rows = ROWS,
                                  .columns = COLUMNS,
                                  .channels = channels,
                                  .bfloat16 = bfloat16,
                                  .relu = relu,
                                  .pool = pool,
                                  .normalize = normalize,
                                  .rest = 0.1f,
                                  .epsilon = 0.001f,
                                  .dropout = {number(), below, 1.25f},
                                  .x = x,
                                  .other = shortcut ? other : 0,
                                  .y = table(outputs, 0),
                                  .argmax = pool ? (uint8_t *)table(outputs, 0) : 0,
                                  .gamma = gamma,
                                  .beta = beta,
                                  .moving_mean = mean,
                                  .moving_variance = variance,
                                  .saved = normalize ? table(5 * channels, 0) : 0,
                                  .room = normalize ? table(17 * 2 * channels, 0) : 0,
                                  .gradient = gradient,
                                  .x_gradient = table(inputs, 0),
                                  .other_gradient = shortcut && normalize ? table(inputs, 0) : 0,
                                  .gamma_gradient = gamma_gradient,
                                  .beta_gradient = beta_gradient};
    VARIANT.channelwise_forward(&s);
    VARIANT.channelwise_backward(&s);
    add(s.y, outputs * size);
    add(s.x_gradient, inputs * size);
    if (s.argmax) add(s.argmax, outputs);
    if (s.other_gradient) add(s.other_gradient, inputs * size);
    for (int each = 0; each < 4; each++)
        add((float *[]){mean, variance, gamma_gradient, beta_gradient}[each], channels * 4);
}

/* Images that are turned, mirrored or shifted, as pixels and as the list of those that are not 0. */
static void augmentation(int64_t height, int64_t width, int64_t channels, int64_t block) {
    enum { IMAGES = 12 };
    const int64_t size = height * width * channels, blocks = (size + block - 1) / block;
    const int64_t pairs = IMAGES * size + VARIANT.lanes; /* a whole vector may be written at the end */
    uint8_t *pixels = calloc(IMAGES, (size_t)size), *to = calloc(IMAGES, (size_t)size), *listed = calloc(2, pairs);
    uint32_t *starts = calloc((size_t)(IMAGES * (blocks + 1)), sizeof *starts);
    struct change changes[IMAGES];
    int64_t order[IMAGES];
    if (!pixels || !to || !listed || !starts) abort();
    for (int64_t i = 0; i < IMAGES * size; i++) pixels[i] = number() % 3 ? 0 : (uint8_t)number();
    for (int64_t i = 0; i < IMAGES; i++) {
        const int32_t straight = i % 3 == 0, sign = i % 2 ? 1 : -1, some = (int32_t)(number() % 9);
        changes[i] = (struct change){.moved = i % 5 > 0,
                                     .xx = straight ? 65536 * sign : 60000 - 700 * some,
                                     .xy = straight ? 0 : 9000 * sign,
                                     .x = 65536 * (sign > 0 ? some - 4 : (int32_t)width - some),
                                     .yx = straight ? 0 : -9000 * sign,
                                     .yy = straight ? 65536 : 60000 - 700 * some,
                                     .y = 65536 * (some - 4),
                                     .brighter = i % 4 ? 0 : 20,
                                     .bottom = i % 2,
                                     .right = 1};
        order[i] = IMAGES - 1 - i;
    }
    uint8_t grounds[IMAGES];
    struct augmentation a = {height, width, channels, pixels, order, changes, to, 0, starts, block, 0};
    if (VARIANT.augment(&a, 0, IMAGES)) abort();
    add(to, IMAGES * size);
    a.pairs = listed;
    if (VARIANT.augment(&a, 0, IMAGES)) abort();
    add(listed, 2 * (int64_t)starts[IMAGES * (blocks + 1) - 1]);
    add(starts, IMAGES * (blocks + 1) * 4);
    a.grounds = grounds;
    if (VARIANT.augment(&a, 0, IMAGES)) abort();
    add(listed, 2 * (int64_t)starts[IMAGES * (blocks + 1) - 1]);
    add(grounds, IMAGES);
}

/* Dropout by itself. */
static void dropping(int64_t bfloat16, int64_t count) {
    const struct threads alone = {1, 0, 0, 0};
    const struct dropout d = {number(), 1u << 30, 1.25f};
    void *x = values(count, 1, bfloat16), *y = table(count, 0);
    VARIANT.drop(&alone, &d, x, y, count, bfloat16);
    add(y, count * (bfloat16 ? 2 : 4));
}

int main(void) {
#if defined(__x86_64__)
    if (VARIANT.lanes == 16 && !__builtin_cpu_supports("avx512dq")) return 77; /* not for this processor */
#endif
    for (int listed = 0; listed < 3; listed++)
        for (int64_t activation = RELU; activation <= TANH; activation++)
            for (int64_t classes = 3; classes < 40; classes += 9) dense(listed, activation, classes);
    report("dense");
    for (int64_t ending = 0; ending < 4; ending++)
        for (int64_t height = 8; height < 12; height++) {
            convolution(height, 16, 48, 0, ending / 2, ending % 2);
            convolution(height, 3, 80, 3, ending / 2, ending % 2);
        }
    report("convolution");
    for (int64_t bfloat16 = 0; bfloat16 < 2; bfloat16++) {
        for (int64_t channels = 1; channels < 40; channels += 8)
            for (int64_t kind = 0; kind < 36; kind++) /* a shortcut and pooling do not come together */
                channelwise(bfloat16, channels, kind % 3, kind / 3 % 3 == 1, kind / 3 % 3 == 2, kind / 9 % 2,
                            kind / 18 ? 1u << 30 : 0);
        for (int64_t count = 1; count < 40000; count = 3 * count + 2) dropping(bfloat16, count);
    }
    report("channelwise");
    for (int64_t width = 1; width < 40; width += 9)
        for (int64_t channels = 1; channels < 4; channels += 2) augmentation(11, width, channels, 5 * width + 3);
    report("augmentation");
    for (int64_t squared = 0; squared < 2; squared++) whole_chain(squared);
    report("chain");
}
