/*
 * A pad on which the pixels of an image are hidden with a brush. By keyboard: the arrow keys move the brush, space paints.
 *
 * data: {image: base64 of height × width × channels levels, height, width, channels (1 or 3), size: width in CSS pixels,
 *   hidden: a mask as the lengths of its runs, see vae/images/masks.py, colour: [r, g, b] of what is hidden}
 * Tells Python `hidden` at the end of each stroke.
 */

import { h } from "./live/dom.js";
import { mounting } from "./live/mount.js";
import { bitsOf, textOf } from "./masks.js";

const SHEET = `
  .brush { display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; font: 0.875rem/1.45 var(--st-font, sans-serif); color: var(--st-text-color); }
  canvas { max-width: 100%; image-rendering: pixelated; background: #000; touch-action: none; cursor: crosshair;
    outline: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 2px; }
  canvas:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
  .tools { display: grid; gap: 0.75rem; align-content: start; max-width: 22rem; }
  .row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
  button { padding: 0.35rem 0.8rem; font: inherit; color: inherit; cursor: pointer; background: var(--st-background-color);
    border: 1px solid color-mix(in srgb, currentColor 24%, transparent); border-radius: var(--st-base-radius, 6px); }
  button[aria-pressed="true"] { border-color: var(--st-primary-color); color: var(--st-primary-color); font-weight: 600; }
  button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
  input { accent-color: var(--st-primary-color); }
  p { margin: 0; color: color-mix(in srgb, currentColor 66%, transparent); }
`;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The largest odd number up to this one, 1 at least: a brush so wide has a pixel in its middle. */
const odd = (number) => 2 * Math.max(0, Math.floor((number - 1) / 2)) + 1;

class Pad {
  /** @type {(name: string, value: any) => void} */ commit;

  constructor(root) {
    this.canvas = h("canvas", { tabindex: 0, role: "img", "aria-label": "Image to hide pixels of" });
    this.context = this.canvas.getContext("2d");
    this.hide = h("button", { type: "button" }, "Hide");
    this.reveal = h("button", { type: "button" }, "Reveal");
    this.clear = h("button", { type: "button" }, "Reveal all");
    this.size = h("input", { type: "range", min: 1, step: 2, "aria-label": "Width of the brush, pixels" });
    this.hiding = true;
    const width = h("label", { class: "row" }, "Brush", this.size);
    const words = h("p", {}, "Paint over the image to hide pixels in all images. Keys: arrows move the brush, space paints.");
    const tools = h("div", { class: "tools" }, h("div", { class: "row" }, this.hide, this.reveal, this.clear), width, words);
    root.append(h("style", { text: SHEET }), h("div", { class: "brush" }, this.canvas, tools));
    this.listen();
  }

  listen() {
    this.hide.onclick = () => this.choose(true);
    this.reveal.onclick = () => this.choose(false);
    this.clear.onclick = () => {
      this.bits.fill(false);
      this.tell();
    };
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => this.extend(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.end(event);
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onblur = () => ((this.byKey = false), this.draw());
    this.choose(true);
  }

  update(data) {
    this.data = data;
    const { image, hidden, height, width } = data;
    this.levels = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
    if (width !== this.canvas.width || height !== this.canvas.height || !this.cursor) this.resize(data);
    if (this.stroke === undefined) this.bits = bitsOf(hidden);
    this.draw();
  }

  /** Begins anew for images of another size, with a brush in proportion to it. */
  resize({ width, height, size }) {
    Object.assign(this.canvas, { width, height });
    Object.assign(this.canvas.style, { width: `${size}px`, aspectRatio: `${width} / ${height}` });
    const side = Math.max(width, height);
    this.size.max = odd(side / 3);
    this.size.value = odd(side / 9);
    this.cursor = [Math.floor(width / 2) + 0.5, Math.floor(height / 2) + 0.5]; // the middle of a pixel
    this.stroke = undefined;
  }

  choose(hiding) {
    this.hiding = hiding;
    this.hide.setAttribute("aria-pressed", hiding);
    this.reveal.setAttribute("aria-pressed", !hiding);
  }

  begin(event) {
    if (event.button !== 0 || this.stroke !== undefined) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = event.pointerId;
    this.last = this.place(event);
    this.paint(...this.last);
    this.draw();
  }

  extend(event) {
    if (event.pointerId !== this.stroke) return;
    const [x, y] = this.place(event);
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(x - this.last[0], y - this.last[1])));
    for (let k = 1; k <= steps; k += 1) {
      this.paint(this.last[0] + ((x - this.last[0]) * k) / steps, this.last[1] + ((y - this.last[1]) * k) / steps);
    }
    this.last = [x, y];
    this.draw();
  }

  end(event) {
    if (event.pointerId !== this.stroke) return;
    this.stroke = undefined;
    this.tell();
  }

  key(event) {
    const move = MOVES[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    this.byKey = true;
    if (move) this.cursor = this.cursor.map((value, axis) => Math.min(Math.max(value + move[axis], 0.5), this.sides[axis] - 0.5));
    else {
      this.paint(...this.cursor);
      this.tell();
    }
    this.draw();
  }

  /** Pixels of the image across and down. */
  get sides() {
    return [this.canvas.width, this.canvas.height];
  }

  /** A pointer's place in pixels of the image. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const [width, height] = this.sides;
    return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height];
  }

  /** Hides or reveals the pixels whose middle is within the brush, and the one below its middle. */
  paint(x, y) {
    const radius = this.size.valueAsNumber / 2;
    const { width } = this.canvas;
    this.bits.forEach((_, index) => {
      const [dx, dy] = [(index % width) + 0.5 - x, Math.floor(index / width) + 0.5 - y];
      if (Math.hypot(dx, dy) <= radius || Math.max(Math.abs(dx), Math.abs(dy)) <= 0.5) this.bits[index] = this.hiding;
    });
  }

  tell() {
    this.draw();
    this.commit("hidden", textOf(this.bits));
  }

  draw() {
    const { channels, colour } = this.data;
    const picture = this.context.createImageData(...this.sides);
    this.bits.forEach((isHidden, index) => {
      for (let k = 0; k < 3; k += 1) {
        picture.data[4 * index + k] = isHidden ? colour[k] : this.levels[channels * index + (k % channels)];
      }
      picture.data[4 * index + 3] = 255;
    });
    this.context.putImageData(picture, 0, 0);
    if (!this.byKey) return;
    this.context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--followed");
    this.context.strokeRect(Math.floor(this.cursor[0]) - 0.5, Math.floor(this.cursor[1]) - 0.5, 2, 2);
  }
}

export default mounting(Pad);
