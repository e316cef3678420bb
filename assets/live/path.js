/*
 * View "path": t moves along a path between two codes, and the image morphs under the hand or in play.
 *
 * On a map of a latent plane the path is drawn with its moving point, and its ends can be dragged; the strip of frames
 * follows. Letting go of t or of an end tells Python {a, b, t}.
 */

import { CHUNK } from "./network.js";
import { Chart } from "./chart.js";
import { h } from "./dom.js";
import { ClassBadge, Images, NOTES, Readout, Voice, button, figureOf, fixed, spokenCode } from "./view.js";
import { mapOf, pathCodes, pathStep, rounded, stepAlong, vectorOf } from "./space.js";
import { Player, PlayerControls } from "./player.js";
import { makeDraggable } from "./handles.js";
import { Preview } from "./preview.js";

const LINE = 41; // points of the path on the map
const NAMES = { a: "Start", b: "End" };
const LETTERS = ["A", "B"];

export const pathView = (live) => new PathView(live);

class PathView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "image", "aria-label": "Decoder mean on the path" });
    this.badge = new ClassBadge();
    this.readout = new Readout();
    this.voice = new Voice(live.signal);
    this.strip = h("div", { class: "strip" });
    this.names = h("p", { class: "ends" });
    this.player = new Player(live.signal, { seconds: 4, bounce: false, changed: () => live.redraw() });
    this.controls = new PlayerControls(this.player, live.signal, { release: () => this.commit() });
    live.root.append(
      h("div", { class: "path" },
        figureOf(this.images, "decoder mean at t"),
        this.controls.element,
        h("div", { class: "track" }, this.controls.slider.input, this.strip, this.names),
        h("div", { class: "facts" }, this.badge.element, this.readout.list),
        this.voice.element,
      ),
    );
    this.chart = new Chart(live.signal, {
      layout: () => live.redraw(),
      missing: (missing) => live.note(missing ? NOTES.chart : null),
    });
    this.preview = new Preview(this.chart, live.signal);
    this.ends = { a: null, b: null };
    this.held = null; // the end that a hand is dragging
    this.pointer = null; // where, on the map
    this.frames = []; // Images of the strip
  }

  update({ data, decoder }) {
    this.map = data.plot_key ? mapOf(this.live) : null;
    const asked = JSON.stringify([data.a, data.b, data.model]);
    if (asked !== this.asked) {
      this.asked = asked;
      for (const end of ["a", "b"]) if (end !== this.held) this.ends[end] = vectorOf(data[end], decoder.latentDim);
    }
    if (this.askedT !== data.t) this.player.seek((this.askedT = data.t));
    this.#layStrip(data.frames);
    this.names.replaceChildren(...data.labels.map((name, order) => h("span", {}, h("b", { text: LETTERS[order] }), name)));
    for (const each of [this.images, this.preview, ...this.frames]) each.fit(decoder.image);
    this.stale = true; // the strip shows another path
    this.chart.overlay.theme(this.live.root);
    this.chart.follow(data.plot_key);
    this.#markEnds();
  }

  /** How the path goes; one through given points is straight while an end is away from them. */
  get step() {
    const { path, points, a, b } = this.live.data;
    const moved = [[a, this.ends.a], [b, this.ends.b]].some(([from, to]) => from.some((value, k) => Math.abs(value - to[k]) > 1e-3));
    return points && !moved ? stepAlong(points) : pathStep(path);
  }

  commit() {
    const { a, b } = this.ends;
    this.live.commit("path", { a: rounded(a), b: rounded(b), t: Math.round(this.player.t * 1e4) / 1e4 });
  }

  /** Buttons that are frames of the path, under the slider where their t is; a click goes there. */
  #layStrip(count) {
    if (this.frames.length === count) return;
    this.frames = Array.from({ length: count }, () => new Images({ "aria-hidden": "true" }));
    this.strip.replaceChildren(
      ...this.frames.map((images, index) => {
        const t = count > 1 ? index / (count - 1) : 0;
        const element = button("", { "aria-label": `t ${fixed(t)}`, title: `Go to t = ${fixed(t)}` });
        element.append(images.canvas);
        element.onclick = () => (this.controls.seek(t), this.commit());
        return element;
      }),
    );
  }

  /** Handles at both ends. */
  #markEnds() {
    const { data } = this.live;
    for (const [order, end] of ["a", "b"].entries()) {
      if (!this.map) {
        this.chart.overlay.put(end, null);
        continue;
      }
      const letter = end.toUpperCase();
      const label = `${NAMES[end]} of the path, ${letter}, ${data.labels[order]}: arrow keys move it, Enter keeps it`;
      const before = this.chart.overlay.element(end);
      this.chart.overlay.put(end, { kind: "handle", ...this.map.place(this.ends[end]), label, text: letter });
      const element = this.chart.overlay.element(end);
      if (element !== before) makeDraggable(element, this.chart, this.#handOf(end));
    }
  }

  /** What the hand that drags an end does. */
  #handOf(end) {
    return {
      at: () => this.map.place(this.ends[end]),
      take: () => (this.held = end),
      moveTo: (place, pointer) => {
        this.ends[end] = this.map.code(place, this.ends[end]).z;
        this.pointer = pointer;
        this.stale = true;
        this.live.redraw();
      },
      drop: () => {
        this.held = this.pointer = null;
        this.live.redraw();
      },
      commit: () => this.commit(),
    };
  }

  draw() {
    const { decoder } = this.live;
    const { a, b } = this.ends;
    const { t, playing } = this.player;
    const z = new Float32Array(decoder.latentDim);
    this.step(a, b, t, z);
    const reading = this.live.read(z);
    this.images.draw(decoder.decode(z));
    this.controls.show(t, playing);
    this.badge.read(reading);
    this.readout.show(z);
    if (this.stale) this.#drawStrip();
    const current = Math.round(t * (this.frames.length - 1));
    [...this.strip.children].forEach((each, index) => each.classList.toggle("current", index === current));
    this.#markPath(z);
    if (this.pointer) this.preview.show(decoder.decode(this.ends[this.held]), this.pointer, null); // the large image shows t
    else this.preview.hide();
    if (!playing) this.voice.say(`t ${fixed(t)}; ${spokenCode(z, reading)}`);
  }

  #drawStrip() {
    const { decoder } = this.live;
    const count = this.frames.length;
    for (let from = 0; from < count; from += CHUNK) {
      const codes = pathCodes(this.step, this.ends.a, this.ends.b, count).subarray(from * decoder.latentDim);
      const images = decoder.decode(codes, Math.min(CHUNK, count - from));
      if (!decoder.complete) return; // it goes on when they have come
      for (let k = from; k < Math.min(from + CHUNK, count); k += 1) {
        this.frames[k].draw(images.subarray((k - from) * decoder.stride));
      }
    }
    this.stale = false;
  }

  #markPath(z) {
    if (!this.map) return;
    const { overlay } = this.chart;
    const { a, b } = this.ends;
    const codes = pathCodes(this.step, a, b, LINE);
    const place = (k) => this.map.place(codes.subarray(k * a.length, (k + 1) * a.length));
    const points = Array.from({ length: LINE }, (_, k) => place(k)).map(({ x, y }) => [x, y]);
    overlay.put("line", { kind: "line", points });
    for (const end of ["a", "b"]) overlay.move(end, this.map.place(this.ends[end]));
    overlay.put("dot", { kind: "dot", ...this.map.place(z) });
  }
}
