/*
 * Attaches to a plotly chart that Streamlit drew: finds it by its key, finds it again after it was drawn anew, and turns
 * pointers into data coordinates. It listens beside plotly, never instead of it: selection, zoom, pan and the legend
 * keep working. Only a single finger on the plot is taken from plotly, since it explores here rather than zooms.
 */

import { CLICK_PIXELS, DOUBLE_CLICK_MS, chartOf, nearestImage, placeUnder } from "./plots.js";
import { Overlay } from "./overlay.js";
import { Preview, isInSight } from "./preview.js";
import { documentWatch, frames, listen, listenToPlot } from "./page.js";

const RETRY_MS = 250;
const PATIENCE_MS = 4000;

export class Chart {
  /**
   * @param {AbortSignal} signal  ends the attachment
   * @param {Record<string, Function>} handlers  all optional: move(place), leave(), click(place), doubleClick(), key(event),
   *   layout(), missing(isMissing); a place is what `placeUnder` says and the pointer's type
   */
  constructor(signal, handlers) {
    this.signal = signal;
    this.handlers = handlers;
    this.plotKey = null;
    this.gd = null;
    this.attachment = null; // AbortController of the listeners on the present chart
    this.overlay = new Overlay(this);
    this.preview = new Preview();
    this.look = () => this.refresh();
    documentWatch.add(this.look, signal);
    signal.addEventListener("abort", () => this.detach(), { once: true });
  }

  /** Attaches to the chart with this key, now or when it appears; null: to none. */
  follow(plotKey) {
    if (plotKey !== this.plotKey) {
      this.detach();
      this.plotKey = plotKey;
      this.since = performance.now();
    }
    this.refresh();
    this.overlay.draw();
  }

  /** Moves to the chart's present element if that is another than before. */
  refresh() {
    if (!this.plotKey || this.signal.aborted) return;
    const gd = chartOf(this.plotKey);
    if (gd && gd === this.gd && this.overlay.isOn(gd)) return;
    this.detach();
    if (typeof gd?.on === "function" && gd._fullLayout?.xaxis?._length > 0 && gd._fullLayout.yaxis?.p2d) this.attach(gd);
    else this.retry();
  }

