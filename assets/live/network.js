/*
 * What networks are made of, and a multi-layer perceptron: [dense, activation] * hidden, then a dense layer, for batches
 * of rows. Weights, inputs and every layer's outputs share one memory that the kernels of kernel.js work on.
 */

import { KERNELS, VECTOR, nameOf, workspace } from "./kernel.js";

export const CHUNK = 144; // rows computed at once: the 12 x 12 grid

/** In-place activations of the first `count` numbers of `values`; the names are those of ModelConfig. */
export const ACTIVATIONS = {
  silu(values, count) {
    for (let i = 0; i < count; i += 1) values[i] /= 1 + Math.exp(-values[i]);
  },
  softplus(values, count) {
    for (let i = 0; i < count; i += 1) {
      const v = values[i];
      values[i] = Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
    }
  },
  tanh(values, count) {
    for (let i = 0; i < count; i += 1) values[i] = Math.tanh(values[i]);
  },
  relu(values, count) {
    for (let i = 0; i < count; i += 1) values[i] = Math.max(values[i], 0);
  },
  sigmoid(values, count) {
    for (let i = 0; i < count; i += 1) values[i] = 1 / (1 + Math.exp(-values[i]));
  },
  unit(values, count) {
    for (let i = 0; i < count; i += 1) values[i] = Math.min(Math.max(values[i], 0), 1);
  },
  identity() {},
};

/** Those with a slope: of the leaky one below zero, of elu what it falls to. */
const SLOPED = {
  leaky: (slope) => (values, count) => {
    for (let i = 0; i < count; i += 1) values[i] = Math.max(values[i], 0) + slope * Math.min(values[i], 0);
  },
  elu: (slope) => (values, count) => {
    for (let i = 0; i < count; i += 1) values[i] = Math.max(values[i], 0) + slope * Math.expm1(Math.min(values[i], 0));
  },
};

/** The activation that a header, or the setting of a layer, names. */
export const activationOf = ({ activation, slope }) => SLOPED[activation]?.(slope) ?? ACTIVATIONS[activation];

export const paddedTo = (count, step) => Math.ceil(count / step) * step;

/** How many outputs a panel has where there are `outputs` of them, and how many floats they fill in whole panels. */
const lanesFor = (outputs) => (outputs > VECTOR ? 16 : VECTOR);
export const widthFor = (outputs) => paddedTo(outputs, lanesFor(outputs));

/** The room that a network needs, reserved block by block before there is any memory. */
export class Plan {
  count = 0;

  /** Where a block of `count` floats begins, 64-byte aligned. */
  reserve(count) {
    const at = this.count;
    this.count += paddedTo(count, 16);
    return at;
  }
}

/** A matrix times the patches at many places, plus a bias: what layers of all kinds are made of. */
export class Product {
  /** @type {number} */ count;
  /** @type {any} */ patch;

  /**
   * @param plan    room for the weights
   * @param of  weight: Float32Array (outputs * inputs), the inputs in the patch's order; bias: Float32Array (outputs);
   *   patch: runs, length and step in floats, runs of a length, a multiple of VECTOR, and from one's begin to the next's;
   *   places: [from, to] in floats, where a patch begins, and where its outputs do, whole panels of them
   */
  constructor(plan, { weight, bias, patch, places }) {
    Object.assign(this, { patch, count: places.length });
    this.lanes = lanesFor(bias.length);
    this.width = widthFor(bias.length);
    this.size = patch.runs * patch.length;
    this.w = plan.reserve(this.width * this.size);
    this.b = plan.reserve(this.width);
    this.table = plan.reserve(2 * places.length);
    this.fill = (space) => this.#fill(space, weight, bias, places);
  }

  /** Copies weights into panels, biases and the table of places into the workspace; outputs beyond the last are zero. */
  #fill({ floats, words, kernels }, weight, bias, places) {
    const { lanes, size, w } = this;
    const inputs = weight.length / bias.length;
    for (let o = 0; o < bias.length; o += 1) {
      const column = w + (o - (o % lanes)) * size + (o % lanes);
      for (let i = 0; i < inputs; i += 1) floats[column + i * lanes] = weight[o * inputs + i];
    }
    floats.set(bias, this.b);
    places.forEach(([from, to], index) => words.set([4 * from, 4 * to], this.table + 2 * index));
    this.kernels = KERNELS.filter((kernel) => kernel.lanes === lanes).map(({ places: atOnce }) => {
      return { atOnce, compute: kernels[nameOf({ lanes, places: atOnce })] };
    });
  }

  /** Computes the outputs of the first `count` places. */
  run(count = this.count) {
    const { lanes, width, size, w, b, table } = this;
    const { length, step } = this.patch;
    let place = 0;
    for (const { atOnce, compute } of this.kernels) {
      const end = count - ((count - place) % atOnce);
      if (end === place) continue;
      for (let panel = 0; panel < width; panel += lanes) {
        const from = 4 * (w + panel * size);
        const to = from + 4 * lanes * size;
        compute(4 * (table + 2 * place), 4 * (table + 2 * end), from, to, 4 * length, 4 * (step - length), 4 * (b + panel), 4 * panel);
      }
      place = end;
    }
  }
}

export class Network {
  /**
   * @param layers  [{weight: Float32Array (out * in), bias: Float32Array (out), activate}], first layer first; `activate`
   *   comes before each but the first
   * @param head    name of what comes after the last: "sigmoid" or, for a linear mean, "unit" (decoder), "identity" (encoder)
   */
  constructor(layers, head) {
    this.outputs = layers.at(-1).bias.length;
    this.inputs = layers[0].weight.length / layers[0].bias.length;
    this.inputStride = paddedTo(this.inputs, VECTOR);
    const plan = new Plan();
    this.input = plan.reserve(CHUNK * this.inputStride);
    let [x, stride] = [this.input, this.inputStride];
    this.layers = layers.map(({ weight, bias }, index) => {
      const width = widthFor(bias.length);
      const y = plan.reserve(CHUNK * width);
      const places = Array.from({ length: CHUNK }, (_, row) => [x + row * stride, y + row * width]);
      const patch = { runs: 1, length: paddedTo(weight.length / bias.length, VECTOR), step: 0 };
      const product = new Product(plan, { weight, bias, patch, places });
      [x, stride] = [y, width];
      return { product, y, width, activate: index === layers.length - 1 ? ACTIVATIONS[head] : layers[index + 1].activate };
    });
    this.stride = stride;
    const space = workspace(plan.count);
    this.floats = space.floats;
    for (const { product } of this.layers) product.fill(space);
  }

  /**
   * The network's outputs for `batch` (at most CHUNK) rows of `values`: a view in which row r begins at r * stride.
   * The view is valid until the next call.
   */
  run(values, batch = 1) {
    const { floats, inputs, inputStride, input } = this;
    for (let row = 0; row < batch; row += 1) {
      floats.set(values.subarray(row * inputs, (row + 1) * inputs), input + row * inputStride);
    }
    for (const { product, y, width, activate } of this.layers) {
      product.run(batch);
      activate(floats.subarray(y, y + batch * width), batch * width);
    }
    const { y, width } = this.layers.at(-1);
    return floats.subarray(y, y + batch * width);
  }
}
