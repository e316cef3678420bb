/*
 * The images of an endless plane, decoded where they come into sight, and kept.
 *
 * They lie on a lattice that has the images of the grid at rest; at each further level there are twice as many along a
 * side. Eight by eight of them make a block, one canvas. What is in sight is first decoded two levels coarser, in a
 * sixteenth of the time, then as it should be; until then coarser and finer blocks that are there stand in.
 */

import { Images } from "../view.js";
import { h } from "../dom.js";

const ACROSS = 8; // images along a side of a block
const COARSER = 2; // levels
const KEPT = 160; // blocks, of 0.2 MB each
const STAND_INS = [-2, -1, 1]; // levels from the one wanted, the coarsest first

export class Blocks {
  #kept = new Map(); // "level i j" -> block, the one used last at the end

  /** @param {any} window  what is in sight  @param {{decoder: any, map: any, fades: boolean}} made  what makes an image */
  constructor(window, { decoder, map, fades }) {
    this.window = window;
    this.decoder = decoder;
    this.map = map;
    this.fades = fades;
    const { image, latentDim } = decoder;
    this.row = new Images({}, ACROSS, 1);
    this.row.fit(image);
    this.codes = new Float32Array(ACROSS ** 2 * latentDim);
    this.milliseconds = 1; // for one image, as measured
    this.least = squared(map.code(this.#densest(map, latentDim)).z);
  }

  /** Where the prior's density is highest among the images at rest. */
  #densest(map, latentDim) {
    const { home } = this.window;
    const [x, y] = Object.values(map.place(new Float32Array(latentDim))).map((at) => Math.min(Math.max(at, -home), home));
    return { x, y };
  }

  /** The level at which images are about as large as those at rest. */
  get level() {
    return Math.round(Math.log2(this.window.home / this.window.range));
  }

  /** Between two images of a level, in units of the plane. */
  spacing(level) {
    return (2 * this.window.home) / (this.window.side - 1) / 2 ** level;
  }

  /** Decodes what is missing for about `budget` milliseconds; whether anything is left to do. */
  work(budget) {
    const until = performance.now() + budget;
    const missing = this.#missing();
    while (missing.length > 0 && performance.now() < until) {
      if (!this.#decode(missing[0], until - performance.now())) return false; // it goes on when they have come
      if (missing[0].rows === ACROSS) missing.shift();
    }
    return missing.length > 0;
  }

  /** The blocks in sight that are not complete, in the order of their urgency: coarse before fine, the middle first. */
  #missing() {
    const fine = this.#inSight(this.level).filter((block) => block.rows < ACROSS);
    if (fine.length === 0) return fine;
    const coarse = this.#inSight(this.level - COARSER).filter((block) => block.rows < ACROSS);
    return [...coarse, ...fine];
  }

  /** Blocks of a level in sight, made where there are none yet, those in the middle first. */
  #inSight(level) {
    const size = ACROSS * this.spacing(level);
    const { home, middle, extent } = this.window;
    const first = -home - this.spacing(level) / 2; // an edge of a block
    const [columns, rows] = [0, 1].map((k) => {
      const [from, to] = [-1, 1].map((side) => Math.floor((middle[k] + (side * extent[k]) / 2 - first) / size));
      return Array.from({ length: to - from + 1 }, (_, n) => from + n);
    });
    const found = columns.flatMap((i) => rows.map((j) => this.#block(level, i, j, [first + i * size, first + j * size], size)));
    const away = ({ x, y }) => Math.hypot(x + size / 2 - middle[0], y + size / 2 - middle[1]);
    return found.sort((one, other) => away(one) - away(other));
  }

  #block(level, i, j, [x, y], size) {
    const key = `${level} ${i} ${j}`;
    const block = this.#kept.get(key) ?? { level, x, y, size, rows: 0, canvas: null };
    this.#kept.delete(key);
    this.#kept.set(key, block);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return block;
  }

  /** Decodes as many rows of a block, from the top, as time allows, one at least; whether it had the images. */
  #decode(block, time) {
    const { decoder, row } = this;
    const { height, width } = decoder.image;
    block.canvas ??= h("canvas", { width: ACROSS * width, height: ACROSS * height });
    const rows = Math.min(Math.max(Math.floor(time / this.milliseconds / ACROSS), 1), ACROSS - block.rows);
    const codes = Array.from({ length: rows * ACROSS }, (_, k) => this.map.code(this.#placeIn(block, block.rows * ACROSS + k)).z);
    codes.forEach((z, k) => this.codes.set(z, k * decoder.latentDim));
    const started = performance.now();
    const images = decoder.decode(this.codes, codes.length);
    if (!decoder.complete) return false;
    this.milliseconds = (performance.now() - started) / codes.length;
    const context = block.canvas.getContext("2d");
    for (let k = 0; k < rows; k += 1) {
      row.draw(images.subarray(k * ACROSS * decoder.stride), decoder.stride);
      this.#paint(context, codes.slice(k * ACROSS, (k + 1) * ACROSS), (block.rows + k) * height);
    }
    block.rows += rows;
    return true;
  }

  /** Where the middle of image k of a block lies, counted by rows from the top left. */
  #placeIn({ level, x, y }, k) {
    const spacing = this.spacing(level);
    return { x: x + ((k % ACROSS) + 0.5) * spacing, y: y + (ACROSS - Math.floor(k / ACROSS) - 0.5) * spacing };
  }

  /** Puts the row of images on a block, fainter where the prior is lower if they fade. */
  #paint(context, codes, top) {
    const { canvas } = this.row;
    if (!this.fades) return context.drawImage(canvas, 0, top);
    const width = canvas.width / ACROSS;
    codes.forEach((z, k) => {
      context.globalAlpha = Math.min(1, Math.exp((this.least - squared(z)) / 2));
      context.drawImage(canvas, k * width, 0, width, canvas.height, k * width, top, width, canvas.height);
    });
  }

  /** Draws what is in sight of the level wanted; where that is not complete, what stands in for it below. */
  draw(context) {
    const fine = this.#inSight(this.level);
    if (fine.some((block) => block.rows < ACROSS)) {
      for (const step of STAND_INS) for (const block of this.#keptAt(this.level + step)) this.#drawBlock(context, block);
    }
    for (const block of fine) this.#drawBlock(context, block);
  }

  #keptAt(level) {
    return [...this.#kept.values()].filter((block) => block.level === level && block.rows > 0);
  }

  #drawBlock(context, { x, y, size, rows, canvas }) {
    if (rows === 0) return;
    const [left, top] = this.window.pixels({ x, y: y + size }).map(Math.round);
    const [right, bottom] = this.window.pixels({ x: x + size, y: y + size * (1 - rows / ACROSS) }).map(Math.round);
    const { width, height } = this.window.area;
    if (right <= 0 || bottom <= 0 || left >= width || top >= height) return;
    context.imageSmoothingEnabled = right - left < canvas.width / context.getTransform().a; // sharp where it is enlarged
    if (this.fades) context.clearRect(left, top, right - left, bottom - top);
    context.drawImage(canvas, 0, 0, canvas.width, (canvas.height * rows) / ACROSS, left, top, right - left, bottom - top);
  }
}

const squared = (z) => z.reduce((sum, value) => sum + value ** 2, 0);
