/* The passes of channelwise.h over values of one type: VALUE, with functions named by OF. Included once for each. */

/* Mean of a part's values and their summed squared distances from it, per channel. Values are taken relative to the
   very first ones: without that, squares of a large mean would swallow a small spread. Each row has sums of its own,
   which are added to the part's: a long sum of small numbers would round every one of them as it rounds the sum.

   Here as everywhere a row of an image is passed through channel by channel, which keeps it in the nearest cache and
   what belongs to a channel in registers. */
INLINE void OF(moments_of_row)(const VALUE *x, const VALUE *first, int64_t columns, int64_t channels, int64_t n,
                               float *sums, float *squares) {
    const vec start = OF(load_value)(first, n);
    vec sum = {0}, square = {0};
    for (int64_t column = 0; column < columns; column++, x += channels) {
        const vec v = OF(load_value)(x, n) - start;
        sum += v;
        square = fmadd(v, v, square);
    }
    store_value_float(sums, load_value_float(sums, n) + sum, n);
    store_value_float(squares, load_value_float(squares, n) + square, n);
}

static void OF(moments)(void *of, int64_t part) {
    const struct channelwise s = *(const struct channelwise *)of; /* a copy of its own, which no store can change */
    const int64_t parts = parts_of(&s), c = s.channels;
    const int64_t from = s.images * part / parts * s.rows, to = s.images * (part + 1) / parts * s.rows;
    const VALUE *first = s.x;
    float *sums = s.room + part * 2 * c, *squares = sums + c;
    memset(sums, 0, (size_t)(2 * c) * sizeof *sums);
    for (int64_t row = from; row < to; row++) {
        const VALUE *x = (const VALUE *)s.x + row * s.columns * c;
        int64_t channel = 0;
        for (; channel + LANES <= c; channel += LANES)
            OF(moments_of_row)(x + channel, first + channel, s.columns, c, LANES, sums + channel, squares + channel);
        if (channel < c)
            OF(moments_of_row)(x + channel, first + channel, s.columns, c, c - channel, sums + channel,
                               squares + channel);
    }
    const float share = 1.0f / (float)((to - from) * s.columns);
    for (int64_t channel = 0; channel < c; channel++) {
        squares[channel] -= sums[channel] * sums[channel] * share;
        sums[channel] *= share;
    }
}

/* The larger one, and its number among a window's; of equals the first, and what is no number is the largest. */
INLINE vec OF(larger_of)(vec v, vec next, int32_t number, ints *where) {
    const ints takes = (ints)(next > v) | (ints)(next != next);
    *where = (takes & number) | (~takes & *where);
    return (vec)((takes & (ints)next) | (~takes & (ints)v));
}

INLINE void OF(store_places)(uint8_t *to, ints where, int64_t n) {
    if (n == LANES) {
        store_bytes(to, where);
        return;
    }
    uint8_t bytes[LANES];
    store_bytes(bytes, where);
    memcpy(to, bytes, (size_t)n);
}

INLINE ints OF(load_places)(const uint8_t *from, int64_t n) {
    if (n == LANES) return load_bytes(from);
    uint8_t bytes[LANES] = {0};
    memcpy(bytes, from, (size_t)n);
    return load_bytes(bytes);
}

/* What is taken from some channels, what they are multiplied by and what is added: loaded once for a row. */
struct OF(scales) {
    vec mean, scale, shift;
};

INLINE vec OF(scaled)(const VALUE *x, const VALUE *other, const struct OF(scales) * by, int normalize, int64_t n) {
    vec v = OF(load_value)(x, n);
    if (normalize) v = fmadd(v - by->mean, by->scale, by->shift);
    return other ? v + OF(load_value)(other, n) : v;
}

/* Some channels of one row of an image behind pooling; `at` counts values of x, `to` those of y. */
INLINE void OF(forward_row)(const struct channelwise *s, int64_t at, int64_t to, int64_t columns, int64_t channel,
                            int64_t n, int normalize, int pool) {
    const int64_t c = s->channels, step = pool ? 2 * c : c, below = s->columns * c;
    const VALUE *x = (const VALUE *)s->x + at, *other = s->other ? (const VALUE *)s->other + at : 0;
    VALUE *y = (VALUE *)s->y + to;
    uint8_t *argmax = s->argmax ? s->argmax + to : 0;
    const float *mean = s->saved + channel;
    struct OF(scales) by = {{0}, {0}, {0}};
    if (normalize)
        by = (struct OF(scales)){load_value_float(mean, n), load_value_float(mean + 3 * c, n),
                                 load_value_float(mean + 4 * c, n)};
    const int relu = s->relu != 0, drops = s->dropout.below != 0;
    for (int64_t column = 0; column < columns; column++, x += step, y += c, to += c) {
        vec v = OF(scaled)(x, other, &by, normalize, n);
        if (pool) {
            const vec right = OF(scaled)(x + c, 0, &by, normalize, n);
            const vec under = OF(scaled)(x + below, 0, &by, normalize, n);
            const vec across = OF(scaled)(x + below + c, 0, &by, normalize, n);
            ints where = {0};
            v = OF(larger_of)(v, right, 1, &where);
            v = OF(larger_of)(v, under, 2, &where);
            v = OF(larger_of)(v, across, 3, &where);
            if (argmax) {
                OF(store_places)(argmax, where, n);
                argmax += c;
            }
        }
        if (relu) v = larger(all(0), v); /* the second where one is no number */
        if (drops) v *= kept_factor(&s->dropout, (uint32_t)to);
        OF(store_value)(y, v, n);
        if (other) other += step;
    }
}

