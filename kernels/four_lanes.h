/* What vectors of four floats have in common, whatever computes on them. */

#ifndef CLASSLAB_FOUR_LANES_H
#define CLASSLAB_FOUR_LANES_H

#include <string.h>

#include "vector.h"

INLINE mask first_lanes(int64_t n) { return (ints){0, 1, 2, 3} < all_ints((int32_t)n); }

INLINE void store_bytes(uint8_t *to, ints x) {
    for (int i = 0; i < LANES; i++) to[i] = (uint8_t)x[i];
}
INLINE ints load_bytes(const uint8_t *from) { return (ints){from[0], from[1], from[2], from[3]}; }

/* See avx2.c. */
INLINE int64_t list_pixels(uint8_t *pairs, ints pixels, ints places) {
    int64_t found = 0;
    for (int i = 0; i < LANES; i++) {
        pairs[2 * found] = (uint8_t)places[i], pairs[2 * found + 1] = (uint8_t)pixels[i];
        found += pixels[i] != 0;
    }
    return found;
}
INLINE ints within(ints x, ints most) {
    const ints low = x & ~(x < 0), above = low > most;
    return (low & ~above) | (most & above);
}
INLINE ints half_products(ints a, ints b) { return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16); }
INLINE ints byte_products(ints a, ints b) {
    const ints first = (a & 255) * (b << 24 >> 24) + (a >> 8 & 255) * (b << 16 >> 24);
    const ints second = (a >> 16 & 255) * (b << 8 >> 24) + (a >> 24 & 255) * (b >> 24);
    return (first & 65535) | second << 16;
}

INLINE ints look_up(const uint16_t *pairs, ints at) {
    ints found = at;
    for (int i = 0; i < LANES; i++) {
        int32_t both;
        memcpy(&both, pairs + at[i], sizeof both);
        found[i] = both;
    }
    return found;
}

typedef struct {
    vec low, high;
} row_sums;
INLINE row_sums add_to_row(row_sums sums, int64_t at, vec x) {
    if (at / LANES % 2) sums.high += x;
    else sums.low += x;
    return sums;
}
INLINE float sum_of(row_sums x) {
    const vec s = x.low + x.high;
    return (s[0] + s[2]) + (s[1] + s[3]);
}
INLINE float largest_of(vec x) {
    const float even = x[0] > x[2] ? x[0] : x[2], odd = x[1] > x[3] ? x[1] : x[3];
    return even > odd ? even : odd;
}

#endif
