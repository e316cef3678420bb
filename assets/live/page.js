/*
 * The page around the instances: one animation loop, one observer of the document, and listeners that are counted, so
 * that a test can see that none is left behind.
 */

export const counters = { instances: 0, listeners: 0, watchers: 0, frames: 0, decodes: 0, decodeMs: 0, encodes: 0, parcels: 0 };

export const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** addEventListener that ends with `signal` and is counted while it lasts. */
export function listen(target, type, handler, signal, options = {}) {
  if (signal.aborted) return;
  target.addEventListener(type, handler, { ...options, signal });
  counters.listeners += 1;
  signal.addEventListener("abort", () => (counters.listeners -= 1), { once: true });
}

/** The same for the events of a plotly chart. */
export function listenToPlot(gd, type, handler, signal) {
  if (signal.aborted) return;
  gd.on(type, handler);
  counters.listeners += 1;
  signal.addEventListener(
    "abort",
    () => {
      gd.removeListener?.(type, handler);
      counters.listeners -= 1;
    },
    { once: true },
  );
}

/** One requestAnimationFrame for everybody: each callback runs once in the next frame, however often it is asked for. */
export const frames = {
  waiting: new Set(),
  handle: 0,

  request(callback) {
    this.waiting.add(callback);
    this.handle ||= requestAnimationFrame((now) => this.run(now));
  },

  cancel(callback) {
    this.waiting.delete(callback);
  },

  run(now) {
    this.handle = 0;
    const due = [...this.waiting];
    this.waiting.clear();
    counters.frames += 1;
    for (const callback of due) callback(now);
  },
};

/** Draws everybody again when images have arrived from the server. */
export const arrivals = {
  listeners: new Set(),

  add(listener, signal) {
    this.listeners.add(listener);
    signal.addEventListener("abort", () => this.listeners.delete(listener), { once: true });
  },

  tell() {
    for (const listener of this.listeners) listener();
  },
};

/** Tells its watchers, at most once a frame, that the document's elements changed. */
export const documentWatch = {
  watchers: new Set(),
  observer: null,

  add(watcher, signal) {
    this.watchers.add(watcher);
    counters.watchers += 1;
    this.observer ??= new MutationObserver(() => this.watchers.forEach((each) => frames.request(each)));
    this.observer.observe(document.body, { childList: true, subtree: true });
    signal.addEventListener(
      "abort",
      () => {
        this.watchers.delete(watcher);
        counters.watchers -= 1;
        frames.cancel(watcher);
        if (this.watchers.size === 0) this.observer.disconnect();
      },
      { once: true },
    );
  },
};
