/*
 * The Swiss roll in space, turning, beside its sheet laid flat. Two points are joined by the straight line through the air
 * and by the shortest way along the sheet, which is straight once the sheet is flat.
 */

import { h, setText } from "../live/dom.js";
import { button, fixed } from "../live/view.js";
import { frames, listen, reducedMotion } from "../live/page.js";
import { linspace } from "./plot.js";
import { mounting } from "../live/mount.js";

const TURN = 0.4; // radians a second
const NEAR = 22; // pixels within which an end is taken hold of
const PITCH = 0.22; // radians that the view looks down
const DEPTH = 0.25; // how much nearer points are larger
const WIDEST = 1 / Math.sqrt(1 - DEPTH ** 2); // how far a turned point may be drawn from the middle, in units of its reach
const MARGIN = 12; // pixels for the ring around a point
const STEPS = 120; // of a way that is drawn
const ENDS = ["A", "B"];

/** Length of the spiral (t cos t, t sin t) from 0 to the angle t. */
const arcLength = (t) => (t * Math.hypot(1, t) + Math.asinh(t)) / 2;

/** The angle t that lies so far along the sheet: Newton's method, whose steps are arc lengths over speeds. */
function angleAt(length) {
  let t = Math.sqrt(2 * length);
  for (let k = 0; k < 5; k += 1) t -= (arcLength(t) - length) / Math.hypot(1, t);
  return t;
}

/** A place on the sheet, [along, across], in space. */
const rolled = ([along, across]) => {
  const t = angleAt(along);
  return [t * Math.cos(t), across, t * Math.sin(t)];
};

const between = (a, b, count) => linspace(0, 1, count).map((share) => a.map((value, axis) => value + share * (b[axis] - value)));
const distance = (a, b) => Math.hypot(...a.map((value, axis) => value - b[axis]));

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

  /** Draws points in that order; `sizes` are radii in pixels. */
  draw(order, places, sizes, colours) {
    this.places = places;
    this.context.clearRect(0, 0, this.width, this.height);
    for (const k of order) this.#dot(places[k], sizes[k], colours[k]);
  }

  #dot([x, y], size, colour) {
    const { context } = this;
    context.globalAlpha = 0.75;
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.fill();
    context.globalAlpha = 1;
  }

  /** Draws a way through places, in the colour of that name on a casing of the page's. */
  way(places, colour, dash) {
    const { context } = this;
    for (const [style, width] of [["--paper", 5.5], [colour, 2.75]]) {
      context.strokeStyle = this.#colour(style);
      context.lineWidth = width;
      context.setLineDash(style === colour ? dash : []);
      context.beginPath();
      for (const [x, y] of places) context.lineTo(x, y);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** Draws an end of the ways: a disc with its letter. */
  end([x, y], letter) {
    const { context } = this;
    context.fillStyle = this.#colour("--text");
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = this.#colour("--paper");
    context.font = "600 12px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, x, y + 0.5);
  }

  #colour(name) {
    return getComputedStyle(this.canvas).getPropertyValue(name);
  }

  /** Which of these points is nearest to a place of the window, and how far it is in pixels. */
  nearest({ clientX, clientY }, among = this.places.keys()) {
    const box = this.canvas.getBoundingClientRect();
    const pointer = [clientX - box.left, clientY - box.top];
    const found = [...among].map((index) => ({ index, away: distance(this.places[index], pointer) }));
    return found.reduce((best, each) => (each.away < best.away ? each : best), { index: -1, away: Infinity });
  }
}

class RollFigure {
  /** @type {number} */ yaw;
  /** @type {number} */ pitch;
  /** @type {number[]} */ pair;
  /** @type {number[][]} */ spread;

