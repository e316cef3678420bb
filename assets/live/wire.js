/*
 * The way to Python: what a hand does while the server is away is told once it is back.
 */

import { isConnected, onceConnected } from "./private.js";

const waiting = new Map(); // parentElement -> Map(name -> what tells it)

/** Tells Python a value of a component; of the same name only the last that waits. */
export const commit = (component, name, value) => tell(component, name, () => component.setStateValue(name, value));

/** Tells Python of what happened, also of the same again. */
export const trigger = (component, name, value) => tell(component, name, () => component.setTriggerValue(name, value));

function tell({ parentElement }, name, send) {
  if (isConnected()) {
    send();
    return;
  }
  if (waiting.size === 0) onceConnected(tellAll);
  if (!waiting.has(parentElement)) waiting.set(parentElement, new Map());
  waiting.get(parentElement).set(name, send);
}

function tellAll() {
  const told = [...waiting.values()].flatMap((sends) => [...sends.values()]);
  waiting.clear();
  for (const send of told) send();
}
