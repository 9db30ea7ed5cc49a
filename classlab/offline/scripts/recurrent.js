// Layers that read (steps, features) step by step, in Keras's order of gates.

import { dense, sigmoid } from "./elements.js";

// `step(enters, state)` makes the next state of what enters at a step; the state's first part is given.
function read(layer, { shape }, entering, width, step) {
  const [steps, units] = [shape[0], layer.units];
  let state = [new Float64Array(units), new Float64Array(units)];
  const out = new Float32Array(layer.return_sequences ? steps * units : units);
  for (let count = 0; count < steps; count += 1) {
    const at = layer.go_backwards ? steps - 1 - count : count;
    state = step(entering.subarray(at * width, (at + 1) * width), state);
    out.set(state[0], layer.return_sequences ? count * units : 0);
  }
  return { shape: layer.return_sequences ? [steps, units] : [units], data: out };
}

const linear = (units) => ({ units, activation: "linear" });
const row = (values) => ({ shape: [values.length], data: values });

export function lstm(layer, value, { kernel, recurrent_kernel, bias }) {
  const [units, width] = [layer.units, 4 * layer.units];
  const entering = dense(linear(width), value, { kernel, bias }).data;
  return read(layer, value, entering, width, (enters, [output, cell]) => {
    const from = dense(linear(width), row(output), { kernel: recurrent_kernel }).data;
    const gate = (which, at) => enters[which * units + at] + from[which * units + at]; // input, forget, cell, output
    const next = cell.map((kept, at) => (
      sigmoid(gate(1, at)) * kept + sigmoid(gate(0, at)) * Math.tanh(gate(2, at))));
    return [next.map((x, at) => sigmoid(gate(3, at)) * Math.tanh(x)), next];
  });
}

// With `reset_after`, so that the recurrent product has a bias of its own.
export function gru(layer, value, { kernel, recurrent_kernel, bias }) {
  const [units, width] = [layer.units, 3 * layer.units];
  const entering = dense(linear(width), value, { kernel, bias: bias?.subarray(0, width) }).data;
  return read(layer, value, entering, width, (enters, [output]) => {
    const own = { kernel: recurrent_kernel, bias: bias?.subarray(width) };
    const from = dense(linear(width), row(output), own).data;
    const gate = (which, at) => sigmoid(enters[which * units + at] + from[which * units + at]); // update, reset
    const next = output.map((kept, at) => {
      const candidate = Math.tanh(enters[2 * units + at] + gate(1, at) * from[2 * units + at]);
      return gate(0, at) * kept + (1 - gate(0, at)) * candidate;
    });
    return [next, next];
  });
}