  constructor(root, signal) {
    Object.assign(this, { yaw: -0.3, pitch: PITCH, turning: !reducedMotion(), held: false, last: 0 });
    const redraw = () => frames.request(this.draw);
    this.space = new Stage("The Swiss roll in three dimensions; drag or use the arrow keys to turn it", "three dimensions: drag to turn", redraw, signal);
    this.sheet = new Stage("Its sheet laid flat", "the sheet laid flat: drag A or B", redraw, signal);
    this.play = button("Pause", { class: "play", title: "Turns the roll, or holds it still" });
    this.another = button("Another pair", { title: "Two points at random" });
    listen(this.play, "click", () => ((this.turning = !this.turning), redraw()), signal);
    listen(this.another, "click", () => this.#choose(ENDS.map(() => Math.floor(Math.random() * this.points.length))), signal);
    this.straight = h("output", { class: "number large", "data-name": "straight" });
    this.along = h("output", { class: "number large", "data-name": "along" });
    this.words = h("p", { class: "quiet" });
    root.append(
      h("div", { class: "pair roll" }, this.space.element, this.sheet.element),
      h("div", { class: "buttons" }, this.play, this.another),
      h("div", {},
        h("p", { class: "key" },
          h("span", { class: "q", text: "straight, through the air: " }, this.straight),
          h("span", { class: "p", text: "along the sheet: " }, this.along)),
        this.words),
    );
    for (const stage of [this.space, this.sheet]) this.#letDragEnds(stage, signal);
    this.#letTurn(signal);
    signal.addEventListener("abort", () => frames.cancel(this.draw));
  }

  /** An end follows the pointer from point to point; on the sheet the nearer end comes from anywhere. */
  #letDragEnds(stage, signal) {
    let held = -1;
    const follow = (event) => this.#choose(this.pair.map((index, end) => (end === held ? stage.nearest(event).index : index)));
    listen(stage.canvas, "pointerdown", (event) => {
      const { index, away } = stage.nearest(event, this.pair);
      if (stage === this.space && away > NEAR) return;
      held = this.pair.indexOf(index);
      this.held = true;
      stage.canvas.setPointerCapture(event.pointerId);
      follow(event);
    }, signal);
    listen(stage.canvas, "pointermove", (event) => held >= 0 && follow(event), signal);
    for (const end of ["pointerup", "pointercancel"]) listen(stage.canvas, end, () => ((held = -1), (this.held = false), frames.request(this.draw)), signal);
  }

  #letTurn(signal) {
    const { canvas } = this.space;
    let before = null;
    listen(canvas, "pointerdown", (event) => {
      if (this.held) return; // an end is being dragged
      canvas.setPointerCapture(event.pointerId);
      before = event;
      this.held = true;
    }, signal);
    listen(canvas, "pointermove", (event) => {
      if (!before) return;
      this.#turn((event.clientX - before.clientX) / 120, (event.clientY - before.clientY) / 200);
      before = event;
    }, signal);
    for (const end of ["pointerup", "pointercancel"]) listen(canvas, end, () => (before = null), signal);
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

