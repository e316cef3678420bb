/*
 * View "pairs": every straight path between K codes at once, K x K images (row: start, column: end), there and back.
 */

import { h, setText } from "./dom.js";
import { Images } from "./view.js";
import { Player, PlayerControls } from "./player.js";
import { linearStep, vectorOf } from "./space.js";
import { reducedMotion } from "./page.js";

const FRAME_MS = 1000 / 30 - 2; // a display of 60 frames a second is never exactly in step

export const pairsView = (live) => new PairsView(live);

class PairsView {
  constructor(live) {
    this.live = live;
    this.frame = h("div", { class: "grid" });
    this.player = new Player(live.signal, { seconds: 3, bounce: true, changed: () => this.changed() });
    this.controls = new PlayerControls(this.player, live.signal);
    this.rate = h("span", { class: "quiet number" });
    live.root.append(h("div", { class: "pairs" }, this.controls.element, this.frame, this.rate));
    this.times = [];
  }

  update({ data, decoder }) {
    const ends = data.ends.map((end) => vectorOf(end, decoder.latentDim));
    const names = data.labels ?? [];
    if (ends.length !== this.ends?.length || String(names) !== this.names) this.#layOut(ends.length, names);
    this.names = String(names);
    this.images.fit(decoder.image);
    this.ends = ends;
    this.codes = new Float32Array(ends.length ** 2 * decoder.latentDim);
    if (this.player.playing || this.started || reducedMotion()) return;
    this.started = true;
    this.player.play();
  }

  #layOut(count, names) {
    this.images = new Images({ class: "many", "aria-label": `${count} by ${count} paths, row start, column end` }, count, count, 1);
    const heads = (className) => h("div", { class: className, "aria-hidden": "true" }, ...names.map((text) => h("span", { text })));
    this.frame.replaceChildren(heads("columns"), heads("rows"), this.images.canvas);
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
    const count = this.ends.length;
    for (let pair = 0; pair < count ** 2; pair += 1) {
      const [start, end] = [this.ends[Math.floor(pair / count)], this.ends[pair % count]];
      linearStep(start, end, t, this.codes, pair * decoder.latentDim);
    }
    const images = decoder.decode(this.codes, count ** 2); // at most CHUNK: vae/web/live holds K to 12
    this.images.draw(images, decoder.stride);
    this.controls.show(t, playing);
    this.#showRate(playing);
  }

  #showRate(playing) {
    const now = performance.now();
    this.times = playing ? [...this.times.filter((time) => now - time < 1000), now] : [];
    const rate = this.times.length > 5 ? `${this.times.length} frames/s, ${this.ends.length ** 2} images each` : "";
    if (!playing || this.times.length % 10 === 0) setText(this.rate, rate);
  }
}
