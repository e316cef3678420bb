/*
 * Pieces that the views are made of: images, numbers, sliders, the voice for screen readers.
 */

import { h, setText } from "./dom.js";
import { listen } from "./page.js";

/** What a view says while it waits or cannot go on. */
export const NOTES = {
  chart: "Waiting for the chart that this view belongs to.",
  model: "The decoder's weights have not arrived yet",
  failed: "The live view stopped with an error",
};

const BLACK = 0xff000000; // opaque, as the bytes of RGBA lie in memory

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const subscript = (number) => [...String(number)].map((digit) => SUBSCRIPTS[digit]).join("");
export const coordinate = (index) => `z${subscript(index + 1)}`;

/** A number with fixed decimals, a true minus sign, and no minus before zero. */
export function fixed(value, decimals = 2) {
  const digits = value.toFixed(decimals);
  return Number(digits) === 0 ? digits.replace("-", "") : digits.replace("-", "−");
}

/** The whole multiple of an image's {height, width} whose longer side is nearest to `about`. */
export function magnified({ height, width }, about) {
  const scale = Math.max(1, Math.round(about / Math.max(height, width)));
  return { height: scale * height, width: scale * width };
}

/** Tells the style sheet how large images are: their longer side, the width as a share of it, and the aspect ratio. */
export function tellSize(element, { height, width }) {
  const longest = Math.max(height, width);
  element.style.setProperty("--longest", `${longest}px`);
  element.style.setProperty("--across", width / longest);
  element.style.setProperty("--ratio", width / height);
}

const level = (value) => (255 * value + 0.5) | 0; // 0 to 255

/** Images on one canvas, `columns` by `rows`, `gap` canvas pixels between them; black until they are drawn. */
export class Images {
  /** @type {number} */ columns;
  /** @type {number} */ rows;
  /** @type {number} */ gap;

  constructor(properties, columns = 1, rows = 1, gap = 0) {
    Object.assign(this, { columns, rows, gap, image: null });
    this.canvas = h("canvas", { ...properties, width: 1, height: 1, role: "img" });
    this.context = this.canvas.getContext("2d");
  }

  /** Makes room for images of this size, {height, width, channels}; to be called before they are drawn. */
  fit(image) {
    if (Object.entries(image).every(([name, value]) => this.image?.[name] === value)) return;
    const { columns, rows, gap, canvas } = this;
    this.image = image;
    canvas.width = columns * (image.width + gap) - gap;
    canvas.height = rows * (image.height + gap) - gap;
    this.data = new ImageData(canvas.width, canvas.height);
    this.words = new Uint32Array(this.data.data.buffer).fill(BLACK); // one RGBA pixel each
    this.context.putImageData(this.data, 0, 0);
  }

  /** Draws images row by row: image r's numbers in [0, 1], grey or red, green and blue of each pixel, begin at r * stride. */
  draw(pixels, stride = 0) {
    const { columns, rows, gap } = this;
    const { height, width } = this.image;
    for (let index = 0; index < columns * rows; index += 1) {
      const [down, right] = [Math.floor(index / columns) * (height + gap), (index % columns) * (width + gap)];
      this.#paint(pixels, index * stride, down * this.data.width + right);
    }
    this.context.putImageData(this.data, 0, 0);
  }

  /** Paints the image whose numbers begin at `from`, its top left pixel at the word `corner`. */
  #paint(pixels, from, corner) {
    const { words } = this;
    const { height, width, channels } = this.image;
    const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
    for (let i = 0; i < height; i += 1) {
      for (let j = 0, word = corner + i * this.data.width; j < width; j += 1, word += 1, from += channels) {
        words[word] = BLACK | level(pixels[from]) | (level(pixels[from + green]) << 8) | (level(pixels[from + blue]) << 16);
      }
    }
  }
}

/** A large image in a thin frame with a caption. */
export function figureOf(images, caption) {
  return h("figure", {}, images.canvas, h("figcaption", { text: caption }));
}

/** z in numbers: all of them while few, else those named by `dims` first and the rest small. */
export class Readout {
  constructor() {
    this.list = h("dl", { class: "numbers" });
    this.cells = [];
    this.order = "";
  }

  /** Shows z (D,), the dimensions in `dims` (default: all while few) large; `sd` (D,) adds a spread to those. */
  show(z, dims = null, sd = null) {
    const large = dims ?? (z.length <= 3 ? [...z.keys()] : []);
    this.#layOut(z.length, large);
    for (const { index, value } of this.cells) {
      setText(value, fixed(z[index]) + (sd && large.includes(index) ? ` ± ${fixed(sd[index])}` : ""));
    }
  }

