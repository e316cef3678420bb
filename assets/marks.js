/*
 * Marks on a plotly chart, drawn over it: they follow zoom, pan and the turning of a 3-D chart, and change without the
 * chart being drawn anew, which would cost its zoom. Tells Python where the chart is clicked. While a live view
 * (assets/live) is attached to the chart, that one marks and tells instead. Follows assets/live/plots.js.
 *
 * data: {chart: key, place: [x, y] or [x, y, z] or null, label, circles: [{radius, label}] around the origin, in 2-D}
 */

import { CLICK_PIXELS, DOUBLE_CLICK_MS, chartOf, nearestImage, placeUnder } from "./live/plots.js";

const SVG = "http://www.w3.org/2000/svg";
const HOVER_MS = 80; // until plotly knows the point under a finger that came down in 3-D
const BRING = "vae-bring"; // asks assets/views.js to have a place in view
const RED = "#e8112d";
const CASING = "rgba(255,255,255,0.92)";
const CROSS = "M-15 0H-6M6 0H15M0 -15V-6M0 6V15";
const MOVES = ["plotly_afterplot", "plotly_relayouting", "plotly_relayout"];
const overlays = new WeakMap(); // parentElement -> Overlay: Streamlit calls again for new data, without an end between

export default function (component) {
  const parent = component.parentElement;
  const overlay = overlays.get(parent) ?? new Overlay(parent);
  overlays.set(parent, overlay);
  overlay.update(component);
  return () => {
    if (overlay.component !== component) return;
    overlay.end();
    overlays.delete(parent);
  };
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Text with a halo of the background's colour. */
function words(text, attributes) {
  const element = svg("text", { "font-size": 12, "paint-order": "stroke", "stroke-width": 4, ...attributes });
  element.style.cssText = "fill: currentColor; stroke: var(--paper); stroke-linejoin: round";
  element.textContent = text;
  return element;
}

function crosshair() {
  return [[CASING, 5], [RED, 2]].flatMap(([stroke, width]) => {
    const line = { fill: "none", stroke, "stroke-width": width };
    return [svg("circle", { r: 10, ...line }), svg("path", { d: CROSS, ...line })];
  });
}

class Overlay {
  constructor(parent) {
    const element = parent.host?.closest("[data-testid=stElementContainer]");
    if (element) element.style.position = "absolute"; // shows nothing here: no gap for it
    this.root = svg("svg", { class: "vae-marks", "aria-hidden": "true" });
    this.root.style.cssText = "position: absolute; z-index: 1; overflow: hidden; pointer-events: none"; // plotly moves its own layers to the end
    this.theme = getComputedStyle(parent.host ?? parent);
    this.chart = null;
    this.observer = new MutationObserver(() => this.attach());
    this.observer.observe(document.body, { childList: true, subtree: true });
    window.addEventListener("pointerup", this.released, { capture: true });
  }

  update(component) {
    this.component = component;
    const { place, label, circles } = component.data;
    const isElsewhere = String(place) !== String(this.place);
    this.root.style.setProperty("--paper", this.theme.getPropertyValue("--st-background-color") || "#fff");
    this.root.style.color = this.theme.getPropertyValue("--st-text-color");
    this.root.style.fontFamily = this.theme.getPropertyValue("--st-font");
    this.rings = circles.map(({ radius, label: name }) => ({
      radius,
      ring: svg("ellipse", { fill: "none", stroke: "currentColor", "stroke-width": 1.25, "stroke-dasharray": "2 4" }),
      name: words(name, { "text-anchor": "middle", "font-size": 11 }),
    }));
    this.place = place;
    this.label = words(label, { y: 4 });
    clearTimeout(this.telling);
    this.mark = svg("g", {}, ...crosshair(), this.label);
    this.root.replaceChildren(...this.rings.flatMap(({ ring, name }) => [ring, name]), this.mark);
    this.attach();
    this.draw();
    if (isElsewhere && place?.length === 2) this.chart?.dispatchEvent(new CustomEvent(BRING, { detail: place }));
  }

  /** Moves to the chart's present element, if that is another than before. */
  attach() {
    const found = chartOf(this.component.data.chart);
    if (typeof found?.on !== "function") return;
    if (found !== this.chart || !this.root.isConnected) {
      this.detach();
      this.chart = found;
      (found.querySelector(".svg-container") ?? found).append(this.root);
      for (const [type, handler] of this.handlers) found.on(type, handler);
      found.addEventListener("pointerdown", this.pressed);
      this.draw();
    }
    if (this.wasLive !== this.isLive) this.draw();
  }

  detach() {
    for (const [type, handler] of this.handlers) this.chart?.removeListener?.(type, handler);
    this.chart?.removeEventListener("pointerdown", this.pressed);
    this.root.remove();
    this.chart = this.press = this.hovered = null;
  }

  end() {
    this.observer.disconnect();
    window.removeEventListener("pointerup", this.released, { capture: true });
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    this.detach();
  }

  get handlers() {
    const hovers = [["plotly_hover", this.hover], ["plotly_click", this.hover], ["plotly_unhover", this.unhover]];
    return [...MOVES.map((type) => [type, this.draw]), ...hovers];
  }

  get isLive() {
    return Boolean(this.chart?.querySelector(".latent-live-overlay"));
  }

  get scene() {
    return this.chart?._fullLayout?.scene?._scene;
  }

  // --- Clicks: Python is told of one when no second has followed, which would be a double click

  pressed = (event) => {
    const isPlot = !event.target.closest(".modebar, .legend");
    const { clientX, clientY, pointerType } = event;
    this.press = event.button === 0 && event.isPrimary && isPlot && { clientX, clientY, pointerType };
  };

  /** A press that ends where it began is a click. */
  released = (event) => {
    const { press } = this;
    this.press = null;
    if (!press || this.isLive) return;
    if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) > CLICK_PIXELS) return;
    const again = event.timeStamp - (this.lastClick ?? -Infinity) < DOUBLE_CLICK_MS;
    this.lastClick = event.timeStamp;
    if (again) this.takeBack();
    else if (this.scene) setTimeout(() => this.clickInSpace(), HOVER_MS);
    else this.clickOnPlane(press);
  };

  clickOnPlane(press) {
    const place = placeUnder(this.chart, press);
    if (!place) return;
    const nearest = nearestImage(this.chart, place);
    const [index, hit] = [nearest?.index ?? null, Boolean(nearest && nearest.distance <= place.reach)];
    this.tell([place.x, place.y], { place: [place.x, place.y], index, hit });
  }

  clickInSpace() {
    const point = this.hovered;
    if (Number.isInteger(point?.customdata)) this.tell([point.x, point.y, point.z], { index: point.customdata, hit: true });
  }

  tell(place, click) {
    this.moveTo(place);
    this.telling = setTimeout(() => this.component.setTriggerValue("clicked", click), DOUBLE_CLICK_MS);
  }

  takeBack() {
    clearTimeout(this.telling);
    const { place, label } = this.component.data;
    this.moveTo(place, label);
  }

  /** Plotly finds the point under the pointer in 3-D; while a button is held it calls that a click. */
  hover = ({ points }) => (this.hovered = points?.[0]);
  unhover = () => (this.hovered = null);

  /** The mark goes to a click at once, before Python answers. */
  moveTo(place, label = "") {
    this.place = place;
    this.label.textContent = label;
    this.draw();
  }

  // --- Drawing

  draw = () => {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.wasLive = this.isLive;
      const spot = this.scene ? this.spotInSpace() : this.spotOnPlane();
      this.mark.style.display = spot && !this.wasLive ? "" : "none";
      if (spot) this.put(...spot);
    });
  };

  /** Covers the plotting area, draws the circles; where the marked place is, and how wide the area. */
  spotOnPlane() {
    const { xaxis, yaxis } = this.chart?._fullLayout ?? {};
    if (!xaxis?._length || !xaxis.d2p) return null;
    this.cover(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
    const [x, y] = [xaxis.d2p(0), yaxis.d2p(0)];
    for (const { radius, ring, name } of this.rings) {
      const [rx, ry] = [xaxis.d2p(radius) - x, y - yaxis.d2p(radius)];
      for (const [key, value] of Object.entries({ cx: x, cy: y, rx, ry })) ring.setAttribute(key, value);
      name.setAttribute("x", x);
      name.setAttribute("y", y - ry + 4);
    }
    if (this.place?.length !== 2) return null;
    return [xaxis.d2p(this.place[0]), yaxis.d2p(this.place[1]), xaxis._length];
  }

  /** As plotly's own hover label finds its point: the scene's camera on scaled data. */
  spotInSpace() {
    const { glplot, dataScale, container } = this.scene;
    if (this.place?.length !== 3 || !glplot?.cameraParams) return null;
    const [outer, inner] = [this.root.parentElement.getBoundingClientRect(), container.getBoundingClientRect()];
    this.cover(inner.left - outer.left, inner.top - outer.top, inner.width, inner.height);
    const { model, view, projection } = glplot.cameraParams;
    let point = [...this.place.map((value, k) => value * dataScale[k]), 1];
    for (const matrix of [model, view, projection]) {
      point = [0, 1, 2, 3].map((row) => point.reduce((sum, value, k) => sum + matrix[4 * k + row] * value, 0));
    }
    const [x, y, , w] = point;
    return [(0.5 + (0.5 * x) / w) * inner.width, (0.5 - (0.5 * y) / w) * inner.height, inner.width];
  }

  cover(left, top, width, height) {
    Object.assign(this.root.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  }

  /** The label stands on the side where there is room. */
  put(x, y, width) {
    this.mark.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    const isRight = x > width / 2;
    this.label.setAttribute("x", isRight ? -18 : 18);
    this.label.setAttribute("text-anchor", isRight ? "end" : "start");
  }
}
