/*
 * Two ways to draw z ~ N(mean, sd²), side by side. Sample, then scale: z = mean + sd · ε moves with mean and sd, so a
 * gradient at z reaches them. Scale, then sample: what was drawn are numbers, which stay when mean and sd move on.
 */

import { NamedSlider, Plot, linspace, normal, text } from "./plot.js";
import { h, setText, svg } from "../live/dom.js";
import { button, fixed } from "../live/view.js";
import { frames, listen } from "../live/page.js";
import { mounting } from "../live/mount.js";
import { normals } from "../live/space.js";

const DRAWS = 16;
const X = [-6, 6];
const XS = linspace(...X, 281);
const UPPER = 2; // where the upper band of a panel begins; the lower one begins at 0
const ROWS = [-0.2, -0.4, -0.6, -0.8]; // below the lower band, for the draws
const PULL = 0.2; // length of a gradient's stroke, as a share of the gradient

const rowOf = (k) => ROWS[k % ROWS.length];

const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard errors of the mean of DRAWS estimates of the gradients of E[z²] = mean² + sd², by moments of the noise. */
const errors = {
  through: (mean, sd) => [4 * sd ** 2, 4 * mean ** 2 + 8 * sd ** 2],
  around: (mean, sd) => [mean ** 4 / sd ** 2 + 14 * mean ** 2 + 15 * sd ** 2, (2 * mean ** 4) / sd ** 2 + 60 * mean ** 2 + 74 * sd ** 2],
};

class Panel {
  constructor(heading, title, graph, redraw, signal) {
    this.plot = new Plot({ title, label: heading, x: X, height: 270, ticks: [-6, -4, -2, 0, 2, 4, 6], redraw, signal });
    this.facts = h("p", { class: "sum number" });
    this.element = h("section", {}, h("h3", { text: heading }), this.plot.element, graph, this.facts);
  }

  /** A density over one of the bands; narrow ones are cut at the band's height. */
  band(name, from, mean, sd) {
    const ys = XS.map((x) => from + Math.min(1.6 * normal(x, mean, sd), 1.5));
    this.plot.curve(name, XS, ys);
  }

  dots(name, places, height) {
    places.forEach((x, k) => {
      const dot = this.plot.mark(`${name} ${k}`, "circle", { r: 4.5, class: `dot ${name}` });
      dot.setAttribute("cx", this.plot.px(x).toFixed(1));
      dot.setAttribute("cy", this.plot.py(height(k)).toFixed(1));
    });
  }

  lines(name, from, to) {
    from.forEach(([x1, y1], k) => {
      const [x2, y2] = to[k];
      const ends = [["x1", x1], ["x2", x2]].map(([end, x]) => [end, this.plot.px(x)]);
      for (const [end, y] of [["y1", y1], ["y2", y2]]) ends.push([end, this.plot.py(y)]);
      const line = this.plot.mark(`${name} ${k}`, "line", { class: name });
      for (const [end, place] of ends) line.setAttribute(end, place.toFixed(1));
    });
  }

  /** The pull of the loss z² on each z, toward 0. */
  pulls(z) {
    this.lines("pull", z.map((x, k) => [x, rowOf(k)]), z.map((x, k) => [x - PULL * 2 * x, rowOf(k)]));
  }
}

/** What depends on what: forward in grey, the gradient's way back in red. */
function graphOf(reaches) {
  const node = (x, y, words, kind) => svg("g", { class: `node ${kind}` }, svg("circle", { cx: x, cy: y, r: 19 }), text(x, y + 5, words, "middle"));
  const arrow = (kind, x1, y1, x2, y2) => {
    const length = Math.hypot(x2 - x1, y2 - y1);
    const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
    const shift = kind === "back" ? 7 : -1; // beside the forward arrow
    const [fromX, fromY] = [x1 + 22 * dx - shift * dy, y1 + 22 * dy + shift * dx];
    const [toX, toY] = [x2 - 24 * dx - shift * dy, y2 - 24 * dy + shift * dx];
    const head = `M${toX - 7 * dx - 4 * dy},${toY - 7 * dy + 4 * dx}L${toX},${toY}L${toX - 7 * dx + 4 * dy},${toY - 7 * dy - 4 * dx}`;
    return svg("path", { class: kind, d: `M${fromX},${fromY}L${toX},${toY}${head}` });
  };
  const [mean, sd, z, loss, noise] = [[40, 28], [40, 92], [150, 60], [252, 60], [150, 132]];
  const ways = [arrow("forth", ...mean, ...z), arrow("forth", ...sd, ...z), arrow("forth", ...z, ...loss), arrow("back", ...loss, ...z)];
  if (reaches) ways.push(arrow("forth", ...noise, ...z), arrow("back", ...z, ...mean), arrow("back", ...z, ...sd));
  const nodes = [node(...mean, "mean", "given"), node(...sd, "sd", "given"), node(...z, "z", reaches ? "given" : "random"), node(...loss, "loss", "given")];
  if (reaches) nodes.push(node(...noise, "ε", "random"));
  else nodes.push(svg("path", { class: "stop", d: "M104,36l14,14m0,-14l-14,14M104,70l14,14m0,-14l-14,14" }));
  const label = reaches ? "The gradient reaches mean and sd through z" : "The gradient ends at z, which was drawn at random";
  return svg("svg", { class: "graph", viewBox: "10 0 280 158", role: "img", "aria-label": label }, ...ways, ...nodes);
}

