/*
 * The Swiss roll in space, turning, beside the same points unrolled. A point that is pointed at is marked in both, with
 * its nearest neighbours in space: they stay neighbours on the sheet.
 */

import { h, setText } from "../live/dom.js";
import { button } from "../live/view.js";
import { frames, listen, reducedMotion } from "../live/page.js";
import { mounting } from "../live/mount.js";

const TURN = 0.4; // radians a second
const NEAR = 14; // pixels within which a point is pointed at
const PITCH = 0.22; // radians that the view looks down
const DEPTH = 0.25; // how much nearer points are larger
const WIDEST = 1 / Math.sqrt(1 - DEPTH ** 2); // how far a turned point may be drawn from the middle, in units of its reach
const MARGIN = 9; // pixels for the ring around a point

/** A canvas as wide as its place, sharp on dense displays. */
class Stage {
  /** @type {number} */ width;
  /** @type {number} */ height;

  constructor(label, caption, redraw, signal) {
    this.canvas = h("canvas", { class: "cloud", tabindex: 0, role: "img", "aria-label": label });
    this.element = h("figure", {}, this.canvas, h("figcaption", { text: caption }));
    this.context = this.canvas.getContext("2d");
    const observer = new ResizeObserver(() => (this.#measure(), redraw()));
    observer.observe(this.canvas);
    signal.addEventListener("abort", () => observer.disconnect());
    this.places = []; // [x, y] of each point, in CSS pixels
  }

  #measure() {
    const density = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === this.width && height === this.height) return;
    Object.assign(this, { width, height });
    Object.assign(this.canvas, { width: Math.round(width * density), height: Math.round(height * density) });
    this.context.setTransform(density, 0, 0, density, 0, 0);
  }

  /** Draws points in that order; `sizes` are radii in pixels, `marks` say which stand out. */
  draw(order, places, sizes, colours, marks) {
    this.places = places;
    const { context } = this;
    context.clearRect(0, 0, this.width, this.height);
    for (const k of order) this.#dot(places[k], sizes[k], colours[k], marks.has(k) ? 1 : marks.size ? 0.25 : 0.85);
    for (const [k, kind] of marks) this.#ring(places[k], sizes[k] + (kind === "chosen" ? 4 : 1.5), kind);
  }

  #dot([x, y], size, colour, opacity) {
    const { context } = this;
    context.globalAlpha = opacity;
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
  }

  #ring([x, y], size, kind) {
    const { context } = this;
    context.lineWidth = kind === "chosen" ? 2.5 : 1.25;
    const style = getComputedStyle(this.canvas);
    context.strokeStyle = kind === "chosen" ? style.getPropertyValue("--followed") : style.color;
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.stroke();
  }

  /** The point nearest to a place of the window, -1 if none is near. */
  nearest({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [clientX - box.left, clientY - box.top];
    const away = this.places.map(([px, py]) => Math.hypot(px - x, py - y));
    const least = Math.min(...away);
    return least <= NEAR ? away.indexOf(least) : -1;
  }
}

class RollFigure {
  /** @type {number} */ yaw;
  /** @type {number[][]} */ spread;

  constructor(root, signal) {
    Object.assign(this, { yaw: -0.3, pitch: PITCH, chosen: -1, turning: !reducedMotion(), held: false, last: 0 });
    const redraw = () => frames.request(this.draw);
    this.space = new Stage("The Swiss roll in three dimensions; drag or use the arrow keys to turn it", "three dimensions: drag to turn", redraw, signal);
    this.sheet = new Stage("The same points unrolled to two dimensions", "the same points, unrolled by LLE; its axes have no unit", redraw, signal);
    this.play = button("Pause", { class: "play" });
    listen(this.play, "click", () => ((this.turning = !this.turning), redraw()), signal);
    this.words = h("p", { class: "quiet", role: "status" });
    root.append(h("div", { class: "pair roll" }, this.space.element, this.sheet.element), h("div", { class: "buttons" }, this.play, this.words));
    for (const stage of [this.space, this.sheet]) this.#letPoint(stage, signal);
    this.#letTurn(signal);
    signal.addEventListener("abort", () => frames.cancel(this.draw));
  }

