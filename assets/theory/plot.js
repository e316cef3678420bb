/*
 * A small chart in SVG whose curves are drawn anew in every frame: a linear x axis, a linear y axis, curves, areas.
 * Lengths are CSS pixels, so that text keeps its size at every width. After assets/live/page.js and view.js.
 */

import { h, setText, svg } from "../live/dom.js";
import { Slider, fixed } from "../live/view.js";
import { listen } from "../live/page.js";

const INSET = { left: 44, right: 8, top: 8, bottom: 20 };

export class Plot {
  /** @type {any} */ redraw;
  /** @type {any} */ ticks;
  /** @type {number} */ x;
  /** @type {number} */ height;
  /** @type {number} */ decimals;

  /**
   * @param title   what is drawn, above the chart: pieces of [class, text]
   * @param x       the range of the x axis
   * @param height  in CSS pixels
   * @param redraw  called when the width has changed
   */
  constructor({ title, label, x, height, ticks, redraw, signal }) {
    Object.assign(this, { x, height, ticks, redraw, width: 0, y: [0, 1], decimals: 0 });
    this.grid = svg("g", { class: "grid" });
    this.layer = svg("svg", { height: height - INSET.bottom + 5 }); // cuts what reaches beyond the axes
    this.svg = svg("svg", { class: "plot", height, role: "img", "aria-label": label }, this.grid, this.layer);
    this.key = h("p", { class: "key" }, ...title.map(([kind, text]) => h("span", { class: kind, text })));
    this.element = h("div", { class: "chart" }, this.key, this.svg);
    this.marks = new Map();
    const observer = new ResizeObserver(() => this.#measure());
    observer.observe(this.svg);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #measure() {
    const width = this.svg.clientWidth;
    if (width === this.width || width === 0) return;
    this.width = width;
    this.gridded = "";
    this.redraw();
  }

  px = (value) => {
    const share = (value - this.x[0]) / (this.x[1] - this.x[0]);
    return INSET.left + share * (this.width - INSET.left - INSET.right);
  };

  py = (value) => {
    const share = (value - this.y[0]) / (this.y[1] - this.y[0]);
    return this.height - INSET.bottom - share * (this.height - INSET.top - INSET.bottom);
  };

  /** The value of x under a place of the window. */
  at(clientX) {
    const share = (clientX - this.svg.getBoundingClientRect().left - INSET.left) / (this.width - INSET.left - INSET.right);
    return this.x[0] + share * (this.x[1] - this.x[0]);
  }

  /** Another range of the x axis, with lines at round numbers. */
  range(x) {
    const { values, decimals } = roundTicks(...x);
    Object.assign(this, { x, ticks: values, decimals });
    this.gridded = "";
  }

  /** The range of the x axis, about 0, in which a unit is as long as on a y axis of this range. */
  square([low, high]) {
    const unit = (this.height - INSET.top - INSET.bottom) / (high - low);
    const half = (this.width - INSET.left - INSET.right) / unit / 2;
    if (half !== this.x[1]) this.range([-half, half]);
  }

  /** The value of y at a place of the window. */
  up(clientY) {
    const share = (this.height - INSET.bottom - (clientY - this.svg.getBoundingClientRect().top)) / (this.height - INSET.top - INSET.bottom);
    return this.y[0] + share * (this.y[1] - this.y[0]);
  }

  /** Sets the y axis and draws its lines at `ticks`, labelled by `name`. */
  scale(y, ticks, name = (value) => String(value).replace("-", "−")) {
    this.y = y;
    const asked = JSON.stringify([y, ticks, this.width]);
    if (asked === this.gridded) return;
    this.gridded = asked;
    const [left, right] = [INSET.left, this.width - INSET.right];
    const across = ticks.flatMap((value) => [
      svg("line", { x1: left, x2: right, y1: this.py(value), y2: this.py(value), class: value === 0 ? "axis" : "" }),
      text(left - 6, this.py(value) + 4, name(value), "end"),
    ]);
    const up = this.ticks.map((value) => text(this.px(value), this.height - 4, fixed(value, this.decimals), "middle"));
    this.grid.replaceChildren(...across, ...up);
  }

  /** The mark of that name, made once. */
  mark(name, tag, attributes = {}) {
    if (!this.marks.has(name)) {
      const element = svg(tag, { "data-name": name, ...attributes });
      this.marks.set(name, element);
      this.layer.append(element);
    }
    return this.marks.get(name);
  }

  #points(xs, ys) {
    const [top, bottom] = [-50, this.height + 50]; // beyond the edge, where the drawing is cut
    return xs.map((x, k) => `${this.px(x).toFixed(1)},${Math.min(Math.max(this.py(ys[k]), top), bottom).toFixed(1)}`);
  }

  curve(name, xs, ys) {
    this.mark(name, "path", { class: `curve ${name}` }).setAttribute("d", `M${this.#points(xs, ys).join("L")}`);
  }

  /** What lies between a curve and zero: where it is above and where it is below, each in its own colour. */
  area(name, xs, ys) {
    for (const [side, clip] of Object.entries({ above: Math.max, below: Math.min })) {
      const outline = this.#points([xs[0], ...xs, xs.at(-1)], [0, ...ys.map((y) => clip(y, 0)), 0]);
      this.mark(`${name} ${side}`, "path", { class: `area ${side}` }).setAttribute("d", `M${outline.join("L")}Z`);
    }
  }
}

export const text = (x, y, words, anchor) => {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
};

export const normal = (x, mean, sd) => Math.exp(logNormal(x, mean, sd));
export const logNormal = (x, mean, sd) => -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI);

/** Numbers from low to high in even steps, both ends included. */
export const linspace = (low, high, count) => Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));

/** At most eight round numbers from low to high, and the decimals that they need. */
export function roundTicks(low, high) {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].find((each) => (high - low) / each <= 7) ?? 10;
  const first = Math.ceil(low / step);
  const values = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step);
  return { values, decimals: Math.max(0, -Math.floor(Math.log10(step))) };
}

/** A slider in a row with its name and its value. */
export class NamedSlider {
  constructor(name, range, signal, { input, change }) {
    this.slider = new Slider({ label: name, ...range });
    this.number = h("output", { class: "number" });
    this.element = h("label", { class: "row" }, h("span", { class: "name", text: name }), this.slider.input, this.number);
    listen(this.slider.input, "input", () => input(this.slider.value), signal);
    listen(this.slider.input, "change", change, signal);
  }

  show(value) {
    this.slider.set(value, fixed(value));
    setText(this.number, fixed(value));
  }
}
