/*
 * The path over a plane of images: a red line, its ends as handles, and a strip of the images on it that follows a hand.
 */

import { Images, spokenReading } from "../view.js";
import { h, setText } from "../dom.js";
import { linearStep, pathCodes, vectorOf } from "../space.js";
import { makeDraggable } from "../handles.js";

const FRAMES = 11; // of the strip
const LINE = 41; // points of the line, which is not straight where the plane is not to scale
const ENDS = { a: "A", b: "B" };

export class Trajectory {
  /** @param {any} live  @param {any} chart  what the path is drawn on  @param {() => void} commit  tells Python of other ends */
  constructor(live, chart, commit) {
    this.live = live;
    this.chart = chart;
    this.commit = commit;
    this.ends = this.held = null;
    this.images = new Images({ class: "frames" }, FRAMES, 1, 2);
    this.words = [h("span"), h("span")];
    this.element = h("figure", { class: "trajectory", hidden: true }, this.words[0], this.images.canvas, this.words[1]);
  }

  /** Shows a path {a, b, labels, moves}, null for none; an end that is in a hand stays there. */
  update(path, map) {
    const { decoder } = this.live;
    this.map = map;
    this.path = path;
    this.element.hidden = !path;
    if (!path) {
      for (const name of ["line", ...Object.keys(ENDS)]) this.chart.overlay.put(name, null);
      this.ends = this.asked = null;
      return;
    }
    this.images.fit(decoder.image);
    const asked = JSON.stringify([path.a, path.b, this.live.data.model]);
    if (asked !== this.asked) {
      this.asked = asked;
      const before = this.ends;
      this.ends = Object.fromEntries(Object.keys(ENDS).map((end) => [end, end === this.held ? before[end] : vectorOf(path[end], decoder.latentDim)]));
    }
    this.words.forEach((words, k) => setText(words, `${Object.values(ENDS)[k]}: ${path.labels[k]}`));
    this.images.canvas.setAttribute("aria-label", `Images along the path from ${path.labels[0]} to ${path.labels[1]}`);
    this.stale = true;
  }

  draw() {
    if (!this.path || !this.map) return;
    const { overlay } = this.chart;
    const codes = pathCodes(linearStep, this.ends.a, this.ends.b, LINE);
    const { length } = this.ends.a;
    const points = Array.from({ length: LINE }, (_, k) => this.map.place(codes.subarray(k * length, (k + 1) * length)));
    overlay.put("line", { kind: "line", points: points.map(({ x, y }) => [x, y]) });
    Object.keys(ENDS).forEach((end, order) => this.#putEnd(end, order));
    if (this.stale) this.#drawFrames();
  }

  #drawFrames() {
    const { decoder } = this.live;
    const images = decoder.decode(pathCodes(linearStep, this.ends.a, this.ends.b, FRAMES), FRAMES);
    if (!decoder.complete) return; // they are drawn when they have come
    this.images.draw(images, decoder.stride);
    this.stale = false;
  }

  #putEnd(end, order) {
    const { overlay } = this.chart;
    const place = this.map.place(this.ends[end]);
    if (!this.path.moves) return overlay.put(end, { kind: "dot", ...place });
    const reading = spokenReading(this.live.read(this.ends[end]));
    const label = `${ENDS[end]}, ${order ? "end" : "start"} of the path, ${reading}: arrow keys move it, Enter keeps it`;
    const before = overlay.element(end);
    overlay.put(end, { kind: "handle", ...place, text: ENDS[end], label });
    const element = overlay.element(end);
    if (element !== before) this.#letDrag(end, element);
  }

  #letDrag(end, element) {
    makeDraggable(element, this.chart, {
      at: () => this.map.place(this.ends[end]),
      take: () => (this.held = end),
      drop: () => (this.held = null),
      commit: this.commit,
      moveTo: (place) => {
        this.ends[end] = this.map.code(place).z;
        this.stale = true;
        this.live.redraw();
      },
    });
  }
}
