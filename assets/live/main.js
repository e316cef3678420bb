/*
 * The hub on `window` that every instance on the page goes through: it holds what they share, mounts their views and
 * takes them down. A newer version of these files (after a new deployment) takes over from an older one.
 */

import { Shelf } from "./store.js";
import { arrivals, counters, frames } from "./page.js";
import { commit, trigger } from "./wire.js";
import { drawView } from "./draw.js";
import { elementAround, takeNoRoom } from "./private.js";
import { h, setText } from "./dom.js";
import { NOTES, tellSize } from "./view.js";
import { namesOf, supportOf } from "./neighbours.js";
import { pairsView } from "./pairs.js";
import { pathView } from "./path.js";
import { planeView } from "./plane.js";
import { slidersView } from "./sliders.js";
import { tourView } from "./tour.js";

const VIEWS = { plane: planeView, path: pathView, sliders: slidersView, pairs: pairsView, draw: drawView, tour: tourView };

const MODEL_PATIENCE_MS = 6000;
const PARCELS_KEPT = 6; // decoders, encoders, codes, maps that no instance provides any more

const shelf = new Shelf(PARCELS_KEPT);

/** One mounted component: its view, and what the view may ask of the page. */
class Live {
  /** @type {any} */ data;
  /** @type {any} */ decoder;
  /** @type {string | null} */ trouble = null;

  constructor(component) {
    this.component = component;
    this.parent = component.parentElement;
    this.abort = new AbortController();
    this.signal = this.abort.signal;
    this.root = h("div", { class: "live" });
    this.message = h("p", { class: "note", role: "status", hidden: true });
    this.style = h("style", { text: STYLE });
    this.parent.append(this.style, this.root, this.message);
    // Streamlit fades what a rerun has not reached yet; what is live is never stale
    elementAround(this.parent)?.style.setProperty("opacity", "1", "important");
    this.mode = component.data.mode;
    this.view = VIEWS[this.mode](this);
    arrivals.add(() => this.redraw(), this.signal);
    counters.instances += 1;
  }

  /** Takes new data from Python: waits for what it names, then shows it. */
  async update(component) {
    this.component = component;
    const { data } = component;
    this.latest = data;
    const late = setTimeout(() => this.note(`${NOTES.model}${this.instead}.`), MODEL_PATIENCE_MS);
    const [testCodes, map] = [`codes:${data.model}`, data.places && `places:${data.places}`];
    const ofImages = map || data.dims === 3 ? testCodes : null;
    const wanted = [`decoder:${data.model}`, data.encoder && `encoder:${data.model}`, ofImages, map];
    const [decoder, encoder, codes, places] = await Promise.all(wanted.map((key) => key && shelf.promise(key)));
    clearTimeout(late);
    if (this.signal.aborted || this.latest !== data) return;
    if (!this.data) this.note(null);
    tellSize(this.root, decoder.image);
    Object.assign(this, { data, decoder, encoder, codes, places });
    this.guard(() => this.view.update(this));
    this.redraw();
    const arrived = await shelf.promise(testCodes);
    if (this.latest === data) this.codes = arrived;
    this.redraw();
  }

  /** What a code reads as, in words and colours; null without labels, and until the test images' codes have arrived. */
  read(z) {
    const reading = this.codes?.read(z);
    if (!reading) return null;
    const colours = reading.classes.map((label) => this.decoder.classOf(label).colour);
    return { names: namesOf(reading, this.decoder.classNames), support: supportOf(reading), colours };
  }

  commit(name, value) {
    commit(this.component, name, value);
  }

  trigger(name, value) {
    trigger(this.component, name, value);
  }

  /** Tells Python of what happened on a chart, also of the same again. */
  pick(value) {
    this.trigger("pick", value);
  }

  redraw() {
    if (this.data && !this.signal.aborted) frames.request(this.draw);
  }

  draw = () => {
    this.guard(() => this.view.draw());
    const trouble = this.decoder?.trouble ?? null;
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.note(trouble);
  };

  /** An error in a view ends that view with a sentence; the page goes on without it. */
  guard(action) {
    try {
      action();
    } catch (error) {
      console.error("latent live view:", error);
      this.abort.abort();
      frames.cancel(this.draw);
      this.note(`${NOTES.failed}${this.instead}.`);
    }
  }

  /** What still works without this view: the server decodes a click on a map. */
  get instead() {
    return this.mode === "plane" ? "; after a click the server draws the picture" : "";
  }

  note(sentence) {
    this.message.hidden = !sentence;
    setText(this.message, sentence ?? "");
  }

  dispose() {
    this.abort.abort();
    frames.cancel(this.draw);
    for (const element of [this.style, this.root, this.message]) element.remove();
    counters.instances -= 1;
  }
}

const mounted = new Map(); // parentElement -> Live

/** Shows a component, or gives new data to the view that it has. Streamlit calls this again after every change. */
function mount(component) {
  const parent = component.parentElement;
  let live = mounted.get(parent);
  if (live && live.mode !== component.data.mode) {
    unmount(parent);
    live = undefined;
  }
  if (!live) {
    live = new Live(component);
    mounted.set(parent, live);
  }
  live.update(component);
}

/** Takes the bytes of a network or of codes, which a component brings that shows nothing. */
function provide(parent, bytes) {
  takeNoRoom(parent);
  shelf.provide(parent, bytes);
}

function unmount(parent) {
  mounted.get(parent)?.dispose();
  mounted.delete(parent);
  shelf.letGo(parent);
}

/** What tests and the benchmark look at. */
function stats() {
  const ready = [...mounted.values()].filter((live) => live.data).length;
  return { ...counters, parcelKeys: shelf.keys(), mounted: mounted.size, ready };
}

const hub = {
  version: VERSION,
  mount,
  unmount,
  provide,
  get: (key) => shelf.promise(key),
  stats,
  retire: () => [...mounted.keys()].forEach(unmount),
};

export default function install({ parentElement }) {
  takeNoRoom(parentElement);
  if (window.__latentLive?.version === VERSION) return;
  window.__latentLive?.retire();
  window.__latentLive = hub;
  window.dispatchEvent(new Event("latent-live"));
}

