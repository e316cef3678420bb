/*
 * Where data lie on a chart, and what pointing at it means. A chart is flat or a scene of three dimensions; both know
 * the plotting area {left, top, width, height}, and in its pixels where a mark is.
 */

import { areaOf, isControl, layerOf, rangesOf, sceneOf, toData, toPixels, tracesOf } from "./private.js";
import { listenToPlot } from "./page.js";

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

export class Scene {
  /** `point(place)` is called with what comes under the pointer, null when nothing is there any more. */
  constructor(chart, signal, point) {
    this.chart = chart;
    this.point = null; // the one under the pointer, which plotly finds; while a button is held it calls that a click
    const keep = (found) => {
      this.point = found;
      point(this.under({ target: null }));
    };
    for (const type of ["plotly_hover", "plotly_click"]) listenToPlot(chart, type, ({ points }) => keep(points?.[0] ?? null), signal);
    listenToPlot(chart, "plotly_unhover", () => keep(null), signal);
  }

  get area() {
    const scene = sceneOf(this.chart);
    if (!scene) return null;
    const [outer, { left, top, width, height }] = [layerOf(this.chart), scene.element].map((each) => each.getBoundingClientRect());
    return { left: left - outer.left, top: top - outer.top, width, height };
  }

  /** As plotly's own hover label finds its point: the scene's camera on scaled data. */
  pixels({ x, y, z }) {
    const { matrices, scale } = sceneOf(this.chart);
    const { width, height } = this.area;
    let point = [...[x, y, z].map((value, k) => value * scale[k]), 1];
    for (const matrix of matrices ?? []) {
      point = [0, 1, 2, 3].map((row) => point.reduce((sum, value, k) => sum + matrix[4 * k + row] * value, 0));
    }
    const [right, up, , w] = point;
    return matrices ? [(0.5 + (0.5 * right) / w) * width, (0.5 - (0.5 * up) / w) * height] : [NaN, NaN];
  }

  /** The test image under the pointer, {x, y, z, index}: null where there is none, and over plotly's buttons. */
  under({ target }) {
    if (isControl(target) || !Number.isInteger(this.point?.customdata)) return null;
    const { x, y, z, customdata: index } = this.point;
    return { x, y, z, index };
  }
}

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
