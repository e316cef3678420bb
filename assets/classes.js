/*
 * The classes of a map as chips: one shows its class alone, the same one again all. The chart is not drawn anew for it, so
 * that its zoom stays; Python is told, for the address.
 *
 * data: {chart: key, classes: [{name, words, colour}] in the order of the chart's legend, alone: a name or ""}
 */

import { h } from "./live/dom.js";
import { mounting } from "./live/mount.js";
import { documentWatch, listen } from "./live/page.js";
import { allCharts, chartOf, toggleAlone, tracesOf } from "./live/private.js";

const SHEET = `
  .classes { display: flex; flex-wrap: wrap; gap: 0.3rem; }
  button { min-width: 1.75rem; height: 1.75rem; padding: 0 0.4rem; border: 3px solid var(--colour); border-radius: 0.9rem;
    font: 650 0.875rem/1 var(--st-font, sans-serif); color: var(--on-colour); background: var(--colour); cursor: pointer; }
  button:hover, button[aria-pressed="true"] { box-shadow: 0 0 0 2px var(--st-background-color), 0 0 0 4px var(--colour); }
  button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; }
  .some button[aria-pressed="false"] { color: var(--st-text-color); background: var(--st-background-color); }
`;

/** Black or white, whichever stands out more from a colour "#rrggbb": WCAG's contrast is the same at this luminance. */
function inkOn(colour) {
  const levels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = levels.map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > Math.sqrt(1.05 * 0.05) - 0.05 ? "#000" : "#fff";
}

class Classes {
  /** @type {(name: string, value: any) => void} */ trigger;

  constructor(root, signal) {
    this.signal = signal;
    this.list = h("div", { class: "classes", role: "group", "aria-label": "Show one class alone" });
    root.append(h("style", { text: SHEET }), this.list);
    documentWatch.add(() => this.apply(), signal);
  }

  update(data) {
    const { classes } = data;
    if (JSON.stringify(classes) !== JSON.stringify(this.data?.classes)) this.#build(classes);
    this.data = data;
    this.#show(data.alone);
  }

  #build(classes) {
    this.chips = classes.map(({ name, words, colour }) => {
      const chip = h("button", { type: "button", title: `Show only ${words}; again: all`, text: words });
      chip.style.setProperty("--colour", colour);
      chip.style.setProperty("--on-colour", inkOn(colour));
      listen(chip, "click", () => this.#choose(name), this.signal);
      return { name, chip };
    });
    this.list.replaceChildren(...this.chips.map(({ chip }) => chip));
  }

  #choose(name) {
    const alone = name === this.alone ? "" : name;
    this.#show(alone);
    this.trigger("alone", alone);
  }

  #show(alone) {
    this.alone = alone;
    this.list.classList.toggle("some", alone !== "");
    for (const { name, chip } of this.chips) chip.setAttribute("aria-pressed", String(name === alone));
    this.apply();
  }

  /** Brings the chart to what is chosen, as often as it is drawn anew. */
  apply() {
    const chart = this.data && chartOf(this.data.chart);
    if (!chart || !allCharts().includes(chart) || !tracesOf(chart).length) return;
    const places = this.chips.map(({ name }) => name);
    const seen = places.filter((name) => tracesOf(chart).some(({ legendgroup, visible }) => legendgroup === name && visible === true));
    const shown = seen.length === 1 && places.length > 1 ? seen[0] : "";
    if (shown === this.alone) return;
    toggleAlone(chart, places.indexOf(this.alone === "" ? shown : this.alone));
  }
}

export default mounting(Classes);
