/* Numbers that the digests' programs compute on, and the digest of what comes out. */

#ifndef CLASSLAB_CHECK_NUMBERS_H
#define CLASSLAB_CHECK_NUMBERS_H

#include <stdio.h>
#include <stdlib.h>

#include "../structures.h"

#define COUNT(TABLE) (sizeof(TABLE) / sizeof *(TABLE))

extern const struct kernels VARIANT;

static uint32_t state = 1;
static uint32_t number(void) { return (state = state * 1664525u + 1013904223u) >> 8; }
static float between(float size) { return ((float)number() / 8388608.0f - 1.0f) * size; }

static float *table(int64_t floats, float size) {
    float *found = calloc((size_t)floats, sizeof *found);
    if (!found) abort();
    for (int64_t i = 0; size != 0.0f && i < floats; i++) found[i] = between(size);
    return found;
}

static uint64_t digest = 14695981039346656037u; /* FNV-1a */
static void add(const void *bytes, int64_t count) {
    for (int64_t i = 0; i < count; i++) digest = (digest ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
}
static void report(const char *what) { printf("%s %016llx\n", what, (unsigned long long)digest); }

static int64_t padded(int64_t units) { return (units + VARIANT.lanes - 1) / VARIANT.lanes * VARIANT.lanes; }

#endif
