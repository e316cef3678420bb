/*
 * The coordinate frame around a plane: ticks in prior standard deviations, at round numbers, and the names of its axes.
 */

import { fixed } from "../view.js";

const APART = [64, 44]; // pixels between two ticks, at least, across and upward
const TICK = 4; // pixels

/** The round step, 1, 2 or 5 times a power of ten, that is `least` or longer. */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * (1 - 1e-9));
}

/** Ticks along an axis, [{at, text}], `at` in pixels; `value` and `drawn` lead from a place to its coordinate and back. */
function ticksOf(window, map, k) {
  const length = k ? window.area.height : window.area.width;
  const [low, high] = [-1, 1].map((side) => map.value(window.middle[k] + (side * window.extent[k]) / 2));
  const step = roundStep(((high - low) * APART[k]) / length);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, n) => (Math.ceil(low / step) + n) * step);
  const ticks = values.map((value) => {
    const place = map.drawn(value);
    return { at: window.pixels({ x: place, y: place })[k], text: fixed(value, decimals) };
  });
  let last = -Infinity;
  return ticks.filter(({ at }) => Math.abs(at - last) >= APART[k] * 0.6 && (last = at) !== null); // uneven ones may crowd
}

/** Draws the frame and its ticks around the area whose left top corner is the origin of the context. */
export function drawAxes(context, { window, map, titles, colours, font }) {
  const { width, height } = window.area;
  Object.assign(context, { strokeStyle: colours.line, lineWidth: 1, fillStyle: colours.text, font: `12px ${font}` });
  context.strokeRect(0.5, 0.5, width - 1, height - 1);
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { at, text } of ticksOf(window, map, 0)) {
    context.fillRect(Math.round(at), height, 1, TICK);
    context.fillText(text, at, height + TICK + 3);
  }
  context.fillText(titles[0], width / 2, height + 24);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, text } of ticksOf(window, map, 1)) {
    context.fillRect(-TICK, Math.round(at), TICK, 1);
    context.fillText(text, -TICK - 3, at);
  }
  context.save();
  context.textAlign = "center";
  context.translate(-42, height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(titles[1], 0, 0);
  context.restore();
}
