/*
 * View "draw": a drawing runs through the encoder and the decoder while it is drawn.
 *
 * The mean of q(z|x) moves on the map with its standard deviations, the reconstruction follows stroke by stroke. The end
 * of a stroke tells Python the image as the encoder sees it. The strokes themselves stay with the tab, where a
 * new pad finds them: after another page, another model's, a reload. Python says which drawing it holds: one that did
 * not come from here, with a link for example, is shown as it is while there are no strokes; none empties the pad.
 *
 * Without a pointer the arrow keys move a pen, which the space bar puts down and lifts.
 */

import { Chart } from "./chart.js";
import { h } from "./dom.js";
import { ClassBadge, Images, Readout, Voice, button, figureOf, spokenCode } from "./view.js";
import { Ink, PEN, PIXELS, SIDE, drawStrokes, keptInk } from "./ink.js";
import { KeyPen } from "./pen.js";
import { Plane, mapOf } from "./space.js";
import { listen } from "./page.js";

const PAD = 560; // canvas pixels of the pad, shown at half of that: sharp on dense displays

const PAD_LABEL =
  "Drawing area. Arrow keys move a pen, with Shift in larger steps; Space puts it down and lifts it; Backspace takes the last stroke back.";

export const drawView = (live) => new DrawView(live);

class DrawView {
  constructor(live) {
    this.live = live;
    this.ink = new Ink();
    this.pad = h("canvas", { class: "pad", width: PAD, height: PAD, tabindex: 0, role: "application", "aria-label": PAD_LABEL });
    this.context = this.pad.getContext("2d");
    this.input = new Images({ class: "image", "aria-label": "Encoder input" });
    this.output = new Images({ class: "image", "aria-label": "Reconstruction" });
    this.centre = h("input", { type: "checkbox", checked: true });
    this.readout = new Readout();
    this.badge = new ClassBadge();
    this.voice = new Voice(live.signal);
    this.trail = []; // places that the mean passed since the pad was empty
    this.centre.checked = keptInk.read().centred;
    this.sent = []; // texts that Python has not answered yet
    this.#layOut();
    this.adopt(live.component.data.held);
    this.pen = new KeyPen(this);
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
    pad("keydown", (event) => this.pen.press(event));
    pad("blur", () => this.pen.leave());
    listen(this.undo, "click", () => this.take(), signal);
    listen(this.clear, "click", () => this.empty(), signal);
    listen(this.centre, "change", () => (this.live.redraw(), this.commit()), signal);
  }

  update({ data, decoder }) {
    if (data.held !== this.held) this.hear(data.held);
    if (data.opened && !this.isThere && navigator.userActivation?.isActive) this.#arrive();
    this.isThere = true;
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

  /** The user has just opened the pad: it comes into sight, as little further as it must, and takes the keys. */
  #arrive() {
    this.pad.focus({ preventScroll: true });
    this.pad.scrollIntoView({ block: "nearest" });
  }

  /** What Python holds now: the answer to what was drawn here, or the drawing of somebody else. */
  hear(held) {
    const answered = this.sent.indexOf(held);
    if (answered < 0) this.adopt(held);
    else this.held = held;
    this.sent.splice(0, answered + 1);
  }

  /** Shows the drawing that Python holds: its strokes where this tab has them. */
  adopt(held) {
    this.held = held;
    const { strokes, sent } = keptInk.read();
    const isOwn = held !== "" && held === sent && strokes.length > 0;
    this.ink.strokes = isOwn ? strokes : [];
    this.ground = isOwn || held === "" ? null : pixelsOf(held);
    this.trail = [];
    this.live.redraw();
  }

  /** The encoder's input, null while there is none. */
  get pixels() {
    return this.ink.pixels(this.centre.checked) ?? this.ground;
  }

  begin(event) {
    if (event.button !== 0 || this.stroke) return;
    this.pen.leave();
    this.pad.setPointerCapture(event.pointerId);
    this.stroke = { id: event.pointerId, points: [this.#point(event)] };
    this.add(this.stroke.points);
  }

  /** A new stroke; it begins a new drawing where the present one is known as an image only, which comes back without it. */
  add(points) {
    this.ink.strokes.push(points);
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

  /** Takes back the last stroke. */
  take() {
    if (!this.ink.strokes.pop()) return;
    this.live.redraw();
    this.commit();
  }

  empty() {
    this.ground = null;
    this.ink.strokes = [];
    this.live.redraw();
    this.commit();
  }

  commit() {
    const text = textOf(this.pixels);
    keptInk.write({ strokes: this.ink.strokes, centred: this.centre.checked, sent: text });
    this.trail = [];
    if (this.sent.length > 0 || text !== this.held) this.sent.push(text);
    this.live.commit("drawing", text);
  }

  draw() {
    const { decoder, encoder } = this.live;
    this.#drawPad();
    const { pixels } = this;
    this.undo.disabled = this.ink.strokes.length === 0;
    this.clear.disabled = !pixels;
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
    if (this.ground && this.ink.strokes.length === 0) context.drawImage(pictureOf(this.ground), 0, 0, PAD, PAD);
    drawStrokes(context, this.ink.strokes, { scale, dx: 0, dy: 0, pen: PEN * scale });
    this.pen?.draw(context, scale);
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

/** The levels of an image in base64, empty for none; `pixelsOf` reads it. */
const textOf = (pixels) => (pixels ? btoa(String.fromCharCode(...Array.from(pixels, (value) => Math.round(255 * value)))) : "");

const pixelsOf = (text) => Float32Array.from(atob(text), (letter) => letter.charCodeAt(0) / 255);

/** A grey image as a canvas. */
function pictureOf(pixels) {
  const canvas = h("canvas", { width: SIDE, height: SIDE });
  const data = new Uint8ClampedArray(4 * PIXELS);
  pixels.forEach((value, at) => data.set([255 * value, 255 * value, 255 * value, 255], 4 * at));
  canvas.getContext("2d").putImageData(new ImageData(data, SIDE, SIDE), 0, 0);
  return canvas;
}
