/*
 * Lies over a picture that consists of many, rows × columns of them, and lets one be chosen: by a click, a touch, or the
 * arrow keys and Enter. Its element covers the picture, see assets/sheets.css.
 *
 * data: {columns, rows, chosen: a cell or null, labels: what each cell is called, row by row, name: of all of them}
 * Tells Python `chosen`.
 */

import { h } from "./live/dom.js";
import { mounting } from "./live/mount.js";

const SHEET = `
  :host, .sheet, .cells { display: block; height: 100%; }
  .cells { display: grid; grid-template: repeat(var(--rows), 1fr) / repeat(var(--columns), 1fr); }
  button { padding: 0; border: 0; border-radius: 2px; background: none; cursor: pointer; min-width: 0; touch-action: manipulation; }
  button:hover, button:focus-visible { outline: 2px solid #fff; outline-offset: -2px; box-shadow: inset 0 0 0 3px #24292c; }
  button[aria-pressed="true"] { outline: 2px solid var(--followed); outline-offset: -2px; }
`;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Cells {
  /** @type {(name: string, value: any) => void} */ trigger;

  constructor(root) {
    this.group = h("div", { class: "cells", role: "group" });
    this.buttons = [];
    this.group.onkeydown = (event) => this.key(event);
    this.group.onclick = (event) => this.click(event);
    root.append(h("style", { text: SHEET }), this.group);
  }

  update({ columns, rows, chosen, labels, name }) {
    this.columns = columns;
    this.group.style.setProperty("--columns", columns);
    this.group.style.setProperty("--rows", rows);
    this.group.setAttribute("aria-label", name);
    if (labels.length !== this.buttons.length) {
      this.buttons = labels.map(() => h("button", { type: "button" }));
      this.group.replaceChildren(...this.buttons);
    }
    this.buttons.forEach((button, cell) => button.setAttribute("aria-label", labels[cell]));
    this.mark(chosen ?? 0, chosen);
  }

  /** One cell can be reached by the Tab key, the others from there by arrow keys. */
  mark(reached, chosen) {
    this.buttons.forEach((button, cell) => {
      button.tabIndex = cell === reached ? 0 : -1;
      button.setAttribute("aria-pressed", cell === chosen);
    });
  }

  click(event) {
    const cell = this.buttons.indexOf(event.target);
    if (cell < 0) return;
    this.mark(cell, cell);
    this.trigger("chosen", cell);
  }

  key(event) {
    const move = MOVES[event.key];
    const cell = this.buttons.indexOf(event.target);
    if (!move || cell < 0) return;
    event.preventDefault();
    const { columns } = this;
    const column = (cell % columns) + move[0];
    const next = this.buttons[cell + move[0] + columns * move[1]];
    if (!next || column < 0 || column >= columns) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

export default mounting(Cells, "sheet");
