/*
 * The ends of a path as handles on a chart: dragged by pointer or finger, moved by the arrow keys.
 */

import { STEPS } from "./space.js";

/**
 * Makes the mark of an end draggable.
 * @param {SVGElement} element  the mark
 * @param {any} chart  the Chart that it is on
 * @param {Record<"at" | "take" | "moveTo" | "drop" | "commit", Function>} end
 *   at(): its place; take(): a hand has it; moveTo(place, pointer): it goes there, `pointer` being the hand's place or null;
 *   drop(): the hand has let go; commit(): it stays where it is
 */
export function makeDraggable(element, chart, { at, take, moveTo, drop, commit }) {
  const stop = (event) => event.stopPropagation();
  element.onmousedown = stop;
  element.ontouchstart = (event) => (stop(event), event.preventDefault()); // the page does not scroll under the finger
  element.onpointerdown = (event) => {
    stop(event);
    element.setPointerCapture(event.pointerId);
    take();
  };
  element.onpointermove = (event) => {
    stop(event);
    const place = element.hasPointerCapture(event.pointerId) && chart.place(event);
    if (place) moveTo(place, place);
  };
  element.onpointerup = (event) => {
    stop(event);
    commit();
  };
  element.onlostpointercapture = () => drop();
  element.onkeydown = (event) => {
    const move = STEPS[event.key];
    if (event.key === "Enter") commit();
    if (!move) return;
    stop(event); // the chart's own keys move z
    const step = (event.shiftKey ? 0.05 : 0.01) * chart.extent[0];
    const { x, y } = at();
    moveTo({ x: x + step * move[0], y: y + step * move[1] }, null);
    event.preventDefault();
  };
}
