/*
 * View "sliders": every coordinate of z under its own slider, in prior standard deviations, decoded live.
 *
 * The dimensions stand in the order of their KL, those that carry most first; inactive ones, which the decoder
 * ignores, are marked and come last. Letting go of a slider, or a button, tells Python z.
 */

import { h, setText } from "./dom.js";
import { ClassBadge, Images, Slider, Voice, button, coordinate, figureOf, fixed, spokenCode } from "./view.js";
import { listen } from "./page.js";
import { normals, rounded, vectorOf } from "./space.js";

export const slidersView = (live) => new SlidersView(live);

class SlidersView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "image", "aria-label": "Decoder mean of the sliders" });
    this.badge = new ClassBadge();
    this.voice = new Voice();
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
          h("div", { class: "buttons" }, randomise, reset, this.back),
          this.voice.element,
        ),
        h("div", {}, this.scale, this.list),
      ),
    );
    live.signal.addEventListener("abort", () => this.voice.stop());
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
      this.#layOut(decoder, data.extent);
    }
    this.back.hidden = !data.start;
    setText(this.back, data.start_label ? `Back to ${data.start_label}` : "Back to the image");
  }

  #layOut(decoder, extent) {
    const kl = decoder.klPerDim;
    const order = [...kl.keys()].sort((i, j) => kl[j] - kl[i]);
    const most = Math.max(...kl, 1e-9);
    const { inactiveBelow, hasPosterior } = decoder;
    this.rows = order.map((index) => this.#row(index, kl[index], { inactiveBelow, hasPosterior, most, extent }));
    const bars = hasPosterior ? ` Grey bars: mean KL, largest first, up to ${fixed(most)} nats.` : "";
    setText(this.scale, `Each slider runs from −${extent} to ${extent} standard deviations; a double click sets 0.${bars}`);
    this.list.replaceChildren(...this.rows.map((row) => row.element));
  }

  #row(index, kl, { inactiveBelow, hasPosterior, most, extent }) {
    const active = !hasPosterior || kl >= inactiveBelow;
    const nats = `mean KL ${fixed(kl)} nats`;
    const label = hasPosterior ? `${coordinate(index)}, ${nats}${active ? "" : ", inactive"}` : coordinate(index);
    const slider = new Slider({ label, min: -extent, max: extent, step: 0.01 });
    const bar = active ? h("span", { class: "kl", title: nats }) : h("span", { class: "quiet", title: nats, text: "inactive" });
    bar.style.setProperty("--share", `${(100 * kl) / most}%`);
    const number = h("output", { class: "number" });
    const element = h("label", { class: active ? "row" : "row inactive" },
      h("span", { class: "name", text: coordinate(index) }), hasPosterior ? bar : null, slider.input, number,
    );
    slider.input.oninput = () => {
      this.z[index] = slider.value;
      this.live.redraw();
    };
    slider.input.onchange = () => this.commit();
    slider.input.ondblclick = () => this.jump(this.z.with(index, 0));
    return { index, slider, number, element };
  }

  jump(z) {
    this.z = z;
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
    for (const { index, slider, number } of this.rows) {
      const value = fixed(this.z[index]);
      if (number.textContent === value) continue;
      setText(number, value);
      slider.set(this.z[index], `${value} standard deviations`);
    }
    this.voice.say(spokenCode(this.z, reading));
  }
}
