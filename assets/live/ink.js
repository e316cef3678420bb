/*
 * A drawing as strokes, and the image of MNIST's size that the encoder gets from it.
 *
 * MNIST's own preparation, on strokes instead of pixels: the digit's box is scaled to 20 x 20 and its centre of mass put
 * at (14, 14), in pixel indices. Scaling strokes leaves the pen as wide as MNIST's, however small the drawing was.
 */

import { h } from "./dom.js";

export const SIDE = 28; // pixels of MNIST's images
export const PIXELS = SIDE * SIDE;
export const PEN = 2.4; // pixels
const BOX = 20;
const CENTRE = 14; // pixel index of the centre of mass
const OVERSAMPLING = 4;
const MOST_SCALING = 4;

/** Draws strokes ([[x, y], ...] in 28ths of the image) as one smooth line each. */
export function drawStrokes(context, strokes, { scale, dx, dy, pen }) {
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = pen;
  context.strokeStyle = "#fff";
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [x * scale + dx, y * scale + dy]);
    context.beginPath();
    context.moveTo(...points[0]);
    for (let k = 1; k < points.length - 1; k += 1) {
      const [[x, y], [nextX, nextY]] = [points[k], points[k + 1]];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    const [x, y] = points.at(-1);
    context.lineTo(x + 0.01, y); // a canvas draws no line of length zero, and a tap is to be a dot
    context.stroke();
  }
}

const KEPT_INK = "vae-explorer.ink"; // in the tab's storage

/** The drawing {strokes, centred, sent} of this tab, `sent` the text of its image; without storage it lives as long as the page. */
export const keptInk = {
  text: null,

  read() {
    try {
      this.text = sessionStorage.getItem(KEPT_INK) ?? this.text;
    } catch {
      // storage is forbidden
    }
    return this.text ? JSON.parse(this.text) : { strokes: [], centred: true, sent: "" };
  },

  write(drawing) {
    this.text = JSON.stringify(drawing);
    try {
      sessionStorage.setItem(KEPT_INK, this.text);
    } catch {
      // storage is forbidden or full
    }
  },
};

export class Ink {
  constructor() {
    this.strokes = [];
    const size = SIDE * OVERSAMPLING;
    this.context = h("canvas", { width: size, height: size }).getContext("2d", { willReadFrequently: true });
  }

  /** The strokes as 784 numbers in [0, 1] after x -> scale * x + (dx, dy). */
  #rasterise({ scale, dx, dy }) {
    const size = SIDE * OVERSAMPLING;
    this.context.fillRect(0, 0, size, size);
    const by = OVERSAMPLING;
    drawStrokes(this.context, this.strokes, { scale: scale * by, dx: dx * by, dy: dy * by, pen: PEN * by });
    const { data } = this.context.getImageData(0, 0, size, size);
    const pixels = new Float32Array(PIXELS);
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        pixels[Math.floor(y / by) * SIDE + Math.floor(x / by)] += data[4 * (y * size + x)] / (255 * by * by);
      }
    }
    return pixels.map((value) => Math.round(255 * Math.min(value, 1)) / 255); // Python gets the same as the encoder
  }

  /** The encoder's input, 784 numbers in [0, 1]; null while nothing is drawn. */
  pixels(centred) {
    if (this.strokes.length === 0) return null;
    if (!centred) return this.#rasterise({ scale: 1, dx: 0, dy: 0 });
    const placed = this.#boxed();
    const { x, y } = centreOfMass(this.#rasterise(placed));
    return this.#rasterise({ ...placed, dx: placed.dx + CENTRE - x, dy: placed.dy + CENTRE - y });
  }

  /** Scale and shift that put the strokes' box, pen included, in the middle 20 x 20. */
  #boxed() {
    const points = this.strokes.flat();
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const size = Math.max(right - left, bottom - top);
    const scale = size > 0 ? Math.min((BOX - PEN) / size, MOST_SCALING) : 1;
    return { scale, dx: (SIDE - scale * (left + right)) / 2, dy: (SIDE - scale * (top + bottom)) / 2 };
  }
}

/** Centre of mass in pixel indices. */
function centreOfMass(pixels) {
  let [mass, x, y] = [1e-9, 0, 0];
  pixels.forEach((value, index) => {
    mass += value;
    x += value * (index % SIDE);
    y += value * Math.floor(index / SIDE);
  });
  return { x: x / mass, y: y / mass };
}
