// Layers that look at an image (rows, columns, channels) through windows, or change its rows and columns.

import { activated } from "./elements.js";

// Where a layer's windows lie, by TensorFlow's and Keras's rules: `same` has ceil(length / stride) of them, and the odd
// cell of padding at the end.
function places([rows, columns], [high, wide], strides, padding) {
  return [[rows, high, strides[0]], [columns, wide, strides[1]]].map(([length, cells, stride]) => {
    if (padding === "valid") return { count: Math.floor((length - cells) / stride) + 1, start: 0, stride, cells, length };
    const count = Math.ceil(length / stride);
    const start = -Math.floor(Math.max((count - 1) * stride + cells - length, 0) / 2);
    return { count, start, stride, cells, length };
  });
}

// Calls `visit(out, row, column, y, x)` for every window and every cell of it inside the image.
function eachCell([down, across], visit) {
  for (let row = 0; row < down.count; row += 1) {
    for (let column = 0; column < across.count; column += 1) {
      const [top, left] = [down.start + row * down.stride, across.start + column * across.stride];
      for (let i = Math.max(0, -top); i < down.cells && top + i < down.length; i += 1) {
        for (let j = Math.max(0, -left); j < across.cells && left + j < across.length; j += 1) {
          visit(row * across.count + column, (top + i) * across.length + left + j, i * across.cells + j);
        }
      }
    }
  }
}

export function convolution(layer, { shape, data }, { kernel, bias }) {
  const [filters, channels] = [layer.filters, shape[2]];
  const found = places(shape, layer.kernel_size, layer.strides, layer.padding);
  const out = started([found[0].count, found[1].count, filters], bias);
  eachCell(found, (place, pixel, cell) => {
    for (let channel = 0; channel < channels; channel += 1) {
      const x = data[pixel * channels + channel];
      if (x === 0) continue; // behind a ReLU about half of them
      let [to, at] = [place * filters, (cell * channels + channel) * filters];
      for (const end = to + filters; to < end; to += 1, at += 1) out.data[to] += x * kernel[at];
    }
  });
  return activated(single(out), layer.activation);
}

export function depthwise(layer, { shape, data }, { depthwise_kernel: kernel, bias }) {
  const [channels, times] = [shape[2], layer.depth_multiplier];
  const found = places(shape, layer.kernel_size, layer.strides, layer.padding);
  const out = started([found[0].count, found[1].count, channels * times], bias);
  eachCell(found, (place, pixel, cell) => {
    for (let channel = 0; channel < channels; channel += 1) {
      for (let which = 0; which < times; which += 1) {
        const to = channel * times + which;
        out.data[place * channels * times + to] += data[pixel * channels + channel] * kernel[cell * channels * times + to];
      }
    }
  });
  return activated(single(out), layer.activation);
}

export function separable(layer, value, { depthwise_kernel, pointwise_kernel, bias }) {
  const between = depthwise({ ...layer, activation: "linear" }, value, { depthwise_kernel });
  const whole = { ...layer, kernel_size: [1, 1], strides: [1, 1] };
  return convolution(whole, between, { kernel: pointwise_kernel, bias });
}

export function pooled(layer, { shape, data }, mean) {
  const channels = shape[2];
  const found = places(shape, layer.pool_size, layer.strides ?? layer.pool_size, layer.padding);
  const size = [found[0].count, found[1].count, channels];
  const out = { shape: size, data: new Float32Array(size[0] * size[1] * channels).fill(mean ? 0 : -Infinity) };
  const cells = new Float32Array(size[0] * size[1]); // padding is not counted
  eachCell(found, (place, pixel) => {
    cells[place] += 1;
    for (let channel = 0; channel < channels; channel += 1) {
      const [to, x] = [place * channels + channel, data[pixel * channels + channel]];
      out.data[to] = mean ? out.data[to] + x : Math.max(out.data[to], x);
    }
  });
  if (mean) out.data.forEach((sum, place) => { out.data[place] = sum / cells[Math.floor(place / channels)]; });
  return out;
}

export function pooledWhole(value, mean) {
  const layer = { pool_size: value.shape.slice(0, 2), padding: "valid" };
  return { shape: value.shape.slice(2), data: pooled(layer, value, mean).data };
}

// An image each of whose pixels is one of another image's: `from(y, x)` is that one's [y, x], or null for zeros.
function rearranged({ shape, data }, [rows, columns], from) {
  const channels = shape[2];
  const out = new Float32Array(rows * columns * channels);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      const [row, column] = from(y, x);
      if (row < 0 || row >= shape[0] || column < 0 || column >= shape[1]) continue;
      const start = (row * shape[1] + column) * channels;
      out.set(data.subarray(start, start + channels), (y * columns + x) * channels);
    }
  }
  return { shape: [rows, columns, channels], data: out };
}

export function padded([[above, below], [left, right]], value) {
  const [rows, columns] = value.shape;
  return rearranged(value, [rows + above + below, columns + left + right], (y, x) => [y - above, x - left]);
}

export const cropped = ([[above, below], [left, right]], value) => padded([[-above, -below], [-left, -right]], value);

export function enlarged([high, wide], value) {
  const size = [value.shape[0] * high, value.shape[1] * wide];
  return rearranged(value, size, (y, x) => [Math.floor(y / high), Math.floor(x / wide)]);
}

function started(shape, bias) {
  const data = new Float64Array(shape[0] * shape[1] * shape[2]); // sums of many terms
  if (bias) for (let start = 0; start < data.length; start += bias.length) data.set(bias, start);
  return { shape, data };
}

const single = ({ shape, data }) => ({ shape, data: new Float32Array(data) });
