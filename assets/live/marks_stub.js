/*
 * The script of the marks on a chart: it hands over to assets/marks.js, which the document brought.
 */

export default function (component) {
  return window.__vaeMarks?.(component);
}
