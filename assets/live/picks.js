/*
 * What is told to Python of a click on a chart: {place: [x, y] or null in 3-D, index, hit}. `index` is the nearest test
 * image that is shown, or null; `hit` says whether the hand may have meant it.
 */

import { nearestImage } from "./plots.js";

export const DOUBLE_CLICK_MS = 350; // plotly's own is 300: a second click resets the zoom, and none of the two is a pick
const DECIMALS = 1e4; // of a place: a ten-thousandth is below a pixel

/** What a place on a chart is as a pick; without a `reach` only an image exactly there is hit. */
export function pickAt(chart, { x, y, reach = 0, index = null }) {
  if (index !== null) return { place: null, index, hit: true }; // in 3-D there are only points
  const nearest = nearestImage(chart, { x, y });
  const place = [x, y].map((value) => Math.round(value * DECIMALS) / DECIMALS);
  return { place, index: nearest?.index ?? null, hit: Boolean(nearest && nearest.distance <= reach) };
}

/** Tells of a click when no second one has followed. */
export class Picks {
  constructor(tell, signal) {
    this.tell = tell;
    signal.addEventListener("abort", () => this.takeBack(), { once: true });
  }

  soon(pick) {
    this.takeBack();
    this.timer = setTimeout(() => this.tell(pick), DOUBLE_CLICK_MS);
  }

  now(pick) {
    this.takeBack();
    this.tell(pick);
  }

  takeBack() {
    clearTimeout(this.timer);
  }
}
