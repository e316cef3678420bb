/*
 * Small pictures beside the pointer, on the chart itself: what is decoded there stays in sight while the large image is
 * not, as on a phone and in full screen.
 */

import { Images, h, magnified } from "./view.js";

const PREVIEW_SIDE = 84; // CSS pixels, about
const AWAY = { mouse: 18, pen: 18, touch: 56 }; // from the pointer, out from under a finger

export class Preview {
  constructor() {
    this.images = new Images({ "aria-hidden": "true" });
    this.original = h("canvas", { "aria-hidden": "true" });
    for (const canvas of [this.original, this.images.canvas]) canvas.style.cssText = "display: block; image-rendering: pixelated";
    this.root = h("div", { class: "latent-live-preview" }, this.original, this.images.canvas);
    this.root.style.cssText =
      "display: none; position: absolute; z-index: 3; gap: 2px; pointer-events: none; overflow: hidden; border: 2px solid #fff; border-radius: 4px; box-shadow: 0 1px 8px rgb(0 0 0 / 45%)";
  }

  /** Makes room for images of this size, {height, width, channels}. */
  fit(image) {
    this.images.fit(image);
    const { height, width } = magnified(image, PREVIEW_SIDE);
    for (const { style } of [this.original, this.images.canvas]) Object.assign(style, { width: `${width}px`, height: `${height}px` });
  }

  mount(container) {
    container.append(this.root);
  }

  unmount() {
    this.root.remove();
    this.hide();
  }

  /**
   * Shows an image above the pointer, which is at (x, y) of the container; beside it where there is no room above.
   * `original` is {source, index}: the test image to show with it, or its kept place where the index is null; a view
   * without test images gives none.
   */
  show(pixels, [x, y], pointerType, { source = null, index = null } = {}) {
    this.images.draw(pixels);
    this.original.style.display = source?.sheet ? "block" : "none";
    this.original.style.visibility = index === null ? "hidden" : "visible";
    if (source?.sheet && index !== null) source.draw(this.original, index);
    this.root.style.display = "flex";
    const away = AWAY[pointerType] ?? AWAY.mouse;
    const { offsetWidth: width, offsetHeight: height, parentElement: container } = this.root;
    const isAbove = y - away - height >= 0;
    const beside = x < container.clientWidth / 2 ? x + away : x - away - width;
    const left = isAbove ? x - width / 2 : beside;
    this.root.style.left = `${Math.min(Math.max(left, 0), container.clientWidth - width)}px`;
    this.root.style.top = `${Math.max(y - away - height, 0)}px`;
  }

  hide() {
    this.root.style.display = "none";
  }
}

/** Whether the whole element is in the window, and nothing else over it. */
export function isInSight(element) {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  if (left < 0 || top < 0 || right > window.innerWidth || bottom > window.innerHeight) return false;
  const host = element.getRootNode().host ?? element;
  const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return found === null || host.contains(found);
}
