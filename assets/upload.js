/*
 * Streamlit's place for files says that it is there for looks alone, and yet has a name and takes the focus. Readers of
 * the screen get what it is: a group of what belongs to its name.
 */

import { placesForFiles } from "./live/private.js";

new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });

function mend() {
  for (const place of placesForFiles()) place.setAttribute("role", "group");
}
