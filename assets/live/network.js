/*
 * A multi-layer perceptron: [dense, activation] * hidden, then a dense layer, for batches of rows.
 * Weights, inputs and every layer's outputs share one memory that the kernels of kernel.js work on.
 */

const CHUNK = 100; // rows computed at once: the 10 x 10 grid

/** In-place activations of the first `count` numbers of `values`; the names are those of vae/networks.py. */
const ACTIVATIONS = {
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

const paddedTo = (count, step) => Math.ceil(count / step) * step;

class Network {
  /**
   * @param layers      [{weight: Float32Array (out * in), bias: Float32Array (out)}], first layer first
   * @param activation  name of the hidden activation
   * @param head        name of the last layer's: "sigmoid" or, for a linear mean, "unit" (decoder), "identity" (encoder)
   */
  constructor(layers, activation, head) {
    this.layers = layers.map(({ weight, bias }, index) => ({
      inputs: weight.length / bias.length,
      outputs: bias.length,
      width: paddedTo(bias.length, PANEL), // floats from one row of outputs to the next
      activate: ACTIVATIONS[index === layers.length - 1 ? head : activation],
    }));
    this.inputs = this.layers[0].inputs;
    this.outputs = this.layers.at(-1).outputs;
    this.stride = this.layers.at(-1).width;
    Object.assign(this, workspace(this.#layOut()));
    this.layers.forEach((layer, index) => this.#pack(layer, layers[index]));
  }

  /** Gives every block its place (in floats, 64-byte aligned) and returns the total. */
  #layOut() {
    let top = 0;
    const reserve = (count) => {
      const at = top;
      top += paddedTo(count, PANEL);
      return at;
    };
    this.input = reserve(CHUNK * this.inputs);
    for (const layer of this.layers) {
      layer.w = reserve(layer.width * layer.inputs);
      layer.b = reserve(layer.width);
      layer.y = reserve(CHUNK * layer.width);
    }
    return top;
  }

  /** Copies (out, in) weights into panels; outputs beyond the last are zero. */
  #pack({ inputs, outputs, w, b }, { weight, bias }) {
    for (let o = 0; o < outputs; o += 1) {
      const column = w + (o - (o % PANEL)) * inputs + (o % PANEL);
      for (let i = 0; i < inputs; i += 1) this.floats[column + i * PANEL] = weight[o * inputs + i];
    }
    this.floats.set(bias, b);
  }

  /** One dense layer with its activation for `rows` rows that lie `stride` floats apart at `x`. */
  #dense({ inputs, width, w, b, y, activate }, x, stride, rows) {
    const { one, two } = this.kernels;
    for (let panel = 0; panel < width; panel += PANEL) {
      const from = 4 * (w + panel * inputs);
      const to = from + 4 * PANEL * inputs;
      const bias = 4 * (b + panel);
      let row = 0;
      if (two) {
        for (; row + 1 < rows; row += 2) {
          two(4 * (x + row * stride), from, to, bias, 4 * (y + row * width + panel), 4 * stride, 4 * width);
        }
      }
      for (; row < rows; row += 1) {
        one(4 * (x + row * stride), from, to, bias, 4 * (y + row * width + panel), 4 * stride, 4 * width);
      }
    }
    activate(this.floats.subarray(y, y + rows * width), rows * width);
  }

  /**
   * The network's outputs for `batch` (at most CHUNK) rows of `values`: a view in which row r begins at r * stride.
   * The view is valid until the next call.
   */
  run(values, batch = 1) {
    this.floats.set(values.subarray(0, batch * this.inputs), this.input);
    let x = this.input;
    let stride = this.inputs;
    for (const layer of this.layers) {
      this.#dense(layer, x, stride, batch);
      x = layer.y;
      stride = layer.width;
    }
    return this.floats.subarray(x, x + batch * stride);
  }
}
