// What the run says of a picture: the image that its network sees, the class scores, and what speaks against them.

import { righted } from "./ink.js";
import { unlikeness } from "./likeness.js";
import { arrays, byLayer, forward, probe, scores } from "./network.js";
import { inChannels, prepared, ring } from "./sizing.js";

const CLEARLY_DIFFERENT = 0.5; // of the range from black to white: a border that far off is the other background

// The run of a page: its facts, and its numbers as one Float32Array.
export function openRun(facts, numbers) {
  const network = { ...facts.network, weights: byLayer(arrays(facts.network.weights, numbers)) };
  return { ...facts, network, likeness: facts.likeness && arrays(facts.likeness, numbers) };
}

// The largest difference between the run's scores of noise and this page's; a share of the largest where that exceeds 1.
export function differenceOf({ network, proof }) {
  const size = network.architecture.input_shape.reduce((one, other) => one * other, 1);
  const differences = proof.flatMap((expected, number) => {
    const largest = Math.max(1, ...expected.map(Math.abs));
    const found = scores(network, forward(network, probe(size, number)));
    return found.map((score, at) => Math.abs(score - expected[at]) / largest);
  });
  return differences.every((difference) => difference >= 0) ? Math.max(...differences) : Infinity; // NaN is none
}

// A picture as the network takes it: {image, righting}, `righting` null where no ink was to be righted.
export function seen(run, picture, { asIs = false, invert = false } = {}) {
  const style = asIs ? null : run.style;
  const [height, width] = run.preparation.size;
  const ink = style && righted(picture, style, [height, width], invert ? true : null);
  if (ink) {
    const image = inChannels({ height, width, channels: 1, data: ink }, run.preparation.channels);
    return { image, righting: "righted" };
  }
  const image = prepared(picture, run.preparation);
  return { image: invert ? turned(image) : image, righting: style ? "no ink" : null };
}

// {image, scores, label, alarm, score, remarks} of a picture; the remarks are sentences.
export function answer(run, picture, options = {}) {
  const { image, righting } = seen(run, picture, options);
  const found = judged(run, image);
  const remarks = righting === "no ink" ? ["No ink was found in the picture: the network sees it as it is."] : [];
  const other = righting === null ? otherBackground(image, run.border, options.invert) : null;
  // Of two sentences the one about the background, where turning it is what helps.
  if (other && !(run.likeness && judged(run, turned(image)).alarm)) remarks.push(other);
  else if (found.alarm) remarks.push(run.unlike);
  return { ...found, remarks };
}

function judged(run, image) {
  const values = forward(run.network, image.data);
  const found = scores(run.network, values).slice(0, run.classes.length);
  const label = found.reduce((best, share, at) => (share > found[best] ? at : best), 0);
  if (!run.likeness) return { image, scores: found, label, score: null, alarm: false };
  const features = run.likeness.feature_middle.length ? values[run.network.features].data : null;
  const score = unlikeness(run.likeness, image, features, label);
  return { image, scores: found, label, score, alarm: score > run.likeness.threshold[0] };
}

const turned = (image) => ({ ...image, data: image.data.map((x) => 255 - x) });

function otherBackground({ height, width, channels, data }, theirs, inverted) {
  if (theirs === null) return null;
  const edges = ring(height, width).flatMap((place) => [...data.subarray(place * channels, (place + 1) * channels)]);
  const mine = edges.reduce((one, other) => one + other, 0) / edges.length / 255;
  if (Math.abs(mine - theirs) < CLEARLY_DIFFERENT) return null;
  const words = mine > theirs ? ["bright", "dark"] : ["dark", "bright"];
  return `The picture's border is ${words[0]}, but the training images have a ${words[1]} one. `
    + (inverted ? "Leave dark and bright as they are" : "Swap dark and bright")
    + ", so that the network sees it as it saw its training images.";
}
