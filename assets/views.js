/*
 * Keeps every flat map on the page at its view. Plotly widens one of the ranges, since a unit is as long across as up,
 * and starts from there at the next size: with every resize the points would get smaller. So after each drawing the
 * chart is told again what it is to show: the view that its figure was made for (layout.meta.view), or what the user
 * has zoomed to. Streamlit makes a new chart for a new figure; the zoom is carried to it while map and view are the
 * same, and never to another map. A chart that gets the event BRING with a place moves that far, if it is not in view.
 */

const BRING = "vae-bring"; // its detail is the place [x, y]
const TOLERANCE = 1e-3; // of a range
const charts = new Map(); // element -> the layout last seen on it
const zooms = new Map(); // name of a map -> the ranges [x, y] that the user has chosen

new MutationObserver(attachAll).observe(document.body, { childList: true, subtree: true });

function attachAll() {
  for (const chart of charts.keys()) if (!chart.isConnected) charts.delete(chart);
  for (const chart of document.querySelectorAll(".js-plotly-plot")) {
    if (charts.has(chart) || typeof chart.on !== "function") continue;
    charts.set(chart, null);
    chart.on("plotly_afterplot", () => settle(chart));
    chart.on("plotly_relayout", () => follow(chart));
    chart.addEventListener(BRING, (event) => bring(chart, /** @type {CustomEvent} */ (event).detail));
    settle(chart);
  }
}

/** The two axes of a chart that has a view. */
function axesOf(chart) {
  const { meta, xaxis, yaxis } = chart._fullLayout ?? {};
  return meta?.view && xaxis?._length > 0 && yaxis?.range ? [xaxis, yaxis] : null;
}

const viewOf = (chart) => chart._fullLayout.meta.view;

/** Tells the maps of all models apart, and a map with one view from the same with another. */
function nameOf(chart) {
  const { uirevision, meta } = chart._fullLayout;
  const key = chart.closest("[class*='st-key-']")?.className;
  return JSON.stringify([key, uirevision, meta.view]);
}

/** After a drawing: the next one starts from what is to be shown, not from what plotly made of it. */
function settle(chart) {
  const axes = axesOf(chart);
  if (!axes) return;
  const isNew = charts.get(chart) !== chart.layout;
  charts.set(chart, chart.layout);
  const wanted = zooms.get(nameOf(chart)) ?? viewOf(chart);
  resetTo(axes, viewOf(chart));
  axes.forEach((axis, k) => (axis._input.range = [...wanted[k]]));
  if (isNew && !shows(axes, wanted)) goTo(chart, wanted);
}

/** After a change of the ranges, which may be the user's zoom, a reset, or of this script's making. */
function follow(chart) {
  const axes = axesOf(chart);
  if (!axes) return;
  const name = nameOf(chart);
  if (shows(axes, zooms.get(name) ?? viewOf(chart))) return;
  if (shows(axes, viewOf(chart))) zooms.delete(name);
  else zooms.set(name, axes.map(({ range }) => [...range]));
  settle(chart);
}

/** Moves the view to a place that is outside of it, as near as it was zoomed. */
function bring(chart, place) {
  const axes = axesOf(chart);
  if (!axes || axes.every(({ range: [low, high] }, k) => low <= place[k] && place[k] <= high)) return;
  const moved = axes.map(({ range: [low, high] }, k) => [place[k] - (high - low) / 2, place[k] + (high - low) / 2]);
  zooms.set(nameOf(chart), moved);
  goTo(chart, moved);
}

/** Whether the chart shows the box [x, y] and no more than its own shape asks for. */
function shows(axes, box) {
  const fills = axes.every(({ constrain }) => constrain !== "domain");
  const unit = Math.max(...axes.map(({ _length }, k) => (box[k][1] - box[k][0]) / _length)); // for a pixel
  return axes.every(({ range, _length }, k) => {
    const [low, high] = box[k];
    const room = fills ? (unit * _length - (high - low)) / 2 : 0;
    return Math.hypot(range[0] - low + room, range[1] - high - room) < TOLERANCE * (high - low + 2 * room);
  });
}

/** The page has no hold of plotly, but of its button that resets the ranges: to those that it takes for the first. */
function goTo(chart, box) {
  const axes = axesOf(chart);
  resetTo(axes, box);
  chart.querySelector(".modebar-btn[data-val=reset]")?.click();
  resetTo(axesOf(chart), viewOf(chart));
}

function resetTo(axes, box) {
  axes.forEach((axis, k) => ([axis._rangeInitial0, axis._rangeInitial1] = box[k]));
}