INLINE void OF(forward_image)(const struct channelwise *s, int64_t image, int normalize, int pool) {
    const int64_t c = s->channels, step = pool ? 2 : 1, rows = s->rows / step, columns = s->columns / step;
    for (int64_t row = 0; row < rows; row++) {
        const int64_t at = (image * s->rows + row * step) * s->columns * c, to = (image * rows + row) * columns * c;
        int64_t channel = 0;
        for (; channel + LANES <= c; channel += LANES)
            OF(forward_row)(s, at + channel, to + channel, columns, channel, LANES, normalize, pool);
        if (channel < c) OF(forward_row)(s, at + channel, to + channel, columns, channel, c - channel, normalize, pool);
    }
}

static void OF(forward)(void *of, int64_t image) {
    const struct channelwise s = *(const struct channelwise *)of;
    if (s.normalize && s.pool) OF(forward_image)(&s, image, 1, 1);
    else if (s.normalize) OF(forward_image)(&s, image, 1, 0);
    else if (s.pool) OF(forward_image)(&s, image, 0, 1);
    else OF(forward_image)(&s, image, 0, 0);
}

/* The gradient before dropout and ReLU, from that of y, at y's place `to`. */
INLINE vec OF(passed)(const struct channelwise *s, int64_t to, int64_t n) {
    vec g = OF(load_value)((const VALUE *)s->gradient + to, n);
    if (s->relu) {
        /* What was dropped is 0 as well. */
        g = kept((ints)(OF(load_value)((const VALUE *)s->y + to, n) > 0), g);
        return s->dropout.below ? g * all(s->dropout.factor) : g;
    }
    return s->dropout.below ? g * kept_factor(&s->dropout, (uint32_t)to) : g;
}

/* Adds some channels of one row to the sums: of the gradient, and of it times the distance from the mean. */
INLINE void OF(sums_of_row)(const struct channelwise *s, int64_t at, int64_t to, int64_t columns, int64_t n, int pool,
                            const float *means, float *sums, float *alongs) {
    const int64_t c = s->channels, step = pool ? 2 * c : c, below = s->columns * c;
    const VALUE *x = (const VALUE *)s->x + at;
    VALUE *passed = s->other_gradient ? (VALUE *)s->other_gradient + at : 0;
    const vec mean = load_value_float(means, n);
    vec sum = {0}, along = {0};
    for (int64_t column = 0; column < columns; column++, x += step, to += c) {
        const vec g = OF(passed)(s, to, n);
        vec v;
        if (pool) {
            const ints where = OF(load_places)(s->argmax + to, n);
            v = kept((ints)(where == 0), OF(load_value)(x, n)) + kept((ints)(where == 1), OF(load_value)(x + c, n)) +
                kept((ints)(where == 2), OF(load_value)(x + below, n)) +
                kept((ints)(where == 3), OF(load_value)(x + below + c, n));
        } else {
            v = OF(load_value)(x, n);
            if (passed) {
                OF(store_value)(passed, g, n);
                passed += step;
            }
        }
        sum += g;
        along = fmadd(g, v - mean, along);
    }
    store_value_float(sums, load_value_float(sums, n) + sum, n);
    store_value_float(alongs, load_value_float(alongs, n) + along, n);
}

INLINE void OF(sums_of_part)(const struct channelwise *s, int64_t part, int pool) {
    const int64_t parts = parts_of(s), c = s->channels, step = pool ? 2 : 1;
    const int64_t rows = s->rows / step, columns = s->columns / step;
    float *sums = s->room + part * 2 * c, *alongs = sums + c;
    memset(sums, 0, (size_t)(2 * c) * sizeof *sums);
    for (int64_t line = s->images * part / parts * rows; line < s->images * (part + 1) / parts * rows; line++) {
        const int64_t row = pool ? line / rows * s->rows + line % rows * 2 : line;
        const int64_t at = row * s->columns * c, to = line * columns * c;
        int64_t channel = 0;
        for (; channel + LANES <= c; channel += LANES)
            OF(sums_of_row)(s, at + channel, to + channel, columns, LANES, pool, s->saved + channel, sums + channel,
                            alongs + channel);
        if (channel < c)
            OF(sums_of_row)(s, at + channel, to + channel, columns, c - channel, pool, s->saved + channel,
                            sums + channel, alongs + channel);
    }
}

