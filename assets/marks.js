/*
 * The marked place on a chart with a cloud of draws, circles around its origin, a pinned picture, and clicks: what needs
 * no decoder. Marks change without the chart being drawn anew, which would cost its zoom. Where a live view (assets/live) is attached to the chart, that one
 * marks the place and tells of clicks instead.
 *
 * It comes with the document: a component's script is sent again whenever its data change, so that of the marks,
 * assets/live/marks_stub.js, only calls what is here.
 *
 * data: {chart: key, place: [x, y] or [x, y, z] or null, label, circles: [{radius, label}] around the origin, in 2-D,
 * cloud: [[x, y], ...] or null, pin: {place, picture: a data URI, words, sd: [rx, ry] or null, cloud} or null}
 */

import { Chart, LIVE } from "./live/chart.js";
import { Picks, pickAt } from "./live/picks.js";
import { bringIntoView } from "./live/bring.js";
import { documentWatch, listen } from "./live/page.js";
import { mounting } from "./live/mount.js";
import { takeNoRoom } from "./live/private.js";

class Marks {
  /** @type {(name: string, value: any) => void} */ trigger;

  constructor(root, signal) {
    this.root = root;
    this.signal = signal;
    takeNoRoom(root.getRootNode());
    this.picks = new Picks((pick) => this.trigger("pick", pick), signal);
    this.chart = new Chart(signal, {
      click: (place) => this.click(place),
      doubleClick: () => this.takeBack(),
      layout: () => this.yield(),
    }, "vae-marks");
    this.chart.overlay.root.setAttribute("aria-hidden", "true");
    documentWatch.add(() => this.yield(), signal);
  }

  update(data) {
    const { chart, place, circles, cloud } = data;
    const isElsewhere = String(place) !== String(this.data?.place);
    this.data = data;
    this.picks.takeBack();
    const { overlay } = this.chart;
    overlay.theme(this.root);
    for (const name of overlay.names()) if (!circles.some(({ label }) => label === name)) overlay.put(name, null);
    for (const { radius, label } of circles) overlay.put(label, { kind: "circle", radius, text: label });
    overlay.put("cloud", cloud && { kind: "cloud", points: cloud });
    this.pin(data.pin);
    this.mark(data);
    this.chart.follow(chart);
    if (isElsewhere && place?.length === 2) bringIntoView(this.chart.gd, place);
  }

  /** The user's own image where its code lies, and what q(z|x) is around it; a click on it follows it. */
  pin(pin) {
    if (!pin) return;
    const { overlay } = this.chart;
    const [x, y, z] = pin.place;
    const [rx, ry] = pin.sd ?? [];
    overlay.put("pin spread", pin.sd && { kind: "ellipse", x, y, rx, ry });
    overlay.put("pin cloud", pin.cloud && { kind: "cloud", points: pin.cloud });
    overlay.put("pin", { kind: "pin", x, y, z, picture: pin.picture, text: pin.words });
    listen(overlay.element("pin"), "pointerdown", (event) => event.stopPropagation(), this.signal);
    listen(overlay.element("pin"), "click", () => this.trigger("pin", true), this.signal);
  }

  /** The mark goes to a click at once, before Python answers. */
  click(place) {
    if (this.isLive) return;
    const { x, y, z } = place;
    this.chart.overlay.put("cloud", null);
    this.mark({ place: z === undefined ? [x, y] : [x, y, z], label: "" });
    this.picks.soon(pickAt(this.chart.gd, place));
  }

  /** A double click resets the zoom: the click that began it has picked nothing. */
  takeBack() {
    this.picks.takeBack();
    this.mark(this.data);
  }

  mark({ place, label }) {
    const [x, y, z] = place ?? [];
    this.chart.overlay.put("place", place && { kind: "crosshair", x, y, z, text: label });
    this.yield();
  }

  get isLive() {
    return Boolean(this.chart.gd?.querySelector(`.${LIVE}`));
  }

  /** Leaves the place to a live view's marks. */
  yield() {
    this.chart.overlay.element("place")?.style.setProperty("display", this.isLive ? "none" : "");
  }
}

window.__vaeMarks = mounting(Marks);
