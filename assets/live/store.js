/*
 * What many instances on a page share: decoders, encoders, the codes of the test images and maps of them.
 *
 * Each arrives once, through an instance of its own whose data never changes, as bytes:
 *     uint32 length of the header | header, JSON | arrays, each at its own offset
 * with header.arrays = {name: {type: "f2" | "f4" | "u1", shape, at}}, `at` counted from the end of the header.
 */

import { ConvolutionalNetwork } from "./convolution.js";
import { Network, activationOf } from "./network.js";
import { counters } from "./page.js";
import { ServedDecoder } from "./served.js";
import { readingOf } from "./neighbours.js";

let halves = null;

/** All 65,536 float16 values, by their bits. */
function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 0 ? fraction * 2 ** -24
      : exponent === 31 ? (fraction ? NaN : Infinity)
      : (1024 + fraction) * 2 ** (exponent - 25);
    table[bits] = bits & 32768 ? -size : size;
  }
  return table;
}

function floatsFromHalves(words) {
  halves ??= halfTable();
  const floats = new Float32Array(words.length);
  for (let i = 0; i < words.length; i += 1) floats[i] = halves[words[i]];
  return floats;
}

const READERS = {
  f2: (buffer) => floatsFromHalves(new Uint16Array(buffer)),
  f4: (buffer) => new Float32Array(buffer),
  u1: (buffer) => new Uint8Array(buffer),
};
const BYTES = { f2: 2, f4: 4, u1: 1 };

/** {header, start}: what a parcel from vae/web/live/payloads.py says of itself, and where its arrays begin. */
function readHeader(bytes) {
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(4, start))), start };
}

function readArrays(bytes, { header, start }) {
  const arrays = {};
  for (const [name, { type, shape, at }] of Object.entries(header.arrays)) {
    const length = BYTES[type] * shape.reduce((product, size) => product * size, 1);
    arrays[name] = READERS[type](bytes.slice(start + at, start + at + length).buffer);
  }
  return arrays;
}

/** What bytes from vae/web/live/payloads.py say and hold: {header, arrays}. */
export function parcelFrom(bytes) {
  const found = readHeader(bytes);
  return { header: found.header, arrays: readArrays(bytes, found) };
}

export function networkFrom({ header, arrays }, head) {
  const layers = [];
  for (let k = 0; arrays[`weight${k}`]; k += 1) {
    const setting = header.settings?.[k];
    layers.push({
      weight: arrays[`weight${k}`], bias: arrays[`bias${k}`], shape: header.arrays[`weight${k}`].shape,
      activate: activationOf(setting ?? header), setting,
    });
  }
  const isConvolutional = layers.some(({ shape }) => shape.length === 4);
  return new (isConvolutional ? ConvolutionalNetwork : Network)(layers, head, header.image);
}

/** A decoder with what the views say about its latent space. */
class Decoder {
  constructor(parcel) {
    this.network = networkFrom(parcel, parcel.header.head);
    this.latentDim = this.network.inputs;
    this.image = parcel.header.image; // {height, width, channels}
    this.classNames = parcel.header.class_names;
    this.classColours = parcel.header.class_colours;
    this.klPerDim = parcel.arrays.kl_per_dim; // (D,) nats
    this.inactiveBelow = parcel.header.inactive_below; // nats
    this.hasPosterior = parcel.header.has_posterior; // false for an autoencoder, whose dimensions have no KL
    this.stride = this.network.stride;
    this.complete = true; // see ServedDecoder
    this.trouble = null;
  }

  /**
   * Mean images of `batch` codes, numbers in [0, 1] row by row, the channels of a pixel side by side: image r begins at
   * r * stride. Valid until the next call.
   */
  decode(z, batch = 1) {
    const started = performance.now();
    const images = this.network.run(z, batch);
    counters.decodes += batch;
    counters.decodeMs += performance.now() - started;
    return images;
  }

  /** Name and colour of a class. */
  classOf(label) {
    return { name: this.classNames[label], colour: this.classColours[label] };
  }
}

/** An encoder: an image, as a decoder gives it -> the posterior's mean and log variance, -Infinity for an autoencoder. */
class Encoder {
  constructor(parcel) {
    this.noise = parcel.arrays.noise ?? null; // (I, S, D) of an implicit posterior
    this.network = networkFrom(parcel, "identity");
    this.latentDim = parcel.header.latent_dim;
    this.logVarBound = parcel.header.log_var_bound;
    this.logVarMax = parcel.header.log_var_max;
  }

