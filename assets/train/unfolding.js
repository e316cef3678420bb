/*
 * A training seen: the map of its codes, epoch after epoch, with curves and samples beside it. While it is under way the
 * newest epoch is followed; a slider leads back, a button plays all of them. Under the pointer the decoder of the shown
 * epoch is at work.
 *
 * data: {name, version, turn, labels, classes, neutral, prior, axes, epochs, kl, inactive_below, image, sheet, sheet_words,
 *   original, recording}
 *   name     of the training, or null with a `recording`
 *   version  another one for another training of the same name
 *   turn     changes when the training is started again
 *   labels   base64, a byte for each watched image, or null; classes [{name, colour}]
 *   kl       what the KL is called, null where there is none
 *   epochs   of the whole training; image {height, width, channels}
 *   axes     names of both; about_axes: a sentence about them
 *   original {url, width, height, columns, index, names}: the sprite of the test images, which of them are watched and the
 *     names of their files, or null
 */

import { h, setText } from "../live/dom.js";
import { listen, reducedMotion } from "../live/page.js";
import { mounting } from "../live/mount.js";
import { Bars, Curves } from "./curves.js";
import { MapView } from "./map.js";
import { Preview } from "./preview.js";
import { Recording, Training } from "./source.js";

const POLL_MS = 1000;
const PLAY_MS = 480;
const UNDER_WAY = ["starting", "waiting", "training", "packing"];
const WAITS = { // what is said where there is no map yet
  waiting: "It begins once the trainings before it have ended. Its map will unfold here.",
  ended: "Nothing was learnt yet, so there is no map.",
  other: "The first map comes as soon as the model is there.",
};

const sum = (a, b) => (a === null || a === undefined || b === null || b === undefined ? null : a + b);
const SERIES = {
  loss: [
    { name: "train", kind: "train", of: (line) => sum(line.nll, line.kl) },
    { name: "test", kind: "test", of: (line) => sum(line.test_nll, line.test_kl) },
  ],
  nll: [
    { name: "train", kind: "train", of: (line) => line.nll },
    { name: "test", kind: "test", of: (line) => line.test_nll },
  ],
  kl: [
    { name: "train", kind: "train", of: (line) => line.kl },
    { name: "test", kind: "test", of: (line) => line.test_kl },
  ],
};

class Unfolding {
  /** @type {any} */ data;
  /** @type {any} */ source;
  /** @type {number | null} */ epoch;
  /** @type {Curves[]} */ charts;
  /** @type {Bars | null} */ bars;
  /** @type {number} */ polling;
  /** @type {number} */ playing;
  /** @type {boolean} */ follows;

  constructor(root, signal) {
    this.signal = signal;
    this.stage = h("div", { class: "stage" });
    this.map = new MapView(this.stage, signal, (place, pixels) => this.preview.point(place, pixels));
    this.preview = new Preview(this.stage, this.map);
    this.wait = h("p", { class: "wait" });
    this.stage.append(this.wait);
    this.play = h("button", { type: "button", class: "primary" });
    this.slider = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Epoch" });
    this.words = h("output");
    this.sheet = h("img", { alt: "" });
    this.sheetWords = h("figcaption");
    this.side = h("div", { class: "side" });
    this.controls = h("div", { class: "controls" }, this.play, this.slider, this.words);
    this.aboutAxes = h("p", { class: "axes" });
    root.append(h("div", { class: "picture" }, this.stage, this.controls, this.aboutAxes), this.side);
    listen(this.slider, "input", () => this.#slide(), signal);
    listen(this.play, "click", () => this.#toggle(), signal);
    signal.addEventListener("abort", () => {
      clearTimeout(this.polling);
      clearTimeout(this.playing);
    });
  }

  update(data) {
    const isOther = data.name !== this.data?.name || data.turn !== this.data?.turn;
    this.data = data;
    if (!isOther) return;
    clearTimeout(this.polling);
    this.#stop();
    this.source = data.recording ? new Recording(data.recording) : new Training(data.name, data.version);
    this.follows = true;
    this.epoch = null;
    this.#dress();
    if (data.recording) this.#newest(false);
    else this.#poll(this.source);
  }

  #dress() {
    const { data } = this;
    const labels = data.labels && Uint8Array.from(atob(data.labels), (character) => character.charCodeAt(0));
    this.map.dress({ ...data, labels });
    this.preview.dress(this.source, data);
    setText(this.aboutAxes, data.about_axes);
    this.charts = data.kl
      ? [new Curves("−ELBO", SERIES.loss), new Curves("nll", SERIES.nll, 150), new Curves(data.kl, SERIES.kl, 150)]
      : [new Curves("nll", SERIES.nll)];
    this.bars = data.kl && !data.recording ? new Bars(data.inactive_below) : null;
    const key = h("p", { class: "key" }, h("span", { class: "train", text: "train" }), h("span", { class: "test", text: "test" }), " nats per image");
    const sheet = h("figure", { class: "sheet" }, this.sheet, this.sheetWords);
    const [first, ...others] = this.charts.map(({ root }) => root);
    const pair = h("div", { class: "pair" }, ...others);
    this.side.replaceChildren(sheet, key, first, ...(others.length ? [pair] : []), ...(this.bars ? [this.bars.root] : []));
    this.sheet.style.aspectRatio = `${data.sheet[0]} / ${data.sheet[1]}`;
    this.#wait(data.recording ? "" : WAITS.other);
  }

  /** Shows a sentence in the place of the map, of charts that would be empty and of controls that would do nothing; "" ends it. */
  #wait(sentence) {
    setText(this.wait, sentence);
    for (const part of [this.map.canvas, this.side, this.controls, this.aboutAxes]) part.classList.toggle("later", sentence !== "");
  }

