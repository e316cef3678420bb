/*
 * View "sliders": every coordinate of z under its own slider, in prior standard deviations, decoded live.
 *
 * The dimensions stand in the order of their KL, those that carry most first; inactive ones, which the decoder
 * ignores, are marked and come last. Over each slider a strip shows what its dimension alone changes; all strips follow
 * when another one moves. Letting go of a slider or a strip, or a button, tells Python z.
 */

import { h, setText } from "./dom.js";
import { ClassBadge, Images, Slider, Voice, button, coordinate, figureOf, fixed, spokenCode } from "./view.js";
import { listen } from "./page.js";
import { normals, rounded, vectorOf } from "./space.js";
import { Strip } from "./strip.js";

const FEW = 3; // dimensions: their strips have fewer and larger images
const IMAGES = 13, FEWER = 7; // of a strip: a step of 0.5 or 1 sd
const NARROW = 440; // pixels
const BUDGET_MS = 8; // for decoding strips, of a frame's 16

export const slidersView = (live) => new SlidersView(live);

class SlidersView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "image", "aria-label": "Decoder mean of the sliders" });
    this.badge = new ClassBadge();
    this.voice = new Voice(live.signal);
    this.list = h("div", { class: "sliders" });
    this.scale = h("p", { class: "quiet" });
    this.back = button("Back to the image", { hidden: true });
    const reset = button("Reset to 0");
    const randomise = button("Draw from the prior", { class: "primary" });
    live.root.append(
      h("div", { class: "panel" },
        h("div", { class: "side" },
          figureOf(this.images, "decoder mean"),
          this.badge.element,
          this.voice.element,
        ),
        h("div", {}, h("div", { class: "buttons" }, randomise, reset, this.back), this.list, this.scale),
      ),
    );
    listen(reset, "click", () => this.jump(new Float32Array(this.z.length)), live.signal);
    listen(randomise, "click", () => this.jump(normals(this.z.length)), live.signal);
    listen(this.back, "click", () => this.jump(this.start.slice()), live.signal);
    this.rows = [];
  }

  update({ data, decoder }) {
    this.images.fit(decoder.image);
    const asked = JSON.stringify([data.start, data.z, data.model]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.start = vectorOf(data.start, decoder.latentDim);
      this.z = vectorOf(data.z ?? data.start, decoder.latentDim);
    }
    const isNarrow = this.live.root.clientWidth < NARROW;
    const laidOut = JSON.stringify([data.model, data.extent, isNarrow]);
    if (laidOut !== this.laidOut) {
      this.laidOut = laidOut;
      this.#layOut(decoder, data.extent, isNarrow);
    }
    this.#showCoordinates(); // at once: a key may come before a frame
    this.back.hidden = !data.start;
    setText(this.back, data.start_label ? `Back to ${data.start_label}` : "Back to the image");
  }

  /** Makes new rows, whose strips are black until they are decoded. */
  #layOut(decoder, extent, isNarrow) {
    const kl = decoder.klPerDim;
    const order = [...kl.keys()].sort((i, j) => kl[j] - kl[i]);
    const most = Math.max(...kl, 1e-9);
    const { inactiveBelow, hasPosterior } = decoder;
    const isFew = kl.length <= FEW;
    this.live.root.firstElementChild.classList.toggle("few", isFew);
    const count = isFew || isNarrow ? FEWER : IMAGES;
    this.rows = order.map((index) => this.#row(index, kl[index], { inactiveBelow, hasPosterior, most, extent, count }));
    const active = [...kl].filter((nats) => nats >= inactiveBelow).length;
    const quiet = active < kl.length ? "; the decoder ignores the others" : "";
    const bars = hasPosterior
      ? ` Grey bars: mean KL, largest first, up to ${fixed(most)} nats. ${active} of ${kl.length} dimensions are active${quiet}.`
      : "";
    setText(this.scale, `Each strip shows what the decoder makes of that coordinate from −${extent} to ${extent} prior standard deviations, the others held. A click on it sets the slider, a double click on the slider sets 0.${bars}`);
    this.list.replaceChildren(...this.rows.map((row) => row.element));
  }

  #row(index, kl, { inactiveBelow, hasPosterior, most, extent, count }) {
    const active = !hasPosterior || kl >= inactiveBelow;
    const nats = `mean KL ${fixed(kl)} nats`;
    const label = hasPosterior ? `${coordinate(index)}, ${nats}${active ? "" : ", inactive"}` : coordinate(index);
    const slider = new Slider({ label, min: -extent, max: extent, step: 0.01 });
    const bar = active ? h("span", { class: "kl", title: nats }) : h("span", { class: "quiet", title: nats, text: "inactive" });
    bar.style.setProperty("--share", `${(100 * kl) / most}%`);
    const number = h("output", { class: "number" });
    const set = (value) => {
      this.z[index] = value;
      this.live.redraw();
    };
    const { image, stride } = this.live.decoder;
    const strip = new Strip({ index, count, extent, image, stride, pick: (value, isDone) => (set(value), isDone && this.commit()) });
    const element = h("div", { class: active ? "row" : "row inactive" },
      h("span", { class: "name", text: coordinate(index) }), strip.element, hasPosterior ? bar : null, slider.input, number,
    );
    element.style.setProperty("--count", `${count}`);
    element.style.setProperty("--natural", `${count * image.width}px`);
    slider.input.oninput = () => set(slider.value);
    slider.input.onchange = () => this.commit();
    slider.input.ondblclick = () => this.jump(this.z.with(index, 0));
    return { index, slider, strip, number, element };
  }

  jump(z) {
    this.z = Float32Array.from(rounded(z)); // as it will come back
    this.live.redraw();
    this.commit();
  }

  commit() {
    this.live.commit("code", rounded(this.z));
  }

  draw() {
    const { decoder } = this.live;
    const reading = this.live.read(this.z);
    this.images.draw(decoder.decode(this.z));
    this.badge.read(reading);
    this.#drawStrips();
    for (const { index, strip } of this.rows) strip.show(this.z[index]);
    this.#showCoordinates();
    this.voice.say(spokenCode(this.z, reading));
  }

  #showCoordinates() {
    for (const { index, slider, number } of this.rows) {
      const value = fixed(this.z[index]);
      if (number.textContent === value) continue;
      setText(number, value);
      slider.set(this.z[index], `${value} standard deviations`);
    }
  }

  /** Those that have waited longest first, for as long as a frame allows. */
  #drawStrips() {
    const until = performance.now() + BUDGET_MS;
    const strips = this.rows.map((row) => row.strip).filter((strip) => strip.follow(this.z));
    strips.sort((one, other) => (one.drawn ?? 0) - (other.drawn ?? 0));
    while (strips.length > 0 && performance.now() < until) {
      strips[0].draw(this.live.decoder, until);
      if (!this.live.decoder.complete) return; // it goes on when they have come
      strips[0].drawn = performance.now();
      if (strips[0].left === 0) strips.shift();
    }
    if (strips.length > 0) this.live.redraw();
  }
}
