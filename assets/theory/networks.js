/*
 * The networks of a model from the image to the reconstruction, a bar for what lies between two layers, and beside them the
 * graphical model: of an autoencoder, a VAE and a model of AVB with the same layers.
 */

import { h, setText, svg } from "../live/dom.js";
import { Choice, button } from "../live/view.js";
import { listen } from "../live/page.js";
import { mounting } from "../live/mount.js";

const WIDTH = 372; // of the drawing, CSS pixels
const ROW = 38; // from a bar to the next
const MIDDLE = 98; // of the bars
const WORDS = 190; // where the words begin
const [SHORTEST, LONGEST] = [5, 136]; // bars
const BAR = 13; // its height
const PICTURE = 56; // height and width of an image at most
const KINDS = [["autoencoder", "Autoencoder"], ["vae", "VAE"], ["avb", "AVB"]];

const sizeOf = ({ shape }) => shape.reduce((product, size) => product * size, 1);
const count = (number) => number.toLocaleString("en");
const text = (x, y, words, attributes = {}) => {
  const element = svg("text", { x, y, ...attributes });
  element.textContent = words;
  return element;
};

/**
 * An arrow from one place to another, bent sideways by `bend` pixels.
 * @param {string} kind
 * @param {number[]} from
 * @param {number[]} to
 */
function arrow(kind, [x1, y1], [x2, y2], bend = 0) {
  const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [cx, cy] = [mx - (2 * bend * (y2 - y1)) / length, my + (2 * bend * (x2 - x1)) / length];
  const angle = Math.atan2(y2 - cy, x2 - cx);
  const wing = (turn) => `${x2 - 8 * Math.cos(angle + turn)},${y2 - 8 * Math.sin(angle + turn)}`;
  return svg("g", {},
    svg("path", { class: kind, d: `M${x1},${y1}Q${cx},${cy} ${x2},${y2}` }),
    svg("path", { class: "head", d: `M${wing(0.45)}L${x2},${y2}L${wing(-0.45)}` }));
}

/** The rows of the drawing: what lies between two layers, from the image to the reconstruction. */
function rowsOf({ encoder, decoder }, kind, latentDim) {
  const [codes, ...others] = [encoder.at(-1), ...decoder.slice(1)];
  const dims = `${latentDim} dimension${latentDim === 1 ? "" : "s"}`;
  const z = { shape: [latentDim], name: "z", say: `z: the code, ${dims}.` };
  const pair = [latentDim, sizeOf(codes) - latentDim];
  const waist = {
    autoencoder: [{ ...codes, ...z }],
    vae: [{ ...codes, shape: [latentDim], pair, name: "μ and log σ²" }, { ...z, by: "z = μ + σ ε", noise: true }],
    avb: [{ ...codes, shape: [latentDim], pair, name: "z₀ and a" }, { ...z, by: "z = z₀ + Σ aᵢ vᵢ(εᵢ)", noise: true }],
  }[kind];
  return [...encoder.slice(0, -1), ...waist, ...others].map((row, k, all) => ({ ...row, isDecoder: k > all.length - 1 - others.length }));
}

/** What is read of a row that is pointed at. */
function spoken({ shape, by, taps, blocks, weights, noise, pair, say }) {
  const numbers = pair ? `${pair.map(count).join(" + ")} numbers` : `${count(sizeOf({ shape }))} number${sizeOf({ shape }) === 1 ? "" : "s"}`;
  const maps = shape.length === 3 ? `${count(shape[0])} map${shape[0] === 1 ? "" : "s"} of ${shape[1]} × ${shape[2]}, ${numbers}` : numbers;
  if (noise) return `${say} Drawn with fresh noise ε for every image and every step.`;
  if (!by) return `The image: ${maps}.`;
  const how = [by, taps && ` ${taps}`, blocks && `, then ${blocks}`].join("");
  return `${say ?? `${maps}.`} Computed by a ${how}: ${count(weights)} weights.`;
}

