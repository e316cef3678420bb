/*
 * Marks drawn over a plotly chart, in its data coordinates: they move without plotly drawing anything, and follow its
 * zoom, its pan and the turning of a 3-D chart. A mark is {kind, ...} under a name:
 *     ring, dot, cross   {x, y}                      the pinned z, a moving z, the pointer's z
 *     crosshair          {x, y, text}                the chosen code, in 3-D with z; `text` beside it
 *     line               {points: [[x, y], ...], faint}
 *     ellipse            {x, y, rx, ry}              one posterior standard deviation
 *     cloud              {points: [[x, y], ...]}     draws from a posterior
 *     circle             {radius, text}              around the origin, `text` on its top
 *     pin                {x, y, picture, text}       a small picture beside its place, in 3-D with z
 *     handle             {x, y, text, label}         an end of a path, to drag, with a letter; its element is `element(name)`
 */

import { setText, svg } from "./dom.js";

const FOLLOWED = "var(--followed)"; // the colour of what is followed, from assets/style.css
const CASING = "rgba(255,255,255,0.92)";
const HANDLE = "#1b1f24"; // dark on light, as no class's sign is
const halo = { fill: "none", stroke: "var(--halo)", "stroke-width": 5, opacity: 0.85 };
const ink = { fill: "none", stroke: "var(--ink)", "stroke-width": 2 };
const CROSS = "M-9 0H-3M3 0H9M0 -9V-3M0 3V9";
const CROSSHAIR = "M-15 0H-6M6 0H15M0 -15V-6M0 6V15";
const BESIDE = 18; // pixels from a crosshair to its text
const PINNED = 40; // pixels of a pinned picture
const AWAY = 16; // pixels from its place to its nearest corner

const circle = (r, attributes) => svg("circle", { r, ...attributes });

/** Text with a halo of the background's colour. */
const words = (attributes) =>
  svg("text", { "font-size": 12, fill: "var(--ink)", "paint-order": "stroke", stroke: "var(--halo)", "stroke-width": 4,
    "stroke-linejoin": "round", ...attributes });