class NoiseFigure {
  /** @type {number} */ mean;
  /** @type {number} */ sd;
  /** @type {any} */ commit;

  constructor(root, signal) {
    Object.assign(this, { mean: 0, sd: 1 });
    const redraw = () => frames.request(this.draw);
    this.moving = new Panel("Sample, then scale", [["p", "ε ~ N(0, 1)"], ["q", "z = mean + sd · ε"]], graphOf(true), redraw, signal);
    this.fixed = new Panel("Scale, then sample", [["q", "N(mean, sd²)"], ["stale", "z, as it was drawn"]], graphOf(false), redraw, signal);
    const knob = (name, range) => new NamedSlider(name, range, signal, {
      input: (value) => this.#set({ [name]: value }),
      change: () => this.#release(),
    });
    this.sliders = { mean: knob("mean", { min: -4, max: 4, step: 0.01 }), sd: knob("sd", { min: 0.2, max: 2.5, step: 0.01 }) };
    const fresh = button("Draw fresh noise", { class: "primary" });
    listen(fresh, "click", () => this.#drawNoise(), signal);
    root.append(
      h("div", { class: "controls" },
        h("div", { class: "knobs" }, this.sliders.mean.element, this.sliders.sd.element),
        h("div", { class: "buttons" }, fresh),
      ),
      h("div", { class: "pair" }, this.moving.element, this.fixed.element),
    );
  }

  #set(changes) {
    Object.assign(this, changes);
    for (const name of ["mean", "sd"]) this.sliders[name].show(this[name]); // at once: a key may come before a frame
    frames.request(this.draw);
  }

  /** New noise for both sides: right after it, both have the same z. */
  #drawNoise() {
    this.noise = [...normals(DRAWS)];
    this.drawn = this.noise.map((eps) => this.mean + this.sd * eps);
    this.drawnFrom = { mean: this.mean, sd: this.sd };
    frames.request(this.draw);
  }

  /** Tells Python where mean and sd were left, so that the address says it. */
  #release() {
    const { mean, sd } = this;
    this.asked = JSON.stringify([mean, sd]); // what Python will answer: no news
    this.commit("q", { mean, sd });
  }

  update({ mean, sd }) {
    const asked = JSON.stringify([mean, sd]);
    if (asked === this.asked) return;
    this.asked = asked;
    this.#set({ mean, sd });
    if (!this.noise) this.#drawNoise();
  }

  draw = () => {
    if (!this.moving.plot.width) return;
    const { mean, sd, noise } = this;
    const z = noise.map((eps) => mean + sd * eps);
    for (const { plot } of [this.moving, this.fixed]) plot.scale([-1, 3.7], [0, UPPER], (value) => (value === 0 ? "z" : plot === this.moving.plot ? "ε" : "q"));
    this.#drawMoving(mean, sd, noise, z);
    this.fixed.band("q", UPPER, mean, sd);
    this.fixed.pulls(this.drawn);
    this.fixed.dots("stale", this.drawn, rowOf);
    this.#say(this.fixed, "around", this.drawnFrom, this.#score());
  };

  #drawMoving(mean, sd, noise, z) {
    const panel = this.moving;
    panel.lines("link", noise.map((eps) => [eps, UPPER]), z.map((x, k) => [x, rowOf(k)]));
    panel.band("p", UPPER, 0, 1);
    panel.band("q", 0, mean, sd);
    panel.pulls(z);
    panel.dots("p", noise, () => UPPER);
    panel.dots("q", z, rowOf);
    this.#say(panel, "through", { mean, sd }, [average(z.map((each) => 2 * each)), average(z.map((each, k) => 2 * each * noise[k]))]);
  }

  /** Estimates by the score function, for the q that the draws came from: their loss times the gradients of log q. */
  #score() {
    const { sd } = this.drawnFrom;
    const slopes = [(eps) => eps / sd, (eps) => (eps ** 2 - 1) / sd];
    return slopes.map((slope) => average(this.drawn.map((z, k) => z ** 2 * slope(this.noise[k]))));
  }

  /** The gradients found from the draws, how far such estimates spread, and the true ones. */
  #say(panel, way, { mean, sd }, found) {
    const [toMean, toSd] = errors[way](mean, sd).map((variance) => Math.sqrt(variance / DRAWS));
    const line = (name, value, error, truth) => `d loss / d ${name} ${fixed(value)} ± ${fixed(error)} (all draws: ${fixed(truth)})`;
    setText(panel.facts, `${line("mean:", found[0], toMean, 2 * mean)}\n${line("sd:  ", found[1], toSd, 2 * sd)}`);
  }
}

export default mounting(NoiseFigure, "live theory");
