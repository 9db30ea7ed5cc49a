/* Whole steps of a chain with every way of a convolution and every kind of layer, by every rule; with the squared error
   there are penalties too.

   What goes through the C library's functions is left out, since those may differ: the further activations and the
   softmax as a layer. Channels and filters of the two quicker ways are multiples of every vector's length. */

#ifndef CLASSLAB_CHECK_WHOLE_CHAIN_H
#define CLASSLAB_CHECK_WHOLE_CHAIN_H

#include <math.h>
#include <string.h>

#include "numbers.h"

enum { LAYERS = 15, SIDE = 13, PIXELS = SIDE * SIDE, IMAGES = 37, BATCH = 20, PART = 8, STEPS = 2, CLASSES = 10 };

/* A network and where the rows of its weights lie: what fills them up differs between instruction sets. */
struct laid_out {
    struct chain net;
    struct chain_layer layers[LAYERS];
    struct chain_array arrays[2 * LAYERS];
    int64_t rows[2 * LAYERS], units[2 * LAYERS]; /* per weight */
    int64_t prepared;
};

static int64_t placed(struct laid_out *all, int64_t rows, int64_t units) {
    struct chain *net = &all->net;
    const int64_t at = net->weights, size = rows * padded(units), which = net->arrays++;
    const int penalized = net->squared && which % 3 == 1;
    all->arrays[which] = (struct chain_array){at, size, penalized ? 1e-3f : 0.0f, penalized ? 1e-2f : 0.0f};
    all->rows[which] = rows, all->units[which] = units;
    net->weights = (at + size + 15) / 16 * 16;
    return at;
}

/* Adds a layer behind the others: its input and its places follow from theirs. */
static void append(struct laid_out *all, struct chain_layer l, int in_place) {
    struct chain *net = &all->net;
    const int64_t place = net->layers++;
    const struct chain_layer *before = place ? all->layers + place - 1 : 0;
    const struct chain_layer pixels = {.rows = SIDE, .columns = SIDE, .filters = 1};
    const struct chain_layer *from = before ? before : &pixels;
    l.height = from->rows, l.width = from->columns, l.channels = from->filters;
    if (!before) net->values = PIXELS, net->widest = PIXELS;
    if (l.kind == DENSE) l.channels *= l.height * l.width, l.height = l.width = l.rows = l.columns = 1;
    if (l.kind == ACTIVATION || l.kind == DROPOUT) l.rows = l.height, l.columns = l.width;
    if (l.kind != DENSE && l.kind != CONVOLUTION) l.filters = l.channels;
    const int64_t leaving = l.rows * l.columns * l.filters;
    l.input = before ? before->output : 0, l.output = in_place ? l.input : net->values, l.argmax = net->bytes;
    l.wanted = net->arrays > 0;
    if (!in_place) net->values += leaving;
    if (l.pool || l.kind == MAX_POOLING) net->bytes += leaving;
    net->widest = leaving > net->widest ? leaving : net->widest;
    if (l.kind == DENSE || l.kind == CONVOLUTION) {
        const int64_t cells = l.kind == DENSE ? 1 : l.window_rows * l.window_columns, filtering = l.way == FILTERING;
        l.kernel = filtering ? placed(all, l.filters * cells, l.channels) : placed(all, cells * l.channels, l.filters);
        l.bias = l.bias < 0 ? l.bias : placed(all, 1, l.filters);
        l.prepared = all->prepared;
        all->prepared += filtering ? 72 * l.channels * l.filters : cells * l.filters * padded(l.channels) + 16;
    }
    all->layers[place] = l;
}

