/*
 * KL of two Gaussians: p stays N(0, 1), q is dragged. Three charts on one x axis: the densities, their logarithms with
 * the log ratio, and the ratio weighted by a density, whose area is the KL.
 */

import { h, setText } from "../live/dom.js";
import { Choice, Voice, button, fixed } from "../live/view.js";
import { NamedSlider, Plot, linspace, logNormal, normal } from "./plot.js";
import { Player } from "../live/player.js";
import { frames, listen } from "../live/page.js";
import { mounting } from "../live/mount.js";

const X = [-6.5, 6.5];
const POSITIONS = 41; // that Play takes q through
const PLAYED = 2; // from minus this to this, as the source's animation
const FARTHEST = 4; // that q can be dragged
const XS = linspace(...X, 561);
const SLICES = 4000; // of the area

/** KL(N(m1, s1²) || N(m2, s2²)) in nats. */
const klOfNormals = (m1, s1, m2, s2) => Math.log(s2 / s1) + (s1 ** 2 + (m1 - m2) ** 2) / (2 * s2 ** 2) - 0.5;

/** The same as an area: the sum over slices, 12 standard deviations of the first one each way. */
function klBySlices(m1, s1, m2, s2) {
  const step = (24 * s1) / SLICES;
  let sum = 0;
  for (let k = 0; k < SLICES; k += 1) {
    const x = m1 - 12 * s1 + (k + 0.5) * step;
    sum += normal(x, m1, s1) * (logNormal(x, m1, s1) - logNormal(x, m2, s2)) * step;
  }
  return sum;
}

/** The smallest of 0.5, 1, 2, 5, 10, ... that holds the value: an axis that does not tremble. */
const roomFor = (value) => [0.5, 1, 2, 5, 10, 20, 50, 100].find((top) => top >= value) ?? 200;

class KlFigure {
  /** @type {number} */ sd;
  /** @type {any} */ direction;
  /** @type {any} */ commit;

