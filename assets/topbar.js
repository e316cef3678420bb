/*
 * The bar at the top: its menus, one open at a time, and the button that copies the address. Their looks are in
 * topbar.css, which shows a menu's links while its button says that it is open.
 */

const COPIED_FOR = 2000; // milliseconds
const MENUS = ".vae-group, .vae-menu";

const bar = () => document.querySelector(".st-key-topbar");
const openMenus = () => [...document.querySelectorAll(MENUS)].filter((button) => button.getAttribute("aria-expanded") === "true");

/** Closes all menus but those around what is kept. */
function close(kept = null) {
  for (const button of openMenus()) if (!kept || !placeOf(button).contains(kept)) button.setAttribute("aria-expanded", "false");
}

/** What a menu's button opens, with the button. */
const placeOf = (button) => button.closest(button.matches(".vae-menu") ? ".st-key-toplinks" : "[class*='st-key-group-']");

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const button = target.closest(MENUS);
  close(target.closest("a") ? null : target);
  if (button) button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
  const copying = /** @type {HTMLElement} */ (target.closest(".vae-copy"));
  if (copying) copy(copying);
});

document.addEventListener("focusin", (event) => close(/** @type {Element} */ (event.target)));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !bar()?.contains(document.activeElement)) return;
  const [button] = openMenus().slice(-1);
  close();
  /** @type {HTMLElement} */ (button)?.focus();
});

/** Copies the page's address, and says so for a while. */
async function copy(button) {
  const words = button.firstElementChild;
  const copied = await written(window.location.href);
  words.textContent = copied ? "Copied" : "Not copied";
  setTimeout(() => (words.textContent = "Copy link"), COPIED_FOR);
}

/** Whether the text is in the clipboard now; over plain HTTP a browser offers the old way only. */
async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}
