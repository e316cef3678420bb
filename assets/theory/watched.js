/*
 * A training to watch: the codes of the same images at each look that was recorded, as numerals on the plane, and what
 * the decoder makes of them. A slider goes through the looks; Play glides from look to look.
 */

import { h, setText } from "../live/dom.js";
import { Slider, Voice, button, fixed } from "../live/view.js";
import { frames, listen } from "../live/page.js";
import { mounting } from "../live/mount.js";
import { Player } from "../live/player.js";

const SECONDS = 14; // for all looks
const CIRCLES = [1, 2]; // prior standard deviations
const NUMERAL = 0.026; // its height as a share of the plane's side
const ROWS = [["in", "what goes in"], ["out", "what comes out"], ["drawn", "made of random codes"]];

/** The training's time: "before the first step", "epoch 0.33", "epoch 12". */
function timeOf({ epoch }) {
  if (epoch === 0) return "before the first step";
  return `epoch ${fixed(epoch, Number.isInteger(epoch) ? 0 : 2)}`;
}

class WatchedFigure {
  /** @type {any} */ commit;

  constructor(root, signal) {
    this.look = 0; // between two looks while it plays
    this.player = new Player(signal, { seconds: SECONDS, bounce: false, changed: (t) => this.#playTo(t) });
    this.play = button("Play", { class: "play primary", title: "Plays the training from here on" });
    this.slider = new Slider({ label: "Moment of the training", min: 0, max: 1, step: 1 });
    this.time = h("output", { class: "number time" });
    this.canvas = h("canvas", { class: "codes", role: "img", "aria-label": "The codes on the plane" });
    this.numbers = Object.fromEntries(["nll", "KL", "loss"].map((name) => [name, h("dd", { "data-name": name })]));
    this.strips = ROWS.map(([name, words]) => ({ name, image: h("div", { class: "sprite", role: "img", "aria-label": words }), words }));
    this.voice = new Voice(signal);
    listen(this.play, "click", () => (this.player.toggle(), this.player.playing || this.#release()), signal);
    listen(this.slider.input, "input", () => this.#seek(this.slider.value), signal);
    listen(this.slider.input, "change", () => this.#release(), signal);
    root.append(
      h("div", { class: "player" }, this.play, this.slider.input, this.time),
      h("div", { class: "beside" }, this.canvas, h("div", {},
        ...this.strips.map(({ image, words }) => h("figure", {}, image, h("figcaption", { text: words }))),
        h("dl", { class: "costs" }, ...Object.entries(this.numbers).map(([name, value]) => h("div", {}, h("dt", { text: name }), value))),
        h("p", { class: "quiet", text: "nats per image" }))),
      this.voice.element,
    );
    const observer = new ResizeObserver(() => frames.request(this.draw));
    observer.observe(this.canvas);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  get last() {
    return this.data.looks.length - 1;
  }

  update(data) {
    if (!this.data) this.#begin(data);
    if (data.look !== this.asked && !this.player.playing) this.#seek(data.look);
    this.asked = data.look;
  }

  #begin(data) {
    this.data = data;
    this.slider.input.max = data.looks.length - 1;
    for (const { name, image } of this.strips) {
      image.style.backgroundImage = `url(${data[name]})`;
      image.style.aspectRatio = data.shown;
      image.style.backgroundSize = `100% ${name === "in" ? 100 : 100 * data.looks.length}%`;
    }
  }

  #seek(look) {
    this.player.pause();
    this.player.seek(look / this.last);
    this.#show(look);
  }

  #playTo(t) {
    this.#show(t * this.last);
    if (!this.player.playing) this.#release();
  }

  #show(look) {
    this.look = look;
    const nearest = Math.round(look);
    this.slider.set(nearest, timeOf(this.data.looks[nearest])); // at once: a key may come before a frame
    frames.request(this.draw);
  }

  /** Tells Python which look was left, so that the address says it. */
  #release() {
    this.asked = Math.round(this.look);
    this.commit("q", { look: this.asked });
  }

  draw = () => {
    if (!this.data || !this.canvas.clientWidth) return;
    const { looks } = this.data;
    const nearest = Math.round(this.look);
    this.#drawCodes();
    for (const { name, image } of this.strips) if (name !== "in") image.style.backgroundPositionY = `${(100 * nearest) / this.last}%`;
    const { nll, kl } = looks[nearest];
    for (const [name, value] of Object.entries({ nll, KL: kl, loss: nll + kl })) setText(this.numbers[name], fixed(value, 1));
    const time = timeOf(looks[nearest]);
    setText(this.time, time);
    setText(this.play, this.player.playing ? "Pause" : "Play");
    this.voice.say(`${time}: nll ${fixed(nll, 1)}, KL ${fixed(kl, 1)} nats`);
  };

  #drawCodes() {
    const { canvas, data: { codes, labels, colours, reach } } = this;
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const unit = side / (2 * reach);
    context.clearRect(0, 0, side, side);
    context.strokeStyle = style.getPropertyValue("border-top-color");
    context.lineWidth = devicePixelRatio;
    for (const radius of CIRCLES) {
      context.beginPath();
      context.arc(side / 2, side / 2, radius * unit, 0, 2 * Math.PI);
      context.stroke();
    }
    const before = Math.min(Math.floor(this.look), this.last - 1);
    const share = this.look - before;
    const from = 2 * labels.length * before;
    context.font = `600 ${NUMERAL * side}px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const [n, label] of labels.entries()) {
      const [x, y] = [0, 1].map((axis) => {
        const at = from + 2 * n + axis;
        return ((1 - share) * codes[at] + share * codes[at + 2 * labels.length]) / 100;
      });
      context.fillStyle = colours[label];
      context.fillText(String(label), side / 2 + x * unit, side / 2 - y * unit);
    }
  }
}

export default mounting(WatchedFigure, "live theory");
