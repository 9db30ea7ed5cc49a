/* One image whole, as the first layer takes it: scaled pixels, or scaled features of another network. */

#ifndef CLASSLAB_WHOLE_IMAGE_H
#define CLASSLAB_WHOLE_IMAGE_H

#include "structures.h"

static void scale_image(const struct images *x, int64_t image, float *to) {
    const int64_t begin = image * x->inputs;
    if (x->features) {
        const float *own = x->features + begin;
        for (int64_t p = 0; p < x->inputs; p++) to[p] = own[p] * x->scale[p] + x->offset[p];
        return;
    }
    const uint8_t *own = x->pixels + begin;
    for (int64_t p = 0; p < x->inputs; p++) to[p] = (float)own[p] * x->scale[p] + x->offset[p];
}

#endif
