/* All kernels, for the instruction set of the file that includes this, as one table of functions. */

#include "augmentation.h"
#include "chain.h"
#include "channelwise.h"
#include "convolution.h"
#include "dense.h"

__attribute__((visibility("hidden"))) const struct kernels KERNELS = {
    .name = KERNELS_NAME,
    .lanes = LANES,
    .count_nonzero = count_nonzero,
    .list_nonzero = list_nonzero,
    .dense_train = dense_train,
    .dense_evaluate = dense_evaluate,
    .convolution_workspace = convolution_workspace,
    .convolution_kernel = convolution_kernel,
    .convolution_kernel_gradient = convolution_kernel_gradient,
    .convolution_forward = convolution_forward,
    .convolution_backward = convolution_backward,
    .chain_room = chain_room,
    .chain_prepare = chain_prepare,
    .chain_part = chain_part,
    .chain_add = chain_add,
    .chain_update = chain_update,
    .chain_train = chain_train,
    .chain_evaluate = chain_evaluate,
    .chain_look = chain_look,
    .channelwise_forward = channelwise_forward,
    .channelwise_backward = channelwise_backward,
    .drop = drop,
    .augment = augment,
};
