/* The library as Python sees it: an importable module without functions. Its file is opened with ctypes. */

#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include <stddef.h>

#include "structures.h"

/* Raised with every change of what a function does or is given: the engine passes by a library that is not its own. */
int64_t classlab_kernels_version(void) { return 9; }

extern const struct kernels classlab_avx512, classlab_avx2, classlab_neon, classlab_portable;

/* Of the kernels that this processor can run the widest (0), the next (1) and so on; 0 behind the last. */
const struct kernels *classlab_kernels(int64_t place) {
    const struct kernels *found[4] = {0};
    int64_t count = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        found[count++] = &classlab_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found[count++] = &classlab_avx2;
#elif defined(__aarch64__)
    found[count++] = &classlab_neon;
#endif
    found[count++] = &classlab_portable;
    return place < count ? found[place] : 0;
}

/* Where a field lies in its structure, in bytes; without a name, how large the structure is. */
struct field {
    const char *structure, *name;
    int64_t offset, size;
};

#define WHOLE(S) {#S, "", 0, sizeof(struct S)}
#define FIELD(S, F) {#S, #F, offsetof(struct S, F), sizeof(((struct S *)0)->F)}

static const struct field layout[] = {
    FIELD(images, inputs),
    FIELD(images, block),
    FIELD(images, blocks),
    FIELD(images, pairs),
    FIELD(images, starts),
    FIELD(images, values),
    FIELD(images, pixels),
    FIELD(images, scale),
    FIELD(images, offset),
    FIELD(images, labels),
    FIELD(images, class_weights),
    WHOLE(images),
    FIELD(weight, value),
    FIELD(weight, velocity),
    FIELD(weight, momentum),
    FIELD(weight, average),
    WHOLE(weight),
    FIELD(settings, rule),
    FIELD(settings, first),
    FIELD(settings, second),
    FIELD(settings, third),
    FIELD(settings, fourth),
    FIELD(settings, epsilon),
    FIELD(settings, first_member),
    FIELD(settings, last_member),
    WHOLE(settings),
    FIELD(dense_network, members),
    FIELD(dense_network, layers),
    FIELD(dense_network, chunks),
    FIELD(dense_network, vectors),
    FIELD(dense_network, units),
    FIELD(dense_network, activations),
    FIELD(dense_network, first),
    FIELD(dense_network, first_bias),
    FIELD(dense_network, kernels),
    FIELD(dense_network, biases),
    FIELD(dense_network, rules),
    FIELD(dense_network, settings),
    WHOLE(dense_network),
    FIELD(steps, order),
    FIELD(steps, images),
    FIELD(steps, batch),
    FIELD(steps, first),
    FIELD(steps, stop),
    FIELD(steps, rates),
    FIELD(steps, keeps),
    FIELD(steps, loss),
    FIELD(steps, correct),
    FIELD(steps, first_bad_step),
    WHOLE(steps),
    FIELD(convolution, height),
    FIELD(convolution, width),
    FIELD(convolution, channels),
    FIELD(convolution, rows),
    FIELD(convolution, columns),
    FIELD(convolution, filters),
    FIELD(convolution, out_rows),
    FIELD(convolution, out_columns),
    FIELD(convolution, pool),
    FIELD(convolution, relu),
    FIELD(convolution, side),
    WHOLE(convolution),
    FIELD(chain_layer, kind),
    FIELD(chain_layer, way),
    FIELD(chain_layer, function),
    FIELD(chain_layer, height),
    FIELD(chain_layer, width),
    FIELD(chain_layer, channels),
    FIELD(chain_layer, rows),
    FIELD(chain_layer, columns),
    FIELD(chain_layer, filters),
    FIELD(chain_layer, window_rows),
    FIELD(chain_layer, window_columns),
    FIELD(chain_layer, step_rows),
    FIELD(chain_layer, step_columns),
    FIELD(chain_layer, top),
    FIELD(chain_layer, left),
    FIELD(chain_layer, pool),
    FIELD(chain_layer, relu),
    FIELD(chain_layer, kernel),
    FIELD(chain_layer, bias),
    FIELD(chain_layer, prepared),
    FIELD(chain_layer, input),
    FIELD(chain_layer, output),
    FIELD(chain_layer, argmax),
    FIELD(chain_layer, wanted),
    FIELD(chain_layer, below),
    FIELD(chain_layer, factor),
    WHOLE(chain_layer),
    FIELD(chain_array, at),
    FIELD(chain_array, size),
    FIELD(chain_array, l1),
    FIELD(chain_array, l2),
    WHOLE(chain_array),
    FIELD(chain, layers),
    FIELD(chain, arrays),
    FIELD(chain, layer),
    FIELD(chain, array),
    FIELD(chain, values),
    FIELD(chain, bytes),
    FIELD(chain, widest),
    FIELD(chain, weights),
    FIELD(chain, classes),
    FIELD(chain, squared),
    FIELD(chain, within),
    FIELD(chain, part),
    WHOLE(chain),
    FIELD(chain_member, weights),
    FIELD(chain_member, prepared),
    FIELD(chain_member, rule),
    FIELD(chain_member, value_limit),
    FIELD(chain_member, norm_limit),
    FIELD(chain_member, global_limit),
    WHOLE(chain_member),
    FIELD(chain_figures, loss),
    FIELD(chain_figures, correct),
    FIELD(chain_figures, within),
    WHOLE(chain_figures),
    FIELD(chain_steps, order),
    FIELD(chain_steps, images),
    FIELD(chain_steps, batch),
    FIELD(chain_steps, first),
    FIELD(chain_steps, stop),
    FIELD(chain_steps, numbers),
    FIELD(chain_steps, dropout),
    FIELD(chain_steps, sums),
    FIELD(chain_steps, first_bad_step),
    WHOLE(chain_steps),
    FIELD(threads, count),
    FIELD(threads, parallel),
    FIELD(threads, number),
    FIELD(threads, team),
    WHOLE(threads),
    FIELD(dropout, seed),
    FIELD(dropout, below),
    FIELD(dropout, factor),
    WHOLE(dropout),
    FIELD(channelwise, threads),
    FIELD(channelwise, images),
    FIELD(channelwise, rows),
    FIELD(channelwise, columns),
    FIELD(channelwise, channels),
    FIELD(channelwise, bfloat16),
    FIELD(channelwise, relu),
    FIELD(channelwise, pool),
    FIELD(channelwise, normalize),
    FIELD(channelwise, rest),
    FIELD(channelwise, epsilon),
    FIELD(channelwise, dropout),
    FIELD(channelwise, x),
    FIELD(channelwise, other),
    FIELD(channelwise, y),
    FIELD(channelwise, argmax),
    FIELD(channelwise, gamma),
    FIELD(channelwise, beta),
    FIELD(channelwise, moving_mean),
    FIELD(channelwise, moving_variance),
    FIELD(channelwise, saved),
    FIELD(channelwise, room),
    FIELD(channelwise, gradient),
    FIELD(channelwise, x_gradient),
    FIELD(channelwise, other_gradient),
    FIELD(channelwise, gamma_gradient),
    FIELD(channelwise, beta_gradient),
    WHOLE(channelwise),
    FIELD(kernels, name),
    FIELD(kernels, lanes),
    FIELD(kernels, count_nonzero),
    FIELD(kernels, list_nonzero),
    FIELD(kernels, dense_train),
    FIELD(kernels, dense_evaluate),
    FIELD(kernels, convolution_workspace),
    FIELD(kernels, convolution_kernel),
    FIELD(kernels, convolution_kernel_gradient),
    FIELD(kernels, convolution_forward),
    FIELD(kernels, convolution_backward),
    FIELD(kernels, chain_room),
    FIELD(kernels, chain_prepare),
    FIELD(kernels, chain_part),
    FIELD(kernels, chain_add),
    FIELD(kernels, chain_update),
    FIELD(kernels, chain_train),
    FIELD(kernels, chain_evaluate),
    FIELD(kernels, chain_look),
    FIELD(kernels, channelwise_forward),
    FIELD(kernels, channelwise_backward),
    FIELD(kernels, drop),
    WHOLE(kernels),
    {0},
};

/* Every field of every structure that Python mirrors; one without names is behind the last. */
const struct field *classlab_kernels_layout(void) { return layout; }

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "classlab_kernels", "Compiled kernels of classlab's engine.", 0, 0, 0, 0, 0, 0};

PyMODINIT_FUNC PyInit_classlab_kernels(void) { return PyModule_Create(&module); }
