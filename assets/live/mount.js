/*
 * Mounts a figure: one for each place on the page, updated when Python sends other data.
 */

import { commit, trigger } from "./wire.js";
import { h } from "./dom.js";

/**
 * The function of a component that shows the figures of a class, Figure(root, signal) with update(data): `name` is the
 * class of its root; `commit(name, value)` and `trigger(name, value)` tell Python, the latter also of the same again.
 */
export function mounting(Figure, name = "") {
  const figures = new Map(); // parentElement -> { figure, abort, call }
  return (component) => mount(figures, Figure, name, component);
}

function mount(figures, Figure, name, component) {
  const parent = component.parentElement;
  const call = {};
  let mounted = figures.get(parent);
  if (!mounted) {
    const abort = new AbortController();
    const root = h("div", { class: name });
    parent.append(root);
    const figure = new Figure(root, abort.signal);
    abort.signal.addEventListener("abort", () => root.remove());
    mounted = { figure, abort };
    figures.set(parent, mounted);
  }
  mounted.call = call; // Streamlit calls again without ending the call before
  mounted.figure.commit = (what, value) => commit(component, what, value);
  mounted.figure.trigger = (what, value) => trigger(component, what, value);
  mounted.figure.update(component.data);

  return () => {
    if (mounted.call !== call) return;
    mounted.abort.abort();
    figures.delete(parent);
  };
}