/** Builds the element of each kind, around the origin where it has one place. */
const SHAPES = {
  ring: () => svg("g", {}, circle(8, halo), circle(8, ink), circle(1.5, { fill: "var(--ink)" })),
  dot: () => svg("g", {}, circle(6.5, { fill: FOLLOWED, stroke: "#fff", "stroke-width": 2 })),
  cross: () => svg("g", {}, svg("path", { d: CROSS, ...halo }), svg("path", { d: CROSS, ...ink })),
  crosshair: (mark) => {
    const lines = [[CASING, 5], [FOLLOWED, 2]].flatMap(([stroke, width]) => {
      const line = { fill: "none", stroke, "stroke-width": width };
      return [circle(10, line), svg("path", { d: CROSSHAIR, ...line })];
    });
    return dressed("crosshair", mark, svg("g", { class: "crosshair" }, ...lines, words({ y: 4 })));
  },
  line: () => svg("polyline", { fill: "none", stroke: FOLLOWED, "stroke-width": 2.5, "stroke-linejoin": "round" }),
  ellipse: () => svg("ellipse", { fill: FOLLOWED, "fill-opacity": 0.14, stroke: FOLLOWED, "stroke-width": 1.5 }),
  cloud: () => {
    const dots = [[CASING, 6], [FOLLOWED, 4]].map(([stroke, width]) =>
      svg("path", { fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round" }));
    return svg("g", { class: "cloud" }, ...dots);
  },
  circle: (mark) => {
    const line = svg("ellipse", { fill: "none", stroke: "var(--ink)", "stroke-width": 1.25, "stroke-dasharray": "2 4" });
    return dressed("circle", mark, svg("g", {}, line, words({ "text-anchor": "middle", "font-size": 11 })));
  },
  pin: (mark) => {
    const lines = [[CASING, 4], [FOLLOWED, 2]].map(([stroke, width]) => svg("path", { fill: "none", stroke, "stroke-width": width }));
    const frame = svg("rect", { width: PINNED + 4, height: PINNED + 4, rx: 3, fill: FOLLOWED });
    const picture = svg("image", { x: 2, y: 2, width: PINNED, height: PINNED });
    picture.style.imageRendering = "pixelated";
    const group = svg("g", { class: "pin" }, ...lines, circle(4, { fill: FOLLOWED, stroke: CASING, "stroke-width": 1.5 }),
      svg("g", {}, frame, picture, svg("title")));
    group.style.cssText = "pointer-events: all; cursor: pointer";
    return dressed("pin", mark, group);
  },
  handle: (mark) => {
    const group = svg("g", { role: "button", tabindex: 0 },
      circle(20, { fill: "transparent" }), // as large as a fingertip
      circle(14.5, { fill: CASING }),
      circle(13, { fill: "none", stroke: HANDLE, "stroke-width": 1.5 }),
      circle(10.5, { fill: HANDLE }),
      svg("text", { dy: "0.36em", "text-anchor": "middle", fill: "#fff" }),
    );
    group.style.cssText = "font: 700 12px sans-serif; pointer-events: all; cursor: grab; touch-action: none";
    return dressed("handle", mark, group);
  },
};

/** Gives an element that is there, and may be in a hand, the words of its mark. */
const DRESS = {
  crosshair: (element, { text }) => setText(element.querySelector("text"), text),
  circle: (element, { text }) => setText(element.querySelector("text"), text),
  pin: (element, { picture, text }) => {
    element.querySelector("image").setAttribute("href", picture);
    setText(element.querySelector("title"), text);
  },
  handle: (element, { text, label }) => {
    element.setAttribute("aria-label", label);
    setText(element.querySelector("text"), text);
  },
};

function dressed(kind, mark, element) {
  DRESS[kind](element, mark);
  return element;
}

const LAYER_OF = { line: 0, ellipse: 0, cloud: 0, circle: 0, pin: 2, handle: 2 };

export class Overlay {
  constructor(chart, name) {
    this.chart = chart;
    this.marks = new Map(); // name -> {mark, element}
    this.layers = [svg("g"), svg("g"), svg("g")]; // lines, points, and ends of paths on top
    this.area = svg("svg", { overflow: "hidden" }, ...this.layers);
    this.root = svg("svg", { class: name }, this.area);
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

  /** Colours and type of the theme that surrounds the component, since the chart stands outside of it. */
  theme(host) {
    const style = getComputedStyle(host);
    this.root.style.setProperty("--ink", style.getPropertyValue("--st-text-color") || "#31333f");
    this.root.style.setProperty("--halo", style.getPropertyValue("--st-background-color") || "#fff");
    this.root.style.fontFamily = style.getPropertyValue("--st-font");
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

  names() {
    return [...this.marks.keys()];
  }

  draw() {
    const { area } = this.chart;
    if (!area) return;
    const box = { x: area.left, y: area.top, width: area.width, height: area.height };
    for (const [name, value] of Object.entries(box)) this.area.setAttribute(name, value);
    for (const each of this.marks.values()) this.place(each);
  }

  place({ mark, element }) {
    const { area } = this.chart;
    if (!area) return;
    if (mark.kind === "line") return this.#placeLine(mark, element);
    if (mark.kind === "cloud") return this.#placeCloud(mark, element);
    if (mark.kind === "circle") return this.#placeCircle(mark, element);
    const [px, py] = this.chart.pixels(mark);
    const isSomewhere = Number.isFinite(px) && Number.isFinite(py);
    element.style.visibility = isSomewhere ? "" : "hidden";
    if (!isSomewhere) return;
    element.setAttribute("transform", `translate(${px.toFixed(2)} ${py.toFixed(2)})`);
    if (mark.kind === "ellipse") {
      const [right, top] = this.chart.pixels({ x: mark.x + mark.rx, y: mark.y + mark.ry });
      element.setAttribute("rx", Math.abs(right - px));
      element.setAttribute("ry", Math.abs(top - py));
    }
    if (mark.kind === "pin") putOff(element, px > area.width / 2, py < area.height / 2);
    if (mark.kind === "crosshair") putBeside(element.querySelector("text"), px > area.width / 2);
  }

  #placeLine({ points, faint }, element) {
    const pixels = points.map(([x, y]) => this.chart.pixels({ x, y }).map((value) => value.toFixed(1)).join());
    element.setAttribute("points", pixels.join(" "));
    element.setAttribute("stroke-opacity", faint ? 0.35 : 0.9);
  }

  /** A dot at each point: a line of no length with round ends. */
  #placeCloud({ points }, element) {
    const dots = points.map(([x, y]) => `M${this.chart.pixels({ x, y }).map((value) => value.toFixed(1)).join(" ")}h0`);
    for (const path of element.children) path.setAttribute("d", dots.join(""));
  }

  #placeCircle({ radius }, element) {
    const [[cx, cy], [right, top]] = [0, radius].map((reach) => this.chart.pixels({ x: reach, y: reach }));
    const [line, text] = element.children;
    for (const [name, value] of Object.entries({ cx, cy, rx: right - cx, ry: cy - top })) line.setAttribute(name, value);
    text.setAttribute("x", cx);
    text.setAttribute("y", top + 4);
  }
}

/** A text stands on the side of its mark where there is room. */
function putBeside(text, isRight) {
  text.setAttribute("x", isRight ? -BESIDE : BESIDE);
  text.setAttribute("text-anchor", isRight ? "end" : "start");
}

/** A picture stands off its place, towards the middle of the chart, at the end of a line. */
function putOff(element, isRight, isHigh) {
  const [right, down] = [isRight ? -1 : 1, isHigh ? 1 : -1];
  const size = PINNED + 4;
  const [x, y] = [right * AWAY - (isRight ? size : 0), down * AWAY - (isHigh ? 0 : size)];
  for (const path of element.querySelectorAll("path")) path.setAttribute("d", `M0 0L${AWAY * right} ${AWAY * down}`);
  element.querySelector("g").setAttribute("transform", `translate(${x} ${y})`);
}
