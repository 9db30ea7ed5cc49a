// A drawing, made an image like the training images of a set of centred ink: classlab/datasets/ink.py and paper.py, step
// by step and with their figures.

import { BICUBIC, BOX, blurred, changed, connectedParts, brightest, medians, part, plane, resized } from "./planes.js";
import { inChannels, quantile, ring, rounded } from "./sizing.js";

const WORKING = 480; // pixels of the longer side
export const EDGE = 0.25; // of full ink: where a stroke begins, for boxes
const [SURE, FAINT] = [0.5, 0.3]; // shares of the ink's fullest
const FULLEST = 0.999; // quantile over pixels
const [NOISE, FLOOR] = [5, 3]; // standard deviations of the paper
const LEAST_CONTRAST = 0.06;
const MOST_INK = 0.6; // of the picture
const STRONG = 0.9; // quantile over a stroke's pixels that gets full ink
const FLAT = 0.06; // of the range between black and white
const [SMALL, MEDIAN] = [96, 31]; // on which the polarity is decided, and the window there
const WINDOW = 0.26; // of the longer side
const BLUR = 0.7;
const LEAST_PART = 0.04; // of the largest part's pixels
const MOST_EDGE = 0.25; // of the shorter side

// The picture as bytes of height x width, made like the training images; null where no ink is found in it.
export function righted(picture, style, size, inverted = null) {
  const same = picture.height === size[0] && picture.width === size[1];
  const made = same ? madeAlike(picture, style, inverted) : null;
  if (made) return made;
  const ink = found(workingCopy(picture), inverted === null ? null : bright(style) === inverted);
  return ink && painted(laid(ink, style, size), style);
}

export const bright = (style) => style.background < 127.5; // whether the ink is brighter than the ground

function madeAlike({ height, width, channels, data }, style, inverted) {
  const grey = plane(height, width);
  for (let place = 0; place < grey.data.length; place += 1) {
    const colours = data.subarray(place * channels, (place + 1) * channels);
    if (Math.max(...colours) - Math.min(...colours) > 25.5) return null;
    grey.data[place] = colours.reduce((one, other) => one + other, 0) / channels;
  }
  const edge = quantile(ring(height, width).map((place) => grey.data[place]), 0.5);
  if (inverted ?? Math.abs(edge - style.background) > 127.5) grey.data.forEach((x, at) => { grey.data[at] = 255 - x; });
  const ink = changed(grey, (x) => Math.abs(x - style.background));
  const covered = box(ink, EDGE * style.full);
  if (largest(ink.data) < SURE * style.full || Math.abs(longerSide(covered) - style.side) > 1) return null;
  const away = centreOfMass(ink).map((place, axis) => Math.abs(place - style.centre[axis]));
  return Math.max(...away) <= 2 * style.apart + 0.5 ? Uint8Array.from(grey.data, rounded) : null;
}

function workingCopy(picture) {
  const { height, width, data } = inChannels(picture, 1);
  const grey = plane(height, width, new Float64Array(data));
  const scale = WORKING / Math.max(height, width);
  return scale < 1 ? smaller(grey, scale) : grey;
}

function smaller(grey, scale) {
  const size = [grey.height, grey.width].map((length) => Math.max(1, rounded(length * scale)));
  return resized(grey, size, BOX, { bytes: true });
}

// The ink of a grey plane, 0 to 1; null where there is none.
function found(grey, dark) {
  const amounts = inkAmounts(grey, dark);
  const paper = quantile(amounts.data, 0.5);
  const ink = changed(amounts, (x) => Math.max(x - paper, 0));
  const noise = quantile(amounts.data.map((x) => Math.abs(x - paper)), 0.5) / 0.6745;
  const fullest = Math.max(quantile(ink.data, FULLEST), 0.6 * largest(ink.data));
  if (fullest < Math.max(LEAST_CONTRAST, NOISE * noise)) return null;
  const kept = strokes(ink, Math.max(FAINT * fullest, FLOOR * noise), SURE * fullest);
  const share = kept.data.reduce((one, other) => one + other, 0) / kept.data.length;
  if (share === 0 || share > MOST_INK) return null;
  const floor = Math.min(FLOOR * noise, FAINT * fullest);
  const grown = widened(part(kept, -1, -1, kept.height + 2, kept.width + 2), 1);
  const inside = part(grown, 1, 1, kept.height, kept.width).data;
  const amount = (x) => Math.min(Math.max((x - floor) / (fullest - floor), 0), 1);
  return plane(ink.height, ink.width, ink.data.map((x, place) => (inside[place] > 0 ? amount(x) : 0)));
}

