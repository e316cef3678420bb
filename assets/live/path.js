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
import { STEPS, mapOf, pathCodes, pathStep, rounded, stepAlong, vectorOf } from "./space.js";
import { Player, PlayerControls } from "./player.js";
import { Preview } from "./preview.js";

const LINE = 41; // points of the path on the map
const NAMES = { a: "Start", b: "End" };

export const pathView = (live) => new PathView(live);

class PathView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "image", "aria-label": "Decoder mean on the path" });
    this.badge = new ClassBadge();
    this.readout = new Readout();
    this.voice = new Voice();
    this.strip = h("div", { class: "strip" });
    this.player = new Player(live.signal, { seconds: 4, bounce: false, changed: () => live.redraw() });
    this.controls = new PlayerControls(this.player, live.signal, { release: () => this.commit() });
    live.root.append(
      h("div", { class: "path" },
        figureOf(this.images, "decoder mean at t"),
        h("div", { class: "facts" }, this.controls.element, this.badge.element, this.readout.list),
        this.strip,
        this.voice.element,
      ),
    );
    live.signal.addEventListener("abort", () => this.voice.stop());
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

  /** Buttons with the path's frames, each with its t; a click goes there. */
  #layStrip(count) {
    if (this.frames.length === count) return;
    this.frames = Array.from({ length: count }, () => new Images({ "aria-hidden": "true" }));
    this.strip.replaceChildren(
      ...this.frames.map((images, index) => {
        const t = count > 1 ? index / (count - 1) : 0;
        const element = button("", { "aria-label": `t ${fixed(t)}` });
        element.append(images.canvas, h("span", { class: "number", text: fixed(t) }));
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
      if (element !== before) this.#makeDraggable(end, element);
    }
  }

  #makeDraggable(end, element) {
    const moveTo = (place) => {
      this.ends[end] = this.map.code(place, this.ends[end]).z;
      this.stale = true;
      this.live.redraw();
    };
    const stop = (event) => event.stopPropagation();
    element.onmousedown = stop;
    element.ontouchstart = (event) => (stop(event), event.preventDefault()); // the page does not scroll under the finger
    element.onpointerdown = (event) => {
      stop(event);
      element.setPointerCapture(event.pointerId);
      this.held = end;
    };
    element.onpointermove = (event) => {
      stop(event);
      const place = element.hasPointerCapture(event.pointerId) && this.chart.place(event);
      if (!place) return;
      this.pointer = place;
      moveTo(place);
    };
    element.onpointerup = (event) => {
      stop(event);
      this.commit();
    };
    element.onlostpointercapture = () => {
      this.held = this.pointer = null;
      this.live.redraw();
    };
    element.onkeydown = (event) => {
      const move = STEPS[event.key];
      if (event.key === "Enter") this.commit();
      if (!move) return;
      const step = (event.shiftKey ? 0.05 : 0.01) * this.chart.extent[0];
      const { x, y } = this.map.place(this.ends[end]);
      moveTo({ x: x + step * move[0], y: y + step * move[1] });
      event.preventDefault();
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
    if (this.pointer) this.preview.show(decoder.decode(this.ends[this.held]), this.pointer, this.images.canvas);
    else this.preview.hide();
    if (!playing) this.voice.say(`t ${fixed(t)}; ${spokenCode(z, reading)}`);
  }

  #drawStrip() {
    const { decoder } = this.live;
    const count = this.frames.length;
    for (let from = 0; from < count; from += CHUNK) {
      const codes = pathCodes(this.step, this.ends.a, this.ends.b, count).subarray(from * decoder.latentDim);
      const images = decoder.decode(codes, Math.min(CHUNK, count - from));
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
