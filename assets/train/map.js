/*
 * The map of the watched test images: points that glide from epoch to epoch, the prior's circles, the classes' names.
 * A pointer, a finger or the arrow keys choose a place.
 */

import { h } from "../live/dom.js";
import { dot } from "../live/dot.js";
import { frames, listen, reducedMotion } from "../live/page.js";

const GLIDE_MS = 420;
const CROWD = 500; // points that lie over one another
const MANY = { radius: 2.6, opacity: 0.72 }; // CSS pixels
const FEW = { radius: 3.5, opacity: 0.92 };
const LEAST_REACH = 3.4; // prior standard deviations from the middle to the edge
const STEP = 0.1; // of an arrow key
const MOST_NAMES = 20;
const GAP = 16; // CSS pixels between names
const ROOM = 500; // CSS pixels that an axis needs for its name with its unit

/** The share of a way in time after a share of its time: slow at both ends. */
const eased = (share) => share * share * (3 - 2 * share);

function quantile(values, share) {
  const sorted = Float32Array.from(values, Math.abs).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

export class MapView {
  /** @type {Float32Array} */ to;
  /** @type {Float32Array} */ from;
  /** @type {Uint8Array | null} */ labels;
  /** @type {{name: string, colour: string}[]} */ classes;
  /** @type {string} */ neutral;
  /** @type {boolean} */ prior;
  /** @type {string[]} */ axes;
  /** @type {number} */ fromReach;
  reach = LEAST_REACH;
  since = 0;
  /** @type {[number, number] | null} */ place = null; // that was chosen

  constructor(root, signal, onPlace) {
    this.canvas = h("canvas", { role: "img", tabindex: 0 });
    this.onPlace = onPlace;
    root.append(this.canvas);
    this.draw = (now) => this.#draw(now);
    const sizes = new ResizeObserver(() => frames.request(this.draw));
    sizes.observe(this.canvas);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      frames.cancel(this.draw);
    });
    const canvas = this.canvas;
    for (const type of ["pointermove", "pointerdown"]) listen(canvas, type, (event) => this.#point(event), signal);
    listen(canvas, "pointerleave", () => this.choose(null), signal);
    listen(canvas, "blur", () => this.choose(null), signal);
    listen(canvas, "keydown", (event) => this.#key(event), signal);
  }

  /** labels: a class for each point, or null; classes: [{name, colour}]; neutral: the colour without. */
  dress({ labels, classes, neutral, prior, axes }) {
    Object.assign(this, { labels, classes, neutral, prior, axes });
    this.to = this.from = null;
    this.reach = LEAST_REACH;
  }

  /** Moves on to places (n, 2), with all of the later maps in sight; at once, or gliding. */
  show(places, later, glides) {
    const now = performance.now();
    const isGliding = glides && this.to?.length === places.length && !reducedMotion();
    this.from = isGliding ? this.#places(now) : places;
    this.fromReach = isGliding ? this.#reach(now) : null;
    this.to = places;
    this.reach = Math.max(LEAST_REACH, ...later.map((each) => 1.06 * quantile(each, 0.998)));
    this.fromReach ??= this.reach;
    this.since = isGliding ? now : now - GLIDE_MS;
    frames.request(this.draw);
  }

  /** Marks a place (x, y), null for none, and tells of it with where it is in CSS pixels. */
  choose(place) {
    this.place = place;
    this.onPlace(place, place && this.#pixels(place));
    frames.request(this.draw);
  }

  /** The index of the point nearest to a place. */
  nearest([x, y]) {
    let [best, least] = [-1, Infinity];
    for (let k = 0; 2 * k < (this.to?.length ?? 0); k += 1) {
      const distance = (this.to[2 * k] - x) ** 2 + (this.to[2 * k + 1] - y) ** 2;
      if (distance < least) [best, least] = [k, distance];
    }
    return best;
  }

  #share(now) {
    return eased(Math.min(1, Math.max(0, (now - this.since) / GLIDE_MS)));
  }

  #places(now) {
    const share = this.#share(now);
    if (share === 1) return this.to;
    return this.to.map((value, k) => (1 - share) * this.from[k] + share * value);
  }

  #reach(now) {
    const share = this.#share(now);
    return (1 - share) * this.fromReach + share * this.reach;
  }

  #scale() {
    return Math.min(this.canvas.clientWidth, this.canvas.clientHeight) / 2 / this.#reach(performance.now());
  }

  #pixels([x, y]) {
    const scale = this.#scale();
    return [this.canvas.clientWidth / 2 + x * scale, this.canvas.clientHeight / 2 - y * scale];
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.#scale();
    this.choose([(event.clientX - box.left - box.width / 2) / scale, (box.top + box.height / 2 - event.clientY) / scale]);
  }

  #key(event) {
    const move = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[event.key];
    if (!move) return;
    event.preventDefault();
    const [x, y] = this.place ?? [0, 0];
    this.choose([x + move[0], y + move[1]]);
  }

  #draw(now) {
    const { canvas } = this;
    const ratio = window.devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * ratio));
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    this.#drawPrior(context, style);
    if (!this.to) return;
    const places = this.#places(now);
    this.#drawPoints(context, places, ratio);
    this.#drawNames(context, places, style);
    if (this.place) this.#drawPlace(context, style);
    if (now - this.since < GLIDE_MS) frames.request(this.draw);
  }

  /** Circles of the prior's standard deviations, or the axes alone. */
  #drawPrior(context, style) {
    const [x, y] = this.#pixels([0, 0]);
    context.strokeStyle = context.fillStyle = style.color;
    context.globalAlpha = 0.22;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(2 * x, y);
    context.moveTo(x, 0);
    context.lineTo(x, 2 * y);
    context.stroke();
    context.globalAlpha = 0.5;
    context.font = `12px ${style.fontFamily}`;
    for (const radius of this.prior ? [1, 2, 3] : []) {
      context.setLineDash([3, 5]);
      context.beginPath();
      context.arc(x, y, radius * this.#scale(), 0, 2 * Math.PI);
      context.stroke();
      context.setLineDash([]);
      context.fillText(`${radius} sd`, x + 4, y - radius * this.#scale() - 4);
    }
    context.globalAlpha = 0.75;
    context.textAlign = "right";
    const named = (axis) => this.axes?.[axis]?.replace(2 * x < ROOM ? / \(.*/ : "", "") ?? "";
    context.fillText(named(0), 2 * x - 6, y + 15);
    context.textAlign = "left";
    context.fillText(named(1), x + 6, 14);
    context.globalAlpha = 1;
  }

  #drawPoints(context, places, ratio) {
    const colours = this.labels ? this.classes.map(({ colour }) => colour) : [this.neutral];
    const { radius, opacity } = places.length / 2 > CROWD ? MANY : FEW;
    const dots = colours.map((colour) => dot(colour, radius * ratio, opacity));
    const scale = this.#scale();
    const [x, y] = this.#pixels([0, 0]);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (let k = 0; 2 * k < places.length; k += 1) {
      const image = dots[this.labels ? this.labels[k] : 0];
      const half = image.width / 2;
      context.drawImage(image, ratio * (x + places[2 * k] * scale) - half, ratio * (y - places[2 * k + 1] * scale) - half);
    }
    context.restore();
  }

  /** The classes' names at the medians of their points, where there is room. */
  #drawNames(context, places, style) {
    if (!this.labels || this.classes.length > MOST_NAMES) return;
    const drawn = [];
    context.font = `650 17px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4;
    this.classes.forEach(({ name }, label) => {
      const own = [...this.labels.keys()].filter((k) => this.labels[k] === label);
      if (!own.length) return;
      const middle = (axis) => median(own.map((k) => places[2 * k + axis]));
      const [x, y] = this.#pixels([middle(0), middle(1)]);
      const half = context.measureText(name).width / 2;
      if (drawn.some(([u, v, other]) => Math.abs(u - x) < half + other + GAP / 4 && Math.abs(v - y) < GAP)) return;
      drawn.push([x, y, half]);
      context.strokeStyle = style.getPropertyValue("--ground");
      context.strokeText(name, x, y);
      context.fillStyle = style.color;
      context.fillText(name, x, y);
    });
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
  }

  #drawPlace(context, style) {
    const [x, y] = this.#pixels(this.place);
    context.lineWidth = 2;
    context.strokeStyle = style.getPropertyValue("--followed");
    context.beginPath();
    context.arc(x, y, 6, 0, 2 * Math.PI);
    context.stroke();
  }
}

function median(values) {
  const sorted = values.sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
