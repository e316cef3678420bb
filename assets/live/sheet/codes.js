/*
 * The test images' codes over a plane of images, in the colours of their classes, as the chart below has them.
 */

import { tracesOf } from "../private.js";

const SIDE = 3; // pixels of a code
const OTHERS = "#868b98"; // without classes

export function drawCodes(context, { chart, window }) {
  const [[left, low], [right, high]] = [[0, window.area.height], [window.area.width, 0]].map((at) => Object.values(window.place(at)));
  const [across, up] = window.units;
  for (const { x, y, customdata, marker } of tracesOf(chart)) {
    if (!customdata) continue;
    context.fillStyle = typeof marker.color === "string" ? marker.color : OTHERS;
    context.globalAlpha = 0.75;
    for (let k = 0; k < x.length; k += 1) {
      if (x[k] < left || x[k] > right || y[k] < low || y[k] > high) continue;
      context.fillRect((x[k] - left) * across - SIDE / 2, (high - y[k]) * up - SIDE / 2, SIDE, SIDE);
    }
  }
  context.globalAlpha = 1;
}
