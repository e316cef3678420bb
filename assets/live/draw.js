/*
 * View "draw": a drawing runs through the encoder and the decoder while it is drawn.
 *
 * The mean of q(z|x) moves on the map with its standard deviations, the reconstruction follows stroke by stroke. The end
 * of a stroke tells Python the image as the encoder sees it. The strokes themselves stay with the tab, where a
 * new pad finds them: after another page, another model's, a reload.
 */

import { Chart } from "./chart.js";
import { h } from "./dom.js";
import { ClassBadge, Images, Readout, Voice, button, figureOf, spokenCode } from "./view.js";
import { Ink, PEN, PIXELS, SIDE, drawStrokes, keptInk } from "./ink.js";
import { Plane, mapOf } from "./space.js";
import { listen } from "./page.js";

const PAD = 560; // canvas pixels of the pad, shown at half of that: sharp on dense displays

export const drawView = (live) => new DrawView(live);

class DrawView {
  constructor(live) {
    this.live = live;
    this.ink = new Ink();
    this.pad = h("canvas", { class: "pad", width: PAD, height: PAD, tabindex: 0, role: "img", "aria-label": "Drawing area" });
    this.context = this.pad.getContext("2d");
    this.input = new Images({ class: "image", "aria-label": "Encoder input" });
    this.output = new Images({ class: "image", "aria-label": "Reconstruction" });
    this.centre = h("input", { type: "checkbox", checked: true });
    this.readout = new Readout();
    this.badge = new ClassBadge();
    this.voice = new Voice();
    this.trail = []; // places that the mean passed since the pad was empty
    const { strokes, centred } = keptInk.read();
    this.ink.strokes = strokes;
    this.centre.checked = centred;
    this.#layOut();
    this.#listen();
    this.chart = new Chart(live.signal, { layout: () => live.redraw() });
  }

  #layOut() {
    this.undo = button("Undo stroke");
    this.clear = button("Clear");
    const stage = (name) => h("span", { class: `stage ${name}`, "aria-hidden": "true" }, h("span", { text: name }));
    const centring = h("label", { class: "check" }, this.centre, h("span", { text: "Centre and scale as MNIST does" }));
    this.live.root.append(
      h("div", { class: "draw" },
        h("figure", {}, this.pad, h("figcaption", {}, h("span", { text: "draw here" }))),
        h("div", { class: "flow" },
          figureOf(this.input, "what the encoder sees"), stage("encoder"), stage("decoder"), figureOf(this.output, "reconstruction"),
        ),
        h("div", { class: "facts" }, h("div", { class: "buttons" }, this.undo, this.clear), centring, this.badge.element, this.readout.list),
        this.voice.element,
      ),
    );
  }

  #listen() {
    const { signal } = this.live;
    const pad = (type, handler) => listen(this.pad, type, handler, signal);
    pad("pointerdown", (event) => this.begin(event));
    pad("pointermove", (event) => this.extend(event));
    pad("pointerup", (event) => this.end(event));
    pad("pointercancel", (event) => this.end(event));
    pad("keydown", (event) => event.key === "z" && (event.ctrlKey || event.metaKey) && this.take());
    listen(this.undo, "click", () => this.take(), signal);
    listen(this.clear, "click", () => this.take(this.ink.strokes.length), signal);
    listen(this.centre, "change", () => (this.live.redraw(), this.commit()), signal);
    signal.addEventListener("abort", () => this.voice.stop());
  }

  update({ data, decoder }) {
    const isDrawn = this.ink.strokes.length > 0;
    if (!this.known && isDrawn !== data.held) this.commit();
    this.known = true; // from here on Python hears of every change
    this.map = data.plot_key ? mapOf(this.live) : null;
    for (const each of [this.input, this.output]) each.fit(decoder.image);
    this.chart.overlay.theme(this.live.root);
    this.chart.follow(data.plot_key);
  }

  /** A pointer's place in 28ths of the pad. */
  #point(event) {
    const box = this.pad.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  }

  begin(event) {
    if (event.button !== 0 || this.stroke) return;
    this.pad.setPointerCapture(event.pointerId);
    this.stroke = { id: event.pointerId, points: [this.#point(event)] };
    this.ink.strokes.push(this.stroke.points);
    this.live.redraw();
  }

  extend(event) {
    if (event.pointerId !== this.stroke?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) this.stroke.points.push(this.#point(each));
    this.live.redraw();
  }

  end(event) {
    if (event.pointerId !== this.stroke?.id) return;
    this.stroke = null;
    this.live.redraw();
    this.commit();
  }

  /** Takes back the last strokes. */
  take(count = 1) {
    if (this.ink.strokes.length === 0) return;
    this.ink.strokes.splice(-count, count);
    this.trail = [];
    this.live.redraw();
    this.commit();
  }

  commit() {
    keptInk.write({ strokes: this.ink.strokes, centred: this.centre.checked });
    const pixels = this.ink.pixels(this.centre.checked);
    const bytes = pixels && Array.from(pixels, (value) => String.fromCharCode(Math.round(255 * value)));
    this.live.commit("drawing", bytes ? btoa(bytes.join("")) : ""); // "" is a change from a new pad's null, which Python hears of
  }

  draw() {
    const { decoder, encoder } = this.live;
    this.#drawPad();
    const pixels = this.ink.pixels(this.centre.checked);
    this.undo.disabled = this.clear.disabled = !pixels;
    this.input.draw(pixels ?? new Float32Array(PIXELS));
    if (!pixels || !encoder) {
      this.output.draw(new Float32Array(PIXELS));
      this.readout.clear();
      this.badge.read(null);
      this.#mark(null);
      return;
    }
    const { mu, logVar, draws } = encoder.encode(pixels);
    const sd = decoder.hasPosterior || draws ? logVar.map((value) => Math.exp(value / 2)) : null;
    const reading = this.live.read(mu);
    this.output.draw(decoder.decode(mu));
    this.readout.show(mu, null, sd);
    this.badge.read(reading);
    this.#mark(mu, sd, draws);
    this.voice.say(spokenCode(mu, reading));
  }

  #drawPad() {
    const { context } = this;
    context.fillStyle = "#000";
    context.fillRect(0, 0, PAD, PAD);
    const scale = PAD / SIDE;
    drawStrokes(context, this.ink.strokes, { scale, dx: 0, dy: 0, pen: PEN * scale });
  }

  /** The posterior on the map: mean, one standard deviation or its draws, and the way the mean came. */
  #mark(mu, sd, draws) {
    const { overlay } = this.chart;
    if (!mu) this.trail = [];
    const place = mu && this.map && this.map.place(mu);
    if (place) this.trail = [...this.trail.slice(-80), [place.x, place.y]];
    const isPlane = place && this.map instanceof Plane;
    const spread = isPlane && sd && !draws && this.map.place(sd);
    const cloud = isPlane && draws?.map((z) => this.map.place(z)).map(({ x, y }) => [x, y]);
    overlay.put("trail", place ? { kind: "line", points: this.trail, faint: true } : null);
    overlay.put("posterior", spread ? { kind: "ellipse", ...place, rx: spread.x, ry: spread.y } : null);
    overlay.put("cloud", cloud ? { kind: "cloud", points: cloud } : null);
    overlay.put("mean", place ? { kind: "dot", ...place } : null);
  }
}
