// How unlike the training images an image is: classlab/studies/runs/likeness.py and classlab/datasets/appearance.py, of
// one image.

import { EDGE, strokeWidth } from "./ink.js";
import { plane } from "./planes.js";
import { weighing } from "./sizing.js";

const [FAR, NEAR] = [0.7, 0.15]; // of the range, from the ground
const SIDE = 14; // pixels of a thumbnail

// The score; above `likeness.threshold[0]` the image counts as unlike.
export function unlikeness(likeness, image, features, label) {
  const distances = [
    features ? square(projected(likeness, features), likeness.feature_means, likeness.feature_scales, label) : 0,
    thumbnailDistance(likeness, thumbnail(image), label),
    square(forms(image, likeness.ground[0]), likeness.form_means, likeness.form_scales, label),
  ];
  return distances.reduce((sum, distance, which) => (
    sum + Math.max((distance - likeness.medians[which]) / likeness.spreads[which], 0)), 0);
}

function projected({ feature_middle: middle, feature_axes: axes }, features) {
  const count = axes.length / middle.length;
  return Array.from({ length: count }, (_, axis) => (
    middle.reduce((sum, own, at) => sum + (features[at] - own) * axes[axis * middle.length + at], 0)));
}

// A squared Mahalanobis distance to the class named.
function square(row, means, scales, label) {
  const size = row.length;
  const apart = row.map((value, at) => value - means[label * size + at]);
  return apart.reduce((sum, _, to) => {
    const along = apart.reduce((one, value, from) => one + value * scales[(label * size + from) * size + to], 0);
    return sum + along ** 2;
  }, 0);
}

function thumbnailDistance({ thumbnail_means: means, thumbnail_planes: planes }, small, label) {
  const size = small.length;
  const components = planes.length / means.length;
  const apart = small.map((value, at) => value - means[label * size + at]);
  let distance = apart.reduce((sum, value) => sum + value ** 2, 0);
  for (let component = 0; component < components; component += 1) {
    const start = (label * components + component) * size;
    distance -= apart.reduce((sum, value, at) => sum + value * planes[start + at], 0) ** 2;
  }
  return distance;
}

function thumbnail({ height, width, channels, data }) {
  const [down, across] = [weighing(height, SIDE), weighing(width, SIDE)];
  const out = [];
  for (let channel = 0; channel < channels; channel += 1) {
    for (const rows of down) {
      for (const columns of across) {
        let sum = 0;
        rows.weights.forEach((high, i) => columns.weights.forEach((wide, j) => {
          sum += high * wide * data[((rows.first + i) * width + columns.first + j) * channels + channel];
        }));
        out.push(sum / 255);
      }
    }
  }
  return out;
}

// How wide, how much, how sharp and how tall what differs from the ground is.
function forms({ height, width, channels, data }, ground) {
  const apart = plane(height, width);
  const [tall, wide] = [new Set(), new Set()];
  let [area, marked, between] = [0, 0, 0];
  for (let place = 0; place < height * width; place += 1) {
    const colours = data.subarray(place * channels, (place + 1) * channels);
    const x = Math.abs(colours.reduce((one, other) => one + other, 0) / channels - ground) / 255;
    apart.data[place] = x;
    area += x;
    marked += x > NEAR;
    between += x > NEAR && x < FAR;
    if (x <= EDGE) continue;
    tall.add(Math.floor(place / width));
    wide.add(place % width);
  }
  return [
    Math.log(strokeWidth(apart) + 0.1), Math.log(area + 1), between / Math.max(marked, 1),
    Math.log((tall.size + 1) / (wide.size + 1)),
  ];
}
