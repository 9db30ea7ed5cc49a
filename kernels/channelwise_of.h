/* The passes of channelwise.h over values of one type: VALUE, with functions named by OF. Included once for each. */

/* Mean of a part's values and their summed squared distances from it, per channel. Values are taken relative to the
   part's first ones: without that, squares of a large mean would swallow a small spread. */
INLINE void OF(moments_of)(const VALUE *x, int64_t positions, int64_t channels, int64_t n, float *mean, float *spread) {
    const vec first = OF(load_value)(x, n);
    vec sum = {0}, squares = {0};
    for (int64_t at = 0; at < positions; at++) {
        const vec v = OF(load_value)(x + at * channels, n) - first;
        sum += v;
        squares = fmadd(v, v, squares);
    }
    const vec share = all(1.0f / (float)positions) * sum;
    store_value_float(mean, first + share, n);
    store_value_float(spread, squares - share * sum, n);
}

static void OF(moments)(void *of, int64_t part) {
    const struct channelwise *s = of;
    const int64_t parts = s->images < PARTS ? s->images : PARTS, c = s->channels, size = s->rows * s->columns;
    const int64_t from = s->images * part / parts * size, to = s->images * (part + 1) / parts * size;
    const VALUE *x = (const VALUE *)s->x + from * c;
    float *mean = s->room + part * 2 * c, *spread = mean + c;
    int64_t channel = 0;
    for (; channel + LANES <= c; channel += LANES)
        OF(moments_of)(x + channel, to - from, c, LANES, mean + channel, spread + channel);
    if (channel < c) OF(moments_of)(x + channel, to - from, c, c - channel, mean + channel, spread + channel);
}

/* Scale and shift of some channels; 1 and 0 where nothing is normalized. */
INLINE vec OF(scaled)(const struct channelwise *s, const VALUE *x, const VALUE *other, int64_t channel, int64_t n) {
    vec v = OF(load_value)(x, n);
    if (s->normalize) {
        const float *scale = s->saved + 2 * s->channels + channel;
        v = fmadd(v, load_value_float(scale, n), load_value_float(scale + s->channels, n));
    }
    return other ? v + OF(load_value)(other, n) : v;
}

/* One vector of an image's row, from `at` (counted in values of x). */
INLINE void OF(forward_one)(const struct channelwise *s, int64_t at, int64_t channel, int64_t n, int64_t to) {
    const VALUE *x = (const VALUE *)s->x + at, *other = s->other ? (const VALUE *)s->other + at : 0;
    vec v = OF(scaled)(s, x, other, channel, n);
    if (s->pool) {
        const int64_t beside = s->channels, below = s->columns * beside;
        const int64_t steps[3] = {beside, below, below + beside};
        ints where = {0};
        for (int k = 0; k < 3; k++) {
            const vec next = OF(scaled)(s, x + steps[k], other ? other + steps[k] : 0, channel, n);
            const ints takes = (ints)(next > v) | (ints)(next != next); /* of equals the first; NaN is the largest */
            v = (vec)((takes & (ints)next) | (~takes & (ints)v));
            where = (takes & (k + 1)) | (~takes & where);
        }
        if (s->argmax) {
            uint8_t bytes[LANES];
            store_bytes(bytes, where);
            memcpy(s->argmax + to, bytes, (size_t)n);
        }
    }
    if (s->relu) v = larger(all(0), v); /* the second where one is no number */
    if (s->dropout.below) v *= kept_factor(&s->dropout, (uint32_t)to);
    OF(store_value)((VALUE *)s->y + to, v, n);
}

static void OF(forward)(void *of, int64_t image) {
    const struct channelwise *s = of;
    const int64_t c = s->channels, step = s->pool ? 2 : 1;
    const int64_t rows = s->rows / step, columns = s->columns / step;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++) {
            const int64_t at = ((image * s->rows + row * step) * s->columns + column * step) * c;
            const int64_t to = ((image * rows + row) * columns + column) * c;
            int64_t channel = 0;
            for (; channel + LANES <= c; channel += LANES)
                OF(forward_one)(s, at + channel, channel, LANES, to + channel);
            if (channel < c) OF(forward_one)(s, at + channel, channel, c - channel, to + channel);
        }
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

INLINE ints OF(largest_at)(const struct channelwise *s, int64_t to, int64_t n) {
    uint8_t bytes[LANES] = {0};
    memcpy(bytes, s->argmax + to, (size_t)n);
    return load_bytes(bytes);
}