/** The drawing of the networks; `pointed` is called with a row that is pointed at or focused. */
class NetworkDrawing {
  constructor(rows, pointed, signal) {
    this.pictures = [svg("image", { class: "pixels" }), svg("image", { class: "pixels" })];
    const top = PICTURE + 20;
    const bottom = top + (rows.length - 1) * ROW;
    const most = Math.max(...rows.map(sizeOf));
    const widths = rows.map((row) => Math.max(SHORTEST, LONGEST * Math.sqrt(sizeOf(row) / most)));
    const y = (k) => top + k * ROW;
    this.pictures.forEach((picture, k) => {
      const place = { x: MIDDLE - PICTURE / 2, y: k ? bottom + 16 : 2, width: PICTURE, height: PICTURE };
      for (const [name, value] of Object.entries(place)) picture.setAttribute(name, value);
    });
    const first = rows.findIndex((row) => row.isDecoder) - 1; // z, where the decoder begins
    const waist = rows[first].noise ? first - 1 : first;
    const silhouette = (from, to) => {
      const side = (sign) => widths.slice(from, to + 1).map((width, k) => `${MIDDLE + (sign * width) / 2},${y(from + k)}`);
      return svg("polygon", { class: "silhouette", points: [...side(-1), ...side(1).reverse()].join(" ") });
    };
    const named = (words, from, to) => text(0, 0, words, { class: "name", transform: `translate(14 ${(y(from) + y(to)) / 2}) rotate(-90)`, "text-anchor": "middle" });
    const drawn = rows.map((row, k) => this.#row(row, y(k), widths[k], k, () => pointed(row), signal));
    this.element = svg("svg", { class: "network", width: WIDTH, height: bottom + PICTURE + 20, viewBox: `0 0 ${WIDTH} ${bottom + PICTURE + 20}`, role: "group", "aria-label": "The networks, from the image to the reconstruction" },
      silhouette(0, waist), silhouette(first, rows.length - 1),
      named("encoder, φ", 0, waist), named("decoder, θ", first, rows.length - 1),
      text(WORDS, 2 + PICTURE / 2, "an image x"), text(WORDS, bottom + 20 + PICTURE / 2, "its reconstruction"),
      ...this.pictures, ...drawn);
  }

  #row(row, y, width, k, pointed, signal) {
    const { shape, by, blocks, name, pair, noise } = row;
    const shift = pair ? width / 2 + 5 : 0;
    const bars = (pair ? [-shift, shift] : [0]).map((at) => svg("rect", { x: MIDDLE + at - width / 2, y: y - BAR / 2, width, height: BAR, rx: 2 }));
    const size = text(WORDS, y + 4.5, pair ? pair.join(" + ") : shape.join(" × "), { class: "size" });
    const more = [name, blocks].filter(Boolean).join(", ");
    if (more) {
      const tail = svg("tspan", { class: "more", dx: 8 });
      tail.textContent = more;
      size.append(tail);
    }
    const parts = [svg("rect", { class: "reach", x: 24, y: y - ROW / 2 + 4, width: WIDTH - 24, height: ROW - 8 }), ...bars, size];
    if (k > 0) parts.push(arrow("flow", [MIDDLE, y - ROW + BAR / 2 + 2], [MIDDLE, y - BAR / 2 - 2]), text(WORDS, y - ROW / 2 + 4, by, { class: "by" }));
    if (noise) parts.push(svg("circle", { class: "noise", cx: 38, cy: y, r: 11 }), text(38, y + 4.5, "ε", { "text-anchor": "middle" }), arrow("flow", [50, y], [MIDDLE - width / 2 - 4, y]));
    const group = svg("g", { class: "stage", tabindex: 0, role: "img", "aria-label": spoken(row) }, ...parts);
    for (const type of ["pointerenter", "pointerdown", "focus"]) listen(group, type, pointed, signal);
    return group;
  }

  show(original, reconstruction) {
    [original, reconstruction].forEach((picture, k) => this.pictures[k].setAttribute("href", picture));
  }
}

/**
 * A variable: seen (shaded), hidden (open), or determined by what points at it (double ring); or a parameter.
 * @param {number[]} place
 * @param {string} name
 * @param {string} kind
 */
function node([x, y], name, kind) {
  const circle = (r, ring) => svg("circle", { cx: x, cy: y, r, class: ring });
  const rings = kind === "parameter" ? [] : kind === "determined" ? [circle(21, kind), circle(17, kind)] : [circle(21, kind)];
  return svg("g", { class: "node" }, ...rings, text(x, y + 5, name, { "text-anchor": "middle" }));
}

const plate = (height) => [svg("rect", { class: "plate", x: 74, y: 10, width: 134, height, rx: 8 })];
const NEAR = 25; // from the middle of a node to an arrow's end

/** z -> x in a plate, theta to x; dashed from x and phi to z. */
function vaeGraph(images) {
  const [z, x, phi, theta] = [[141, 56], [141, 176], [24, 56], [258, 176]];
  return svg("svg", { class: "graph-of", width: 282, height: 240, viewBox: "0 0 282 240", role: "img", "aria-label": "Graphical model: z generates x, shared theta; dashed, x and phi give q of z" },
    ...plate(218),
    arrow("solid", [z[0] + 8, z[1] + NEAR - 2], [x[0] + 8, x[1] - NEAR + 2], -4),
    arrow("solid", [theta[0] - 12, theta[1]], [x[0] + NEAR, x[1]]),
    arrow("dashed", [x[0] - 12, x[1] - NEAR + 4], [z[0] - 12, z[1] + NEAR - 4], 16),
    arrow("dashed", [phi[0] + 12, phi[1]], [z[0] - NEAR, z[1]]),
    node(z, "z", "hidden"), node(x, "x", "seen"), node(phi, "φ", "parameter"), node(theta, "θ", "parameter"),
    text(200, 221, images, { "text-anchor": "end", class: "more" }));
}

