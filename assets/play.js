/*
 * Plays the frames of a plotly chart, and shows one of them: plotly's own buttons and sliders know no keyboard.
 *
 * data: {chart: its key, label: of the button that plays, names: of the frames, prefix: said before a frame's name,
 *   at: the frame shown at first, frame_ms: how long each is shown}
 */

import { h, setText } from "./live/dom.js";
import { listenToPlot } from "./live/page.js";
import { mounting } from "./live/mount.js";
import { animate, chartOf } from "./live/private.js";

const SHEET = `
  .play { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; font: 1rem/1.4 var(--st-font, sans-serif); color: var(--st-text-color); }
  button { padding: 0.45rem 0.9rem; font: inherit; color: inherit; cursor: pointer; background: var(--st-background-color);
    border: 1px solid color-mix(in srgb, currentColor 24%, transparent); border-radius: var(--st-base-radius, 6px); }
  button.primary { font-weight: 600; background: var(--st-primary-color); border-color: var(--st-primary-color); color: var(--st-background-color); }
  button:hover { filter: brightness(0.93); }
  :is(button, input):focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
  input { flex: 1 1 8rem; min-width: 7rem; accent-color: var(--st-primary-color); }
  output { min-width: 8.5rem; font-variant-numeric: tabular-nums; }
`;

class Play {
  constructor(root, signal) {
    this.signal = signal;
    this.playing = h("button", { type: "button", class: "primary" });
    this.pausing = h("button", { type: "button" }, "Pause");
    this.slider = h("input", { type: "range", min: 0, value: 0 });
    this.words = h("output");
    root.append(h("style", { text: SHEET }), this.playing, this.pausing, this.slider, this.words);
    this.playing.onclick = () => this.animate(null, this.data.frame_ms);
    this.pausing.onclick = () => this.animate([null], 0);
    this.slider.oninput = () => this.animate([this.data.names[this.slider.valueAsNumber]], 0);
  }

  update(data) {
    const isOther = JSON.stringify(data) !== JSON.stringify(this.data);
    this.data = data;
    setText(this.playing, `► ${data.label}`);
    this.slider.max = data.names.length - 1;
    this.slider.setAttribute("aria-label", data.label);
    if (isOther) this.say(data.at);
  }

  animate(frames, duration) {
    const chart = chartOf(this.data.chart);
    if (!chart) return;
    if (chart !== this.chart) {
      this.chart = chart;
      listenToPlot(chart, "plotly_animatingframe", ({ name }) => this.say(this.data.names.indexOf(name)), this.signal);
    }
    // redraw: without it plotly drops the contours when other traces move
    const frame = { duration, redraw: true };
    animate(chart, frames, { frame, transition: { duration: 0 }, mode: "immediate" });
  }

  say(state) {
    this.slider.value = state;
    const words = `${this.data.prefix}${this.data.names[state]}`;
    setText(this.words, words);
    this.slider.setAttribute("aria-valuetext", words);
  }
}

export default mounting(Play, "play");
