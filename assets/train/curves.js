/*
 * Curves over the epochs, of training and of test images, and bars of the KL of each dimension; the shown epoch is marked.
 */

import { h, setText, svg } from "../live/dom.js";

const SIZE = { width: 300, height: 84 }; // of the view box
const LEFT = 34; // for the numbers
const TICKS = 3;
const EARLY = 0.2; // share of the epochs that may leave the chart above

/** Numbers as people write them: a true minus, as many decimals as tell them apart. */
export const written = (value, decimals = 1) => (value === null || value === undefined ? "–" : value.toFixed(decimals).replace("-", "−"));

/** Curves of one term: series [{name, kind, of(line)}]. */
export class Curves {
  constructor(title, series, width = SIZE.width) {
    this.series = series;
    this.width = width;
    this.words = h("p", { class: "numbers" });
    this.chart = svg("svg", { viewBox: `0 0 ${width} ${SIZE.height}`, role: "img", preserveAspectRatio: "none" });
    this.root = h("section", { class: "curves" }, h("h2", { text: title }), this.words, this.chart);
    this.title = title;
  }

  /** lines, by epoch; the epoch that is shown; the last of the training. */
  show(lines, epoch, last) {
    const all = [...lines.values()].sort((a, b) => a.epoch - b.epoch);
    const values = this.series.map(({ of }) => all.map((line) => [line.epoch, of(line)]).filter(([, value]) => value !== null));
    const settled = Math.max(1, Math.ceil(EARLY * (all.at(-1)?.epoch ?? 0))); // before, values fall from far above
    const later = values.flat().filter(([at]) => at >= settled);
    const counted = (later.length > 2 ? later : values.flat()).map(([, value]) => value);
    const shown = lines.get(epoch);
    const numbers = this.series.map(({ name, of }) => `${name} ${written(shown ? of(shown) : null)}`);
    setText(this.words, numbers.join(" · "));
    this.chart.setAttribute("aria-label", `${this.title} over the epochs; at epoch ${epoch}: ${numbers.join(", ")} nats per image`);
    if (!counted.length) return this.chart.replaceChildren();
    const [low, high] = [Math.min(...counted), Math.max(...counted)];
    const air = 0.08 * (high - low || 1);
    const x = (at) => LEFT + ((this.width - LEFT - 6) * at) / Math.max(1, last);
    const y = (value) => SIZE.height - 6 - ((SIZE.height - 12) * (value - low + air)) / (high - low + 2 * air);
    this.chart.replaceChildren(
      ...ticks(low, high).map((tick) => svg("line", { class: "tick", x1: LEFT, x2: this.width, y1: y(tick), y2: y(tick) })),
      ...ticks(low, high).map((tick) => label(tick, y(tick), high - low)),
      svg("line", { class: "now", x1: x(epoch), x2: x(epoch), y1: 0, y2: SIZE.height }),
      ...values.map((points, k) => {
        const path = points.map(([at, value], place) => `${place ? "L" : "M"}${x(at).toFixed(1)},${clamped(y(value)).toFixed(1)}`);
        return svg("path", { class: this.series[k].kind, d: path.join("") });
      }),
    );
  }
}

const clamped = (y) => Math.min(Math.max(y, -40), SIZE.height);

/** A few round numbers from low to high. */
function ticks(low, high) {
  const rough = (high - low || 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, k) => first + k * step);
}

function label(tick, y, span) {
  const text = svg("text", { x: LEFT - 5, y: y + 3.5, "text-anchor": "end" });
  text.textContent = written(tick, span < 1 ? 2 : span < 5 ? 1 : 0);
  return text;
}

/** Bars of the KL of each dimension. */
export class Bars {
  constructor(inactiveBelow) {
    this.inactiveBelow = inactiveBelow;
    this.words = h("p", { class: "numbers" });
    this.chart = svg("svg", { viewBox: `0 0 ${SIZE.width} 48`, role: "img", preserveAspectRatio: "none" });
    this.root = h("section", { class: "curves" }, h("h2", { text: "KL of each dimension" }), this.words, this.chart);
  }

  show(line) {
    const values = line?.kl_per_dim ?? [];
    this.root.hidden = !values.length || values.some((value) => value === null);
    if (this.root.hidden) return;
    const active = values.filter((value) => value >= this.inactiveBelow).length;
    const most = Math.max(...values, 0.1);
    setText(this.words, `${active} of ${values.length} active, largest ${written(most, 2)}`);
    this.chart.setAttribute("aria-label", `KL of each dimension: ${values.map((value) => written(value, 2)).join(", ")} nats per image`);
    const step = SIZE.width / values.length;
    const width = Math.min(0.8 * step, 60);
    this.chart.replaceChildren(
      ...values.map((value, k) => {
        const height = Math.max(1, (44 * value) / most);
        const kind = value >= this.inactiveBelow ? "bar" : "bar idle";
        return svg("rect", { class: kind, x: (k + 0.5) * step - width / 2, y: 46 - height, width, height });
      }),
      svg("line", { class: "tick", x1: 0, x2: SIZE.width, y1: 46.5, y2: 46.5 }),
    );
  }
}