  clear() {
    this.cells = [];
    this.order = "";
    this.list.replaceChildren();
  }

  #layOut(latentDim, large) {
    const order = `${latentDim}:${large}`;
    if (order === this.order) return;
    this.order = order;
    const rest = [...Array(latentDim).keys()].filter((index) => !large.includes(index));
    this.cells = [...large, ...rest].map((index) => ({ index, value: h("dd", { text: "–" }) }));
    this.list.replaceChildren(
      ...this.cells.map(({ index, value }) =>
        h("div", { class: large.includes(index) ? "large" : "small" }, h("dt", { text: coordinate(index) }), value),
      ),
    );
  }
}

/** What a code reads as, or a test image's label: names of classes in their colours, and how many neighbours say so. */
export class ClassBadge {
  constructor() {
    this.title = h("span", { class: "quiet" });
    this.mark = h("i", { class: "swatch" });
    this.name = h("strong", { text: "–" });
    this.support = h("span", { class: "quiet" });
    this.element = h("p", { class: "reading" }, this.title, this.mark, this.name, this.support);
  }

  /** Shows a reading of Live.read; while there is none, nothing in its room. */
  read(reading) {
    this.element.style.visibility = reading ? "" : "hidden";
    if (reading) this.#show("reads as", reading.names, reading.colours, reading.support);
  }

  /** Shows an image's label {name, colour}, null for none, and what its code reads as. */
  label(label, reading) {
    this.element.style.visibility = label ? "" : "hidden";
    if (label) this.#show("its label", label.name, [label.colour], spokenReading(reading));
  }

  #show(title, name, colours, support) {
    setText(this.title, title);
    const share = 100 / colours.length;
    const stripes = colours.map((colour, k) => `${colour} ${share * k}% ${share * (k + 1)}%`);
    this.mark.style.background = `linear-gradient(90deg, ${stripes})`;
    setText(this.name, name);
    setText(this.support, support);
  }
}

const PAUSE_MS = 900; // of a voice between two sentences

/** Speaks to screen readers until `signal` ends it, at most once in a while and always the latest. */
export class Voice {
  constructor(signal) {
    this.element = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
    this.timer = 0;
    signal.addEventListener("abort", () => clearTimeout(this.timer), { once: true });
  }

  say(sentence) {
    this.latest = sentence;
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      setText(this.element, this.latest);
    }, PAUSE_MS);
  }
}

/** A labelled slider; `filled` is drawn from the left end, or from the middle for a range around zero. */
export class Slider {
  constructor({ label, min, max, step }) {
    this.input = h("input", { type: "range", min, max, step, "aria-label": label });
  }

  set(value, spoken) {
    this.input.value = value;
    const { min, max } = this.input;
    const share = (position) => `${(100 * (Math.min(Math.max(position, min), max) - min)) / (max - min)}%`;
    const origin = min < 0 ? 0 : Number(min);
    this.input.style.setProperty("--from", share(Math.min(origin, value)));
    this.input.style.setProperty("--to", share(Math.max(origin, value)));
    this.input.setAttribute("aria-valuetext", spoken);
  }

  get value() {
    return this.input.valueAsNumber;
  }
}

export const button = (label, properties = {}) => h("button", { type: "button", text: label, ...properties });

/** A row of buttons of which one is chosen; `choose(value)` is called for a click. */
export class Choice {
  constructor(label, options, choose, signal) {
    this.buttons = options.map(([value, name]) => ({ value, element: button(name) }));
    this.element = h("div", { class: "choice", role: "group", "aria-label": label, title: label }, ...this.buttons.map((each) => each.element));
    for (const { value, element } of this.buttons) listen(element, "click", () => choose(value), signal);
  }

  show(value) {
    for (const each of this.buttons) each.element.setAttribute("aria-pressed", each.value === value);
  }
}

/** "reads as 8, 9 of 10 neighbours"; nothing without a reading. */
export const spokenReading = (reading) => (reading ? `reads as ${reading.names}, ${reading.support}` : "");

/** "z 0.53, −1.20; reads as 3, 9 of 10 neighbours": what a screen reader says of a code. */
export function spokenCode(z, reading) {
  const numbers = z.length <= 3 ? `z ${[...z].map((value) => fixed(value)).join(", ")}` : "";
  return [numbers, spokenReading(reading)].filter(Boolean).join("; ");
}
