/*
 * Convolutional encoders and decoders of images of any size, as PyTorch builds them: kernel 4, stride 2, padding 1, and
 * residual blocks x + conv(act(conv(act(x)))) with kernel 3, stride 1, padding 1. An activation comes before each layer but
 * the first. Of a decoder that somebody else built each layer has a `setting`, see `Setting` in vae/model/protocol.py.
 *
 * Feature maps lie row by row, the channels of a place side by side, in a border of zeros that is the padding: so a row of
 * a patch is one run of numbers, and a layer is a few products of the kernels of kernel.js.
 *
 * A transposed convolution of stride s makes s rows of one. Which of these s phases an output's row and column are of
 * decides which of the kernel's weights reach it: each phase is a convolution with a smaller kernel, of 4 x 4 with stride
 * 2 one of 2 x 2.
 */

import { ACTIVATIONS, Plan, Product, paddedTo, widthFor } from "./network.js";
import { VECTOR, workspace } from "./kernel.js";

const KERNEL_SIDE = 4;
const BLOCK_SIDE = 3;
const DOUBLING = { stride: 2, padding: 1 };

/** Room for `channels` numbers at each of height x width places, and for a border of so many places. */
class FeatureMap {
  /** @type {number} */ stride;
  /** @type {number} */ width;
  /** @type {number} */ height;
  /** @type {number} */ border;

  constructor(plan, { height, width, channels, border = 1 }, stride = widthFor(channels)) {
    Object.assign(this, { height, width, channels, border, stride });
    this.rowStep = (width + 2 * border) * stride;
    this.at = plan.reserve((height + 2 * border) * this.rowStep);
  }

  /** Where the channels of row i and column j begin; below 0, and from height or width on, they are the border's. */
  address(i, j) {
    return this.at + (i + this.border) * this.rowStep + (j + this.border) * this.stride;
  }

  /** A patch of rows x columns places for a `Product`. */
  patch(rows, columns) {
    return { runs: rows, length: columns * this.stride, step: this.rowStep };
  }

  /** The numbers within the border, row by row. */
  rows(floats) {
    const length = this.width * this.stride;
    return Array.from({ length: this.height }, (_, i) => floats.subarray(this.address(i, 0), this.address(i, 0) + length));
  }
}

/** Room for a row of `count` numbers. */
class Row {
  constructor(plan, count) {
    this.count = count;
    this.at = plan.reserve(widthFor(count));
  }

  rows(floats) {
    return [floats.subarray(this.at, this.at + this.count)];
  }
}

/*
 * The steps of a network. Each is planned before there is any memory: a function that takes the workspace and gives what is
 * to be run.
 */

/** Applies an activation to the numbers of a map or row, where they are. */
const activated = (map, activate) => ({ floats }) => {
  const rows = map.rows(floats);
  return () => {
    for (const row of rows) activate(row, row.length);
  };
};

/** Computes products, one after the other. */
const multiplied = (products) => (space) => {
  for (const product of products) product.fill(space);
  return () => {
    for (const product of products) product.run();
  };
};

/** Copies a map to one of the same size. */
const copied = (from, to) => ({ floats }) => {
  const [sources, targets] = [from.rows(floats), to.rows(floats)];
  return () => sources.forEach((source, k) => targets[k].set(source));
};

/** Adds a map to one of the same size. */
const added = (from, to) => ({ floats }) => {
  const [sources, targets] = [from.rows(floats), to.rows(floats)];
  return () => {
    sources.forEach((source, k) => {
      const target = targets[k];
      for (let i = 0; i < target.length; i += 1) target[i] += source[i];
    });
  };
};

/** Pairs [from(i, j), to(i, j)] for all places (i, j) of a map of this size. */
function placesOf({ height, width }, from, to) {
  return Array.from({ length: height * width }, (_, k) => {
    const [i, j] = [Math.floor(k / width), k % width];
    return [from(i, j), to(i, j)];
  });
}

