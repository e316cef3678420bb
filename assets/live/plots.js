/*
 * What pointing at a plotly chart means, the same for the live views and for the marks of charts without one.
 */

export const CLICK_PIXELS = 5; // a pointer that moves further is dragging
export const DOUBLE_CLICK_MS = 350; // plotly's own is 300: a second click resets the zoom, and none of the two is a pick
const REACH_PIXELS = { mouse: 6, pen: 8, touch: 14 };

/** The chart with this key; Streamlit gives its element a class, in which other characters are dashes. */
export const chartOf = (key) => document.querySelector(`.st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")} .js-plotly-plot`);

/**
 * Where a pointer on the chart is, {x, y, reach} in data units, reach being how far the hand may be off along x; null
 * outside the plotting area and over plotly's buttons.
 */
export function placeUnder(chart, { clientX, clientY, target, pointerType }) {
  const { xaxis, yaxis } = chart._fullLayout ?? {};
  if (!xaxis?.p2d || target?.closest?.(".modebar, .legend, .updatemenu-container")) return null;
  const box = chart.getBoundingClientRect();
  const [px, py] = [clientX - box.left - xaxis._offset, clientY - box.top - yaxis._offset];
  if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) return null;
  const [x, y] = [xaxis.p2d(px), yaxis.p2d(py)];
  const reach = Math.abs(xaxis.p2d(px + (REACH_PIXELS[pointerType] ?? REACH_PIXELS.mouse)) - x);
  return Number.isFinite(x) && Number.isFinite(y) ? { x, y, reach } : null;
}

/**
 * The test image that is nearest to a place on the chart, {index, distance}, of those that the legend has not hidden;
 * null where there is none. With a `direction` [x, y] of length 1 it lies that way, `least` or further from there.
 */
export function nearestImage(chart, { x, y }, direction = null, least = 0) {
  let [index, best] = [null, Infinity];
  for (const trace of chart._fullData) {
    if (trace.visible !== true || !trace.customdata) continue;
    for (let row = 0; row < trace.customdata.length; row += 1) {
      const [dx, dy] = [trace.x[row] - x, trace.y[row] - y];
      const square = dx * dx + dy * dy;
      if (!(square < best) || !(trace.customdata[row] >= 0)) continue;
      if (direction && !liesThatWay(dx, dy, direction, least)) continue;
      [index, best] = [trace.customdata[row], square];
    }
  }
  return index === null ? null : { index, distance: Math.sqrt(best) };
}

/** Whether a step goes in a direction rather than across it, and `least` or further. */
function liesThatWay(dx, dy, [ux, uy], least) {
  const ahead = dx * ux + dy * uy;
  return ahead > 0 && ahead >= least && Math.abs(dx * uy - dy * ux) <= ahead;
}
