/*
 * The points of a map that is drawn on a canvas.
 */

import { h } from "./dom.js";

/** A disc of this radius in the canvas's pixels, through which as much can be seen as its opacity leaves. */
export function dot(colour, radius, opacity) {
  const side = 2 * Math.ceil(radius);
  const canvas = h("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.arc(side / 2, side / 2, radius, 0, 2 * Math.PI);
  context.fill();
  return canvas;
}