/** The weights of a patch, (outputs, rows, columns, stride): `source(o, c, k, l)` says where each lies in `weight`. */
function arranged(weight, outputs, rows, columns, { channels, stride }, source) {
  const dense = new Float32Array(outputs * rows * columns * stride);
  for (let o = 0, at = 0; o < outputs; o += 1) {
    for (let k = 0; k < rows; k += 1) {
      for (let l = 0; l < columns; l += 1, at += stride) {
        for (let c = 0; c < channels; c += 1) dense[at + c] = weight[source(o, c, k, l)];
      }
    }
  }
  return dense;
}

/** A convolution from one map to one of half the side; weight (outputs, inputs, 4, 4). */
function halving(plan, { weight, bias }, from, to) {
  const source = (o, c, k, l) => ((o * from.channels + c) * KERNEL_SIDE + k) * KERNEL_SIDE + l;
  const product = new Product(plan, {
    weight: arranged(weight, to.channels, KERNEL_SIDE, KERNEL_SIDE, from, source),
    bias,
    patch: from.patch(KERNEL_SIDE, KERNEL_SIDE),
    places: placesOf(to, (i, j) => from.address(2 * i - 1, 2 * j - 1), (i, j) => to.address(i, j)),
  });
  return [product];
}

/** A convolution from one map to one of the same size; weight (outputs, inputs, 3, 3). */
function keeping(plan, { weight, bias }, from, to) {
  const source = (o, c, k, l) => ((o * from.channels + c) * BLOCK_SIDE + k) * BLOCK_SIDE + l;
  const product = new Product(plan, {
    weight: arranged(weight, to.channels, BLOCK_SIDE, BLOCK_SIDE, from, source),
    bias,
    patch: from.patch(BLOCK_SIDE, BLOCK_SIDE),
    places: placesOf(to, (i, j) => from.address(i - 1, j - 1), (i, j) => to.address(i, j)),
  });
  return [product];
}

/**
 * The phases of a transposed convolution along one axis: output stride * i + phase is the sum over k below `count` of input
 * i + first + k times tap last - stride * k.
 */
function phasesOf({ shape, setting: { stride, padding } = DOUBLING }) {
  return Array.from({ length: stride }, (_, phase) => {
    const first = Math.ceil((phase + padding - shape[2] + 1) / stride);
    const count = Math.floor((phase + padding) / stride) - first + 1;
    return { phase, first, count, last: phase + padding - stride * first, stride };
  });
}

/** How many outputs of a phase there are along a side. */
const countOf = ({ phase, stride }, side) => Math.ceil((side - phase) / stride);

/** The border that a map of height x width needs, from which a layer makes one of the size in its setting. */
function borderFor(layer, { height, width }) {
  if (!isConvolution(layer)) return 0;
  const { size } = layer.setting;
  const beyond = phasesOf(layer).flatMap((phase) => [
    -phase.first,
    ...[[size[0], height], [size[1], width]].map(([outputs, inputs]) => countOf(phase, outputs) - 1 + phase.first + phase.count - inputs),
  ]);
  return Math.max(0, ...beyond);
}

/** Room for what a layer gives that has a setting, and the border that the next one needs. */
function roomFor(plan, { shape, bias, setting: { size } }, next) {
  if (!size) return new Row(plan, bias.length);
  const [height, width] = size;
  const channels = shape.length === 4 ? bias.length : bias.length / (height * width);
  return new FeatureMap(plan, { height, width, channels, border: borderFor(next, { height, width }) });
}

/** A transposed convolution from one map to another, of double the side unless its setting says more; (inputs, outputs, k, k). */
function transposed(plan, layer, from, to) {
  const { weight, bias, shape } = layer;
  const phases = phasesOf(layer);
  return phases.flatMap((down) => phases.map((right) => {
    const tap = (k, l) => (down.last - down.stride * k) * shape[2] + right.last - right.stride * l;
    const source = (o, c, k, l) => (c * to.channels + o) * shape[2] ** 2 + tap(k, l);
    const counts = { height: countOf(down, to.height), width: countOf(right, to.width) };
    const target = (i, j) => to.address(down.stride * i + down.phase, right.stride * j + right.phase);
    return new Product(plan, {
      weight: arranged(weight, to.channels, down.count, right.count, from, source),
      bias,
      patch: from.patch(down.count, right.count),
      places: placesOf(counts, (i, j) => from.address(i + down.first, j + right.first), target),
    });
  }));
}

