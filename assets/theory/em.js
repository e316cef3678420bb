/*
 * EM, half a step at a time: points take the colours of the parts that they may have come from, the parts move to their
 * points. Below, the log-likelihood and the bound that each half raises: the E step up to it, the M step with it.
 */

import { h, setText } from "../live/dom.js";
import { button, fixed } from "../live/view.js";
import { frames, listen } from "../live/page.js";
import { mounting } from "../live/mount.js";
import { Plot, roundTicks } from "./plot.js";
import { ellipse, entropy, expectation, expectedLogJoint, logLikelihood, maximisation } from "./mixture.js";

const EXTENT = 4; // of the plane, each way
const LAST = 20; // full steps
const ROOM = 1; // nats that the chart of the bound shows
const PAUSE = 450; // milliseconds between two halves while it plays
const NEAR = 24; // pixels within which a mean is taken hold of
const NEXT = { E: "E step: colour the points", M: "M step: move the parts" };

/** A colour between those of the parts, "#rrggbb", by shares. */
function blend(colours, share) {
  const channel = (at) => Math.round(colours.reduce((sum, colour, k) => sum + share[k] * parseInt(colour.slice(at, at + 2), 16), 0));
  return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
}

class EmFigure {
  /** @type {any[]} */ parts;
  /** @type {any[]} */ history;

