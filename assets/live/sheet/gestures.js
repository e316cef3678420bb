/*
 * Hands on a plane: a drag pans, two fingers pan and zoom, the wheel zooms at the pointer.
 */

import { listen } from "../page.js";

const SLACK = 5; // pixels that a hand may move before it drags: a click is none
const LINE = 16; // pixels of a line, for wheels that count in lines
const WHEEL = 0.0016, TRACKPAD = 0.01; // of the logarithm of the zoom for a pixel; a pinch on a trackpad is a wheel with Ctrl

/**
 * Listens on the element of a plane.
 * @param {HTMLElement} element
 * @param {AbortSignal} signal
 * @param {{pan: Function, zoom: Function, done: Function, isInside: Function}} plane  pan(dx, dy), zoom(factor, [x, y]) at
 *   a pixel of the window, done() when no finger is left; isInside(event): whether a gesture may begin there
 */
export function listenToHands(element, signal, { pan, zoom, done, isInside }) {
  const fingers = new Map(); // pointerId -> [x, y]
  let moved = 0; // pixels since the first finger came down

  const down = (event) => {
    if (event.button !== 0 || !isInside(event)) return;
    if (fingers.size === 0) moved = 0;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    element.setPointerCapture(event.pointerId);
  };
  const move = (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = spanOf(fingers);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    const after = spanOf(fingers);
    const [dx, dy] = [0, 1].map((k) => after.centre[k] - before.centre[k]);
    moved += Math.hypot(dx, dy);
    if (moved < SLACK && fingers.size === 1) return;
    pan(dx, dy);
    if (before.length > 0 && after.length > 0) zoom(before.length / after.length, after.centre);
  };
  const up = (event) => {
    if (fingers.delete(event.pointerId) && fingers.size === 0) done();
  };
  const wheel = (event) => {
    if (!isInside(event)) return;
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? LINE : 1);
    zoom(Math.exp(pixels * (event.ctrlKey ? TRACKPAD : WHEEL)), [event.clientX, event.clientY]);
    done();
  };

  listen(element, "pointerdown", down, signal);
  listen(element, "pointermove", move, signal);
  for (const type of ["pointerup", "pointercancel"]) listen(element, type, up, signal);
  listen(element, "wheel", wheel, signal, { passive: false });
}

/** The middle of the fingers, and how far two are from each other, 0 for one. */
function spanOf(fingers) {
  const [first, second = first] = fingers.values();
  return { centre: first.map((value, k) => (value + second[k]) / 2), length: Math.hypot(first[0] - second[0], first[1] - second[1]) };
}