  #choose(pair) {
    this.pair = pair;
    const [a, b] = pair;
    const [p, q] = [this.data.unrolled[a], this.data.unrolled[b]];
    this.ways = { air: between(this.data.points[a], this.data.points[b], 2), sheet: between(p, q, STEPS), rolled: between(p, q, STEPS).map(rolled) };
    this.#say(distance(this.data.points[a], this.data.points[b]), distance(p, q));
    frames.request(this.draw);
  }

  #say(straight, along) {
    setText(this.straight, fixed(straight, 1));
    setText(this.along, fixed(along, 1));
    const [from, to] = this.ways.air;
    const middle = from.map((value, axis) => (value + to[axis]) / 2);
    const empty = Math.min(...this.data.points.map((point) => distance(point, middle)));
    const times = straight > 0 ? `The way along the sheet is ${fixed(along / straight, 1)} times as long. ` : "";
    setText(this.words, `${times}Half-way through the air the nearest point is ${fixed(empty, 1)} away.`);
  }

  update(data) {
    if (this.data) return; // it never changes
    const axes = [0, 1, 2].map((axis) => data.points.map((point) => point[axis]));
    this.centre = axes.map((values) => (Math.min(...values) + Math.max(...values)) / 2);
    this.points = data.points.map(this.#centred);
    this.reach = Math.max(...this.points.map((point) => Math.hypot(...point)));
    this.colours = data.clusters.map((cluster) => data.colours[cluster]);
    this.data = data;
    this.#choose(data.pair);
  }

  #centred = (point) => point.map((value, axis) => value - this.centre[axis]);

  draw = (now) => {
    const passed = Math.min(now - (this.last || now), 100) / 1000;
    this.last = now;
    const turns = this.turning && !this.held;
    if (turns) this.yaw += TURN * passed;
    if (!this.data || !this.space.width) return;
    this.#drawSpace();
    this.#drawSheet();
    setText(this.play, this.turning ? "Pause" : "Turn");
    if (turns) frames.request(this.draw);
    else this.last = 0;
  };

  /** Turns the roll about the vertical, tilts it, and puts near points over far ones, a little larger. */
  #drawSpace() {
    const seen = this.points.map(this.#seen);
    const sizes = seen.map(({ depth }) => 3.2 - (1.1 * depth) / this.reach);
    const order = [...seen.keys()].sort((a, b) => seen[b].depth - seen[a].depth);
    this.space.draw(order, seen.map(({ place }) => place), sizes, this.colours);
    const { air, rolled: sheet } = this.ways;
    const placed = (points) => points.map((point) => this.#seen(this.#centred(point)).place);
    this.space.way(placed(sheet), "--p", []);
    this.space.way(placed(air), "--q", [7, 4]);
    this.#drawEnds(this.space);
    this.space.canvas.dataset.yaw = this.yaw.toFixed(3);
  }

  /** Where a point of the roll is seen, and how far it lies behind the middle. */
  #seen = ([x, y, z]) => {
    const { width, height } = this.space;
    const scale = (Math.min(width, height) / 2 - MARGIN) / (WIDEST * this.reach);
    const [cosY, sinY, cosP, sinP] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const [across, away] = [x * cosY - y * sinY, x * sinY + y * cosY];
    const depth = away * cosP - z * sinP; // positive: far
    const nearness = 1 / (1 + (DEPTH * depth) / this.reach);
    return { depth, place: [width / 2 + across * scale * nearness, height / 2 - (z * cosP + away * sinP) * scale * nearness] };
  };

  /** The sheet lies still: it is drawn again only for another size or other ends. */
  #drawSheet() {
    const { width, height } = this.sheet;
    const asked = JSON.stringify([width, height, this.pair]);
    if (asked === this.sheetDrawn) return;
    this.sheetDrawn = asked;
    const places = this.#flat(this.data.unrolled);
    this.sheet.draw([...places.keys()], places, places.map(() => 3), this.colours);
    this.sheet.way(this.#flat(this.ways.sheet), "--p", []);
    this.#drawEnds(this.sheet);
  }

  #drawEnds(stage) {
    for (const [end, index] of this.pair.entries()) stage.end(stage.places[index], ENDS[end]);
  }

  /** Places of the sheet in pixels, both axes to one scale, along the sheet to the right. */
  #flat(places) {
    const { width, height } = this.sheet;
    this.spread ??= [0, 1].map((axis) => this.data.unrolled.map((place) => place[axis])).map((values) => [Math.min(...values), Math.max(...values)]);
    const scale = Math.min(...this.spread.map(([low, high], axis) => ((axis ? height : width) - 2 * MARGIN) / (high - low)));
    const [middle, centre] = this.spread.map(([low, high]) => (low + high) / 2);
    return places.map(([along, across]) => [width / 2 + scale * (along - middle), height / 2 - scale * (across - centre)]);
  }
}

export default mounting(RollFigure, "live theory");
