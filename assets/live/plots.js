/*
 * Where data lie on a chart, and what pointing at it means. A chart is flat or a scene of three dimensions; both know
 * the plotting area {left, top, width, height}, and in its pixels where a mark is.
 */

import { areaOf, isControl, layerOf, rangesOf, resetAfterZoom, sceneOf, toData, toPixels, tracesOf, zoom } from "./private.js";

const DISC = 5; // pixels around a pointer within which points in 3-D are equally near
const REACH_PIXELS = { mouse: 6, pen: 8, touch: 14 };

/** How many pixels the hand may be off with a pointer of this type. */
export const reachOf = (pointerType) => REACH_PIXELS[pointerType] ?? REACH_PIXELS.mouse;

export class Flat {
  constructor(chart) {
    this.chart = chart;
  }

  get area() {
    return areaOf(this.chart);
  }

  /** The visible range's width and height in data units. */
  get extent() {
    return rangesOf(this.chart).map(([low, high]) => Math.abs(high - low));
  }

  pixels({ x, y }) {
    return toPixels(this.chart, [x, y]);
  }

  /** Makes the ranges larger by a factor around a place, else around the middle. */
  zoomAt(factor, place) {
    const { width, height } = this.area;
    zoom(this.chart, factor, place ? this.pixels(place) : [width / 2, height / 2]);
  }

  goHome() {
    resetAfterZoom(this.chart);
  }

  /**
   * Where a pointer is, {x, y, reach} in data units, reach being how far the hand may be off along x; null outside the
   * plotting area and over plotly's buttons.
   */
  under({ clientX, clientY, target, pointerType }) {
    const { area } = this;
    if (!area || isControl(target)) return null;
    const box = this.chart.getBoundingClientRect();
    const [px, py] = [clientX - box.left - area.left, clientY - box.top - area.top];
    if (px < 0 || py < 0 || px > area.width || py > area.height) return null;
    const [x, y] = toData(this.chart, [px, py]);
    const reach = Math.abs(toData(this.chart, [px + reachOf(pointerType), py])[0] - x);
    return Number.isFinite(x) && Number.isFinite(y) ? { x, y, reach, pointerType } : null;
  }
}

/** A chart in three dimensions: what is under the pointer is the test image whose point is seen nearest to it. */
export class Scene {
  pans = true; // a hand that drags turns it
  label = "Map in three dimensions. Arrow keys go to the next test image that way, with Shift further off; Enter pins it.";

  constructor(chart) {
    this.chart = chart;
  }

  get area() {
    const scene = sceneOf(this.chart);
    if (!scene) return null;
    const [outer, { left, top, width, height }] = [layerOf(this.chart), scene.element].map((each) => each.getBoundingClientRect());
    return { left: left - outer.left, top: top - outer.top, width, height };
  }

  /** The width and the height in pixels, in which directions and distances are meant. */
  get extent() {
    const { width, height } = this.area;
    return [width, height];
  }

  /** A function that takes coordinates to [px, py, depth], as plotly's own hover label finds its point; null before it is drawn. */
  #camera() {
    const { matrices, scale } = sceneOf(this.chart) ?? {};
    if (!matrices) return null;
    const { width, height } = this.area;
    const m = matrices.reduce((before, matrix) => product(matrix, before));
    return (x, y, z) => {
      const [sx, sy, sz] = [x * scale[0], y * scale[1], z * scale[2]];
      const [right, up, depth, w] = [0, 1, 2, 3].map((row) => m[row] * sx + m[4 + row] * sy + m[8 + row] * sz + m[12 + row]);
      return [(0.5 + (0.5 * right) / w) * width, (0.5 - (0.5 * up) / w) * height, depth / w];
    };
  }

  pixels({ x, y, z }) {
    return this.#camera()?.(x, y, z) ?? [NaN, NaN];
  }

  /** The test image under a pointer, {x, y, z, index}; null outside the plotting area and over plotly's buttons. */
  under({ clientX, clientY, target, pointerType }) {
    const { area } = this;
    if (!area || isControl(target)) return null;
    const box = layerOf(this.chart).getBoundingClientRect();
    const [px, py] = [clientX - box.left - area.left, clientY - box.top - area.top];
    if (px < 0 || py < 0 || px > area.width || py > area.height) return null;
    const found = this.#nearest((dx, dy) => Math.max(Math.hypot(dx, dy), DISC), [px, py]);
    return found && { ...found, pointerType };
  }

  /** The test image seen nearest to a place in a direction, as `nearestImage`; `least` is in pixels. */
  nearest(place, direction, least) {
    const distance = (dx, dy) => (liesThatWay(dx, -dy, direction, least) ? Math.hypot(dx, dy) : Infinity);
    return this.#nearest(distance, this.pixels(place));
  }

  /** The shown test image of the least distance(dx, dy) in pixels, of several the one in front. */
  #nearest(distance, at) {
    const camera = this.#camera();
    const [px, py] = at;
    if (!camera) return null;
    let [found, best, front] = [null, Infinity, Infinity];
    for (const { x, y, z, visible, customdata } of tracesOf(this.chart)) {
      if (visible !== true || !customdata) continue;
      for (let row = 0; row < customdata.length; row += 1) {
        const [right, down, depth] = camera(x[row], y[row], z[row]);
        const away = distance(right - px, down - py);
        if (!(away < best || (away === best && depth < front)) || away === Infinity) continue;
        [found, best, front] = [{ x: x[row], y: y[row], z: z[row], index: customdata[row] }, away, depth];
      }
    }
    return found;
  }
}

/** The product of two matrices of 16 numbers, column by column. */
const product = (a, b) =>
  Array.from({ length: 16 }, (_, at) => [0, 1, 2, 3].reduce((sum, k) => sum + a[4 * k + (at % 4)] * b[4 * Math.floor(at / 4) + k], 0));

/** Where the point of a test image is on a chart, {x, y} or {x, y, z}; null where its class is hidden. */
export function placeOfImage(chart, index) {
  for (const { x, y, z, visible, customdata } of tracesOf(chart)) {
    const row = visible === true && customdata ? customdata.indexOf(index) : -1;
    if (row >= 0) return { x: x[row], y: y[row], z: z?.[row] };
  }
  return null;
}

/**
 * The test image that is nearest to a place on a flat chart, {index, distance}, of those that the legend has not hidden;
 * null where there is none. With a `direction` [x, y] of length 1 it lies that way, `least` or further from there.
 */
export function nearestImage(chart, { x, y }, direction = null, least = 0) {
  let [index, best] = [null, Infinity];
  for (const trace of tracesOf(chart)) {
    if (trace.visible !== true || !trace.customdata) continue;
    for (let row = 0; row < trace.customdata.length; row += 1) {
      const [dx, dy] = [trace.x[row] - x, trace.y[row] - y];
      const square = dx * dx + dy * dy;
      if (!(square < best) || !(trace.customdata[row] >= 0)) continue;
      if (direction && !liesThatWay(dx, dy, direction, least)) continue;
      [index, best] = [trace.customdata[row], square];
    }
  }
  return index === null ? null : { index, distance: Math.sqrt(best) };
}

/** Whether a step goes in a direction rather than across it, and `least` or further. */
function liesThatWay(dx, dy, [ux, uy], least) {
  const ahead = dx * ux + dy * uy;
  return ahead > 0 && ahead >= least && Math.abs(dx * uy - dy * ux) <= ahead;
}
