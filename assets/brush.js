/*
 * A pad on which the pixels of an image are hidden with a brush. By keyboard: the arrow keys move the brush, space paints.
 *
 * data: {image: base64 of 784 grey levels, hidden: a mask as 196 hexadecimal digits, colour: [r, g, b] of what is hidden}
 * Tells Python `hidden` at the end of each stroke.
 */

const SIDE = 28;
const STYLE = `
  .brush { display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; font: 0.875rem/1.45 var(--st-font, sans-serif); color: var(--st-text-color); }
  canvas { width: min(252px, 100%); aspect-ratio: 1; image-rendering: pixelated; background: #000; touch-action: none; cursor: crosshair;
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
const pads = new WeakMap(); // parentElement -> Pad: Streamlit calls again for new data, without an end between

export default function (component) {
  const parent = component.parentElement;
  if (!pads.has(parent)) pads.set(parent, new Pad(parent));
  pads.get(parent).update(component);
}

function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A mask as 784 booleans, from its hexadecimal digits and back; the first pixel is the highest bit. */
const bitsOf = (text) => [...text].flatMap((digit) => [8, 4, 2, 1].map((bit) => (parseInt(digit, 16) & bit) > 0));
const textOf = (bits) =>
  Array.from({ length: bits.length / 4 }, (_, k) =>
    [8, 4, 2, 1].reduce((sum, bit, place) => sum + bit * bits[4 * k + place], 0).toString(16),
  ).join("");

class Pad {
  constructor(parent) {
    this.canvas = element("canvas", { width: SIDE, height: SIDE, tabindex: 0, role: "img", "aria-label": "Image to hide pixels of" });
    this.context = this.canvas.getContext("2d");
    this.hide = element("button", { type: "button" }, "Hide");
    this.reveal = element("button", { type: "button" }, "Reveal");
    this.clear = element("button", { type: "button" }, "Reveal all");
    this.size = element("input", { type: "range", min: 1, max: 9, step: 2, value: 3, "aria-label": "Width of the brush, pixels" });
    this.cursor = [SIDE / 2 + 0.5, SIDE / 2 + 0.5]; // the middle of a pixel
    this.hiding = true;
    const width = element("label", { class: "row" }, "Brush", this.size);
    const words = element("p", {}, "Paint over the image to hide pixels in all fifteen. Keys: arrows move the brush, space paints.");
    const tools = element("div", { class: "tools" }, element("div", { class: "row" }, this.hide, this.reveal, this.clear), width, words);
    parent.append(element("style", {}, STYLE), element("div", { class: "brush" }, this.canvas, tools));
    this.listen();
  }

  listen() {
    this.hide.onclick = () => this.choose(true);
    this.reveal.onclick = () => this.choose(false);
    this.clear.onclick = () => {
      this.bits.fill(false);
      this.commit();
    };
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => this.extend(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.end(event);
    this.canvas.onkeydown = (event) => this.key(event);
    this.canvas.onblur = () => ((this.byKey = false), this.draw());
    this.choose(true);
  }

  update(component) {
    this.component = component;
    const { image, hidden } = component.data;
    this.image = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
    if (this.stroke === undefined) this.bits = bitsOf(hidden);
    this.draw();
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
  }

  extend(event) {
    if (event.pointerId !== this.stroke) return;
    const [x, y] = this.place(event);
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(x - this.last[0], y - this.last[1])));
    for (let k = 1; k <= steps; k += 1) {
      this.paint(this.last[0] + ((x - this.last[0]) * k) / steps, this.last[1] + ((y - this.last[1]) * k) / steps);
    }
    this.last = [x, y];
  }

  end(event) {
    if (event.pointerId !== this.stroke) return;
    this.stroke = undefined;
    this.commit();
  }

  key(event) {
    const move = MOVES[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    this.byKey = true;
    if (move) this.cursor = this.cursor.map((value, axis) => Math.min(Math.max(value + move[axis], 0.5), SIDE - 0.5));
    else {
      this.paint(...this.cursor);
      this.commit();
    }
    this.draw();
  }

  /** A pointer's place in pixels of the image. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  }

  /** Hides or reveals the pixels whose middle is within the brush, and the one below its middle. */
  paint(x, y) {
    const radius = this.size.valueAsNumber / 2;
    this.bits.forEach((_, index) => {
      const [dx, dy] = [(index % SIDE) + 0.5 - x, Math.floor(index / SIDE) + 0.5 - y];
      if (Math.hypot(dx, dy) <= radius || Math.max(Math.abs(dx), Math.abs(dy)) <= 0.5) this.bits[index] = this.hiding;
    });
    this.draw();
  }

  commit() {
    this.draw();
    this.component.setStateValue("hidden", textOf(this.bits));
  }

  draw() {
    const picture = this.context.createImageData(SIDE, SIDE);
    this.bits.forEach((isHidden, index) => {
      const colour = isHidden ? this.component.data.colour : Array(3).fill(this.image[index]);
      picture.data.set([...colour, 255], 4 * index);
    });
    this.context.putImageData(picture, 0, 0);
    if (!this.byKey) return;
    this.context.strokeStyle = "#e8112d";
    this.context.strokeRect(Math.floor(this.cursor[0]) - 0.5, Math.floor(this.cursor[1]) - 0.5, 2, 2);
  }
}
