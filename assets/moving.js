/*
 * Points that move while they are computed: from where they are to where they have got since, until the next are known.
 *
 * data: {xy: base64 of x and y as 16-bit numbers, 0 to 65535 across and upward, of each point; labels: base64, a byte for
 *   each; colours: of the classes; words: what it is}
 */

import { h } from "./live/dom.js";
import { dot } from "./live/dot.js";
import { frames, reducedMotion } from "./live/page.js";
import { mounting } from "./live/mount.js";

const SPAN = 500; // milliseconds between two reports
const RADIUS = 2.5; // CSS pixels
const MARGIN = 12;
const OPACITY = 0.6; // as on the map
const SHEET = ".moving { height: 100%; } canvas { display: block; width: 100%; height: 100%; }";

const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

class Moving {
  /** @type {Float32Array} */ to; // where the points are going
  /** @type {Float32Array} */ from;
  /** @type {Uint8Array} */ labels;
  /** @type {string[]} */ colours;
  /** @type {number} */ since;

  constructor(root, signal) {
    this.canvas = h("canvas", { role: "img" });
    root.append(h("style", { text: SHEET }), this.canvas);
    this.draw = (now) => this.#draw(now);
    const sizes = new ResizeObserver(() => frames.request(this.draw));
    sizes.observe(this.canvas);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      frames.cancel(this.draw);
    });
  }

  update({ xy, labels, colours, words }) {
    const to = Float32Array.from(new Uint16Array(bytes(xy).buffer), (value) => value / 65535);
    const now = performance.now();
    this.from = this.to?.length === to.length ? this.#places(now) : to;
    Object.assign(this, { to, labels: bytes(labels), colours, since: now });
    this.canvas.setAttribute("aria-label", words);
    frames.request(this.draw);
  }

  /** Where the points are at this time, x and y in [0, 1] one after the other. */
  #places(now) {
    const share = reducedMotion() ? 1 : Math.min(1, (now - this.since) / SPAN);
    return this.to.map((value, k) => (1 - share) * this.from[k] + share * value);
  }

  #draw(now) {
    const { canvas, labels } = this;
    const scale = window.devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * scale));
    if (!this.to || !width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const dots = this.colours.map((colour) => dot(colour, RADIUS * scale, OPACITY));
    const side = Math.min(width, height) - 2 * MARGIN * scale;
    const [left, bottom] = [(width - side) / 2, (height + side) / 2];
    const places = this.#places(now);
    for (let k = 0; k < labels.length; k += 1) {
      const image = dots[labels[k]];
      context.drawImage(image, left + side * places[2 * k] - image.width / 2, bottom - side * places[2 * k + 1] - image.height / 2);
    }
    if (now - this.since < SPAN) frames.request(this.draw);
  }
}

export default mounting(Moving, "moving");