/** x -> z -> its reconstruction: nothing is random. */
function autoencoderGraph(images) {
  const [x, z, out, phi, theta] = [[141, 46], [141, 128], [141, 210], [24, 128], [258, 210]];
  return svg("svg", { class: "graph-of", width: 282, height: 274, viewBox: "0 0 282 274", role: "img", "aria-label": "An autoencoder: x gives z, z gives the reconstruction, nothing is random" },
    ...plate(252),
    arrow("solid", [x[0], x[1] + NEAR], [z[0], z[1] - NEAR]),
    arrow("solid", [z[0], z[1] + NEAR], [out[0], out[1] - NEAR]),
    arrow("solid", [phi[0] + 12, phi[1]], [z[0] - NEAR, z[1]]),
    arrow("solid", [theta[0] - 12, theta[1]], [out[0] + NEAR, out[1]]),
    node(x, "x", "seen"), node(z, "z", "determined"), node(out, "x̂", "determined"), node(phi, "φ", "parameter"), node(theta, "θ", "parameter"),
    text(200, 255, images, { "text-anchor": "end", class: "more" }));
}

const GRAPHS = {
  vae: {
    draw: vaeGraph,
    key: "Solid: z ~ N(0, I), then x ~ pθ(x | z). Dashed: qφ(z | x). Shaded: seen. Open: hidden. Without a ring: shared by all images.",
  },
  avb: {
    draw: vaeGraph,
    key: "As of a VAE; but qφ(z | x), dashed, may have any form: it is known by its draws only.",
  },
  autoencoder: {
    draw: autoencoderGraph,
    key: "Shaded: seen. Double ring: determined by what points at it. Nothing is random, so there is nothing to draw a new image from.",
  },
};

class NetworksFigure {
  /** @type {any} */ commit;

  constructor(root, signal) {
    this.signal = signal;
    this.choice = new Choice("Drawn", KINDS, (kind) => this.#choose(kind), signal);
    this.redraw = button("Draw z again", { title: "Another draw of the noise ε, decoded" });
    listen(this.redraw, "click", () => this.#drawAgain(), signal);
    this.place = h("div", { class: "drawing" });
    this.graph = h("div", { class: "drawing" });
    this.key = h("p", { class: "quiet" });
    this.words = h("p", { class: "quiet words", role: "status" });
    root.append(
      h("div", { class: "buttons" }, this.choice.element, this.redraw),
      this.words,
      h("div", { class: "pair networks" },
        h("section", {}, h("h3", { text: "The networks" }), this.place),
        h("section", {}, h("h3", { text: "The graphical model" }), this.graph, this.key)),
    );
  }

  update(data) {
    this.data = data;
    this.kind = data.kind;
    this.at = 0;
    this.#layOut();
  }

  #choose(kind) {
    this.kind = kind;
    this.commit("q", { kind });
    this.#layOut();
  }

  #drawAgain() {
    this.at = (this.at + 1) % this.data.draws.length;
    this.#show();
  }

  #layOut() {
    const { networks, latent_dim: latentDim, images } = this.data;
    this.rows?.abort();
    this.rows = new AbortController();
    this.signal.addEventListener("abort", () => this.rows.abort(), { once: true, signal: this.rows.signal });
    this.drawing = networks && new NetworkDrawing(rowsOf(networks[this.kind], this.kind, latentDim), (row) => setText(this.words, spoken(row)), this.rows.signal);
    this.place.replaceChildren(...(this.drawing ? [this.drawing.element] : []));
    const { draw, key } = GRAPHS[this.kind];
    this.graph.replaceChildren(draw(images ? `N = ${count(images)}` : "N"));
    setText(this.key, key);
    setText(this.words, this.drawing ? "Point at a bar to read what computes it." : "");
    this.#show();
  }

  /** The images stand only at networks that were trained so. */
  #show() {
    const { own, original, draws } = this.data;
    const isOwn = this.kind === own;
    this.drawing?.show(isOwn ? original : "", isOwn ? draws[this.at] : "");
    this.redraw.hidden = !isOwn || own === "autoencoder";
    this.choice.show(this.kind);
  }
}

export default mounting(NetworksFigure, "live theory");