  constructor(root, signal) {
    Object.assign(this, { mean: 0, sd: 1, direction: "qp" });
    const redraw = () => frames.request(this.draw);
    const common = { x: X, ticks: [-6, -4, -2, 0, 2, 4, 6], redraw, signal };
    this.densities = new Plot({ ...common, height: 128, label: "Densities of p and q", title: [["p", "p(z) = N(0, 1)"], ["q", "q(z) = N(mean, sd²), drag it"]] });
    this.logs = new Plot({ ...common, height: 112, label: "Log densities and their difference", title: [["p", "log p"], ["q", "log q"], ["ratio", ""]] });
    this.weighted = new Plot({ ...common, height: 128, label: "The log ratio weighted by the density; its area is the KL", title: [["ratio", ""]] });

    this.sliders = {
      mean: this.#slider("mean", "mean of q", { min: -FARTHEST, max: FARTHEST, step: 0.01 }, signal),
      sd: this.#slider("sd", "sd of q", { min: 0.2, max: 2.5, step: 0.01 }, signal),
    };
    this.player = new Player(signal, { seconds: 4, bounce: false, changed: (t) => this.#playTo(t) });
    this.play = button("Play", { class: "play primary", title: `Moves the mean of q from −${PLAYED} to ${PLAYED} in ${POSITIONS} positions` });
    listen(this.play, "click", () => this.#toggle(), signal);
    const directions = [["qp", "KL(q ‖ p)"], ["pq", "KL(p ‖ q)"]];
    this.choice = new Choice("Direction", directions, (direction) => (this.set({ direction }), this.#release()), signal);

    this.name = h("span", { class: "quiet" });
    this.value = h("output", { class: "number large", "data-name": "kl" });
    this.sum = h("p", { class: "sum number" });
    this.area = h("p", { class: "quiet" });
    this.voice = new Voice(signal);
    root.append(
      h("div", { class: "controls" },
        h("div", { class: "knobs" }, this.sliders.mean.element, this.sliders.sd.element),
        h("div", { class: "buttons" }, this.play, this.choice.element),
        h("div", { class: "result" }, h("p", {}, this.name, this.value, h("span", { class: "quiet", text: " nats" })), this.sum, this.area),
      ),
      this.densities.element, this.logs.element, this.weighted.element, this.voice.element,
    );
    this.#letDrag(signal);
  }

  #slider(name, label, range, signal) {
    const input = (value) => (this.player.pause(), this.set({ [name]: value }));
    return new NamedSlider(label, range, signal, { input, change: () => this.#release() });
  }

  /** q follows the pointer on the chart of the densities. */
  #letDrag(signal) {
    const { svg } = this.densities;
    let grip = null;
    listen(svg, "pointerdown", (event) => {
      svg.setPointerCapture(event.pointerId);
      this.player.pause();
      grip = this.mean - this.densities.at(event.clientX);
    }, signal);
    listen(svg, "pointermove", (event) => grip !== null && this.set({ mean: this.densities.at(event.clientX) + grip }), signal);
    for (const end of ["pointerup", "pointercancel"]) {
      listen(svg, end, () => grip !== null && ((grip = null), this.#release()), signal);
    }
    svg.classList.add("draggable");
  }

  #toggle() {
    if (!this.player.playing) this.player.seek((this.mean + PLAYED) / (2 * PLAYED)); // from where q stands
    this.player.toggle();
  }

  #playTo(t) {
    const position = Math.round(t * (POSITIONS - 1));
    this.set({ mean: -PLAYED + (2 * PLAYED * position) / (POSITIONS - 1) });
    if (!this.player.playing) this.#release();
  }

  set(changes) {
    Object.assign(this, changes);
    this.mean = Math.round(100 * Math.min(Math.max(this.mean, -FARTHEST), FARTHEST)) / 100;
    for (const each of ["mean", "sd"]) this.sliders[each].show(this[each]); // at once: a key may come before a frame
    frames.request(this.draw);
  }

  /** Tells Python where q was left, so that the address says it. */
  #release() {
    const { mean, sd, direction } = this;
    this.asked = JSON.stringify([mean, sd, direction]); // what Python will answer: no news
    this.commit("q", { mean, sd, direction });
  }

  update({ mean, sd, direction }) {
    const asked = JSON.stringify([mean, sd, direction]);
    if (asked === this.asked) return;
    this.asked = asked;
    if (!this.player.playing) this.set({ mean, sd, direction });
  }

  draw = () => {
    if (!this.densities.width) return;
    const { mean, sd } = this;
    const forward = this.direction === "qp";
    /** @type {[number, number][]} */
    const [first, second] = forward ? [[mean, sd], [0, 1]] : [[0, 1], [mean, sd]];
    this.#drawDensities(mean, sd);
    this.#drawLogs(mean, sd, forward);
    this.#drawWeighted(first, second, forward);
    this.#say(first, second, forward);
  };

  #drawDensities(mean, sd) {
    const q = XS.map((x) => normal(x, mean, sd));
    const top = roomFor(Math.max(...q));
    this.densities.scale([0, top], [0, top / 2, top]);
    this.densities.curve("p", XS, XS.map((x) => normal(x, 0, 1)));
    this.densities.curve("q", XS, q);
  }

  #drawLogs(mean, sd, forward) {
    const [p, q] = [XS.map((x) => logNormal(x, 0, 1)), XS.map((x) => logNormal(x, mean, sd))];
    this.logs.scale([-10, 10], [-10, -5, 0, 5, 10]);
    this.logs.curve("p", XS, p);
    this.logs.curve("q", XS, q);
    this.logs.curve("ratio", XS, q.map((value, k) => (forward ? value - p[k] : p[k] - value)));
  }

  #drawWeighted(first, second, forward) {
    const ys = XS.map((x) => normal(x, ...first) * (logNormal(x, ...first) - logNormal(x, ...second)));
    const top = roomFor(Math.max(...ys, 0.4));
    this.weighted.scale([-0.3 * top, top], [0, top / 2, top]);
    this.weighted.area("kl", XS, ys);
    this.weighted.curve("ratio", XS, ys);
    setText(this.weighted.key.firstChild, forward ? "q · (log q − log p): its area is KL(q ‖ p)" : "p · (log p − log q): its area is KL(p ‖ q)");
    setText(this.logs.key.lastChild, forward ? "log ratio, log q − log p" : "log ratio, log p − log q");
  }

  #say([m1, s1], [m2, s2], forward) {
    const kl = klOfNormals(m1, s1, m2, s2);
    const name = forward ? "KL(q ‖ p)" : "KL(p ‖ q)";
    setText(this.name, `${name} = `);
    setText(this.value, fixed(kl, 3));
    const terms = [Math.log(s2 / s1), s1 ** 2 / (2 * s2 ** 2), (m1 - m2) ** 2 / (2 * s2 ** 2)].map((term) => fixed(term, 3));
    setText(this.sum, forward
      ? `−log sd + sd²/2 + mean²/2 − 1/2 = ${terms[0]} + ${terms[1]} + ${terms[2]} − 0.500`
      : `log sd + 1/(2 sd²) + mean²/(2 sd²) − 1/2 = ${terms[0]} + ${terms[1]} + ${terms[2]} − 0.500`);
    setText(this.area, `The area, added up in ${SLICES.toLocaleString("en")} slices: ${fixed(klBySlices(m1, s1, m2, s2), 3)} nats.`);
    this.choice.show(this.direction);
    setText(this.play, this.player.playing ? "Pause" : "Play");
    this.voice.say(`${name} is ${fixed(kl)} nats at mean ${fixed(this.mean)} and sd ${fixed(this.sd)}`);
  }
}

export default mounting(KlFigure, "live theory");