  /** Asks again and again, as long as the training is under way; one that is not there any more is left as it is. */
  async #poll(source) {
    try {
      const isNew = await source.poll();
      if (source !== this.source || this.signal.aborted) return;
      if (isNew) this.#newest(true);
    } catch {
      if (source !== this.source || this.signal.aborted) return; // the server may be back in a moment
    }
    const state = source.status?.state ?? "starting";
    if (UNDER_WAY.includes(state)) this.polling = setTimeout(() => this.#poll(source), POLL_MS);
  }

  get epochs() {
    return [...this.source.places.keys()].sort((a, b) => a - b);
  }

  #newest(glides) {
    const { epochs } = this;
    this.slider.max = Math.max(0, epochs.length - 1);
    if (!epochs.length) {
      const state = this.source.status?.state ?? "starting";
      return this.#wait(WAITS[state] ?? (UNDER_WAY.includes(state) ? WAITS.other : WAITS.ended));
    }
    this.#wait("");
    if (this.follows) this.#show(epochs.at(-1), glides);
    else this.#show(this.epoch, false);
    if (!this.playing) this.#offer();
  }

  #offer() {
    const count = this.source ? this.epochs.length : 0;
    setText(this.play, `► Play ${count} ${count === 1 ? "map" : "maps"}`);
  }

  /** A few maps of the last three quarters: those before may leave the picture. */
  #later() {
    const { epochs } = this;
    const first = Math.floor(epochs.length / 4);
    const step = Math.max(1, Math.floor((epochs.length - first) / 8));
    return epochs.filter((_, k) => k >= first && (epochs.length - 1 - k) % step === 0).map((epoch) => this.source.places.get(epoch));
  }

  #slide() {
    this.#stop();
    const at = this.slider.valueAsNumber;
    this.follows = at === this.epochs.length - 1;
    this.#show(this.epochs[at], true);
  }

  #show(epoch, glides) {
    const { source } = this;
    const isOther = epoch !== this.epoch;
    this.epoch = epoch;
    this.slider.value = this.epochs.indexOf(epoch);
    const words = `epoch ${Number.isInteger(epoch) ? epoch : epoch.toFixed(2)} of ${this.data.epochs}`;
    setText(this.words, words);
    this.slider.setAttribute("aria-valuetext", words);
    if (isOther) {
      this.map.show(source.places.get(epoch), this.#later(), glides);
      this.map.canvas.setAttribute("aria-label", `Map of the test images' codes after ${words}. Arrow keys choose a place.`);
      this.sheet.src = source.sheet(epoch);
      this.sheet.alt = `${this.data.sheet_words}, after epoch ${epoch}`;
      setText(this.sheetWords, this.data.sheet_words);
      this.preview.follow(epoch);
    }
    for (const chart of this.charts) chart.show(source.lines, epoch, this.data.epochs);
    this.bars?.show(source.lines.get(epoch));
  }

  #toggle() {
    if (this.playing) return this.#stop();
    const { epochs } = this;
    let at = epochs.indexOf(this.epoch);
    if (at === epochs.length - 1) at = -1;
    this.follows = false;
    setText(this.play, "Pause");
    const step = () => {
      at += 1;
      this.#show(this.epochs[at], !reducedMotion());
      if (at < this.epochs.length - 1) this.playing = setTimeout(step, PLAY_MS);
      else {
        this.#stop();
        this.follows = true;
      }
    };
    this.playing = -1;
    step();
  }

  #stop() {
    clearTimeout(this.playing);
    this.playing = 0;
    this.#offer();
  }
}

export default mounting(Unfolding, "unfolding");