static void OF(sums)(void *of, int64_t part) {
    const struct channelwise s = *(const struct channelwise *)of;
    if (s.pool) OF(sums_of_part)(&s, part, 1);
    else OF(sums_of_part)(&s, part, 0);
}

/* What makes the gradient of x of that behind the normalization: scale * g + slope * (x - mean) + base. */
struct OF(slopes) {
    vec mean, scale, slope, base;
};

INLINE void OF(backward_one)(const VALUE *x, VALUE *to, vec g, const struct OF(slopes) * by, int normalize, int64_t n) {
    if (normalize) g = fmadd(g, by->scale, fmadd(OF(load_value)(x, n) - by->mean, by->slope, by->base));
    OF(store_value)(to, g, n);
}

INLINE struct OF(slopes) OF(slopes_of)(const struct channelwise *s, int64_t channel, int64_t n) {
    const int64_t c = s->channels;
    const float *mean = s->saved + channel, *slope = s->room + PARTS * 2 * c + channel;
    return (struct OF(slopes)){load_value_float(mean, n), load_value_float(mean + 3 * c, n), load_value_float(slope, n),
                               load_value_float(slope + c, n)};
}

INLINE void OF(backward_row)(const struct channelwise *s, int64_t at, int64_t to, int64_t columns, int64_t channel,
                             int64_t n, int normalize, int pool) {
    const int64_t c = s->channels, below = s->columns * c;
    const VALUE *x = (const VALUE *)s->x + at;
    VALUE *own = (VALUE *)s->x_gradient + at, *passed = s->other_gradient ? (VALUE *)s->other_gradient + at : 0;
    struct OF(slopes) by = {{0}, {0}, {0}, {0}};
    if (normalize) by = OF(slopes_of)(s, channel, n);
    for (int64_t column = 0; column < columns; column++, to += c) {
        const vec g = OF(passed)(s, to, n);
        if (pool) {
            const ints where = OF(load_places)(s->argmax + to, n);
            OF(backward_one)(x, own, kept((ints)(where == 0), g), &by, normalize, n);
            OF(backward_one)(x + c, own + c, kept((ints)(where == 1), g), &by, normalize, n);
            OF(backward_one)(x + below, own + below, kept((ints)(where == 2), g), &by, normalize, n);
            OF(backward_one)(x + below + c, own + below + c, kept((ints)(where == 3), g), &by, normalize, n);
            x += 2 * c, own += 2 * c;
            continue;
        }
        OF(backward_one)(x, own, g, &by, normalize, n);
        x += c, own += c;
        if (passed) {
            OF(store_value)(passed, g, n);
            passed += c;
        }
    }
    if (pool && s->columns % 2) { /* no window covers the last column */
        OF(backward_one)(x, own, all(0), &by, normalize, n);
        OF(backward_one)(x + below, own + below, all(0), &by, normalize, n);
    }
}

/* Some channels of a row that no window covers, where the number of rows is odd. */
INLINE void OF(backward_uncovered)(const struct channelwise *s, int64_t at, int64_t channel, int64_t n, int normalize) {
    const int64_t c = s->channels;
    struct OF(slopes) by = {{0}, {0}, {0}, {0}};
    if (normalize) by = OF(slopes_of)(s, channel, n);
    for (int64_t column = 0; column < s->columns; column++, at += c)
        OF(backward_one)((const VALUE *)s->x + at, (VALUE *)s->x_gradient + at, all(0), &by, normalize, n);
}

INLINE void OF(backward_image)(const struct channelwise *s, int64_t image, int normalize, int pool) {
    const int64_t c = s->channels, step = pool ? 2 : 1, rows = s->rows / step, columns = s->columns / step;
    for (int64_t row = 0; row < rows; row++) {
        const int64_t at = (image * s->rows + row * step) * s->columns * c, to = (image * rows + row) * columns * c;
        int64_t channel = 0;
        for (; channel + LANES <= c; channel += LANES)
            OF(backward_row)(s, at + channel, to + channel, columns, channel, LANES, normalize, pool);
        if (channel < c)
            OF(backward_row)(s, at + channel, to + channel, columns, channel, c - channel, normalize, pool);
    }
    if (pool && s->rows % 2) {
        const int64_t at = (image * s->rows + s->rows - 1) * s->columns * c;
        int64_t channel = 0;
        for (; channel + LANES <= c; channel += LANES)
            OF(backward_uncovered)(s, at + channel, channel, LANES, normalize);
        if (channel < c) OF(backward_uncovered)(s, at + channel, channel, c - channel, normalize);
    }
}

static void OF(backward)(void *of, int64_t image) {
    const struct channelwise s = *(const struct channelwise *)of;
    if (s.normalize && s.pool) OF(backward_image)(&s, image, 1, 1);
    else if (s.normalize) OF(backward_image)(&s, image, 1, 0);
    else if (s.pool) OF(backward_image)(&s, image, 0, 1);
    else OF(backward_image)(&s, image, 0, 0);
}