  #letPoint(stage, signal) {
    listen(stage.canvas, "pointermove", (event) => this.held || this.#choose(stage.nearest(event)), signal);
    listen(stage.canvas, "pointerdown", (event) => this.#choose(stage.nearest(event)), signal);
    listen(stage.canvas, "pointerleave", () => this.#choose(-1), signal);
  }

  #letTurn(signal) {
    const { canvas } = this.space;
    let before = null;
    listen(canvas, "pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      before = event;
      this.held = true;
    }, signal);
    listen(canvas, "pointermove", (event) => {
      if (!before) return;
      this.#turn((event.clientX - before.clientX) / 120, (event.clientY - before.clientY) / 200);
      before = event;
    }, signal);
    for (const end of ["pointerup", "pointercancel"]) listen(canvas, end, () => ((before = null), (this.held = false)), signal);
    listen(canvas, "keydown", (event) => {
      const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
      if (!step) return;
      event.preventDefault();
      this.turning = false;
      this.#turn(...step);
    }, signal);
  }

  #turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.min(Math.max(this.pitch + pitch, -1.5), 1.5);
    frames.request(this.draw);
  }

  #choose(index) {
    if (index === this.chosen) return;
    this.chosen = index;
    this.marks = new Map(this.#neighbours(index).map((k) => [k, "near"]));
    if (index >= 0) this.marks.set(index, "chosen");
    this.space.canvas.dataset.neighbours = [...this.marks.keys()];
    frames.request(this.draw);
  }

  /** The nearest points in space, as LLE uses them. */
  #neighbours(index) {
    if (index < 0) return [];
    const { points } = this;
    const away = points.map((point) => Math.hypot(...point.map((value, axis) => value - points[index][axis])));
    return [...away.keys()].sort((a, b) => away[a] - away[b]).slice(1, this.data.neighbours + 1);
  }

  update(data) {
    if (this.data) return; // it never changes
    const axes = [0, 1, 2].map((axis) => data.points.map((point) => point[axis]));
    const centre = axes.map((values) => (Math.min(...values) + Math.max(...values)) / 2);
    this.points = data.points.map((point) => point.map((value, axis) => value - centre[axis]));
    this.reach = Math.max(...this.points.map((point) => Math.hypot(...point)));
    this.colours = data.clusters.map((cluster) => data.colours[cluster]);
    this.marks = new Map();
    this.data = data;
    frames.request(this.draw);
  }

  draw = (now) => {
    const passed = Math.min(now - (this.last || now), 100) / 1000;
    this.last = now;
    const turns = this.turning && !this.held && this.chosen < 0; // it waits while it is pointed at
    if (turns) this.yaw += TURN * passed;
    if (!this.data || !this.space.width) return;
    this.#drawSpace();
    this.#drawSheet();
    setText(this.play, this.turning ? "Pause" : "Turn");
    setText(this.words, this.chosen < 0 ? "Point at a place on either side to see it and its neighbours on both."
      : `Red ring: one point. Thin rings: its ${this.data.neighbours} nearest neighbours in three dimensions.`);
    if (turns) frames.request(this.draw);
    else this.last = 0;
  };

  /** Turns the roll about the vertical, tilts it, and puts near points over far ones, a little larger. */
  #drawSpace() {
    const { width, height } = this.space;
    const scale = (Math.min(width, height) / 2 - MARGIN) / (WIDEST * this.reach);
    const [cosY, sinY, cosP, sinP] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const depths = new Float32Array(this.points.length);
    const places = this.points.map(([x, y, z], k) => {
      const [across, away] = [x * cosY - y * sinY, x * sinY + y * cosY];
      depths[k] = away * cosP - z * sinP; // positive: far
      const nearness = 1 / (1 + (DEPTH * depths[k]) / this.reach);
      return [width / 2 + across * scale * nearness, height / 2 - (z * cosP + away * sinP) * scale * nearness];
    });
    const sizes = Array.from(depths, (depth) => 3.2 - (1.1 * depth) / this.reach);
    const order = [...depths.keys()].sort((a, b) => depths[b] - depths[a]);
    this.space.draw(order, places, sizes, this.colours, this.marks);
    this.space.canvas.dataset.yaw = this.yaw.toFixed(3);
  }

  /** The sheet lies still: it is drawn again only for another size or other marks. */
  #drawSheet() {
    const { width, height } = this.sheet;
    const asked = JSON.stringify([width, height, this.chosen]);
    if (asked === this.sheetDrawn) return;
    this.sheetDrawn = asked;
    this.spread ??= [0, 1].map((axis) => this.data.unrolled.map((place) => place[axis]));
    const [xs, ys] = this.spread.map((values, axis) => this.#fitted(values, axis ? height : width));
    const places = xs.map((x, k) => [x, height - ys[k]]);
    this.sheet.draw([...places.keys()], places, places.map(() => 3), this.colours, this.marks);
  }

  #fitted(values, length) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return values.map((value) => 12 + ((length - 24) * (value - low)) / (high - low));
  }
}

export default mounting(RollFigure, "live theory");