/* Set in place: the structure holds addresses within itself. */
static void lay_out(struct laid_out *all, int64_t squared) {
    const uint32_t below = 1u << 30;
    const float kept = 1.0f / 0.75f;
    *all = (struct laid_out){.net = {.layer = all->layers, .array = all->arrays, .classes = CLASSES, .part = PART}};
    all->net.squared = squared, all->net.within = 3;
    append(all,
           (struct chain_layer){CONVOLUTION, DIRECT, .rows = 11, .columns = 11, .filters = 16, .window_rows = 3,
                                .window_columns = 3, .step_rows = 1, .step_columns = 1, .relu = 1},
           0);
    append(all,
           (struct chain_layer){CONVOLUTION, FILTERING, .rows = 4, .columns = 4, .filters = 32, .window_rows = 3,
                                .window_columns = 3, .step_rows = 1, .step_columns = 1, .relu = 1, .pool = 1},
           0);
    append(all, (struct chain_layer){DROPOUT, .below = below, .factor = kept}, 0);
    append(all,
           (struct chain_layer){CONVOLUTION, PLAIN, .rows = 4, .columns = 4, .filters = 5, .window_rows = 3,
                                .window_columns = 3, .step_rows = 1, .step_columns = 1, .top = 1, .left = 1},
           0);
    append(all, (struct chain_layer){ACTIVATION, .function = TANH}, 1);
    append(all,
           (struct chain_layer){MAX_POOLING, .rows = 4, .columns = 4, .window_rows = 3, .window_columns = 2,
                                .step_rows = 1, .step_columns = 1, .top = 1},
           0);
    append(all,
           (struct chain_layer){CONVOLUTION, PLAIN, .rows = 2, .columns = 2, .filters = 16, .window_rows = 2,
                                .window_columns = 3, .step_rows = 2, .step_columns = 1, .bias = -1},
           0);
    append(all, (struct chain_layer){ACTIVATION, .function = SIGMOID}, 1);
    append(all,
           (struct chain_layer){CONVOLUTION, PLAIN, .rows = 1, .columns = 1, .filters = 19, .window_rows = 1,
                                .window_columns = 1, .step_rows = 3, .step_columns = 3},
           0);
    append(all,
           (struct chain_layer){AVERAGE_POOLING, .rows = 1, .columns = 1, .window_rows = 2, .window_columns = 2,
                                .step_rows = 2, .step_columns = 2, .top = 1},
           0);
    append(all, (struct chain_layer){DENSE, .filters = 7}, 0);
    append(all, (struct chain_layer){ACTIVATION, .function = RELU}, 1);
    append(all, (struct chain_layer){ACTIVATION, .function = TANH}, 0);
    append(all, (struct chain_layer){DROPOUT, .below = below, .factor = kept}, 0);
    append(all, (struct chain_layer){DENSE, .filters = CLASSES}, 0);
    all->net.weights = (all->net.weights + 127) / 128 * 128; /* eight vectors of the longest kind */
}

/* As many numbers as the network has weights, of which those that fill up are 0. */
static float *weights_of(const struct laid_out *all, float least, float size) {
    float *found = table(all->net.weights, 0);
    for (int64_t a = 0; a < all->net.arrays; a++)
        for (int64_t i = 0; i < all->rows[a] * padded(all->units[a]); i++)
            if (i % padded(all->units[a]) < all->units[a]) found[all->arrays[a].at + i] = least + between(size);
    return found;
}

static void add_weights(const struct laid_out *all, const float *weights) {
    for (int64_t a = 0; weights && a < all->net.arrays; a++)
        for (int64_t r = 0; r < all->rows[a]; r++)
            add(weights + all->arrays[a].at + r * padded(all->units[a]), all->units[a] * 4);
}

static float *copied(const float *from, int64_t count) {
    float *found = from ? table(count, 0) : 0;
    if (from) memcpy(found, from, (size_t)count * sizeof *found);
    return found;
}

/* Takes the steps as several threads would that share them, two parts at a time, one share after the other. */
static void share_steps(const struct chain *net, const struct images *x, const struct chain_member *m,
                        const struct chain_steps *s, float *room, int64_t tasks) {
    float *gradients = table(2 * net->weights, 0);
    struct chain_figures found[2];
    /* Limits and penalties look at all weights. */
    const int alone =
        net->squared || m->value_limit < INFINITY || m->norm_limit < INFINITY || m->global_limit < INFINITY;
    const int64_t ending = alone ? 1 : tasks;
    for (int64_t step = s->first; step < s->stop; step++) {
        const int64_t left = s->images - step * s->batch, count = left < s->batch ? left : s->batch;
        for (int64_t task = 0; task < tasks; task++) VARIANT.chain_prepare(net, m, task, tasks);
        VARIANT.chain_part(net, x, m, s, step, 0, room, gradients, found);
        for (int64_t part = 1; part * net->part < count; part++) {
            VARIANT.chain_part(net, x, m, s, step, part, room, gradients + net->weights, found + 1);
            for (int64_t task = 0; task < tasks; task++) VARIANT.chain_add(net, gradients, found, 2, task, tasks);
        }
        for (int64_t task = 0; task < ending; task++)
            VARIANT.chain_update(net, m, s, step, gradients, found, 1, task, ending);
    }
}