/* Sums of a part over its positions: of the gradient, and of the gradient times the distance from the mean. */
INLINE void OF(sums_of)(const struct channelwise *s, int64_t from, int64_t to, int64_t channel, int64_t n, float *sum,
                        float *along) {
    const int64_t c = s->channels, size = s->rows * s->columns;
    const vec mean = load_value_float(s->saved + channel, n);
    vec all_g = {0}, all_along = {0};
    if (!s->pool) {
        for (int64_t at = from * size * c + channel; at < to * size * c; at += c) {
            const vec g = OF(passed)(s, at, n);
            if (s->other_gradient) OF(store_value)((VALUE *)s->other_gradient + at, g, n);
            all_g += g;
            all_along = fmadd(g, OF(load_value)((const VALUE *)s->x + at, n) - mean, all_along);
        }
    } else {
        const int64_t rows = s->rows / 2, columns = s->columns / 2, below = s->columns * c;
        for (int64_t line = from * rows; line < to * rows; line++)
            for (int64_t column = 0; column < columns; column++) {
                const int64_t at = (((line / rows) * s->rows + (line % rows) * 2) * s->columns + column * 2) * c;
                const int64_t y = (line * columns + column) * c + channel;
                const VALUE *x = (const VALUE *)s->x + at + channel;
                const vec g = OF(passed)(s, y, n);
                const ints where = OF(largest_at)(s, y, n);
                const vec v = kept((ints)(where == 0), OF(load_value)(x, n)) +
                              kept((ints)(where == 1), OF(load_value)(x + c, n)) +
                              kept((ints)(where == 2), OF(load_value)(x + below, n)) +
                              kept((ints)(where == 3), OF(load_value)(x + below + c, n));
                all_g += g;
                all_along = fmadd(g, v - mean, all_along);
            }
    }
    store_value_float(sum, all_g, n);
    store_value_float(along, all_along, n);
}

static void OF(sums)(void *of, int64_t part) {
    const struct channelwise *s = of;
    const int64_t parts = s->images < PARTS ? s->images : PARTS, c = s->channels;
    const int64_t from = s->images * part / parts, to = s->images * (part + 1) / parts;
    float *sum = s->room + part * 2 * c, *along = sum + c;
    int64_t channel = 0;
    for (; channel + LANES <= c; channel += LANES)
        OF(sums_of)(s, from, to, channel, LANES, sum + channel, along + channel);
    if (channel < c) OF(sums_of)(s, from, to, channel, c - channel, sum + channel, along + channel);
}

/* The gradient of one vector of x, given that behind the normalization; `channel` and `n` say which channels. */
INLINE void OF(backward_one)(const struct channelwise *s, int64_t at, vec g, int64_t channel, int64_t n) {
    if (s->normalize) {
        const int64_t c = s->channels;
        const float *mean = s->saved + channel, *slope = s->room + PARTS * 2 * c + channel;
        const vec apart = OF(load_value)((const VALUE *)s->x + at, n) - load_value_float(mean, n);
        g *= load_value_float(mean + 2 * c, n);
        g += fmadd(apart, load_value_float(slope, n), load_value_float(slope + c, n));
    }
    OF(store_value)((VALUE *)s->x_gradient + at, g, n);
}

INLINE void OF(backward_window)(const struct channelwise *s, int64_t at, int64_t to, int64_t channel, int64_t n) {
    const vec g = OF(passed)(s, to, n);
    if (!s->pool) {
        if (s->other_gradient) OF(store_value)((VALUE *)s->other_gradient + at, g, n);
        OF(backward_one)(s, at, g, channel, n);
        return;
    }
    const ints where = OF(largest_at)(s, to, n);
    const int64_t c = s->channels, below = s->columns * c;
    OF(backward_one)(s, at, kept((ints)(where == 0), g), channel, n);
    OF(backward_one)(s, at + c, kept((ints)(where == 1), g), channel, n);
    OF(backward_one)(s, at + below, kept((ints)(where == 2), g), channel, n);
    OF(backward_one)(s, at + below + c, kept((ints)(where == 3), g), channel, n);
}

/* A position that no window covers, where the number of rows or columns is odd. */
INLINE void OF(backward_uncovered)(const struct channelwise *s, int64_t at) {
    const int64_t c = s->channels;
    int64_t channel = 0;
    for (; channel + LANES <= c; channel += LANES) OF(backward_one)(s, at + channel, all(0), channel, LANES);
    if (channel < c) OF(backward_one)(s, at + channel, all(0), channel, c - channel);
}

static void OF(backward)(void *of, int64_t image) {
    const struct channelwise *s = of;
    const int64_t c = s->channels, step = s->pool ? 2 : 1;
    const int64_t rows = s->rows / step, columns = s->columns / step;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++) {
            const int64_t at = ((image * s->rows + row * step) * s->columns + column * step) * c;
            const int64_t to = ((image * rows + row) * columns + column) * c;
            int64_t channel = 0;
            for (; channel + LANES <= c; channel += LANES)
                OF(backward_window)(s, at + channel, to + channel, channel, LANES);
            if (channel < c) OF(backward_window)(s, at + channel, to + channel, channel, c - channel);
        }
    for (int64_t row = 0; row < s->rows; row++)
        for (int64_t column = row < rows * step ? columns * step : 0; column < s->columns; column++)
            OF(backward_uncovered)(s, ((image * s->rows + row) * s->columns + column) * c);
}
