/*
 * Jensen's inequality: the log of a mean beside the mean of the logs. Five draws of z give five weights p(x, z) / q(z);
 * each can be dragged along the curve of the logarithm. Play draws them together, as q nears the true posterior.
 */

import { h, setText, svg } from "../live/dom.js";
import { Voice, button, fixed } from "../live/view.js";
import { frames, listen } from "../live/page.js";
import { mounting } from "../live/mount.js";
import { Plot, linspace } from "./plot.js";
import { Player } from "../live/player.js";

const X = [0, 6];
const [LEAST, MOST] = [0.05, 5.9]; // of a weight
const START = [0.15, 0.6, 1.4, 2.6, 5.25];
const XS = linspace(0.02, X[1], 300);
const STEP = 0.05; // for an arrow key

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

class JensenFigure {
  /** @type {number[]} */ weights;

  constructor(root, signal) {
    this.weights = [...START];
    const redraw = () => frames.request(this.draw);
    this.plot = new Plot({ x: X, ticks: [0, 1, 2, 3, 4, 5, 6], height: 400, redraw, signal, label: "The logarithm, five weights on it, and their means", title: [["", "log w over the weight w = p(x, z) / q(z): drag a dot"]] });
    this.player = new Player(signal, { seconds: 3, bounce: false, changed: (t) => this.#together(t) });
    this.play = button("Play", { class: "play primary", title: "Draws the weights together, as they are where q is the true posterior" });
    this.again = button("Start again", { title: "Puts the weights back" });
    listen(this.play, "click", () => this.#toggle(), signal);
    listen(this.again, "click", () => (this.player.pause(), this.player.seek(0), this.#set([...START])), signal);
    this.numbers = Object.fromEntries(["evidence", "elbo", "gap"].map((name) => [name, h("output", { class: "number large", "data-name": name })]));
    this.voice = new Voice(signal);
    this.dots = this.weights.map((_, k) => svg("circle", { r: 8, class: "mean weight", tabindex: 0, role: "slider", "aria-label": `weight ${k + 1}`, "aria-valuemin": LEAST, "aria-valuemax": MOST }));
    root.append(
      h("div", { class: "buttons" }, this.play, this.again),
      this.plot.element,
      h("p", { class: "key" },
        h("span", { class: "p", text: "log of the mean, log p(x): " }, this.numbers.evidence),
        h("span", { class: "q", text: "mean of the logs, ELBO: " }, this.numbers.elbo),
        h("span", { text: "gap: " }, this.numbers.gap, " nats")),
      this.voice.element,
    );
    for (const [k, dot] of this.dots.entries()) this.#letDrag(dot, k, signal);
  }

  update() {
    frames.request(this.draw);
  }

  #letDrag(dot, k, signal) {
    const to = (weight) => (this.player.pause(), this.#set(this.weights.map((each, other) => (other === k ? Math.min(Math.max(weight, LEAST), MOST) : each))));
    listen(dot, "pointerdown", (event) => dot.setPointerCapture(event.pointerId), signal);
    listen(dot, "pointermove", (event) => dot.hasPointerCapture(event.pointerId) && to(this.plot.at(event.clientX)), signal);
    listen(dot, "keydown", (event) => {
      const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!sign) return;
      event.preventDefault();
      to(this.weights[k] + sign * STEP);
    }, signal);
  }

  #toggle() {
    if (!this.player.playing) {
      this.player.seek(0);
      this.apart = [...this.weights];
    }
    this.player.toggle();
  }

  /** The weights a share t of the way to their mean, which stays. */
  #together(t) {
    if (!this.apart) return;
    const middle = mean(this.apart);
    this.#set(this.apart.map((weight) => weight + t * (middle - weight)));
  }

  #set(weights) {
    this.weights = weights;
    frames.request(this.draw);
  }

  draw = () => {
    const { plot, weights } = this;
    if (!plot.width) return;
    plot.scale([-3, 2], [-3, -2, -1, 0, 1, 2]);
    plot.curve("p", XS, XS.map(Math.log));
    const middle = mean(weights);
    const [evidence, elbo] = [Math.log(middle), mean(weights.map(Math.log))];
    plot.curve("link", [X[0], middle], [elbo, elbo]);
    plot.curve("across", [X[0], middle], [evidence, evidence]);
    plot.curve("missed", [middle, middle], [elbo, evidence]);
    this.#place(plot.mark("top", "circle", { r: 6, class: "dot p" }), middle, evidence);
    this.#place(plot.mark("bottom", "circle", { r: 6, class: "dot q" }), middle, elbo);
    for (const [k, dot] of this.dots.entries()) {
      if (!dot.isConnected) plot.layer.append(dot);
      this.#place(dot, weights[k], Math.log(weights[k]));
      dot.setAttribute("aria-valuenow", weights[k].toFixed(2));
    }
    this.#say(evidence, elbo);
  };

  #place(circle, x, y) {
    circle.setAttribute("cx", this.plot.px(x));
    circle.setAttribute("cy", this.plot.py(y));
  }

  #say(evidence, elbo) {
    const numbers = { evidence, elbo, gap: evidence - elbo };
    for (const [name, value] of Object.entries(numbers)) setText(this.numbers[name], fixed(value, 3));
    setText(this.play, this.player.playing ? "Pause" : "Play");
    this.voice.say(`The log of the mean is ${fixed(evidence)}, the mean of the logs ${fixed(elbo)}`);
  }
}

export default mounting(JensenFigure, "live theory");
