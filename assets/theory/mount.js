/*
 * Mounts a figure: one for each place on the page, updated when Python sends other data.
 */

import { h } from "../live/view.js";

/** The function of a component that shows the figures of a class: Figure(root, signal), update(data), commit. */
export function mounting(Figure) {
  const figures = new Map(); // parentElement -> { figure, abort, call }
  return (component) => mount(figures, Figure, component);
}

function mount(figures, Figure, component) {
  const parent = component.parentElement;
  const call = {};
  let mounted = figures.get(parent);
  if (!mounted) {
    const abort = new AbortController();
    const root = h("div", { class: "live theory" });
    const figure = new Figure(root, abort.signal);
    parent.append(root);
    abort.signal.addEventListener("abort", () => root.remove());
    mounted = { figure, abort };
    figures.set(parent, mounted);
  }
  mounted.call = call; // Streamlit calls again without ending the call before
  mounted.figure.commit = (name, value) => component.setStateValue(name, value);
  mounted.figure.update(component.data);

  return () => {
    if (mounted.call !== call) return;
    mounted.abort.abort();
    figures.delete(parent);
  };
}
