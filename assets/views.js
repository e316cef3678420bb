/*
 * Keeps every flat map on the page at its view. Plotly widens one of the ranges, since a unit is as long across as up,
 * and starts from there at the next size: with every resize the points would get smaller. So after each drawing the
 * chart is told again what it is to show: the view that its figure was made for (layout.meta.view), or what the user
 * has zoomed to. Streamlit makes a new chart for a new figure; the zoom is carried to it while map and view are the
 * same, and never to another map. While frames play, plotly keeps to the ranges that it is told, whatever the chart's
 * shape: it is told those that are shown, and again its view when all have played. A chart that gets the event BRING with a place moves that far, if it is not in view.
 */

import { BRING } from "./live/bring.js";
import { allCharts, areaOf, fillsRoom, placeOnPage, rangesOf, reset, resetTo, revisionOf, startFrom, viewOf } from "./live/private.js";

const TOLERANCE = 1e-3; // of a range
const charts = new Map(); // element -> the layout last seen on it
const playing = new WeakSet(); // elements whose frames play
const zooms = new Map(); // name of a map -> the ranges [x, y] that the user has chosen

new MutationObserver(attachAll).observe(document.body, { childList: true, subtree: true });

function attachAll() {
  for (const chart of charts.keys()) if (!chart.isConnected) charts.delete(chart);
  for (const chart of allCharts()) {
    if (charts.has(chart)) continue;
    charts.set(chart, null);
    chart.on("plotly_afterplot", () => settle(chart));
    chart.on("plotly_relayout", () => follow(chart));
    chart.on("plotly_animating", () => play(chart));
    chart.on("plotly_animated", () => stop(chart));
    chart.addEventListener(BRING, (event) => bring(chart, /** @type {CustomEvent} */ (event).detail));
    settle(chart);
  }
}

/** Tells the maps of all models apart, and a map with one view from the same with another. */
const nameOf = (chart) => JSON.stringify([placeOnPage(chart), revisionOf(chart), viewOf(chart)]);

/** After a drawing: the next one starts from what is to be shown, not from what plotly made of it. */
function settle(chart) {
  const view = viewOf(chart);
  if (!view) return;
  const isNew = charts.get(chart) !== chart.layout;
  charts.set(chart, chart.layout);
  const wanted = zooms.get(nameOf(chart)) ?? view;
  resetTo(chart, view);
  startFrom(chart, playing.has(chart) ? rangesOf(chart) : wanted);
  if (isNew && !shows(chart, wanted)) goTo(chart, wanted);
}

/** Before the first of some frames. */
function play(chart) {
  playing.add(chart);
  settle(chart);
}

/** After the last of them, which plotly may draw only now and out of scale. */
function stop(chart) {
  playing.delete(chart);
  settle(chart);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const view = viewOf(chart);
    if (!view || playing.has(chart)) return;
    const wanted = zooms.get(nameOf(chart)) ?? view;
    if (!shows(chart, wanted)) goTo(chart, wanted);
  }));
}

/** After a change of the ranges, which may be the user's zoom, a reset, or of this script's making. */
function follow(chart) {
  const view = viewOf(chart);
  if (!view) return;
  const name = nameOf(chart);
  if (shows(chart, zooms.get(name) ?? view)) return;
  if (shows(chart, view)) zooms.delete(name);
  else zooms.set(name, rangesOf(chart));
  settle(chart);
}

/** Moves the view to a place that is outside of it, as near as it was zoomed. */
function bring(chart, place) {
  const ranges = viewOf(chart) && rangesOf(chart);
  if (!ranges || ranges.every(([low, high], k) => low <= place[k] && place[k] <= high)) return;
  const moved = ranges.map(([low, high], k) => [place[k] - (high - low) / 2, place[k] + (high - low) / 2]);
  zooms.set(nameOf(chart), moved);
  goTo(chart, moved);
}

/** Whether the chart shows the box [x, y] and no more than its own shape asks for. */
function shows(chart, box) {
  const { width, height } = areaOf(chart);
  const lengths = [width, height];
  const unit = Math.max(...box.map(([low, high], k) => (high - low) / lengths[k])); // for a pixel
  return rangesOf(chart).every(([left, right], k) => {
    const [low, high] = box[k];
    const room = fillsRoom(chart) ? (unit * lengths[k] - (high - low)) / 2 : 0;
    return Math.hypot(left - low + room, right - high - room) < TOLERANCE * (high - low + 2 * room);
  });
}

/** A reset goes to the ranges that plotly takes for the first. */
function goTo(chart, box) {
  resetTo(chart, box);
  reset(chart);
  resetTo(chart, viewOf(chart));
}
