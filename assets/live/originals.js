/*
 * The data set's own test images, beside what is decoded. They come as one lossless picture of tiles, loaded once for
 * the page when a view first has them to show; until then, and where it cannot be had, there is none.
 */

import { h, setText } from "./dom.js";
import { listen } from "./page.js";

class Originals {
  /** @type {number} */ width;
  /** @type {number} */ height;
  /** @type {number} */ columns;

  constructor({ url, width, height, columns }) {
    Object.assign(this, { width, height, columns, sheet: null, isMissing: false });
    this.loading = this.#load(url);
  }

  async #load(url) {
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
      this.sheet = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
    } catch (error) {
      console.warn("latent live view, originals:", error);
      this.isMissing = true;
    }
  }

  /** Draws a test image on a canvas, which takes its size, to the grey level. */
  draw(canvas, index) {
    const { width, height, columns } = this;
    const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.sheet, left, top, width, height, 0, 0, width, height);
  }
}

const originals = new Map(); // address -> Originals

/** The test images at `place` ({url, width, height, columns}), null for none; `ready` is called when they have come. */
export function originalsAt(place, ready) {
  if (!place) return null;
  if (!originals.has(place.url)) originals.set(place.url, new Originals(place));
  const found = originals.get(place.url);
  if (!found.sheet && !found.isMissing) found.loading.then(ready);
  return found;
}

/** A canvas with a caption for one original, a test image or the user's; while there is none its place is kept. */
export class OriginalFigure {
  constructor() {
    this.canvas = h("canvas", { class: "image", role: "img" });
    this.caption = h("figcaption");
    this.element = h("figure", { class: "original", hidden: true }, this.canvas, this.caption);
  }

  /** Shows the image `index` of `source` (an Originals), null for none; without a source there is no place. */
  show({ source, index, words }) {
    this.element.hidden = !source || source.isMissing;
    const shown = source?.sheet ? index : null;
    this.element.classList.toggle("absent", shown === null);
    if (shown === null) return;
    source.draw(this.canvas, shown);
    setText(this.caption, words);
    this.caption.title = words; // of a long name the caption has only the beginning
    this.canvas.setAttribute("aria-label", words);
  }
}

const AT_POINTER = "vae.pictures-at-pointer"; // in the browser's memory: "off"

/** The switch for small pictures at the pointer, which the browser remembers. */
export class PointerSwitch {
  constructor(signal) {
    this.input = h("input", { type: "checkbox" });
    this.input.checked = this.#memory()?.getItem(AT_POINTER) !== "off";
    this.element = h("label", { class: "check" }, this.input, h("span", { text: "Pictures at the pointer" }));
    listen(this.input, "change", () => this.#memory()?.setItem(AT_POINTER, this.isOn ? "on" : "off"), signal);
  }

  get isOn() {
    return this.input.checked;
  }

  /** The browser's memory, where it lets the page have one. */
  #memory() {
    try {
      return window.localStorage;
    } catch {
      return null;
    }
  }
}