/** A dense layer from a row to a map, a product for each of the map's rows; outputs in torch's order. */
function spreading(plan, { weight, bias }, from, to) {
  const { height, width, channels, stride } = to;
  const inputs = from.count;
  return Array.from({ length: height }, (_, i) => {
    const [rowWeight, rowBias] = [new Float32Array(width * stride * inputs), new Float32Array(width * stride)];
    for (let j = 0; j < width; j += 1) {
      for (let c = 0; c < channels; c += 1) {
        const output = (c * height + i) * width + j;
        rowWeight.set(weight.subarray(output * inputs, (output + 1) * inputs), (j * stride + c) * inputs);
        rowBias[j * stride + c] = bias[output];
      }
    }
    const patch = { runs: 1, length: paddedTo(inputs, VECTOR), step: 0 };
    return new Product(plan, { weight: rowWeight, bias: rowBias, patch, places: [[from.at, to.address(i, 0)]] });
  });
}

/** A dense layer from a whole map, in torch's order, to a row. */
function gathering(plan, { weight, bias }, from, to) {
  const { height, width, channels } = from;
  const source = (o, c, i, j) => ((o * channels + c) * height + i) * width + j;
  const product = new Product(plan, {
    weight: arranged(weight, bias.length, height, width, from, source),
    bias,
    patch: from.patch(height, width),
    places: [[from.address(0, 0), to.at]],
  });
  return [product];
}

/** A dense layer from a row to a row. */
function dense(plan, { weight, bias }, from, to) {
  const patch = { runs: 1, length: paddedTo(from.count, VECTOR), step: 0 };
  return [new Product(plan, { weight, bias, patch, places: [[from.at, to.at]] })];
}

const isConvolution = (layer) => layer?.shape.length === 4;
const isOfBlock = (layer) => isConvolution(layer) && layer.shape[2] === BLOCK_SIDE;

/**
 * A network with convolutions; the interface is `Network`'s. Images are height * width * channels numbers, the channels of
 * a pixel side by side.
 */
export class ConvolutionalNetwork {
  /**
   * @param layers  [{weight, bias, shape, activate, setting}], first layer first; `shape` of the weight, with four axes for
   *   a convolution; `activate` as of `Network`; `setting` of a decoder that somebody else built
   * @param head    name of what comes after the last layer, as of `Network`
   * @param {{height: number, width: number, channels: number}} image  of the images
   */
  constructor(layers, head, image) {
    this.image = image;
    this.head = ACTIVATIONS[head];
    const plan = new Plan();
    const isEncoder = isConvolution(layers[0]);
    const steps = isEncoder ? this.#planEncoder(plan, layers) : this.#planDecoder(plan, layers);
    const space = workspace(plan.count);
    this.floats = space.floats;
    this.steps = steps.map((step) => step(space));
    this.stride = this.outputs;
    this.results = new Float32Array(0);
  }

