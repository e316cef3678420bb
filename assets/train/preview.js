/*
 * The image at the pointer: what the decoder of the shown epoch makes of the place, and the test image nearest to it.
 */

import { h, setText } from "../live/dom.js";
import { frames } from "../live/page.js";

const SIDE = 112; // CSS pixels of an image
const AWAY = 18; // from the pointer

export class Preview {
  /** @type {HTMLElement} */ stage;
  /** @type {any} */ map;
  /** @type {any} */ source;
  /** @type {any} */ image; // {height, width, channels}
  /** @type {any} */ sprite;
  /** @type {any} */ decoder; // {epoch, network, centre, basis}
  /** @type {number} */ epoch;
  /** @type {[number, number]} */ place;
  /** @type {[number, number]} */ pixels;

  constructor(stage, map) {
    Object.assign(this, { stage, map });
    this.canvas = h("canvas", { width: 1, height: 1 });
    this.original = h("span", { class: "original" });
    this.words = h("p", { class: "place" });
    this.file = h("p", { class: "file" });
    this.decoded = h("figure", {}, this.canvas, h("figcaption", { text: "decoded here" }));
    this.nearest = h("figure", {}, this.original, h("figcaption", { text: "nearest test image" }));
    this.root = h("div", { class: "preview", hidden: true, "aria-hidden": "true" }, this.decoded, this.nearest, this.file, this.words);
    stage.append(this.root);
    this.draw = () => this.#draw();
  }

  dress(source, { image, original }) {
    Object.assign(this, { source, image, sprite: original });
    this.canvas.width = image.width;
    this.canvas.height = image.height;
    this.decoder = null;
    this.decoded.hidden = !source.decodes;
    this.nearest.hidden = !original;
    this.file.hidden = !original?.names;
    this.root.hidden = true;
    if (!original) return;
    Object.assign(this.original.style, {
      backgroundImage: `url(${original.url})`,
      backgroundSize: `${original.columns * SIDE}px auto`,
      width: `${SIDE}px`,
      height: `${(SIDE * image.height) / image.width}px`,
    });
  }

  /** The decoder of another epoch. */
  follow(epoch) {
    this.epoch = epoch;
    if (!this.root.hidden) this.#bring();
  }

  /** The pointer is at a place (x, y) of the map, so many CSS pixels from its corner; or nowhere. */
  point(place, pixels) {
    Object.assign(this, { place, pixels });
    const isShown = place !== null && this.epoch !== undefined && (!this.decoded.hidden || !this.nearest.hidden);
    this.root.hidden = !isShown;
    if (!isShown) return;
    this.#bring();
    frames.request(this.draw);
  }

  async #bring() {
    const { source, epoch } = this;
    if (this.decoder?.epoch === epoch || this.decoded.hidden) return;
    try {
      const found = await source.decoder(epoch);
      if (source === this.source && epoch === this.epoch) this.decoder = { epoch, ...found };
    } catch {
      return; // a look that could not be kept: the test image alone is shown
    }
    frames.request(this.draw);
  }

  #draw() {
    if (this.root.hidden) return;
    const [x, y] = this.place;
    const { width } = this.stage.getBoundingClientRect();
    const own = this.root.getBoundingClientRect();
    const left = this.pixels[0] + AWAY + own.width > width ? this.pixels[0] - AWAY - own.width : this.pixels[0] + AWAY;
    Object.assign(this.root.style, { left: `${Math.max(0, left)}px`, top: `${Math.max(0, this.pixels[1] - own.height - 6)}px` });
    setText(this.words, `(${[x, y].map((value) => value.toFixed(2).replace("-", "−")).join(", ")})`);
    this.#drawOriginal();
    if (this.decoder?.epoch === this.epoch) this.#decode(x, y);
  }

  #decode(x, y) {
    const { network, centre, basis } = this.decoder;
    const z = centre.map((value, k) => value + x * basis[k] + y * basis[centre.length + k]);
    const means = network.run(z, 1);
    const { height, width, channels } = this.image;
    const pixels = new ImageData(width, height);
    for (let k = 0; k < width * height; k += 1) {
      for (let c = 0; c < 3; c += 1) pixels.data[4 * k + c] = 255 * means[channels === 1 ? k : 3 * k + c];
      pixels.data[4 * k + 3] = 255;
    }
    this.canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  #drawOriginal() {
    if (!this.sprite) return;
    const nearest = this.map.nearest(this.place);
    if (nearest < 0) return;
    const index = this.sprite.index[nearest];
    if (this.sprite.names) setText(this.file, this.sprite.names[nearest]);
    const scale = SIDE / this.image.width;
    const [row, column] = [Math.floor(index / this.sprite.columns), index % this.sprite.columns];
    this.original.style.backgroundPosition = `${-column * SIDE}px ${-row * this.image.height * scale}px`;
  }
}
