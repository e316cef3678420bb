/*
 * View "pairs": every straight path between K codes at once, K x K images (row: start, column: end), there and back. A
 * click on one, or Enter, tells Python its {row, column}.
 */

import { h, setText } from "./dom.js";
import { Images, button } from "./view.js";
import { Player, PlayerControls } from "./player.js";
import { STEPS, linearStep, vectorOf } from "./space.js";
import { listen } from "./page.js";

const FRAME_MS = 1000 / 30 - 2; // a display of 60 frames a second is never exactly in step
const BEGINNING = 0.5; // of t, where what lies between is to be seen at once
const HINT = "Click a picture to open its path.";

export const pairsView = (live) => new PairsView(live);

class PairsView {
  constructor(live) {
    this.live = live;
    this.frame = h("div", { class: "grid" });
    this.cells = h("div", { class: "cells", role: "group", "aria-label": "All pairs: arrow keys choose one, Enter opens it" });
    this.player = new Player(live.signal, { seconds: 3, bounce: true, changed: () => this.changed() });
    this.controls = new PlayerControls(this.player, live.signal);
    this.words = h("p", { class: "quiet", text: HINT });
    live.root.append(h("div", { class: "pairs" }, this.controls.element, this.controls.slider.input, this.frame, this.words));
    this.player.seek(BEGINNING);
    const cellOf = (event) => [...this.cells.children].indexOf(event.target);
    listen(this.cells, "click", (event) => cellOf(event) >= 0 && live.pick(this.pairOf(cellOf(event))), live.signal);
    for (const type of ["pointerover", "focusin"]) listen(this.cells, type, (event) => this.name(cellOf(event)), live.signal);
    for (const type of ["pointerleave", "focusout"]) listen(this.cells, type, () => this.name(-1), live.signal);
    listen(this.cells, "keydown", (event) => this.key(event, cellOf(event)), live.signal);
  }

  update({ data, decoder }) {
    this.ends = data.ends.map((end) => vectorOf(end, decoder.latentDim));
    if (String(data.labels) !== String(this.names)) this.#layOut((this.names = data.labels));
    this.images.fit(decoder.image);
    this.codes = new Float32Array(this.count ** 2 * decoder.latentDim);
  }

  get count() {
    return this.ends.length;
  }

  pairOf(cell) {
    return { row: Math.floor(cell / this.count), column: cell % this.count };
  }

  /** The arrow keys go from cell to cell, of which the Tab key reaches one. */
  key(event, cell) {
    const step = STEPS[event.key];
    if (!step || cell < 0) return;
    const { row, column } = this.pairOf(cell);
    const [down, right] = [row - step[1], column + step[0]];
    event.preventDefault();
    if (Math.min(down, right) < 0 || Math.max(down, right) >= this.count) return;
    event.target.tabIndex = -1;
    const next = this.cells.children[down * this.count + right];
    next.tabIndex = 0;
    next.focus();
  }

  /** Says which pair a cell is; below zero what can be done. */
  name(cell) {
    setText(this.words, cell < 0 ? HINT : `${this.#words(cell)}: click to open this path.`);
  }

  #words(cell) {
    const { row, column } = this.pairOf(cell);
    return `From ${this.names[row]} to ${this.names[column]}`;
  }

  #layOut(names) {
    const { count } = this;
    this.images = new Images({ class: "many", "aria-label": `${count} by ${count} paths, row start, column end` }, count, count, 1);
    const heads = (className) => h("div", { class: className, "aria-hidden": "true" }, ...names.map((text) => h("span", { text })));
    const cell = (_, k) => button("", { "aria-label": this.#words(k), tabindex: k ? -1 : 0 });
    this.cells.style.setProperty("--count", String(count));
    this.cells.replaceChildren(...Array.from({ length: count ** 2 }, cell));
    this.frame.replaceChildren(heads("columns"), heads("rows"), h("div", { class: "board" }, this.images.canvas, this.cells));
  }

  /** Draws at most 30 times a second; a hand on the slider is followed at once. */
  changed() {
    const now = performance.now();
    if (this.player.playing && now - (this.drawn ?? -Infinity) < FRAME_MS) return;
    this.drawn = now;
    if (this.player.playing) this.live.draw(); // in this frame already
    else this.live.redraw();
  }

  draw() {
    const { decoder } = this.live;
    const { t, playing } = this.player;
    const { count } = this;
    for (let pair = 0; pair < count ** 2; pair += 1) {
      const [start, end] = [this.ends[Math.floor(pair / count)], this.ends[pair % count]];
      linearStep(start, end, t, this.codes, pair * decoder.latentDim);
    }
    const images = decoder.decode(this.codes, count ** 2); // at most CHUNK: vae/web/live holds K to 12
    this.images.draw(images, decoder.stride);
    this.controls.show(t, playing);
  }
}