  constructor(root, signal) {
    const redraw = () => frames.request(this.draw);
    this.plane = new Plot({ x: [-EXTENT, EXTENT], ticks: [-4, -2, 0, 2, 4], height: 380, redraw, signal, label: "Points and the three Gaussians of the mixture", title: [["", "points x, and the parts of the mixture at 1 and 2 sd: drag a mean to start elsewhere"]] });
    this.curve = new Plot({ x: [0, LAST], ticks: [0, 5, 10, 15, 20], height: 170, redraw, signal, label: "Log-likelihood and bound after each step", title: [["p", "log p(x), nats per point"], ["q", "bound = Q + entropy of the shares"], ["", "steps →"]] });
    this.next = button("", { class: "primary", title: "Takes the next half of a step" });
    this.play = button("Play", { class: "play", title: `Takes up to ${LAST} steps, half by half` });
    this.again = button("Start again", { title: "Puts the means back" });
    listen(this.next, "click", () => (this.#stop(), this.#advance()), signal);
    listen(this.play, "click", () => (this.timer ? this.#stop() : this.#run()), signal);
    listen(this.again, "click", () => (this.#stop(), this.#start(this.data.means)), signal);
    this.numbers = Object.fromEntries(["log-likelihood", "bound", "q", "entropy"].map((name) => [name, h("output", { class: "number", "data-name": name })]));
    this.words = h("p", { class: "quiet", role: "status" });
    root.append(
      h("div", { class: "buttons" }, this.next, this.play, this.again),
      this.plane.element,
      this.curve.element,
      h("p", { class: "key" },
        h("span", { class: "p", text: "log p(x) = " }, this.numbers["log-likelihood"]),
        h("span", { class: "q", text: "bound = " }, this.numbers.bound),
        h("span", { text: "= Q " }, this.numbers.q, " + entropy ", this.numbers.entropy)),
      this.words,
    );
    this.#letDrag(signal);
    signal.addEventListener("abort", () => this.#stop());
  }

  update(data) {
    if (this.data) return; // it never changes
    this.data = data;
    this.#start(data.means);
  }

  /** Round parts of equal weight at these means, before any step. */
  #start(means) {
    this.parts = means.map((mean) => ({ weight: 1 / means.length, mean: [...mean], cov: [1, 0, 1] }));
    this.shares = this.data.points.map(() => means.map(() => 1 / means.length));
    this.half = "E";
    this.history = [];
    this.#record(0);
  }

  #advance() {
    if (this.#ended()) return;
    const { points } = this.data;
    const at = this.history.at(-1).at + 0.5;
    if (this.half === "E") this.shares = expectation(points, this.parts);
    else this.parts = maximisation(points, this.shares);
    this.half = this.half === "E" ? "M" : "E";
    this.#record(at);
    if (this.#ended()) this.#stop();
  }

  #ended() {
    return this.history.at(-1).at >= LAST;
  }

  #record(at) {
    const { points } = this.data;
    const [q, spread] = [expectedLogJoint(points, this.parts, this.shares), entropy(this.shares)];
    this.history.push({ at, evidence: logLikelihood(points, this.parts), q, entropy: spread, bound: q + spread });
    frames.request(this.draw);
  }

  #run() {
    if (this.#ended()) this.#start(this.data.means);
    this.timer = setInterval(() => this.#advance(), PAUSE);
    this.#advance();
  }

  #stop() {
    clearInterval(this.timer);
    this.timer = null;
    frames.request(this.draw);
  }

  #letDrag(signal) {
    const { svg } = this.plane;
    const pointer = (event) => [this.plane.at(event.clientX), this.plane.up(event.clientY)];
    const away = (event, [x, y]) => {
      const box = svg.getBoundingClientRect();
      return Math.hypot(this.plane.px(x) - (event.clientX - box.left), this.plane.py(y) - (event.clientY - box.top));
    };
    let held = -1;
    listen(svg, "pointerdown", (event) => {
      const distances = this.parts.map(({ mean }) => away(event, mean));
      held = distances.indexOf(Math.min(...distances));
      if (distances[held] > NEAR) held = -1;
      else svg.setPointerCapture(event.pointerId);
    }, signal);
    listen(svg, "pointermove", (event) => {
      if (held < 0) return;
      this.#stop();
      const inside = pointer(event).map((value) => Math.min(Math.max(value, -EXTENT), EXTENT));
      this.#start(this.parts.map(({ mean }, k) => (k === held ? inside : mean)));
    }, signal);
    for (const end of ["pointerup", "pointercancel"]) listen(svg, end, () => (held = -1), signal);
    svg.classList.add("grips");
  }

  draw = () => {
    if (!this.data || !this.plane.width || !this.curve.width) return;
    this.#drawPlane();
    this.#drawCurve();
    this.#say();
  };

  #drawPlane() {
    const { plane, data: { points, colours } } = this;
    plane.square([-EXTENT, EXTENT]);
    plane.scale([-EXTENT, EXTENT], [-4, -2, 0, 2, 4]);
    for (const [n, [x, y]] of points.entries()) {
      const dot = plane.mark(`point ${n}`, "circle", { r: 3.2, class: "point" });
      for (const [name, value] of Object.entries({ cx: plane.px(x), cy: plane.py(y), fill: blend(colours, this.shares[n]) })) dot.setAttribute(name, value);
    }
    for (const [k, part] of this.parts.entries()) {
      for (const r of [1, 2]) {
        const outline = ellipse(part, r);
        plane.curve(`part-${k}-${r}`, outline.map(([x]) => x), outline.map(([, y]) => y));
        plane.mark(`part-${k}-${r}`, "path").style.stroke = colours[k];
      }
      const mean = plane.mark(`mean-${k}`, "circle", { r: 8, class: "mean" });
      for (const [name, value] of Object.entries({ cx: plane.px(part.mean[0]), cy: plane.py(part.mean[1]), fill: colours[k] })) mean.setAttribute(name, value);
    }
  }

  #drawCurve() {
    const { curve, history } = this;
    const high = Math.ceil(4 * Math.max(...history.map(({ evidence }) => evidence)) + 0.1) / 4;
    const low = high - ROOM; // what lies below is cut off
    const { values, decimals } = roundTicks(low, high);
    curve.scale([low, high], values, (value) => fixed(value, decimals));
    const at = history.map((each) => each.at);
    curve.curve("p", at, history.map(({ evidence }) => evidence));
    curve.curve("q", at, history.map(({ bound }) => bound));
    this.#dot("p", history.at(-1).at, history.at(-1).evidence);
    this.#dot("q", history.at(-1).at, history.at(-1).bound);
  }

  /** The end of a curve, which is all of it before the first step. */
  #dot(kind, at, value) {
    const dot = this.curve.mark(`${kind} now`, "circle", { r: 4.5, class: `dot ${kind}` });
    dot.setAttribute("cx", this.curve.px(at));
    dot.setAttribute("cy", this.curve.py(value));
  }

  #say() {
    const { evidence, bound, q, entropy: spread, at } = this.history.at(-1);
    for (const [name, value] of Object.entries({ "log-likelihood": evidence, bound, q, entropy: spread })) setText(this.numbers[name], fixed(value, 3));
    setText(this.next, NEXT[this.half]);
    this.next.disabled = this.#ended();
    setText(this.play, this.timer ? "Pause" : "Play");
    const before = "Before the first step every point may have come from any part.";
    const after = this.half === "M"
      ? "The shares are now p(k | x): the bound touches the log-likelihood."
      : "Q is at its highest for these shares. The log-likelihood rose with it, and the shares are out of date: a gap opens.";
    setText(this.words, at === 0 ? before : `Step ${Math.ceil(at)}. ${after}`);
  }
}

export default mounting(EmFigure, "live theory");
