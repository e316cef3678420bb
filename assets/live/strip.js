/*
 * A strip of decoded images along one coordinate of z, all others held: what that dimension alone changes.
 *
 * The slider below it has the same scale: image k is at -extent + 2 k extent / (count - 1), and so is the knob.
 */

import { Images } from "./view.js";
import { h } from "./dom.js";

const AT_ONCE = 7; // images: a convolutional decoder takes a millisecond or two for each

export class Strip {
  /** @param {{index: number, count: number, extent: number, image: any, stride: number, pick: (value: number, isDone: boolean) => void}} of */
  constructor({ index, count, extent, image, stride, pick }) {
    this.index = index;
    this.count = count;
    this.extent = extent;
    this.images = new Images({ "aria-hidden": "true" }, count);
    this.images.fit(image);
    this.mark = h("i");
    this.element = h("div", { class: "along" }, this.images.canvas, this.mark);
    this.#letPick(pick);
    this.z = null; // that is drawn, whatever its own coordinate
    this.next = 0; // the image that is decoded next
    this.left = count; // images that do not show it yet
    this.pixels = new Float32Array(count * stride);
  }

  #letPick(pick) {
    const { element } = this;
    element.onpointerdown = (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pick(this.#valueAt(event), false);
    };
    element.onpointermove = (event) => element.hasPointerCapture(event.pointerId) && pick(this.#valueAt(event), false);
    element.onpointerup = (event) => pick(this.#valueAt(event), true);
  }

  /** The coordinate under a pointer, to a hundredth as the slider has it. */
  #valueAt({ clientX }) {
    const { left, width } = this.images.canvas.getBoundingClientRect();
    const image = ((clientX - left) / width) * this.count - 0.5; // counted from the middle of the first one
    const value = (2 * image) / (this.count - 1) - 1;
    return Math.round(100 * this.extent * Math.min(Math.max(value, -1), 1)) / 100;
  }

  /** Goes over to another z; whether anything is left to be decoded. */
  follow(z) {
    if (!this.z?.every((value, k) => k === this.index || value === z[k])) this.left = this.count;
    this.z = z.slice();
    return this.left > 0;
  }

  /** Decodes what is left, a few images at a time, one round at least, until the time has come. */
  draw(decoder, until) {
    do {
      const count = Math.min(AT_ONCE, this.left, this.count - this.next);
      const images = decoder.decode(this.#codes(count), count);
      if (!decoder.complete) return; // the rest is drawn when it has come
      this.pixels.set(images, this.next * decoder.stride);
      this.next = (this.next + count) % this.count;
      this.left -= count;
    } while (this.left > 0 && performance.now() < until);
    this.images.draw(this.pixels, decoder.stride);
  }

  /** The codes of the next `count` images. */
  #codes(count) {
    const { z, index, extent } = this;
    const codes = new Float32Array(count * z.length);
    for (let k = 0; k < count; k += 1) {
      codes.set(z, k * z.length);
      codes[k * z.length + index] = extent * ((2 * (this.next + k)) / (this.count - 1) - 1);
    }
    return codes;
  }

  /** Marks the present value, none beyond the strip's ends. */
  show(value) {
    const share = (value / this.extent + 1) / 2;
    this.mark.hidden = share < 0 || share > 1;
    this.mark.style.setProperty("--at", share);
  }
}
