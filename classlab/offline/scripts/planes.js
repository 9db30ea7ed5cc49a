// Grey pictures as planes, {height, width, data}: Pillow's ways of resizing and blurring them, windows, and parts.

export const plane = (height, width, data = new Float64Array(height * width)) => ({ height, width, data });

export function changed({ height, width, data }, change) {
  const out = plane(height, width);
  for (let place = 0; place < data.length; place += 1) out.data[place] = change(data[place]);
  return out;
}

// A part of a plane, which may reach beyond it: there it has zeros, or with `edge` the nearest pixel.
export function part(given, top, left, height, width, edge = false) {
  const out = plane(height, width);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const row = edge ? Math.min(Math.max(top + y, 0), given.height - 1) : top + y;
      const column = edge ? Math.min(Math.max(left + x, 0), given.width - 1) : left + x;
      if (row < 0 || row >= given.height || column < 0 || column >= given.width) continue;
      out.data[y * width + x] = given.data[row * given.width + column];
    }
  }
  return out;
}

export function transposed({ height, width, data }) {
  const out = plane(width, height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) out.data[x * height + y] = data[y * width + x];
  return out;
}

// Changes along the rows, then along the columns.
const bothWays = (given, change) => transposed(change(transposed(change(given, 1)), 0));

export const BOX = { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
export const BICUBIC = {
  reach: 2,
  weight(x) { // Keys's, with a = -0.5
    const far = Math.abs(x);
    if (far >= 2) return 0;
    return far < 1 ? (1.5 * far - 2.5) * far * far + 1 : ((-0.5 * far + 2.5) * far - 4) * far + 2;
  },
};

// Pillow's `resize`: of [start, end) of each axis; `bytes` rounds to whole pixels behind each axis.
export function resized(given, size, way, { from = [[0, given.height], [0, given.width]], bytes = false } = {}) {
  return bothWays(given, (lines, axis) => resizedAcross(lines, size[axis], way, from[axis], bytes));
}

function resizedAcross({ height, width, data }, target, { reach, weight }, [start, end], bytes) {
  const scale = (end - start) / target;
  const wide = Math.max(scale, 1);
  const out = plane(height, target);
  for (let x = 0; x < target; x += 1) {
    const centre = start + (x + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach * wide + 0.5), 0);
    const last = Math.min(Math.trunc(centre + reach * wide + 0.5), width);
    const weights = [];
    for (let at = first; at < last; at += 1) weights.push(weight((at - centre + 0.5) / wide));
    const total = weights.reduce((one, other) => one + other, 0);
    for (let y = 0; y < height; y += 1) {
      let sum = 0;
      for (let at = 0; at < weights.length; at += 1) sum += weights[at] * data[y * width + first + at];
      out.data[y * target + x] = bytes ? Math.floor(sum / total + 0.5) : sum / total;
    }
  }
  return out;
}

// Pillow's GaussianBlur of a radius below one pixel: three passes of a box that takes a share of both neighbours.
export function blurred(given, radius) {
  const variance = (radius * radius) / 3;
  const share = variance / (2 * (1 - variance)); // Gwosdek and others (2011), of a box whose whole part is one pixel
  const middle = 1 / (2 * share + 1);
  const beside = (1 - middle) / 2;
  return bothWays(given, (lines) => {
    let { height, width, data } = lines;
    for (let pass = 0; pass < 3; pass += 1) {
      const before = data;
      data = new Float64Array(before.length);
      for (let y = 0, place = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1, place += 1) {
          const around = before[x > 0 ? place - 1 : place] + before[x < width - 1 ? place + 1 : place];
          data[place] = Math.floor(middle * before[place] + beside * around + 0.5);
        }
      }
    }
    return plane(height, width, data);
  });
}

// Median of the windows of 2 margin + 1 rows and columns that lie inside; whole pixels from 0 to 255.
export function medians({ height, width, data }, margin) {
  const side = 2 * margin + 1;
  const out = plane(height - 2 * margin, width - 2 * margin);
  const counts = new Int32Array(256);
  const count = (y, x, change) => { for (let i = 0; i < side; i += 1) counts[data[(y + i) * width + x]] += change; };
  for (let y = 0; y < out.height; y += 1) {
    counts.fill(0);
    for (let x = 0; x < side - 1; x += 1) count(y, x, 1);
    for (let x = 0; x < out.width; x += 1) {
      count(y, x + side - 1, 1);
      let [level, below] = [0, counts[0]];
      while (below <= (side * side - 1) / 2) below += counts[(level += 1)];
      out.data[y * out.width + x] = level;
      count(y, x, -1);
    }
  }
  return out;
}

// The brightest of every window of so many rows and columns that lies inside.
export function brightest(given, width) {
  return bothWays(given, (lines) => {
    let { width: length, data } = lines;
    const joinedBy = (step) => {
      const shorter = length - step;
      const next = new Float64Array(lines.height * shorter);
      for (let y = 0, to = 0; y < lines.height; y += 1) {
        for (let x = 0, at = y * length; x < shorter; x += 1, to += 1, at += 1) {
          next[to] = data[at] > data[at + step] ? data[at] : data[at + step];
        }
      }
      [length, data] = [shorter, next];
    };
    let reach = 1; // a window is made of two that overlap, each of which was made so
    for (; 2 * reach <= width; reach *= 2) joinedBy(reach);
    if (width > reach) joinedBy(width - reach);
    return plane(lines.height, length, data);
  });
}

// Numbers the parts of a mask whose pixels touch by sides or corners, from 1: {numbers, count}.
export function connectedParts({ height, width, data }) {
  const numbers = new Int32Array(height * width);
  let count = 0;
  for (let start = 0; start < data.length; start += 1) {
    if (!data[start] || numbers[start]) continue;
    numbers[start] = count += 1;
    for (const open = [start]; open.length;) {
      const place = open.pop();
      const [y, x] = [Math.floor(place / width), place % width];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          const at = row * width + column;
          if (!data[at] || numbers[at]) continue;
          numbers[at] = count;
          open.push(at);
        }
      }
    }
  }
  return { numbers, count };
}

