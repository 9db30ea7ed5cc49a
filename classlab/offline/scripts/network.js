// A network's way forward for one image, from raw pixels to the class scores.
//
// A network is {architecture, input_layer, weights}: an architecture as classlab records it, in Keras's vocabulary; the
// preprocessing as a layer; and a Float32Array for each weight, by layer and name, as in "1.kernel".

import {
  activated, batchNormalization, concatenated, dense, joined, layerNormalization, mapped, normalization, rescaling,
  softmax,
} from "./elements.js";
import { gru, lstm } from "./recurrent.js";
import { convolution, cropped, depthwise, enlarged, padded, pooled, pooledWhole, separable } from "./windows.js";

const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
const alone = (layer, [value]) => value; // what a layer of training alone gives

// Each takes the layer, the values that enter it, and its weights by name.
const LAYERS = {
  Flatten: (layer, [{ data }]) => ({ shape: [data.length], data }),
  Reshape: (layer, [{ data }]) => ({ shape: layer.target_shape, data }),
  Dense: (layer, [value], weights) => dense(layer, value, weights),
  Conv2D: (layer, [value], weights) => convolution(layer, value, weights),
  DepthwiseConv2D: (layer, [value], weights) => depthwise(layer, value, weights),
  SeparableConv2D: (layer, [value], weights) => separable(layer, value, weights),
  MaxPooling2D: (layer, [value]) => pooled(layer, value, false),
  AveragePooling2D: (layer, [value]) => pooled(layer, value, true),
  GlobalMaxPooling2D: (layer, [value]) => pooledWhole(value, false),
  GlobalAveragePooling2D: (layer, [value]) => pooledWhole(value, true),
  ZeroPadding2D: (layer, [value]) => padded(layer.padding, value),
  Cropping2D: (layer, [value]) => cropped(layer.cropping, value),
  UpSampling2D: (layer, [value]) => enlarged(layer.size, value),
  Dropout: alone,
  SpatialDropout2D: alone,
  BatchNormalization: (layer, [value], weights) => batchNormalization(layer, value, weights),
  LayerNormalization: (layer, [value], weights) => layerNormalization(layer, value, weights),
  Activation: (layer, [value]) => activated(value, layer.activation),
  ReLU: (layer, [value]) => activated(value, "relu"),
  LeakyReLU: (layer, [value]) => mapped(value, (x) => (x > 0 ? x : layer.negative_slope * x)),
  Rescaling: (layer, [value]) => rescaling(layer, value),
  Normalization: (layer, [value]) => normalization(layer, value),
  LSTM: (layer, [value], weights) => lstm(layer, value, weights),
  GRU: (layer, [value], weights) => gru(layer, value, weights),
  Add: (layer, values) => joined(values, sum),
  Subtract: (layer, values) => joined(values, ([one, other]) => one - other),
  Multiply: (layer, values) => joined(values, (numbers) => numbers.reduce((one, other) => one * other, 1)),
  Average: (layer, values) => joined(values, (numbers) => sum(numbers) / numbers.length),
  Maximum: (layer, values) => joined(values, (numbers) => Math.max(...numbers)),
  Concatenate: (layer, values) => concatenated(values),
};

// What every layer gives, first to last, for pixels (height x width x channels, 0 to 255).
export function forward({ architecture, input_layer, weights }, pixels) {
  const images = { shape: architecture.input_shape, data: Float32Array.from(pixels) };
  const values = { [-1]: LAYERS[input_layer.kind](input_layer, [images]) };
  architecture.layers.forEach((layer, place) => {
    const entering = (architecture.inputs?.[place] ?? [place - 1]).map((source) => values[source]);
    values[place] = LAYERS[layer.kind](layer, entering, weights[place] ?? {});
  });
  return architecture.layers.map((_, place) => values[place]);
}

// The class scores of what `forward` gives, as `Run.predict` has them.
export function scores({ from_logits }, values) {
  const last = values.at(-1);
  return [...(from_logits ? softmax(last) : last).data];
}

// Arrays by name out of the page's numbers: `places` has [start, length] for each, in numbers.
export function arrays(places, numbers) {
  const entries = Object.entries(places).map(([name, [start, length]]) => [name, numbers.subarray(start, start + length)]);
  return Object.fromEntries(entries);
}

// Weights by layer and then by name.
export function byLayer(weights) {
  const found = {};
  for (const [key, values] of Object.entries(weights)) {
    const [layer, name] = key.split(".");
    (found[layer] ??= {})[name] = values;
  }
  return found;
}

// Noise that needs no storing, on which page and run are compared: pixels of the number-th of some images.
export function probe(size, number) {
  return Uint8Array.from({ length: size }, (_, place) => Math.imul(number * size + place + 1, 2654435761) >>> 24);
}
