/*
 * Time for animations: t runs from 0 to 1, once or there and back, at a speed, from wherever it stands.
 */

import { h, setText } from "./dom.js";
import { Choice, Slider, button, fixed } from "./view.js";
import { frames, listen } from "./page.js";

export class Player {
  /** @type {number} */ seconds;
  /** @type {any} */ bounce;
  /** @type {any} */ changed;

  /**
   * @param signal   ends it
   * @param seconds  for one way at speed 1
   * @param bounce   true: there and back for ever; false: once, then it stops at 1
   * @param changed  called in an animation frame with t whenever t or the state changed
   */
  constructor(signal, { seconds, bounce, changed }) {
    Object.assign(this, { seconds, bounce, changed });
    this.t = 0;
    this.direction = 1;
    this.speed = 1;
    this.playing = false;
    signal.addEventListener("abort", () => this.pause(), { once: true });
  }

  tick = (now) => {
    const passed = Math.min(now - (this.last ?? now), 100) / 1000; // a hidden page sleeps: do not jump
    this.last = now;
    let t = this.t + (this.direction * this.speed * passed) / this.seconds;
    if (this.bounce && (t > 1 || t < 0)) {
      this.direction = t > 1 ? -1 : 1;
      t = t > 1 ? 2 - t : -t;
    }
    this.t = Math.min(Math.max(t, 0), 1);
    if (!this.bounce && this.t === 1) this.playing = false;
    if (this.playing) frames.request(this.tick);
    this.changed(this.t);
  };

  play() {
    if (this.playing) return;
    if (!this.bounce && this.t >= 1) this.t = 0;
    this.playing = true;
    this.last = undefined;
    frames.request(this.tick);
  }

  pause() {
    this.playing = false;
    frames.cancel(this.tick);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
    this.changed(this.t);
  }

  seek(t) {
    this.t = Math.min(Math.max(t, 0), 1);
  }
}

const SPEEDS = [[0.5, "½×"], [1, "1×"], [2, "2×"]];

/**
 * Play button, t in numbers and choice of speed, bound to a player, and a slider for t, which the view gives a row of its
 * own; `release` is called when the hand lets go of t.
 */
export class PlayerControls {
  constructor(player, signal, { release = () => {} } = {}) {
    this.player = player;
    this.button = button("Play", { class: "play primary", title: "Move t from start to end" });
    this.slider = new Slider({ label: "t, the position between start and end", min: 0, max: 1, step: 0.001 });
    this.number = h("output", { class: "number", text: "t 0.00" });
    this.speeds = new Choice("Speed", SPEEDS, (speed) => this.setSpeed(speed), signal);
    this.element = h("div", { class: "player" }, this.button, this.speeds.element, this.number);
    const { input } = this.slider;
    input.className = "t";
    input.title = "Drag t. Arrow keys move it by 0.01, with Shift by 0.1.";
    listen(this.button, "click", () => (player.toggle(), player.playing || release()), signal);
    listen(input, "input", () => this.seek(this.slider.value), signal);
    listen(input, "change", release, signal);
    listen(input, "keydown", (event) => this.key(event), signal);
    listen(input, "keyup", (event) => event.key.startsWith("Arrow") && release(), signal);
    this.setSpeed(1);
    this.show(player.t, false); // at once: a key may come before a frame
  }

  setSpeed(speed) {
    this.player.speed = speed;
    this.speeds.show(speed);
  }

  seek(t) {
    this.player.pause();
    this.player.seek(t);
    this.player.changed(this.player.t);
  }

  /** Arrow keys step by 0.01, with Shift by 0.1; the space bar plays. */
  key(event) {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (step) this.seek(this.player.t + step * (event.shiftKey ? 0.1 : 0.01));
    else if (event.key === " ") this.player.toggle();
    else return;
    event.preventDefault();
  }

  show(t, playing) {
    this.slider.set(t, `t ${fixed(t)}`);
    setText(this.number, `t ${fixed(t)}`);
    setText(this.button, playing ? "Pause" : "Play");
  }
}
