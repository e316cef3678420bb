/*
 * The script of every instance except the one that brings the hub: it waits for the hub and hands over to it, so that
 * new data for an instance costs these few bytes and not the whole program.
 */

const PATIENCE_MS = 6000;
const APOLOGY = "The live view could not start in this browser";
const INSTEAD = { plane: "; after a click the server draws the picture" }; // by the view
const latest = new WeakMap(); // parentElement -> the newest call: Streamlit calls again without ending the call before

export default function (component) {
  const parent = component.parentElement;
  const call = {};
  latest.set(parent, call);
  const isCurrent = () => latest.get(parent) === call;

  function handOver() {
    const hub = window.__latentLive;
    if (hub?.version !== VERSION || !isCurrent()) return;
    end();
    parent.querySelector(".latent-live-apology")?.remove();
    if (component.data instanceof Uint8Array) hub.provide(parent, component.data);
    else hub.mount(component);
  }

  function apologise() {
    if (!isCurrent() || component.data instanceof Uint8Array || parent.querySelector(".latent-live-apology")) return;
    const sentence = document.createElement("p");
    sentence.className = "latent-live-apology";
    sentence.textContent = `${APOLOGY}${INSTEAD[component.data.mode] ?? ""}.`;
    parent.append(sentence);
  }

  function end() {
    clearTimeout(timer);
    window.removeEventListener("latent-live", handOver);
  }

  const timer = setTimeout(apologise, PATIENCE_MS);
  window.addEventListener("latent-live", handOver);
  handOver();

  return () => {
    end();
    if (isCurrent()) window.__latentLive?.unmount(parent);
  };
}
