/*
 * View "tour": the picture of a latent plane on which a marker travels by itself, with the recorded images of its way.
 * Under the hand the marker leaves its tour: while a pointer is over the plane, or after an arrow key, it is there, and
 * what the decoder makes of its place lies over the recorded images. A click of the mouse or Enter tells Python.
 */

import { Images, Voice, fixed, spokenCode, spokenReading } from "./view.js";
import { documentWatch, listen, reducedMotion } from "./page.js";
import { STEPS } from "./space.js";
import { setText } from "./dom.js";

const HELD = "vae-held"; // class of the element around plane and images: the hand has the marker
const PATIENCE_MS = 2500; // until the marker goes on with its tour
const STEP = 0.01; // of the plane, by an arrow key; with Shift five times as far

export const tourView = (live) => new TourView(live);

class TourView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "vae-decoded", "aria-hidden": "true" });
    this.voice = new Voice(live.signal);
    live.root.append(this.voice.element);
    this.at = null; // shares of the plane's width and height
    documentWatch.add(() => this.attach(), live.signal);
    live.signal.addEventListener("abort", () => this.detach(), { once: true });
  }

  update({ decoder }) {
    this.images.fit(decoder.image);
    this.attach();
  }

  /** Finds plane, marker, recorded images and the line below them, which Streamlit may have drawn anew. */
  attach() {
    if (!this.live.data || this.plane?.isConnected) return;
    const find = (name) => /** @type {HTMLElement} */ (document.querySelector(name));
    this.plane = find(".vae-plane");
    this.marker = find(".vae-traveller");
    this.line = find(".vae-reading");
    this.around = find(".st-key-hero");
    const recorded = find(".vae-morph");
    if (!this.plane || !recorded) return;
    recorded.append(this.images.canvas);
    const on = (type, handler) => listen(this.plane, type, handler, this.live.signal);
    on("pointermove", (event) => this.point(event));
    on("pointerdown", (event) => this.point(event));
    on("pointerleave", () => this.leave());
    on("blur", () => this.leave());
    on("keydown", (event) => this.key(event));
    on("click", (event) => event.pointerType === "mouse" && this.choose());
  }

  detach() {
    clearTimeout(this.timer);
    this.images.canvas.remove();
    this.around?.classList.remove(HELD);
  }

  point(event) {
    const box = this.plane.getBoundingClientRect();
    this.hold([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  }

  key(event) {
    if (event.key === "Enter") return this.choose();
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 * STEP : STEP;
    const [x, y] = this.at ?? this.travelled();
    this.hold([x + far * step[0], y - far * step[1]]);
    this.isSpoken = true;
  }

  /** Where the marker is on its tour. */
  travelled() {
    const [box, dot] = [this.plane, this.marker].map((element) => element.getBoundingClientRect());
    return [(dot.left + dot.width / 2 - box.left) / box.width, (dot.top + dot.height / 2 - box.top) / box.height];
  }

  hold(at) {
    clearTimeout(this.timer);
    this.at = at.map((share) => Math.min(Math.max(share, 0), 1));
    this.around.classList.add(HELD);
    this.live.redraw();
  }

  leave() {
    clearTimeout(this.timer);
    if (!reducedMotion()) this.timer = setTimeout(() => this.release(), PATIENCE_MS);
  }

  release() {
    this.at = null;
    this.isSpoken = false;
    this.around.classList.remove(HELD);
    for (const side of ["left", "top"]) this.marker.style.removeProperty(side);
    setText(this.line, "");
  }

  choose() {
    if (this.at) this.live.pick({ place: [...this.z()], index: null, hit: false });
  }

  /** The code at the marker. */
  z() {
    const [across, upward] = this.live.data.reach;
    return Float32Array.of((2 * this.at[0] - 1) * across, (1 - 2 * this.at[1]) * upward);
  }

  draw() {
    if (!this.at || !this.plane) return;
    const z = this.z();
    const reading = this.live.read(z);
    Object.assign(this.marker.style, { left: `${100 * this.at[0]}%`, top: `${100 * this.at[1]}%` });
    this.images.draw(this.live.decoder.decode(z));
    setText(this.line, `z = (${fixed(z[0])}, ${fixed(z[1])})${reading ? `, ${spokenReading(reading)}` : ""}`);
    if (this.isSpoken) this.voice.say(spokenCode(z, reading));
  }
}
