/*
 * An endless plane of decoded images, laid over the chart of the grid that the server drew: it can be moved and zoomed
 * without end, and decodes what comes into sight.
 *
 * For the Chart it stands in for plotly's axes: it knows the plotting area, and which place a pixel is.
 */

import { Blocks } from "./blocks.js";
import { Window } from "./window.js";
import { areaOf, layerOf } from "../private.js";
import { button, fixed } from "../view.js";
import { drawAxes } from "./axes.js";
import { drawCodes } from "./codes.js";
import { arrivals, frames, listen } from "../page.js";
import { h } from "../dom.js";
import { listenToHands } from "./gestures.js";
import { reachOf } from "../plots.js";

const MARGIN = { left: 50, right: 10, top: 10, bottom: 46 }; // pixels around the plotting area, as in vae/figures/images.py
const BUDGET_MS = 7; // for decoding, of a frame's 16
const SETTLED_MS = 350; // after the last change: then the address is told
const BUTTON_ZOOM = 1.5;

export class Sheet {
  pans = true; // a hand on it moves it: the Chart leaves that to us
  label = "Endless plane of decoded images. Arrow keys move z by one image, with Shift the whole view; plus and minus zoom, 0 goes home, Enter pins z.";
  #told = []; // windows that Python has been told of and has not answered yet

  /** @param {any} live  @param {{moved: () => void, settled: (window: number[]) => void}} handlers */
  constructor(live, { moved, settled }) {
    this.live = live;
    this.moved = moved;
    this.settled = settled;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    const controls = [["+", "Zoom in", 1 / BUTTON_ZOOM], ["−", "Zoom out", BUTTON_ZOOM]].map(([text, label, factor]) => {
      const element = button(text, { "aria-label": label, title: label });
      listen(element, "click", () => this.zoomAt(factor), live.signal);
      return element;
    });
    this.home = button("Home", { title: "Back to where the grid began" });
    listen(this.home, "click", () => this.goHome(), live.signal);
    this.controls = h("div", { class: "sheet-controls", role: "group", "aria-label": "View" }, ...controls, this.home);
    this.plane = h("div", { class: "sheet-plane" }, this.canvas, this.controls);
    this.root = h("div", { class: "latent-live-sheet" }, this.plane);
    const size = new ResizeObserver(() => this.redraw());
    size.observe(this.canvas);
    arrivals.add(() => this.redraw(), live.signal);
    live.signal.addEventListener("abort", () => (size.disconnect(), clearTimeout(this.settling), frames.cancel(this.draw)));
  }

  /** Shows data.sheet, {side, home, window, fades, titles}, by the map that says which code is where. */
  update(map) {
    const { data, decoder } = this.live;
    const { side, home, window, fades, titles } = data.sheet;
    const made = JSON.stringify([data.model, data.axes, data.base, data.directions, data.ticks, side, home, fades]);
    if (made !== this.made) {
      this.made = made;
      const ratio = decoder.image.height / decoder.image.width;
      this.window = new Window({ side, home, ratio });
      this.blocks = new Blocks(this.window, { decoder, map, fades });
      this.window.show(window);
      this.asked = JSON.stringify(window);
    } else {
      this.#take(window);
    }
    this.map = map;
    this.titles = titles;
    this.root.classList.toggle("under-title", Boolean(data.together));
    this.#theme();
    this.redraw();
  }

