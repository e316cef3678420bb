/*
 * A decoder that the browser cannot run: the server decodes, one request at a time, and of what is wanted then only what
 * the newest frame asks for, a single image before many.
 *
 * It gives what it has. What it has not is asked for, and everybody draws again when that has come.
 */

import { arrivals, counters } from "./page.js";

const MOST = 16; // images of a request: the next single one is not to wait long
const KEPT_NUMBERS = 8e6; // of decoded images
const RETRY_MS = 700; // after a request that has failed
const SENTENCES = {
  404: "The server does not know this model any more: reload the page.",
  other: "The server does not answer; the image is not the one of this place.",
};

export class ServedDecoder {
  constructor({ header, arrays }) {
    this.url = header.url;
    this.latentDim = header.latent_dim;
    this.image = header.image; // {height, width, channels}
    this.stride = this.image.height * this.image.width * this.image.channels;
    this.classNames = header.class_names;
    this.classColours = header.class_colours;
    this.klPerDim = arrays.kl_per_dim; // (D,) nats
    this.inactiveBelow = header.inactive_below; // nats
    this.hasPosterior = header.has_posterior;
    this.complete = true; // whether the last call had all its images
    this.trouble = null; // a sentence while the server does not answer
    this.kept = new Map(); // words of a code -> its image, the one used last at the end
    this.latest = new Float32Array(this.stride); // that has arrived last
    this.wanted = { frame: -1, single: new Map(), many: new Map() }; // words of a code -> z
    this.isAsking = false;
  }

  /**
   * As Decoder.decode. Where images are missing, a single one is stood for by the latest that has come, and of many
   * `complete` says that they are not all there.
   */
  decode(z, batch = 1) {
    const images = new Float32Array(batch * this.stride);
    this.complete = true;
    for (let row = 0; row < batch; row += 1) {
      const code = z.slice(row * this.latentDim, (row + 1) * this.latentDim);
      images.set(this.#look(code, batch === 1), row * this.stride);
    }
    if (!this.isAsking) this.#ask();
    return images;
  }

  #look(code, isSingle) {
    const words = code.join();
    const found = this.kept.get(words);
    if (!found) {
      this.complete = false;
      this.#want(words, code, isSingle);
      return this.latest;
    }
    this.kept.delete(words);
    this.kept.set(words, found);
    return found;
  }

  #want(words, code, isSingle) {
    if (this.wanted.frame !== counters.frames) this.wanted = { frame: counters.frames, single: new Map(), many: new Map() };
    this.wanted[isSingle ? "single" : "many"].set(words, code);
  }

  async #ask() {
    const { single, many } = this.wanted;
    const rows = [...(single.size > 0 ? single : many)].slice(0, MOST);
    if (rows.length === 0) return;
    this.isAsking = true;
    this.wanted = { frame: -1, single: new Map(), many: new Map() };
    const started = performance.now();
    try {
      this.#keep(rows, await this.#fetch(rows));
      counters.decodes += rows.length;
      counters.decodeMs += performance.now() - started;
      this.trouble = null;
    } catch (error) {
      this.trouble = SENTENCES[error.status] ?? SENTENCES.other;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.isAsking = false;
    arrivals.tell(); // those that still miss something ask anew
  }

  /** The levels of the images, 0 to 255. */
  async #fetch(rows) {
    const body = new Float32Array(rows.length * this.latentDim);
    rows.forEach(([, code], row) => body.set(code, row * this.latentDim));
    const headers = { "content-type": "application/octet-stream" };
    const answer = await fetch(this.url, { method: "POST", headers, body });
    const levels = answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
    if (levels?.length !== rows.length * this.stride) throw Object.assign(new Error("no images"), { status: answer.status });
    return levels;
  }

  #keep(rows, levels) {
    rows.forEach(([words], row) => {
      this.latest = Float32Array.from(levels.subarray(row * this.stride, (row + 1) * this.stride), (level) => level / 255);
      this.kept.set(words, this.latest);
    });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size * this.stride <= KEPT_NUMBERS) break;
      this.kept.delete(oldest);
    }
  }

  classOf(label) {
    return { name: this.classNames[label], colour: this.classColours[label] };
  }
}