// How far each pixel differs from the ground towards the ink.
function inkAmounts(grey, given) {
  const around = ring(grey.height, grey.width).map((place) => grey.data[place]);
  const [low, ground, high] = [0.05, 0.5, 0.95].map((share) => quantile(around, share));
  const smooth = blurred(grey, BLUR);
  if (high - low < 255 * FLAT) {
    const dark = given ?? thirdMoment(grey.data, () => ground) <= 0;
    return changed(smooth, (x) => (dark ? ground - x : x - ground) / 255);
  }
  return lackingLight(given ?? inkIsDark(grey) ? smooth : changed(smooth, (x) => 255 - x));
}

function thirdMoment(values, ground) {
  return values.reduce((sum, x, place) => sum + (x - ground(place)) ** 3, 0);
}

function inkIsDark(grey) {
  const small = smaller(grey, Math.min(1, SMALL / Math.max(grey.height, grey.width)));
  const margin = Math.floor(MEDIAN / 2);
  const around = part(small, -margin, -margin, small.height + 2 * margin, small.width + 2 * margin, true);
  const ground = medians(around, margin).data;
  return thirdMoment(small.data, (place) => ground[place]) <= 0;
}

// The share of the paper's light that each pixel lacks: the paper is a closing.
function lackingLight(grey) {
  const width = Math.max(3, rounded(WINDOW * Math.max(grey.height, grey.width))) | 1;
  const margin = 2 * Math.floor(width / 2);
  const around = part(grey, -margin, -margin, grey.height + 2 * margin, grey.width + 2 * margin, true);
  const paper = negative(brightest(negative(brightest(around, width)), width)).data;
  return plane(grey.height, grey.width, grey.data.map((x, place) => 1 - x / Math.max(paper[place], 1)));
}

const negative = (given) => changed(given, (x) => -x);

// The parts of what is above `faint` that are strokes: with a sure pixel, not tiny, within the picture where any is.
function strokes(ink, faint, sure) {
  const { height, width } = ink;
  const { numbers, count } = connectedParts(changed(ink, (x) => x >= faint));
  const [pixels, onEdge, certain] = [new Int32Array(count + 1), new Int32Array(count + 1), new Uint8Array(count + 1)];
  for (let place = 0; place < numbers.length; place += 1) {
    pixels[numbers[place]] += 1;
    if (ink.data[place] >= sure) certain[numbers[place]] = 1;
  }
  for (const place of ring(height, width)) onEdge[numbers[place]] += 1;
  const good = Array.from(certain, (is, number) => number > 0 && is === 1);
  const within = good.map((is, number) => is && onEdge[number] === 0);
  const most = MOST_EDGE * Math.min(height, width);
  const chosen = within.includes(true) ? within : good.map((is, number) => is && onEdge[number] < most);
  const largestPart = pixels.reduce((best, size, number) => (chosen[number] ? Math.max(best, size) : best), 0);
  const kept = chosen.map((is, number) => (is && pixels[number] >= LEAST_PART * largestPart ? 1 : 0));
  return changed(plane(height, width, numbers), (number) => kept[number]);
}

