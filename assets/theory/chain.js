/*
 * A Metropolis chain that walks on the true posterior of an image, read from a grid of log p(x, z) around the encoder's
 * answer, beside that answer and what the grid itself adds up to.
 */

import { h, setText } from "../live/dom.js";
import { Choice, button, fixed } from "../live/view.js";
import { frames, listen } from "../live/page.js";
import { mounting } from "../live/mount.js";
import { NamedSlider, Plot, roundTicks } from "./plot.js";
import { ellipse } from "./mixture.js";

const MOST = 5000; // steps
const SETTLING = 200; // steps that are left out of mean and sd
const TAIL = 60; // last steps that are drawn as a line
const SEED = 1;
const SPEEDS = [[1, "slow"], [10, "10×"], [100, "100×"]]; // steps a frame

/** Uniform numbers in [0, 1) from a seed: mulberry32. */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Two independent draws of N(0, 1): Box and Muller. */
function normals(random) {
  const [radius, angle] = [Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()];
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** log p(x, z) between the places of a grid, whose first row lies at the lowest z2; nothing beyond its edge. */
function bilinear({ low, high, side, log_joint: heights }, z) {
  const at = z.map((value, axis) => ((side - 1) * (value - low[axis])) / (high[axis] - low[axis]));
  if (at.some((value) => !(value >= 0 && value <= side - 1))) return -Infinity;
  const [i, j] = at.map((value) => Math.min(Math.floor(value), side - 2));
  const [s, t] = [at[0] - i, at[1] - j];
  const row = (k) => (1 - s) * heights[k * side + i] + s * heights[k * side + i + 1];
  return (1 - t) * row(j) + t * row(j + 1);
}

class ChainFigure {
  /** @type {number} */ length;
  /** @type {number[][]} */ visited;

  constructor(root, signal) {
    Object.assign(this, { length: 1, speed: 1, playing: false });
    const redraw = () => frames.request(this.draw);
    this.plot = new Plot({ x: [-1, 1], ticks: [], height: 380, redraw, signal, label: "The true posterior and the walk on it", title: [["p", "blue: true posterior p(z | x), over z₁ and z₂"], ["q", "dashed: the encoder's q(z | x), 2 sd"], ["", "dots: where the walk has been"]] });
    this.play = button("Play", { class: "play primary", title: `Walks ${MOST.toLocaleString("en")} steps` });
    this.again = button("Start again", { title: "Back to the corner where the walk begins" });
    this.choice = new Choice("Speed", SPEEDS, (speed) => ((this.speed = speed), this.#show()), signal);
    this.slider = new NamedSlider("step length, times the encoder's sd", { min: 0.1, max: 6, step: 0.1 }, signal, { input: (value) => ((this.length = value), this.#restart()), change: () => {} });
    this.slider.show(this.length); // at once: a key may come before a frame
    listen(this.play, "click", () => this.#toggle(), signal);
    listen(this.again, "click", () => this.#restart(), signal);
    this.words = h("p", { class: "quiet", role: "status" });
    this.cells = Object.fromEntries(["chain", "grid", "encoder"].map((name) => [name, [0, 1].map((axis) => h("td", { class: "number", "data-name": `${name}-${axis}` }))]));
    const names = { chain: "the walk", grid: "the grid, added up", encoder: "the encoder" };
    root.append(
      h("div", { class: "buttons" }, this.play, this.again, this.choice.element),
      h("div", { class: "knobs wide" }, this.slider.element),
      this.plot.element,
      h("table", { class: "compared" },
        h("thead", {}, h("tr", {}, ...["mean ± sd", "z₁", "z₂"].map((text) => h("th", { text })))),
        h("tbody", {}, ...Object.entries(names).map(([name, text]) => h("tr", {}, h("th", { text }), ...this.cells[name])))),
      this.words,
    );
    signal.addEventListener("abort", () => frames.cancel(this.tick));
  }

  update(data) {
    if (this.data?.key === data.key) return;
    this.data = data;
    this.plot.range([data.low[0], data.high[0]]);
    this.picture = null;
    this.#restart();
  }

  #restart() {
    const { low, high } = this.data;
    this.random = uniform(SEED);
    this.z = low.map((value, axis) => value + 0.1 * (high[axis] - value));
    this.height = bilinear(this.data, this.z);
    this.visited = [this.z];
    this.accepted = 0;
    this.#show();
  }

  #toggle() {
    if (this.visited.length > MOST) this.#restart();
    this.playing = !this.playing;
    if (this.playing) frames.request(this.tick);
    this.#show();
  }

  tick = () => {
    for (let k = 0; k < this.speed && this.visited.length <= MOST; k += 1) this.#step();
    if (this.visited.length > MOST) this.playing = false;
    if (this.playing) frames.request(this.tick);
    this.draw();
  };

  /** A place nearby is proposed; the walk goes there with the probability min(1, p(x, z') / p(x, z)). */
  #step() {
    const noise = normals(this.random);
    const proposed = this.z.map((value, axis) => value + this.length * this.data.sd[axis] * noise[axis]);
    const height = bilinear(this.data, proposed);
    if (Math.log(this.random()) < height - this.height) {
      Object.assign(this, { z: proposed, height });
      this.accepted += 1;
    }
    this.visited.push(this.z);
  }

  #show() {
    frames.request(this.draw);
  }

  draw = () => {
    const { plot, data } = this;
    if (!data || !plot.width) return;
    const { values, decimals } = roundTicks(data.low[1], data.high[1]);
    plot.scale([data.low[1], data.high[1]], values, (value) => fixed(value, decimals));
    this.#drawDensity();
    const q = { mean: data.mu, cov: [data.sd[0] ** 2, 0, data.sd[1] ** 2] };
    this.#curve("answer", ellipse(q, 2));
    const dots = this.visited.map(([x, y]) => `M${plot.px(x).toFixed(1)} ${plot.py(y).toFixed(1)}h0`);
    plot.mark("visited", "path", { class: "visited" }).setAttribute("d", dots.join(""));
    this.#curve("walk", this.visited.slice(-TAIL));
    const walker = plot.mark("walker", "circle", { r: 6, class: "walker" });
    walker.setAttribute("cx", plot.px(this.z[0]));
    walker.setAttribute("cy", plot.py(this.z[1]));
    this.#say();
  };

  #curve(name, places) {
    this.plot.curve(name, places.map(([x]) => x), places.map(([, y]) => y));
  }

  /** The density as an image, each place of the grid a pixel: its square root, so that the slopes can be seen. */
  #drawDensity() {
    const { plot, data: { side, low, high, log_joint: heights } } = this;
    this.picture ??= painted(side, heights, getComputedStyle(plot.svg).getPropertyValue("--shade"));
    const [dx, dy] = low.map((value, axis) => (high[axis] - value) / (side - 1) / 2); // half a pixel
    const [left, right] = [plot.px(low[0] - dx), plot.px(high[0] + dx)];
    const [top, bottom] = [plot.py(high[1] + dy), plot.py(low[1] - dy)];
    const image = plot.mark("density", "image", { class: "density", preserveAspectRatio: "none" });
    const places = { x: left, y: top, width: right - left, height: bottom - top, href: this.picture };
    for (const [name, value] of Object.entries(places)) image.setAttribute(name, value);
  }

  #say() {
    const kept = this.visited.slice(SETTLING);
    const enough = kept.length > SETTLING;
    for (const axis of [0, 1]) {
      const [mean, sd] = moments(kept.map((z) => z[axis]));
      setText(this.cells.chain[axis], enough ? `${fixed(mean, 3)} ± ${fixed(sd, 3)}` : "–");
      setText(this.cells.grid[axis], `${fixed(this.data.mean[axis], 3)} ± ${fixed(this.data.spread[axis], 3)}`);
      setText(this.cells.encoder[axis], `${fixed(this.data.mu[axis], 3)} ± ${fixed(this.data.sd[axis], 3)}`);
    }
    const steps = this.visited.length - 1;
    const taken = steps ? `${fixed((100 * this.accepted) / steps, 0)} % of its steps were taken, the others refused. ` : "";
    setText(this.words, `${steps.toLocaleString("en")} steps, each of which has to decode an image. ${taken}The first ${SETTLING} do not count. The encoder takes one pass.`);
    setText(this.play, this.playing ? "Pause" : "Play");
    this.choice.show(this.speed);
    this.slider.show(this.length);
  }
}

/** A grid of log densities as a picture of one colour, "r, g, b", the highest opaque; the first row at the bottom. */
function painted(side, heights, colour) {
  const canvas = h("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(side, side);
  const rgb = colour.split(",").map(Number);
  const top = Math.max(...heights);
  for (const [k, height] of heights.entries()) {
    const row = side - 1 - Math.floor(k / side);
    pixels.data.set([...rgb, Math.round(255 * Math.exp((height - top) / 2))], 4 * (row * side + (k % side)));
  }
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

/** Mean and standard deviation. */
function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

export default mounting(ChainFigure, "live theory");