  /** A window from Python, unless it is only the answer to one from here. */
  #take(window) {
    const text = JSON.stringify(window);
    const answered = this.#told.indexOf(text);
    if (answered >= 0) this.#told.splice(0, answered + 1);
    else if (text !== this.asked) this.window.show(window);
    this.asked = text;
  }

  #theme() {
    const style = getComputedStyle(this.live.root);
    const text = style.getPropertyValue("--st-text-color") || "#31333f";
    this.font = style.getPropertyValue("--st-font") || "sans-serif";
    this.colours = { text, line: `color-mix(in srgb, ${text} 45%, transparent)` };
    for (const name of ["text", "background", "primary"]) {
      this.root.style.setProperty(`--${name}`, style.getPropertyValue(`--st-${name}-color`));
    }
  }

  /** Covers a chart until `signal` ends. */
  mount(chart, signal) {
    this.chart = chart;
    layerOf(chart).append(this.root);
    signal.addEventListener("abort", () => this.root.remove(), { once: true });
    const at = ([x, y]) => {
      const box = this.canvas.getBoundingClientRect();
      return [x - box.left - MARGIN.left, y - box.top - MARGIN.top];
    };
    listenToHands(this.plane, signal, {
      isInside: (event) => this.under(event) !== null,
      pan: (dx, dy) => this.change(() => this.window.pan(dx, dy)),
      zoom: (factor, pointer) => this.change(() => this.window.zoom(factor, at(pointer))),
      done: () => this.settle(),
    });
    this.redraw();
    return this;
  }

  // --- What the Chart asks of a space

  get area() {
    if (!areaOf(this.chart)) return null;
    const { width, height } = this.#size;
    return { left: MARGIN.left, top: this.plane.offsetTop + this.root.offsetTop + MARGIN.top, width, height };
  }

  get #size() {
    const { width, height } = this.canvas.getBoundingClientRect(); // a pointer is measured by it, too
    return { width: Math.max(1, width - MARGIN.left - MARGIN.right), height: Math.max(1, height - MARGIN.top - MARGIN.bottom) };
  }

  get extent() {
    return this.window.extent;
  }

  pixels(place) {
    return this.window.pixels(place);
  }

  under({ clientX, clientY, target, pointerType }) {
    if (target && this.controls.contains(target)) return null;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [clientX - box.left - MARGIN.left, clientY - box.top - MARGIN.top];
    const { width, height } = (this.window.area = this.#size); // also before the first drawing
    if (px < 0 || py < 0 || px > width || py > height) return null;
    return { ...this.window.place([px, py]), reach: reachOf(pointerType) / this.window.units[0], pointerType };
  }

  // --- What is in sight

  change(action) {
    action();
    this.redraw();
    this.moved();
  }

  /** Shows what another sheet does. */
  follow({ window }) {
    this.window.middle = window.middle;
    this.window.range = window.range;
    this.redraw();
  }

  /** Zooms about a place, by default the middle. */
  zoomAt(factor, place = null) {
    const { width, height } = this.window.area;
    this.change(() => this.window.zoom(factor, place ? this.window.pixels(place) : [width / 2, height / 2]));
    this.settle();
  }

  goHome() {
    this.change(() => this.window.goHome());
    this.settle();
  }

  /** Follows a step of a place: it stays in sight, with `far` the whole window goes along. */
  accompany(from, to, far) {
    if (far) {
      const [[x, y], [u, v]] = [from, to].map((place) => this.window.pixels(place));
      this.change(() => this.window.pan(x - u, y - v));
    }
    this.change(() => this.window.reveal(to, this.imageSize / 2));
    this.settle();
  }

  /** Between two images, in units of the plane, and in pixels. */
  get spacing() {
    return this.blocks.spacing(this.blocks.level);
  }

  get imageSize() {
    return this.spacing * this.window.units[0];
  }

  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.change(() => this.window.round());
      const { numbers } = this.window;
      this.#told.push(JSON.stringify(numbers));
      this.settled(numbers);
    }, SETTLED_MS);
  }

  /** What is in sight, in words. */
  get words() {
    const { middle, extent } = this.window;
    const [across, up] = [0, 1].map((k) => [-1, 1].map((side) => fixed(this.map.value(middle[k] + (side * extent[k]) / 2))).join(" to "));
    return `In sight: ${across} across, ${up} upward`;
  }

  redraw() {
    frames.request(this.draw);
  }

  draw = () => this.live.guard(() => this.#draw());

  #draw() {
    if (!this.window || !this.root.isConnected) return;
    this.window.area = this.#size;
    const { width, height } = this.window.area;
    const { context } = this;
    const scale = this.#fitCanvas();
    const isUnfinished = this.blocks.work(BUDGET_MS);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    context.translate(MARGIN.left, MARGIN.top);
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    this.blocks.draw(context);
    drawCodes(context, this);
    context.restore();
    drawAxes(context, this);
    this.live.view.chart.overlay.draw();
    if (isUnfinished) this.redraw();
  }

  /** As many pixels as the screen has. */
  #fitCanvas() {
    const scale = Math.min(globalThis.devicePixelRatio || 1, 2);
    const size = { width: Math.round(this.canvas.clientWidth * scale), height: Math.round(this.canvas.clientHeight * scale) };
    for (const [name, length] of Object.entries(size)) if (this.canvas[name] !== length) this.canvas[name] = length;
    return scale;
  }
}
