/*
 * Small pictures beside the pointer, on the chart itself: what is decoded there stays in sight while the large image is
 * not, as on a phone and in full screen.
 */

import { h } from "./dom.js";
import { layerOf } from "./private.js";
import { Images, magnified } from "./view.js";

const PREVIEW_SIDE = 84; // CSS pixels, about
const AWAY = { mouse: 18, pen: 18, touch: 56 }; // from the pointer, out from under a finger

export class Preview {
  constructor(chart, signal) {
    this.chart = chart;
    signal.addEventListener("abort", () => this.hide(), { once: true });
    this.images = new Images({ "aria-hidden": "true" });
    this.original = h("canvas", { "aria-hidden": "true" });
    for (const canvas of [this.original, this.images.canvas]) canvas.style.cssText = "display: block; image-rendering: pixelated";
    this.root = h("div", { class: "latent-live-preview" }, this.original, this.images.canvas);
    this.root.style.cssText =
      "display: flex; position: absolute; z-index: 3; gap: 2px; pointer-events: none; overflow: hidden; border: 2px solid #fff; border-radius: 4px; box-shadow: 0 1px 8px rgb(0 0 0 / 45%)";
  }

  /** Makes room for images of this size, {height, width, channels}. */
  fit(image) {
    this.images.fit(image);
    const { height, width } = magnified(image, PREVIEW_SIDE);
    for (const { style } of [this.original, this.images.canvas]) Object.assign(style, { width: `${width}px`, height: `${height}px` });
  }

  /**
   * Shows an image above the pointer at a place of the chart, beside it where there is no room above; not at all while
   * `large`, which shows it too, is in sight. `original` is {source, index}: the test image to show with it, or its kept
   * place where the index is null; a view without test images gives none.
   */
  show(pixels, place, large, { source = null, index = null } = {}) {
    const { area } = this.chart;
    if (!area || (large && isInSight(large))) return this.hide();
    const [x, y] = this.chart.pixels(place);
    this.images.draw(pixels);
    this.original.style.display = source?.sheet ? "block" : "none";
    this.original.style.visibility = index === null ? "hidden" : "visible";
    if (source?.sheet && index !== null) source.draw(this.original, index);
    layerOf(this.chart.gd).append(this.root);
    this.#moveTo(area.left + x, area.top + y, AWAY[place.pointerType] ?? AWAY.mouse);
  }

  #moveTo(x, y, away) {
    const { offsetWidth: width, offsetHeight: height, parentElement: container } = this.root;
    const isAbove = y - away - height >= 0;
    const beside = x < container.clientWidth / 2 ? x + away : x - away - width;
    const left = isAbove ? x - width / 2 : beside;
    this.root.style.left = `${Math.min(Math.max(left, 0), container.clientWidth - width)}px`;
    this.root.style.top = `${Math.max(y - away - height, 0)}px`;
  }

  hide() {
    this.root.remove();
  }
}

/** Whether the whole element is in the window, and nothing else over it. */
function isInSight(element) {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  if (left < 0 || top < 0 || right > window.innerWidth || bottom > window.innerHeight) return false;
  const host = element.getRootNode().host ?? element;
  const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return found === null || host.contains(found);
}
