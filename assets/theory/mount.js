/*
 * Mounts the FIGURE of this program: one for each place on the page, updated when Python sends other data.
 */

const figures = new Map(); // parentElement -> { figure, abort, call }

export default function (component) {
  const parent = component.parentElement;
  const call = {};
  let mounted = figures.get(parent);
  if (!mounted) {
    const abort = new AbortController();
    const root = h("div", { class: "live theory" });
    const figure = new FIGURE(root, abort.signal);
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