// Ink in the training images' size and place.
function laid(ink, style, size) {
  const side = longerSide(box(ink, EDGE));
  const steps = Math.max(0, rounded(((style.thinnest * side) / style.side - strokeWidth(ink)) / 2));
  const { top, left, height, width } = box(ink, Number.MIN_VALUE);
  const frame = steps + 1; // so that nothing reaches from one row into the next
  const wide = widened(part(ink, top - frame, left - frame, height + 2 * frame, width + 2 * frame), steps);
  const scale = style.side / longerSide(box(wide, EDGE));
  // Pixel y of the drawing spans from y to y + 1, so that its middle is y + 0.5.
  const { top: first, left: begin, height: high, width: broad } = box(wide, EDGE);
  const reach = [[first, first + high], [begin, begin + broad]];
  const start = centreOfMass(wide).map((own, axis) => {
    const [low, end] = reach[axis]; // ink that would be cut off at an edge is moved in
    return Math.max(end - size[axis] / scale, Math.min(own + 0.5 - (style.centre[axis] + 0.5) / scale, low));
  });
  const end = start.map((first, axis) => first + size[axis] / scale);
  const beyond = Math.max(...start.map((first) => -first), end[0] - wide.height, end[1] - wide.width, 0);
  const margin = Math.ceil(beyond + 2 * Math.max(1, 1 / scale)) + 1; // what the way of resizing reads around the image
  const drawing = part(wide, -margin, -margin, wide.height + 2 * margin, wide.width + 2 * margin);
  const from = start.map((first, axis) => [first + margin, end[axis] + margin]);
  const made = resized(drawing, size, scale < 0.5 ? BOX : BICUBIC, { from });
  return changed(made, (x) => Math.min(Math.max(x, 0), 1));
}

// Ink as brightness, as full as the training images' is.
function painted(ink, style) {
  const strong = ink.data.filter((x) => x > EDGE);
  const fullest = strong.length ? quantile(strong, STRONG) : 1;
  return Uint8Array.from(ink.data, (x) => {
    const amount = Math.min(Math.max(x / Math.max(fullest, EDGE), 0), 1) * style.full;
    return Math.min(Math.max(rounded(style.background + (bright(style) ? amount : -amount)), 0), 255);
  });
}

// Strokes wider by some pixels on both sides; squares and crosses by turns make nearly a disc. Of a plane whose
// outermost pixels are zeros for as many steps.
function widened({ height, width, data }, steps) {
  let now = data;
  for (let step = 0; step < steps; step += 1) {
    const down = spread(now, now, width);
    now = step % 2 === 0 ? spread(down, down, 1) : spread(now, down, 1);
  }
  return plane(height, width, now);
}

// The largest of what is there already, and of two neighbours so far apart.
function spread(values, there, apart) {
  const out = new Float64Array(there);
  for (let place = 0; place < out.length; place += 1) {
    if (values[place] === 0) continue;
    if (values[place] > out[place + apart]) out[place + apart] = values[place];
    if (values[place] > out[place - apart]) out[place - apart] = values[place];
  }
  return out;
}

// The box around what is at least `least`; of no height where nothing is.
function box({ height, width, data }, least) {
  let [top, left, bottom, right] = [height, width, -1, -1];
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (data[place] < least) continue;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  return bottom < 0 ? { top: 0, left: 0, height: 0, width: 0 }
    : { top, left, height: bottom - top + 1, width: right - left + 1 };
}

const longerSide = ({ height, width }) => Math.max(height, width);

const largest = (values) => values.reduce((one, other) => Math.max(one, other), -Infinity);

function centreOfMass({ height, width, data }) {
  let [all, down, across] = [0, 0, 0];
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      all += data[place];
      down += data[place] * y;
      across += data[place] * x;
    }
  }
  return [down / all, across / all];
}

// Twice the area of strokes over the length of their edges, which is the total variation.
export function strokeWidth({ height, width, data }) {
  const at = (y, x) => (y < 0 || y >= height || x < 0 || x >= width ? 0 : data[y * width + x]);
  let [area, down, across] = [0, 0, 0];
  for (let y = 0; y <= height; y += 1) {
    for (let x = 0; x <= width; x += 1) {
      area += at(y, x);
      down += Math.abs(at(y, x) - at(y - 1, x));
      across += Math.abs(at(y, x) - at(y, x - 1));
    }
  }
  return (2 * area) / Math.max(Math.hypot(down, across), 1e-9);
}
