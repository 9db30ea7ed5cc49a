// Layers that treat every value, every channel or every row of values by itself.
//
// A value is {shape, data}: one image's, without a batch axis, the last axis varying fastest, as in Keras.

const SELU = [1.0507009873554805, 1.6732632423543772]; // scale and alpha of keras.activations.selu
const SLOPE = 0.2; // of keras.activations.leaky_relu by name; the layer carries its own

// Abramowitz and Stegun, 7.1.26: within 1.5e-7, which float32 does not tell.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

const elu = (x) => (x > 0 ? x : Math.expm1(x));
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

const FUNCTIONS = {
  relu: (x) => (x > 0 ? x : 0),
  sigmoid,
  tanh: Math.tanh,
  leaky_relu: (x) => (x > 0 ? x : SLOPE * x),
  elu,
  selu: (x) => SELU[0] * (x > 0 ? x : SELU[1] * Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  silu: (x) => x * sigmoid(x),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

export function mapped(value, change) {
  return { shape: value.shape, data: value.data.map(change) };
}

export function activated(value, name) {
  if (name === "linear") return value;
  return name === "softmax" ? softmax(value) : mapped(value, FUNCTIONS[name]);
}

export function softmax(value) {
  return byRow(value, (row) => {
    const largest = row.reduce((one, other) => Math.max(one, other), -Infinity);
    const shares = row.map((x) => Math.exp(x - largest));
    const sum = shares.reduce((one, other) => one + other, 0);
    return shares.map((x) => x / sum);
  });
}

// Every row along the last axis, changed by itself.
function byRow({ shape, data }, change) {
  const out = new Float32Array(data.length);
  const length = shape.at(-1);
  for (let start = 0; start < data.length; start += length) {
    out.set(change(Float64Array.from(data.subarray(start, start + length))), start);
  }
  return { shape, data: out };
}

// Every channel (last axis) times a factor, plus an offset.
function byChannel({ shape, data }, factor, offset) {
  const channels = shape.at(-1);
  return { shape, data: data.map((x, place) => x * factor(place % channels) + offset(place % channels)) };
}

export const rescaling = ({ scale, offset }, value) => mapped(value, (x) => x * scale + offset);

export function normalization({ mean, variance }, value) {
  const of = (figures, channel) => figures[figures.length === 1 ? 0 : channel];
  const factor = (channel) => 1 / Math.sqrt(of(variance, channel));
  return byChannel(value, factor, (channel) => -of(mean, channel) * factor(channel));
}

export function batchNormalization({ epsilon }, value, { gamma, beta, moving_mean, moving_variance }) {
  const factor = (channel) => (gamma?.[channel] ?? 1) / Math.sqrt(moving_variance[channel] + epsilon);
  return byChannel(value, factor, (channel) => (beta?.[channel] ?? 0) - moving_mean[channel] * factor(channel));
}

export function layerNormalization({ epsilon }, value, { gamma, beta }) {
  return byRow(value, (row) => {
    const mean = row.reduce((one, other) => one + other, 0) / row.length;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
    return row.map((x, at) => ((x - mean) / Math.sqrt(variance + epsilon)) * (gamma?.[at] ?? 1) + (beta?.[at] ?? 0));
  });
}

export function dense({ units, activation }, { shape, data }, { kernel, bias }) {
  const inputs = shape.at(-1);
  const rows = data.length / inputs;
  const out = new Float32Array(rows * units);
  const sums = new Float64Array(units);
  for (let row = 0; row < rows; row += 1) {
    bias ? sums.set(bias) : sums.fill(0);
    for (let from = 0; from < inputs; from += 1) {
      const x = data[row * inputs + from];
      if (x === 0) continue; // most pixels of a drawing
      for (let to = 0, at = from * units; to < units; to += 1, at += 1) sums[to] += x * kernel[at];
    }
    out.set(sums, row * units);
  }
  return activated({ shape: [...shape.slice(0, -1), units], data: out }, activation);
}

// Several values of one shape, or with lengths of 1 that are repeated, place by place.
export function joined(values, join) {
  const shape = values[0].shape.map((_, axis) => Math.max(...values.map((value) => value.shape[axis])));
  const size = shape.reduce((one, other) => one * other, 1);
  const reads = values.map((value) => repeated(value, shape));
  return { shape, data: Float32Array.from({ length: size }, (_, place) => join(reads.map((read) => read(place)))) };
}

function repeated(value, shape) {
  if (shape.every((length, axis) => length === value.shape[axis])) return (place) => value.data[place];
  return (place) => {
    let [rest, step, at] = [place, 1, 0];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      at += step * (value.shape[axis] === 1 ? 0 : rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
      step *= value.shape[axis];
    }
    return value.data[at];
  };
}

export function concatenated(values) {
  const widths = values.map((value) => value.shape.at(-1));
  const width = widths.reduce((one, other) => one + other, 0);
  const rows = values[0].data.length / widths[0];
  const data = new Float32Array(rows * width);
  for (let row = 0, at = 0; row < rows; row += 1) {
    values.forEach((value, which) => {
      data.set(value.data.subarray(row * widths[which], (row + 1) * widths[which]), at);
      at += widths[which];
    });
  }
  return { shape: [...values[0].shape.slice(0, -1), width], data };
}