/* Trains one member by one rule, and looks at it; it must not matter who takes the steps. */
static void train_chain(const struct laid_out *all, const struct images *x, const int64_t *order,
                        struct chain_member m) {
    const struct chain *net = &all->net;
    float numbers[STEPS * 4], scores[IMAGES * CLASSES] = {0};
    uint32_t seeds[STEPS * LAYERS];
    struct chain_figures sums[2] = {{0}}, seen = {0};
    int64_t bad[2] = {-1, -1};
    for (int step = 0; step < STEPS; step++)
        numbers[4 * step] = 0.02f, numbers[4 * step + 1] = 0.999f, numbers[4 * step + 2] = 0.01f,
                    numbers[4 * step + 3] = 1.5f;
    for (int i = 0; i < STEPS * LAYERS; i++) seeds[i] = number();
    m.weights.value = weights_of(all, 0.0f, 0.3f);
    m.prepared = table(all->prepared, 0);
    struct chain_member other = m;
    float **mine = &m.weights.value, **others = &other.weights.value;
    for (int each = 0; each < 4; each++) others[each] = copied(mine[each], net->weights);
    other.prepared = table(all->prepared, 0);
    float *room = table(VARIANT.chain_room(net), 0), *gradients = table(2 * net->weights, 0);
    struct chain_steps s = {order, IMAGES, BATCH, 0, STEPS, numbers, seeds, sums, bad};
    VARIANT.chain_train(net, x, &m, &s, room, gradients);
    s.sums = sums + 1, s.first_bad_step = bad + 1;
    share_steps(net, x, &other, &s, room, 3);
    for (int each = 0; each < 4; each++) {
        if (mine[each] && memcmp(mine[each], others[each], (size_t)net->weights * sizeof(float))) abort();
        add_weights(all, mine[each]);
    }
    if (memcmp(sums, sums + 1, sizeof *sums)) abort();
    VARIANT.chain_prepare(net, &m, 0, 1);
    VARIANT.chain_evaluate(net, x, &m, order, IMAGES, room, scores, &seen);
    add(scores, sizeof scores);
    add(&seen.correct, sizeof seen.correct), add(&seen.within, sizeof seen.within);
    VARIANT.chain_look(net, x, &m, order, PART, room, gradients, scores);
    add_weights(all, gradients);
}

static void whole_chain(int64_t squared) {
    static struct laid_out all;
    lay_out(&all, squared);
    uint8_t pixels[IMAGES * PIXELS];
    int32_t labels[IMAGES];
    int64_t order[IMAGES];
    float scale[PIXELS], offset[PIXELS];
    for (int i = 0; i < IMAGES * PIXELS; i++) pixels[i] = (uint8_t)number();
    for (int i = 0; i < IMAGES; i++) labels[i] = (int32_t)(number() % CLASSES), order[i] = IMAGES - 1 - i;
    for (int i = 0; i < PIXELS; i++) scale[i] = 1.0f / 255.0f, offset[i] = -0.25f;
    float weights[CLASSES];
    for (int i = 0; i < CLASSES; i++) weights[i] = 0.3f * (float)(i % 5);
    const struct images x = {.inputs = PIXELS,
                             .pixels = pixels,
                             .scale = scale,
                             .offset = offset,
                             .labels = labels,
                             .class_weights = squared ? weights : 0};
    const float none = INFINITY;
    /* A first mean, one of squares, and a second mean: what a rule does not keep is 0. */
#define STATE(MOMENTUM, VELOCITY, AVERAGE)                     \
    {.momentum = MOMENTUM ? weights_of(&all, 0.0f, 0.01f) : 0, \
     .velocity = VELOCITY ? weights_of(&all, 0.1f, 0.05f) : 0, \
     .average = AVERAGE ? weights_of(&all, 0.0f, 0.01f) : 0}
#define RULE(NAME, ...)                             \
    {                                               \
        .rule = NAME, .epsilon = 1e-7f, __VA_ARGS__ \
    }
    const struct chain_member members[] = {
        {STATE(0, 0, 0), 0, RULE(SGD), 0.001f, none, none},
        {STATE(0, 1, 0), 0, RULE(SGD_MOMENTUM, .first = 0.9f), none, 0.05f, none},
        {STATE(0, 1, 0), 0, RULE(SGD_NESTEROV, .first = 0.9f), none, none, 0.1f},
        {STATE(1, 1, 0), 0, RULE(ADAM, .first = 0.1f, .second = 0.001f), none, none, none},
        {STATE(0, 1, 0), 0, RULE(RMSPROP, .first = 0.9f, .second = 0.1f), none, none, none},
        {STATE(0, 1, 0), 0, RULE(ADAGRAD), none, none, none},
        {STATE(1, 1, 0), 0, RULE(NADAM, .first = 0.1f, .second = 0.001f), none, none, none},
        {STATE(0, 1, 0), 0, RULE(RMSPROP_VARIANT, .first = 0.9f, .second = 0.1f), none, none, none},
        {STATE(1, 1, 1), 0, RULE(RMSPROP_VARIANT, .first = 0.9f, .second = 0.1f, .third = 0.5f), none, none, none}};
#undef STATE
#undef RULE
    for (size_t each = 0; each < COUNT(members); each++) train_chain(&all, &x, order, members[each]);
}

#endif
