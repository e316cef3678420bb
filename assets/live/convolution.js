/*
 * Convolutional encoders and decoders of images of any size, as PyTorch builds them: kernel 4, stride 2, padding 1.
 *
 * Feature maps lie row by row, the channels of a place side by side, in a border of zeros that is the padding: so a row of
 * a patch is one run of numbers, and a layer is a few products of the kernels of kernel.js.
 *
 * A transposed convolution doubles the side. An output's row and column, even or odd, decide which of the kernel's
 * weights reach it: these four phases are convolutions with kernels of 2 x 2.
 */

import { ACTIVATIONS, Plan, Product, paddedTo, widthFor } from "./network.js";
import { VECTOR, workspace } from "./kernel.js";

const KERNEL_SIDE = 4;

/** Room for `channels` numbers at each of height x width places, and for a border of one place. */
class FeatureMap {
  /** @type {number} */ stride;
  /** @type {number} */ width;
  /** @type {number} */ height;

  constructor(plan, { height, width, channels }, stride = widthFor(channels)) {
    Object.assign(this, { height, width, channels, stride });
    this.rowStep = (width + 2) * stride;
    this.at = plan.reserve((height + 2) * this.rowStep);
  }

  /** Where the channels of row i and column j begin; -1 and height or width are the border. */
  address(i, j) {
    return this.at + (i + 1) * this.rowStep + (j + 1) * this.stride;
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

/** A transposed convolution from one map to one of double the side; weight (inputs, outputs, 4, 4). */
function doubling(plan, { weight, bias }, from, to) {
  return [[0, 0], [0, 1], [1, 0], [1, 1]].map(([down, right]) => {
    const source = (o, c, k, l) => ((c * to.channels + o) * KERNEL_SIDE + 3 - down - 2 * k) * KERNEL_SIDE + 3 - right - 2 * l;
    return new Product(plan, {
      weight: arranged(weight, to.channels, 2, 2, from, source),
      bias,
      patch: from.patch(2, 2),
      places: placesOf(from, (i, j) => from.address(i + down - 1, j + right - 1), (i, j) => to.address(2 * i + down, 2 * j + right)),
    });
  });
}

/** A dense layer from `inputs` numbers at `input` to a map, a product for each of its rows; outputs in torch's order. */
function spreading(plan, { weight, bias }, input, inputs, to) {
  const { height, width, channels, stride } = to;
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
    return new Product(plan, { weight: rowWeight, bias: rowBias, patch, places: [[input, to.address(i, 0)]] });
  });
}

/** A dense layer from a whole map, in torch's order, to the numbers at `output`. */
function gathering(plan, { weight, bias }, from, output) {
  const { height, width, channels } = from;
  const source = (o, c, i, j) => ((o * channels + c) * height + i) * width + j;
  const product = new Product(plan, {
    weight: arranged(weight, bias.length, height, width, from, source),
    bias,
    patch: from.patch(height, width),
    places: [[from.address(0, 0), output]],
  });
  return [product];
}

/** The sizes of the maps of a network with that many halvings, the canvas (the image filled up to the right and below) first. */
function mapSizes({ height, width }, halvings) {
  const whole = 2 ** halvings;
  const canvas = [paddedTo(height, whole), paddedTo(width, whole)];
  return Array.from({ length: halvings + 1 }, (_, k) => ({ height: canvas[0] / 2 ** k, width: canvas[1] / 2 ** k }));
}

/**
 * A network with convolutions; the interface is `Network`'s. Images are height * width * channels numbers, the channels of
 * a pixel side by side.
 */
export class ConvolutionalNetwork {
  /**
   * @param layers      [{weight, bias, shape}], first layer first; `shape` of the weight, with four axes for a convolution
   * @param activation  name of the hidden activation
   * @param head        name of the last layer's, as of `Network`
   * @param {{height: number, width: number, channels: number}} image  of the images
   */
  constructor(layers, activation, head, image) {
    const isEncoder = layers[0].shape.length === 4;
    this.image = image;
    this.head = ACTIVATIONS[head];
    const plan = new Plan();
    const stages = isEncoder ? this.#planEncoder(plan, layers) : this.#planDecoder(plan, layers);
    const space = workspace(plan.count);
    this.floats = space.floats;
    this.stages = stages.map(({ products, map }) => {
      for (const product of products) product.fill(space);
      return { products, rows: map?.rows(space.floats) ?? [], activate: ACTIVATIONS[activation] };
    });
    this.stride = this.outputs;
    this.results = new Float32Array(0);
  }

  /** Convolutions, then a dense layer: [{products, map}], `map` the outputs that an activation follows. */
  #planEncoder(plan, layers) {
    const { image } = this;
    const [last, convolutions] = [layers.at(-1), layers.slice(0, -1)];
    const [canvasSize, ...sizes] = mapSizes(image, convolutions.length);
    const canvas = new FeatureMap(plan, { ...canvasSize, channels: image.channels }, image.channels);
    let from = canvas;
    const stages = convolutions.map((layer, k) => {
      const map = new FeatureMap(plan, { ...sizes[k], channels: layer.bias.length });
      const products = halving(plan, layer, from, map);
      from = map;
      return { products, map };
    });
    const output = plan.reserve(widthFor(last.bias.length));
    this.inputs = image.height * image.width * image.channels;
    this.outputs = last.bias.length;
    this.put = (values) => this.#putImage(canvas, values);
    this.take = (results) => results.set(this.floats.subarray(output, output + this.outputs));
    return [...stages, { products: gathering(plan, last, from, output) }];
  }

  /** A dense layer, then transposed convolutions. */
  #planDecoder(plan, [first, ...others]) {
    const { image } = this;
    const sizes = mapSizes(image, others.length).reverse();
    this.inputs = first.shape[1];
    this.outputs = image.height * image.width * image.channels;
    const input = plan.reserve(this.inputs);
    let from = new FeatureMap(plan, { ...sizes[0], channels: others[0].shape[0] });
    const stages = [{ products: spreading(plan, first, input, this.inputs, from), map: from }];
    others.forEach((layer, k) => {
      const map = new FeatureMap(plan, { ...sizes[k + 1], channels: layer.shape[1] });
      stages.push({ products: doubling(plan, layer, from, map), map: k < others.length - 1 ? map : null });
      from = map;
    });
    this.put = (values) => this.floats.set(values, input);
    this.take = (results) => this.#takeImage(from, results);
    return stages;
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
      for (const { products, rows, activate } of this.stages) {
        for (const product of products) product.run();
        for (const row of rows) activate(row, row.length);
      }
      this.take(this.results.subarray(r * outputs, (r + 1) * outputs));
    }
    this.head(this.results, batch * outputs);
    return this.results.subarray(0, batch * outputs);
  }
}
