/*
 * One entry in the browser's history for each action of the user. Streamlit makes one whenever Python writes to the
 * address; what Python writes without a new action, on opening a page for example, belongs to the entry before.
 */
const push = window.history.pushState;
let hasActed = false;
for (const type of ["pointerdown", "keydown"]) {
  window.addEventListener(type, () => (hasActed = true), { capture: true, passive: true });
}
window.addEventListener("popstate", () => (hasActed = false), { capture: true });
window.history.pushState = function (...entry) {
  (hasActed ? push : window.history.replaceState).apply(this, entry);
  hasActed = false;
};