  retry() {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.look, RETRY_MS);
    if (performance.now() - this.since > PATIENCE_MS) this.handlers.missing?.(true);
  }

  attach(gd) {
    this.gd = gd;
    this.attachment = new AbortController();
    const { signal } = this.attachment;
    const { handlers } = this;
    const container = gd.querySelector(".svg-container") ?? gd;
    this.overlay.mount(container);
    this.preview.mount(container);
    listen(gd, "pointermove", (event) => this.moved(event), signal);
    listen(gd, "pointerleave", () => handlers.leave?.(), signal);
    listen(gd, "pointerdown", (event) => this.pressed(event), signal);
    listen(window, "pointerup", (event) => this.released(event), signal, { capture: true });
    listen(window, "pointercancel", () => (this.press = null), signal, { capture: true });
    listen(gd, "touchstart", (event) => this.touched(event), signal, { capture: true, passive: false });
    if (handlers.key) this.makeFocusable(gd, signal);
    if (handlers.move) this.showCrosshair("crosshair");
    for (const type of ["plotly_afterplot", "plotly_relayouting"]) {
      listenToPlot(gd, type, () => frames.request(this.redraw), signal);
    }
    handlers.missing?.(false);
    handlers.layout?.();
  }

  redraw = () => {
    this.overlay.draw();
    if (this.handlers.move) this.showCrosshair("crosshair"); // plotly may have drawn the area anew
    this.handlers.layout?.();
  };

  detach() {
    clearTimeout(this.timer);
    frames.cancel(this.redraw);
    this.attachment?.abort();
    this.attachment = null;
    this.overlay.unmount();
    this.preview.unmount();
    if (this.handlers.move) this.showCrosshair("");
    this.gd = null;
    this.press = null;
    this.since = performance.now();
  }

  /** Lets the keyboard reach the plane: Tab or a click focuses it, and `handlers.key` gets its keys. */
  makeFocusable(gd, signal) {
    gd.tabIndex = 0;
    gd.setAttribute("role", "application");
    gd.setAttribute("aria-label", "Latent plane. Arrow keys move z, with Shift in larger steps; Enter pins it.");
    listen(gd, "keydown", (event) => event.target === gd && this.handlers.key(event), signal);
    signal.addEventListener(
      "abort",
      () => ["tabindex", "role", "aria-label"].forEach((name) => gd.removeAttribute(name)),
      { once: true },
    );
  }

  /** The pointer's shape over the plotting area: it points here, while plotly shows that it can be moved. */
  showCrosshair(cursor) {
    for (const area of this.gd?.querySelectorAll(".nsewdrag") ?? []) area.style.cursor = cursor;
  }

  get axes() {
    return this.gd?._fullLayout && { x: this.gd._fullLayout.xaxis, y: this.gd._fullLayout.yaxis };
  }

  /** Where a pointer is; null outside the plotting area or over plotly's buttons. */
  place(event) {
    const place = placeUnder(this.gd, event);
    return place && { ...place, pointerType: event.pointerType };
  }

  /** The test image nearest to a place, of the classes that are shown; see `nearestImage`. */
  nearest(place, direction, least) {
    return this.gd && nearestImage(this.gd, place, direction, least);
  }

  /** Shows an image, and its `original` if any, beside a place unless `large`, which shows it too, is in sight. */
  showPreview(image, place, large, original) {
    const { x, y } = this.axes ?? {};
    if (!x?._length || (large && isInSight(large))) return this.preview.hide();
    const [px, py] = this.pixels(place.x, place.y);
    this.preview.show(image, [x._offset + px, y._offset + py], place.pointerType, original);
  }

  /** Pixels of a data point within the plotting area. */
  pixels(x, y) {
    const { x: xaxis, y: yaxis } = this.axes;
    return [xaxis.d2p(x), yaxis.d2p(y)];
  }

  /** The visible range's width and height in data units. */
  get extent() {
    const { x, y } = this.axes;
    return [Math.abs(x.range[1] - x.range[0]), Math.abs(y.range[1] - y.range[0])];
  }

  moved(event) {
    if (event.pointerType === "mouse" && event.buttons !== 0) return; // plotly is dragging
    const place = this.place(event);
    if (place) this.handlers.move?.(place);
    else this.handlers.leave?.();
  }

  pressed(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const place = this.place(event);
    if (!place) return;
    const { pointerId: id, pointerType, clientX, clientY } = event;
    this.press = { id, pointerType, clientX, clientY, finger: pointerType === "touch" };
    if (this.handlers.key) this.gd.focus({ preventScroll: true });
    if (this.press.finger) this.handlers.move?.(place);
  }

  /** A press that ends where it began is a click; a finger may end anywhere, since it explored on the way. */
  released(event) {
    const { press } = this;
    if (!press || press.id !== event.pointerId) return;
    this.press = null;
    const dragged = Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > CLICK_PIXELS;
    if (dragged && !press.finger) return;
    const place = this.place(press.finger ? event : press);
    if (!place) return;
    const again = event.timeStamp - (this.lastClick ?? -Infinity) < DOUBLE_CLICK_MS;
    this.lastClick = event.timeStamp;
    if (again) this.handlers.doubleClick?.();
    else this.handlers.click?.(place);
  }

  /** One finger in the plotting area explores: keep it from plotly's zoom and from scrolling the page. */
  touched(event) {
    if (event.touches.length !== 1 || !this.handlers.move) return;
    const { clientX, clientY } = event.touches[0];
    if (!this.place({ clientX, clientY, target: event.target })) return;
    event.stopPropagation();
    event.preventDefault();
  }
}
