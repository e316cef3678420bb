/*
 * Marks drawn over a plotly chart, in its data coordinates: they move without plotly drawing anything, and follow its
 * zoom and pan. A mark is {kind, ...} under a name:
 *     ring, dot, cross   {x, y}                      the pinned z, a moving z, the pointer's z
 *     line               {points: [[x, y], ...], faint}
 *     ellipse            {x, y, rx, ry}              one posterior standard deviation
 *     station            {x, y, text, colour}        a labelled end of a path
 *     handle             the same with a label       one to drag; its element is `element(name)`
 */

import { setText } from "./view.js";

const SVG = "http://www.w3.org/2000/svg";
const TRAJECTORY = "#e8112d"; // vae.figures.FOLLOWED

function svgElement(tag, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const circle = (r, attributes) => svgElement("circle", { r, ...attributes });
const halo = { fill: "none", stroke: "var(--halo)", "stroke-width": 5, opacity: 0.85 };
const ink = { fill: "none", stroke: "var(--ink)", "stroke-width": 2 };
const CROSS = "M-9 0H-3M3 0H9M0 -9V-3M0 3V9";

/** Builds the element of each kind, around the origin where it has one place. */
const SHAPES = {
  ring: () => svgElement("g", {}, [circle(8, halo), circle(8, ink), circle(1.5, { fill: "var(--ink)" })]),
  dot: () => svgElement("g", {}, [circle(6.5, { fill: TRAJECTORY, stroke: "#fff", "stroke-width": 2 })]),
  cross: () => svgElement("g", {}, [svgElement("path", { d: CROSS, ...halo }), svgElement("path", { d: CROSS, ...ink })]),
  line: () =>
    svgElement("polyline", { fill: "none", stroke: TRAJECTORY, "stroke-width": 2.5, "stroke-linejoin": "round" }),
  ellipse: () =>
    svgElement("ellipse", { fill: TRAJECTORY, "fill-opacity": 0.14, stroke: TRAJECTORY, "stroke-width": 1.5 }),
  station: (mark) => {
    const group = svgElement("g", { style: "font: 600 12px sans-serif" }, [
      circle(12.5, { fill: "#fff", opacity: 0.9 }),
      circle(10.5, { class: "edge", fill: "#fff", "stroke-width": 3 }),
      svgElement("text", { "text-anchor": "middle", dy: "0.36em", fill: "#1b1f24" }),
    ]);
    DRESS.station(group, mark);
    return group;
  },
  handle: (mark) => {
    const group = svgElement("g", { role: "button", tabindex: 0 });
    group.append(circle(20, { fill: "transparent" }), SHAPES.station(mark)); // as large as a fingertip
    group.style.cssText = "pointer-events: all; cursor: grab; touch-action: none";
    DRESS.handle(group, mark);
    return group;
  },
};

/** Gives an element that is there, and may be in a hand, the words and the colour of its mark. */
const DRESS = {
  station: (element, { text, colour }) => {
    element.querySelector(".edge").setAttribute("stroke", colour ?? TRAJECTORY);
    setText(element.querySelector("text"), text);
  },
  handle: (element, mark) => {
    element.setAttribute("aria-label", mark.label);
    DRESS.station(element, mark);
  },
};

const LAYER_OF = { line: 0, ellipse: 0, station: 2, handle: 2 };

export class Overlay {
  constructor(chart) {
    this.chart = chart;
    this.marks = new Map(); // name -> {mark, element}
    this.layers = [svgElement("g"), svgElement("g"), svgElement("g")]; // lines, points, and ends of paths on top
    this.area = svgElement("svg", { overflow: "hidden" }, this.layers);
    this.root = svgElement("svg", { class: "latent-live-overlay" }, [this.area]);
    this.root.style.cssText = "position: absolute; z-index: 1; inset: 0; width: 100%; height: 100%; pointer-events: none"; // plotly moves its own layers to the end
  }

  isOn(gd) {
    return gd.contains(this.root);
  }

  mount(container) {
    container.append(this.root);
    this.draw();
  }

  unmount() {
    this.root.remove();
  }

  /** Colours of the theme that surrounds the component, since the chart stands outside of it. */
  theme(host) {
    const style = getComputedStyle(host);
    this.root.style.setProperty("--ink", style.getPropertyValue("--st-text-color") || "#31333f");
    this.root.style.setProperty("--halo", style.getPropertyValue("--st-background-color") || "#fff");
  }

  /** Adds, moves or (null) removes the mark of this name. */
  put(name, mark) {
    const known = this.marks.get(name);
    if (known && known.mark.kind !== mark?.kind) {
      known.element.remove();
      this.marks.delete(name);
    }
    if (!mark) return;
    if (known?.mark.kind === mark.kind) {
      known.mark = mark;
      DRESS[mark.kind]?.(known.element, mark);
    } else {
      const element = SHAPES[mark.kind](mark);
      this.marks.set(name, { mark, element });
      this.layers[LAYER_OF[mark.kind] ?? 1].append(element);
    }
    this.place(this.marks.get(name));
  }

  /** Moves a mark that is there to another place. */
  move(name, place) {
    const known = this.marks.get(name);
    if (known) this.place(Object.assign(known, { mark: { ...known.mark, ...place } }));
  }

  element(name) {
    return this.marks.get(name)?.element;
  }

  draw() {
    const { axes } = this.chart;
    if (!axes?.x?._length) return;
    const box = { x: axes.x._offset, y: axes.y._offset, width: axes.x._length, height: axes.y._length };
    for (const [name, value] of Object.entries(box)) this.area.setAttribute(name, value);
    for (const each of this.marks.values()) this.place(each);
  }

  place({ mark, element }) {
    if (!this.chart.axes?.x?._length) return;
    if (mark.kind === "line") {
      const points = mark.points.map(([x, y]) => this.chart.pixels(x, y).map((value) => value.toFixed(1)).join());
      element.setAttribute("points", points.join(" "));
      element.setAttribute("stroke-opacity", mark.faint ? 0.35 : 0.9);
      return;
    }
    const [px, py] = this.chart.pixels(mark.x, mark.y);
    if (![px, py].every(Number.isFinite)) return;
    element.setAttribute("transform", `translate(${px.toFixed(2)} ${py.toFixed(2)})`);
    if (mark.kind === "ellipse") {
      const [right, top] = this.chart.pixels(mark.x + mark.rx, mark.y + mark.ry);
      element.setAttribute("rx", Math.abs(right - px));
      element.setAttribute("ry", Math.abs(top - py));
    }
  }
}
