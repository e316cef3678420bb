/*
 * Convolutional encoders and decoders, as vae/networks.py builds them: each layer gathers the patches of its input and
 * is then a dense layer for each place, on the kernels of kernel.js.
 *
 * A transposed convolution with kernel 4, stride 2 and padding 1 is a dense layer from 3 x 3 neighbours to 2 x 2 outputs.
 */

const IMAGE = 28; // pixels of a side
const KERNEL_SIDE = 4;
const NEIGHBOURS = 3;

/** Where channel c of place (i, j) lies: in torch's order, channels first; in the rows of a dense layer; in blocks of 2 x 2. */
const channelsFirst = (side) => (c, i, j) => (c * side + i) * side + j;
const inRows = (side, stride) => (c, i, j) => (i * side + j) * stride + c;
const inBlocks = (side, stride, channels) => (c, i, j) =>
  ((i >> 1) * (side / 2) + (j >> 1)) * stride + (2 * (i & 1) + (j & 1)) * channels + c;

/** For each of `places`² places the addresses of its patch, channel by channel and row by row; -1 beyond the edge. */
function patches(address, side, channels, places, size, padding) {
  const table = new Int32Array(places ** 2 * channels * size ** 2);
  const step = side / places;
  const isOutside = (k) => k < 0 || k >= side;
  let at = 0;
  for (let place = 0; place < places ** 2; place += 1) {
    const [top, left] = [Math.floor(place / places) * step - padding, (place % places) * step - padding];
    for (let c = 0; c < channels; c += 1) {
      for (let i = top; i < top + size; i += 1) {
        for (let j = left; j < left + size; j += 1) {
          table[at] = isOutside(i) || isOutside(j) ? -1 : address(c, i, j);
          at += 1;
        }
      }
    }
  }
  return table;
}

/** The weight (inputs, outputs, 4, 4) of a transposed convolution as that of a dense layer, (4 outputs, inputs * 9). */
function unfolded(weight, [inputs, outputs]) {
  const dense = new Float32Array(4 * outputs * inputs * NEIGHBOURS ** 2);
  for (let o = 0; o < 4 * outputs; o += 1) {
    const block = Math.floor(o / outputs);
    for (let c = 0; c < inputs; c += 1) {
      for (let u = 0; u < NEIGHBOURS; u += 1) {
        for (let v = 0; v < NEIGHBOURS; v += 1) {
          const [k, l] = [(block >> 1) + 3 - 2 * u, (block & 1) + 3 - 2 * v];
          if (k < 0 || l < 0 || k >= KERNEL_SIDE || l >= KERNEL_SIDE) continue;
          const from = ((c * outputs + (o % outputs)) * KERNEL_SIDE + k) * KERNEL_SIDE + l;
          dense[((o * inputs + c) * NEIGHBOURS + u) * NEIGHBOURS + v] = weight[from];
        }
      }
    }
  }
  return dense;
}

/** A dense layer for each of many places of one image: gather, then run. */
class Places {
  constructor(layer, activation, table) {
    this.network = new Network([layer], activation, activation);
    this.table = table;
    this.rows = table.length / this.network.inputs;
    this.stride = this.network.stride;
    this.patches = new Float32Array(table.length);
    this.outputs = new Float32Array(this.rows * this.stride);
  }

  run(values) {
    const { table, patches: gathered, outputs, network, rows, stride } = this;
    for (let k = 0; k < table.length; k += 1) gathered[k] = table[k] < 0 ? 0 : values[table[k]];
    for (let row = 0; row < rows; row += CHUNK) {
      const count = Math.min(CHUNK, rows - row);
      const from = row * network.inputs;
      outputs.set(network.run(gathered.subarray(from, from + count * network.inputs), count), row * stride);
    }
    return outputs;
  }
}

const countUp = (count) => Int32Array.from({ length: count }, (_, k) => k);

/** Convolutions with stride 2, then a dense layer: {stages, order}, `order` the places of the results in the last outputs. */
function encoderStages(layers, activation, head) {
  let [address, side, channels] = [channelsFirst(IMAGE), IMAGE, 1];
  const stages = layers.slice(0, -1).map((layer) => {
    const stage = new Places(layer, activation, patches(address, side, channels, side / 2, KERNEL_SIDE, 1));
    [side, channels] = [side / 2, layer.bias.length];
    address = inRows(side, stage.stride);
    return stage;
  });
  stages.push(new Places(layers.at(-1), head, patches(address, side, channels, 1, side, 0)));
  return { stages, order: countUp(layers.at(-1).bias.length) };
}

/** A dense layer, then transposed convolutions that double the side: {stages, order}. */
function decoderStages([first, ...others], activation, head) {
  const stages = [new Places(first, activation, countUp(first.shape[1]))];
  let side = IMAGE / 2 ** others.length;
  let address = channelsFirst(side);
  for (const { weight, bias, shape } of others) {
    const [inputs, outputs] = shape;
    const layer = { weight: unfolded(weight, shape), bias: Float32Array.from({ length: 4 * outputs }, (_, k) => bias[k % outputs]) };
    const stage = new Places(layer, stages.length === others.length ? head : activation, patches(address, side, inputs, side, NEIGHBOURS, 1));
    stages.push(stage);
    side *= 2;
    address = inBlocks(side, stage.stride, outputs);
  }
  return { stages, order: patches(address, side, 1, 1, side, 0) };
}

/** A network with convolutions; the interface is `Network`'s. */
class ConvolutionalNetwork {
  /** @param layers  [{weight, bias, shape}], first layer first; `shape` of the weight, with four axes for a convolution */
  constructor(layers, activation, head) {
    const isEncoder = layers[0].shape.length === 4;
    Object.assign(this, (isEncoder ? encoderStages : decoderStages)(layers, activation, head));
    this.inputs = isEncoder ? IMAGE ** 2 : layers[0].shape[1];
    this.outputs = this.stride = this.order.length;
    this.results = new Float32Array(CHUNK * this.stride);
  }

  /** The network's outputs for `batch` (at most CHUNK) rows of `values`, as of `Network.run`. */
  run(values, batch = 1) {
    for (let r = 0; r < batch; r += 1) {
      let x = values.subarray(r * this.inputs, (r + 1) * this.inputs);
      for (const stage of this.stages) x = stage.run(x);
      for (let k = 0; k < this.outputs; k += 1) this.results[r * this.stride + k] = x[this.order[k]];
    }
    return this.results.subarray(0, batch * this.stride);
  }
}
