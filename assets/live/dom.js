/*
 * Elements of HTML and SVG.
 */

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties (class, text, aria-..., anything else as an attribute) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = value;
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An element of SVG with attributes and children. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets the text only when it differs: no work for the browser when nothing changed. */
export function setText(element, value) {
  if (element.textContent !== value) element.textContent = value;
}
