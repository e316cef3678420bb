/*
 * Attaches to a plotly chart that Streamlit drew: finds it by its key, finds it again after it was drawn anew, and turns
 * pointers into places of data. It listens beside plotly, never instead of it: selection, zoom, pan and the legend
 * keep working. Only a single finger on the plot is taken from plotly, since it explores here rather than zooms.
 */

import { DOUBLE_CLICK_MS } from "./picks.js";
import { Flat, Scene, nearestImage, placeOfImage } from "./plots.js";
import { Overlay } from "./overlay.js";
import { areaOf, chartOf, dragAreas, layerOf, sceneOf } from "./private.js";
import { documentWatch, frames, listen, listenToPlot } from "./page.js";

export const LIVE = "latent-live-overlay"; // the class of a live view's marks

const LABEL = "Latent plane. Arrow keys move z, with Shift in larger steps; plus and minus zoom, 0 shows all, Enter pins z.";
const CLICK_PIXELS = 5; // a pointer that moves further is dragging
const RETRY_MS = 250;
const PATIENCE_MS = 4000;
const DRAWINGS = ["plotly_afterplot", "plotly_relayouting", "plotly_relayout"];

export class Chart {
  /**
   * @param {AbortSignal} signal  ends the attachment
   * @param {Record<string, Function>} handlers  all optional: move(place), leave(), click(place), doubleClick(), key(event),
   *   layout(), missing(isMissing); a place is what `Flat.under` says, in 3-D `Scene.under`; cover(gd, signal): what lies
   *   over the chart and says in plotly's stead where places are, null for nothing
   * @param {string} overlay  the class of the marks that are drawn over it
   */
  constructor(signal, handlers, overlay = LIVE) {
    this.signal = signal;
    this.handlers = handlers;
    this.plotKey = null;
    this.gd = null;
    this.space = null; // Flat or Scene
    this.attachment = null; // AbortController of the listeners on the present chart
    this.overlay = new Overlay(this, overlay);
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
    if (typeof gd?.on === "function" && (areaOf(gd) || sceneOf(gd))) this.attach(gd);
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
    this.space = handlers.cover?.(gd, signal) ?? (sceneOf(gd) ? new Scene(gd) : new Flat(gd));
    this.overlay.mount(layerOf(gd));
    listen(gd, "pointermove", (event) => this.moved(event), signal);
    listen(gd, "pointerleave", () => handlers.leave?.(), signal);
    listen(gd, "pointerdown", (event) => this.pressed(event), signal);
    listen(window, "pointerup", (event) => this.released(event), signal, { capture: true });
    listen(window, "pointercancel", () => (this.press = null), signal, { capture: true });
    listen(gd, "touchstart", (event) => this.touched(event), signal, { capture: true, passive: false });
    if (handlers.key) this.makeFocusable(gd, signal);
    if (handlers.move) this.showCrosshair("crosshair");
    for (const type of DRAWINGS) listenToPlot(gd, type, () => frames.request(this.redraw), signal);
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
    if (this.handlers.move) this.showCrosshair("");
    this.gd = this.space = this.press = null;
    this.since = performance.now();
  }

  /** Lets the keyboard reach the plane: Tab or a click focuses it, and `handlers.key` gets its keys. */
  makeFocusable(gd, signal) {
    gd.tabIndex = 0;
    gd.setAttribute("role", "application");
    gd.setAttribute("aria-label", this.space.label ?? LABEL);
    listen(gd, "keydown", (event) => event.target === gd && this.handlers.key(event), signal);
    signal.addEventListener(
      "abort",
      () => ["tabindex", "role", "aria-label"].forEach((name) => gd.removeAttribute(name)),
      { once: true },
    );
  }

  /** The pointer's shape over the plotting area: it points here, while plotly shows that it can be moved. */
  showCrosshair(cursor) {
    for (const area of this.gd ? dragAreas(this.gd) : []) area.style.cursor = cursor;
  }

  /** Whether a place on it is a pair of numbers. */
  get isFlat() {
    return Boolean(this.space) && !(this.space instanceof Scene);
  }

  /** The plotting area {left, top, width, height} in pixels of the chart, null while there is none. */
  get area() {
    return this.space?.area ?? null;
  }

  /** Pixels of a place within the plotting area. */
  pixels(place) {
    return this.space.pixels(place);
  }

  /** Where a pointer is; null outside the plotting area or over plotly's buttons. */
  place(event) {
    return this.space?.under(event) ?? null;
  }

  /** Where the point of a test image is, null where it is not shown. */
  placeOf(index) {
    return this.gd && placeOfImage(this.gd, index);
  }

  /** The test image nearest to a place, of the classes that are shown; see `nearestImage`. */
  nearest(place, direction, least) {
    if (this.space instanceof Scene) return this.space.nearest(place, direction, least);
    return this.gd && nearestImage(this.gd, place, direction, least);
  }

  /** The visible range's width and height in data units. */
  get extent() {
    return this.space.extent;
  }

  moved(event) {
    if (event.buttons !== 0 && (event.pointerType === "mouse" || this.space.pans)) return; // it is being dragged
    const place = this.place(event);
    if (place) this.handlers.move?.(place);
    else this.handlers.leave?.();
  }

  pressed(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const place = this.place(event);
    if (!place) return;
    const { pointerId: id, pointerType, clientX, clientY, target } = event;
    this.press = { id, pointerType, clientX, clientY, target, explores: pointerType === "touch" && !this.space.pans && Boolean(this.handlers.move) };
    if (this.handlers.key) this.gd.focus({ preventScroll: true });
    if (this.press.explores) this.handlers.move(place);
  }

  /** A press that ends where it began is a click; a finger may end anywhere if it explored on the way. */
  released(event) {
    const { press } = this;
    if (!press || press.id !== event.pointerId) return;
    this.press = null;
    const dragged = Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > CLICK_PIXELS;
    if (dragged && !press.explores) return;
    this.clicked(this.place(press.explores ? event : press), event.timeStamp);
  }

  clicked(place, time) {
    if (!place) return;
    const again = time - (this.lastClick ?? -Infinity) < DOUBLE_CLICK_MS;
    this.lastClick = time;
    if (again) this.handlers.doubleClick?.();
    else this.handlers.click?.(place);
  }

  /** One finger in the plotting area explores: keep it from plotly's zoom and from scrolling the page. */
  touched(event) {
    if (event.touches.length !== 1 || !this.handlers.move || !this.isFlat) return;
    const { clientX, clientY } = event.touches[0];
    if (!this.place({ clientX, clientY, target: event.target })) return;
    event.stopPropagation();
    event.preventDefault();
  }
}
