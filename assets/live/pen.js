/*
 * A pen that the keyboard moves over the drawing pad.
 */

import { PEN, SIDE } from "./ink.js";

const STEP = 1; // 28ths of the pad
const FAR = 3;
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class KeyPen {
  constructor(view) {
    this.view = view;
    this.at = [SIDE / 2, SIDE / 4]; // where most digits begin
    this.isShown = false;
    this.stroke = null; // the points of the line being drawn
  }

  /** Takes a key that is the pen's. */
  press(event) {
    if (!this.#take(event)) return;
    event.preventDefault();
    this.view.live.redraw();
  }

  #take({ key, shiftKey, ctrlKey, metaKey, repeat }) {
    if (WAYS[key]) this.#move(WAYS[key], shiftKey ? FAR : STEP);
    else if (key === " ") return repeat || this.#turn();
    else if (key === "Escape" && this.stroke) this.lift();
    else if (key === "Backspace" || (key === "z" && (ctrlKey || metaKey))) this.#takeBack();
    else return false;
    return true;
  }

  #move(way, step) {
    this.isShown = true;
    this.at = this.at.map((value, axis) => Math.min(Math.max(value + step * way[axis], 0), SIDE));
    this.stroke?.push(this.at);
  }

  /** Puts the pen down, or lifts it. */
  #turn() {
    this.isShown = true;
    if (this.stroke) {
      this.lift();
    } else {
      this.stroke = [this.at];
      this.view.add(this.stroke);
      this.view.voice.say("pen down");
    }
    return true;
  }

  #takeBack() {
    this.stroke = null;
    this.view.take();
  }

  /** Ends the line, which is then followed. */
  lift() {
    if (!this.stroke) return;
    this.stroke = null;
    this.view.commit();
  }

  leave() {
    this.lift();
    this.isShown = false;
    this.view.live.redraw();
  }

  /** Its place on the pad: a ring, filled while it is down. */
  draw(context, scale) {
    if (!this.isShown) return;
    const [x, y] = this.at;
    context.beginPath();
    context.arc(x * scale, y * scale, PEN * scale, 0, 2 * Math.PI);
    context.lineWidth = 4;
    context.strokeStyle = this.stroke ? "#ff2d43" : "#8ab4f8";
    context.stroke();
  }
}