  /** The image filled up to the right and below, to a multiple of what is halved; and height and width at the other end. */
  #sizes(layers) {
    const whole = 2 ** layers.filter((layer) => isConvolution(layer) && !isOfBlock(layer)).length;
    const [height, width] = [paddedTo(this.image.height, whole), paddedTo(this.image.width, whole)];
    return { canvas: { height, width }, deepest: { height: height / whole, width: width / whole } };
  }

  /** Convolutions, then dense layers. */
  #planEncoder(plan, layers) {
    const { image } = this;
    const canvas = new FeatureMap(plan, { ...this.#sizes(layers).canvas, channels: image.channels }, image.channels);
    const { steps, last } = this.#planLayers(plan, layers, canvas, (layer, from) => {
      const size = { height: from.height / 2, width: from.width / 2, channels: layer.bias.length };
      return [halving, new FeatureMap(plan, size)];
    });
    this.inputs = image.height * image.width * image.channels;
    this.outputs = last.count;
    this.put = (values) => this.#putImage(canvas, values);
    this.take = (results) => results.set(this.floats.subarray(last.at, last.at + last.count));
    return steps;
  }

  /** Dense layers, then transposed convolutions. */
  #planDecoder(plan, layers) {
    const { image } = this;
    const input = new Row(plan, layers[0].shape[1]);
    const { steps, last } = layers[0].setting ? this.#planSettings(plan, layers, input) : this.#planLayers(plan, layers, input, (layer, from) => {
      const size = { height: 2 * from.height, width: 2 * from.width, channels: layer.bias.length };
      return [transposed, new FeatureMap(plan, size)];
    });
    this.inputs = input.count;
    this.outputs = image.height * image.width * image.channels;
    this.put = (values) => this.floats.set(values, input.at);
    this.take = (results) => this.#takeImage(last, results);
    return steps;
  }

  /** The steps from a row to the `last` map, of layers that say themselves where they lead to. */
  #planSettings(plan, layers, from) {
    const steps = [];
    for (const [k, layer] of layers.entries()) {
      const to = roomFor(plan, layer, layers[k + 1]);
      const build = isConvolution(layer) ? transposed : to instanceof Row ? dense : spreading;
      if (k > 0) steps.push(activated(from, layer.activate));
      steps.push(multiplied(build(plan, layer, from, to)));
      from = to;
    }
    return { steps, last: from };
  }

  /** The steps from `from` to the `last` map or row; `resized` says how a convolution goes on and where to. */
  #planLayers(plan, layers, from, resized) {
    const { deepest } = this.#sizes(layers);
    const steps = [];
    for (let k = 0; k < layers.length; k += 1) {
      const layer = layers[k];
      if (isOfBlock(layer)) {
        steps.push(...this.#planBlock(plan, layer, layers[(k += 1)], from));
        continue;
      }
      if (k > 0) steps.push(activated(from, layer.activate));
      const [build, to] =
        isConvolution(layer) ? resized(layer, from)
        : isConvolution(layers[k + 1]) ? [spreading, new FeatureMap(plan, { ...deepest, channels: layers[k + 1].shape[0] })]
        : [from instanceof Row ? dense : gathering, new Row(plan, layer.bias.length)];
      steps.push(multiplied(build(plan, layer, from, to)));
      from = to;
    }
    return { steps, last: from };
  }

  /** Adds to a map what two convolutions of it, each after an activation, give. */
  #planBlock(plan, first, second, map) {
    const [outer, inner] = [new FeatureMap(plan, map), new FeatureMap(plan, map)];
    return [
      copied(map, outer),
      activated(outer, first.activate),
      multiplied(keeping(plan, first, outer, inner)),
      activated(inner, second.activate),
      multiplied(keeping(plan, second, inner, outer)),
      added(outer, map),
    ];
  }

  /** Writes an image to the top left of the canvas, whose channels lie as the image's do. */
  #putImage(canvas, values) {
    const row = this.image.width * this.image.channels;
    for (let i = 0; i < this.image.height; i += 1) this.floats.set(values.subarray(i * row, (i + 1) * row), canvas.address(i, 0));
  }

  /** Reads the image from the top left of a map. */
  #takeImage(map, results) {
    const { height, width, channels } = this.image;
    let at = 0;
    for (let i = 0; i < height; i += 1) {
      for (let j = 0, from = map.address(i, 0); j < width; j += 1, from += map.stride) {
        for (let c = 0; c < channels; c += 1, at += 1) results[at] = this.floats[from + c];
      }
    }
  }

  /** The network's outputs for `batch` rows of `values`, as of `Network.run`. */
  run(values, batch = 1) {
    const { inputs, outputs } = this;
    if (this.results.length < batch * outputs) this.results = new Float32Array(batch * outputs);
    for (let r = 0; r < batch; r += 1) {
      this.put(values.subarray(r * inputs, (r + 1) * inputs));
      for (const step of this.steps) step();
      this.take(this.results.subarray(r * outputs, (r + 1) * outputs));
    }
    this.head(this.results, batch * outputs);
    return this.results.subarray(0, batch * outputs);
  }
}