  /**
   * {mu, logVar} of one image, each (D,); log_var = bound tanh(raw / bound) or max, as the model was trained. Of an
   * implicit posterior they are the moments of its `draws` (S, D), [[z1, ...], ...].
   */
  encode(pixels) {
    const { logVarBound: bound, logVarMax: most } = this;
    const out = this.network.run(pixels, 1);
    if (this.noise) {
      counters.encodes += 1;
      return withMoments(this.#draws(out));
    }
    const mu = out.slice(0, this.latentDim);
    const isPoint = this.network.outputs === this.latentDim;
    const logVar = isPoint
      ? new Float32Array(this.latentDim).fill(-Infinity)
      : out.slice(this.latentDim, 2 * this.latentDim).map((raw) => Math.min(bound * Math.tanh(raw / bound), most));
    counters.encodes += 1;
    return { mu, logVar };
  }

  /** Centre + softplus(raw - 1) noise, for the outputs of the network. */
  #draws(out) {
    const { noise, latentDim } = this;
    const scales = Array.from(out.subarray(latentDim, this.network.outputs), (raw) => Math.log1p(Math.exp(raw - 1)));
    const functions = scales.length / latentDim, draws = noise.length / scales.length;
    const coordinate = (draw, axis) => {
      let z = out[axis];
      for (let i = 0; i < functions; i++)
        z += scales[i * latentDim + axis] * noise[(i * draws + draw) * latentDim + axis];
      return z;
    };
    return Array.from({ length: draws }, (_, draw) => Array.from({ length: latentDim }, (_, axis) => coordinate(draw, axis)));
  }
}

function withMoments(draws) {
  const mean = (axis, value) => draws.reduce((sum, z) => sum + value(z[axis]), 0) / draws.length;
  const mu = Float32Array.from(draws[0], (_, axis) => mean(axis, (z) => z));
  const logVar = mu.map((centre, axis) => Math.log(mean(axis, (z) => (z - centre) ** 2)));
  return { mu, logVar, draws };
}

/** A name within a sentence: one that is written from right to left moves no number beside it (vae/images/names.py). */
const apart = (name) => (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(name) ? `\u2068${name}\u2069` : name);

/** Codes of the test images: mu (N, D), labels (N,) or null, the names of their files or null. */
class Codes {
  constructor({ header, arrays }) {
    this.latentDim = header.arrays.mu.shape[1];
    this.mu = arrays.mu;
    this.labels = arrays.labels ?? null;
    this.names = arrays.names ? new TextDecoder().decode(arrays.names).split("\0") : null;
    this.spacing = header.spacing; // within which the codes have another one
  }

  /** What the codes nearest to z say of it, null where images have no labels. */
  read(z) {
    return this.labels && readingOf(this, z);
  }

  /** Which test image that is, with its file where it has one. */
  called(index) {
    return `test image ${index}${this.names ? `, ${apart(this.names[index])}` : ""}`;
  }

  code(index) {
    return this.mu.subarray(index * this.latentDim, (index + 1) * this.latentDim);
  }
}

/** Places of the test images on a map: xy (N, 2). */
class MapPlaces {
  constructor({ arrays }) {
    this.xy = arrays.xy;
  }
}

const KINDS = { decoder: Decoder, served: ServedDecoder, encoder: Encoder, codes: Codes, places: MapPlaces };

/** Shared things by key. Those that no instance on the page provides any more are kept only as long as few. */
export class Shelf {
  #entries = new Map(); // key -> {value, promise, resolve, providers}, least recently provided first

  constructor(spare) {
    this.spare = spare;
  }

  #entry(key) {
    if (!this.#entries.has(key)) {
      const entry = { value: null, providers: new Set() };
      entry.promise = new Promise((resolve) => (entry.resolve = resolve));
      this.#entries.set(key, entry);
    }
    return this.#entries.get(key);
  }

  /** A promise of the thing, kept when (and if) it is provided. */
  promise(key) {
    return this.#entry(key).promise;
  }

  /** Builds what `bytes` describe unless it is there already; `provider` holds it until it lets go. */
  provide(provider, bytes) {
    const { header, start } = readHeader(bytes);
    const { key, kind } = header;
    const entry = this.#entry(key);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.providers.add(provider);
    if (!entry.value) {
      entry.value = new KINDS[kind]({ header, arrays: readArrays(bytes, { header, start }) });
      entry.resolve(entry.value);
      counters.parcels += 1;
    }
    this.#trim();
    return key;
  }

  letGo(provider) {
    for (const entry of this.#entries.values()) entry.providers.delete(provider);
    this.#trim();
  }

  #trim() {
    const idle = [...this.#entries].filter(([, entry]) => entry.value && entry.providers.size === 0);
    for (const [key] of idle.slice(0, Math.max(0, idle.length - this.spare))) this.#entries.delete(key);
  }

  keys() {
    return [...this.#entries].filter(([, entry]) => entry.value).map(([key]) => key);
  }
}
