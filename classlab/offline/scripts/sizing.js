// The one way from a picture of any size to an image of the network, as classlab/datasets/preparation.py has it.
//
// A picture is {height, width, channels, data}: bytes, row by row, the channels of a pixel beside each other.

const ROUNDING = 0.5 + 2 ** -10; // from which fraction on a value is rounded up: no exact half is near it

// To the nearest whole number, and halves to the even one, as NumPy and Python round.
export function rounded(x) {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2) : Math.round(x);
}

// Of values in any order the quantile between the two nearest, as NumPy's.
export function quantile(values, share) {
  const sorted = new Float64Array(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

// The outermost places of height x width pixels, the corners twice.
export function ring(height, width) {
  const rows = Array.from({ length: height }, (_, y) => y * width);
  const columns = Array.from({ length: width }, (_, x) => x);
  const last = (height - 1) * width;
  return [...columns, ...columns.map((x) => last + x), ...rows, ...rows.map((start) => start + width - 1)];
}

// Grey by luminance where one channel is asked for, grey three times where three are.
export function inChannels(picture, channels) {
  if (picture.channels === channels) return picture;
  const { height, width, data } = picture;
  const out = new Uint8Array(height * width * channels);
  for (let place = 0, at = 0; place < height * width; place += 1, at += picture.channels) {
    // ITU-R BT.601
    if (channels === 1) out[place] = (19595 * data[at] + 38470 * data[at + 1] + 7471 * data[at + 2] + 32768) >>> 16;
    else out.fill(data[place], channels * place, channels * place + channels);
  }
  return { height, width, channels, data: out };
}

// Which rows and columns fill the image: [start, length] of each, a start below 0 where something is added.
function windows([height, width], [high, wide], fit) {
  if (fit === "stretch") return [[0, height], [0, width]];
  const wanted = [Math.floor((width * high) / wide), Math.floor((height * wide) / high)];
  return [height, width].map((length, axis) => {
    if (fit === "crop") {
      const kept = Math.max(Math.min(length, wanted[axis]), 1);
      return [Math.floor((length - kept) / 2), kept];
    }
    const added = Math.floor(Math.max(wanted[axis] - length, 0) / 2);
    return [-added, length + 2 * added];
  });
}

// For each of `target` values the first of `length` that it is made of, and their weights: a triangle as wide as the
// pixels that are made.
export function weighing(length, target) {
  const scale = length / target;
  const reach = Math.max(scale, 1);
  return Array.from({ length: target }, (_, place) => {
    const centre = scale * (place + 0.5);
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), length);
    const weights = Float64Array.from({ length: end - first }, (__, at) => (
      Math.max(1 - Math.abs(first + at + 0.5 - centre) / reach, 0)));
    const sum = weights.reduce((one, other) => one + other, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

// Brings a picture to the image that the network takes.
export function prepared(given, { size, channels, fit, fill }) {
  const picture = inChannels(given, channels);
  const { height, width, data } = picture;
  const [rows, columns] = windows([height, width], size, fit);
  if (height === size[0] && width === size[1] && rows[0] === 0 && columns[0] === 0) return picture;
  const around = Array.from({ length: channels }, (_, channel) => fill ?? border(picture, channel));
  const read = (y, x, channel) => (
    y < 0 || y >= height || x < 0 || x >= width ? around[channel] : data[(y * width + x) * channels + channel]);
  const between = new Float64Array(size[0] * columns[1] * channels);
  weighing(rows[1], size[0]).forEach(({ first, weights }, row) => {
    for (let x = 0; x < columns[1]; x += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0;
        weights.forEach((weight, at) => { sum += weight * read(rows[0] + first + at, columns[0] + x, channel); });
        between[(row * columns[1] + x) * channels + channel] = sum;
      }
    }
  });
  const out = new Uint8Array(size[0] * size[1] * channels);
  weighing(columns[1], size[1]).forEach(({ first, weights }, column) => {
    for (let row = 0; row < size[0]; row += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0;
        weights.forEach((weight, at) => { sum += weight * between[(row * columns[1] + first + at) * channels + channel]; });
        out[(row * size[1] + column) * channels + channel] = Math.floor(sum + (1 - ROUNDING));
      }
    }
  });
  return { height: size[0], width: size[1], channels, data: out };
}

function border({ height, width, channels, data }, channel) {
  return rounded(quantile(ring(height, width).map((place) => data[place * channels + channel]), 0.5));
}
