/*
 * All that the scripts know of Streamlit's and plotly's insides, which a release may move without a word; then
 * tests/browser/test_private.py fails. For the style sheets it stands in assets/streamlit.css.
 */

const STATE = "data-test-connection-state";
const ELEMENT = "[data-testid=stElementContainer]";
const PLOT = ".js-plotly-plot";
const KEYED = "[class*='st-key-']";
const CONTROLS = ".modebar, .legend, .updatemenu-container";

/** Streamlit's element around a component. */
export const elementAround = (parent) => parent.host?.closest(ELEMENT);

/** Takes the room, and so the gap, from a component that shows nothing. */
export const takeNoRoom = (parent) => elementAround(parent)?.style.setProperty("position", "absolute");

/** Streamlit's places for files that say that they are there for looks alone. */
export const placesForFiles = () => document.querySelectorAll('section[data-testid="stFileUploaderDropzone"][role="presentation"]');

/** The chart with this key; Streamlit gives its element a class, in which other characters are dashes. */
export const chartOf = (key) => document.querySelector(`.st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")} ${PLOT}`);

/** The charts that plotly has made. */
export const allCharts = () => [...document.querySelectorAll(PLOT)].filter((chart) => typeof chart.on === "function");

/** What tells the element of a chart apart from others on the page. */
export const placeOnPage = (chart) => chart.closest(KEYED)?.className;

/** The element that covers the whole chart, in which plotly puts its own layers. */
export const layerOf = (chart) => chart.querySelector(".svg-container") ?? chart;

/** Whether a pointer is over plotly's buttons or its legend. */
export const isControl = (target) => Boolean(target?.closest?.(CONTROLS));

/** The elements that catch the pointer over the plotting area, and set its shape. */
export const dragAreas = (chart) => chart.querySelectorAll(".nsewdrag");

/** The traces as drawn: {x, y, customdata, visible, legendgroup}. */
export const tracesOf = (chart) => chart._fullData ?? [];

/** Shows a group of traces alone, or all where it is alone: what plotly does at a double click on its line of the legend. */
export function toggleAlone(chart, row) {
  const line = chart.querySelectorAll(".legend .legendtoggle")[row];
  for (const type of ["mousedown", "mouseup", "mousedown", "mouseup"]) line?.dispatchEvent(new MouseEvent(type));
}

/** Plays frames: the page has no hold of plotly, but of the button that the figure has for it. */
export function animate(chart, frames, options) {
  const button = chart._fullLayout?.updatemenus?.[0]?.buttons[0];
  if (!button) return;
  button.args = [frames, options];
  chart.querySelector(".updatemenu-button")?.dispatchEvent(new MouseEvent("click"));
}

const app = () => document.querySelector("[data-testid=stApp]");

/** Whether the server hears; Streamlit sends nothing later that it does not. */
export const isConnected = () => (app()?.getAttribute(STATE) ?? "CONNECTED") === "CONNECTED";

/** Calls once the server hears again. */
export function onceConnected(call) {
  const observer = new MutationObserver(() => {
    if (!isConnected()) return;
    observer.disconnect();
    call();
  });
  observer.observe(app(), { attributeFilter: [STATE] });
}

// --- Flat charts

/** The two axes of a flat chart that has been laid out. */
function axesOf(chart) {
  const { xaxis, yaxis } = chart?._fullLayout ?? {};
  return xaxis?._length > 0 && yaxis?.p2d ? [xaxis, yaxis] : null;
}

/** The plotting area {left, top, width, height} in pixels of the chart, null before there is one. */
export function areaOf(chart) {
  const [x, y] = axesOf(chart) ?? [];
  return x ? { left: x._offset, top: y._offset, width: x._length, height: y._length } : null;
}

/** Pixels of the plotting area for a data point, and the other way round. */
export const toPixels = (chart, point) => axesOf(chart).map((axis, k) => axis.d2p(point[k]));
export const toData = (chart, pixels) => axesOf(chart).map((axis, k) => axis.p2d(pixels[k]));

/** The visible ranges [[left, right], [low, high]], null before there are any. */
export const rangesOf = (chart) => axesOf(chart)?.map(({ range }) => [...range]) ?? null;

/** Whether the axes grow beyond their ranges to fill the room that there is. */
export const fillsRoom = (chart) => axesOf(chart).every(({ constrain }) => constrain !== "domain");

/** The view that a flat chart's figure was made for, as ranges; null for other charts. */
export const viewOf = (chart) => (axesOf(chart) && chart._fullLayout.meta?.view) || null;

/** What plotly keeps a zoom by: figures that share it show the same. */
export const revisionOf = (chart) => chart._fullLayout.uirevision;

/** The ranges that the next drawing starts from. */
export const startFrom = (chart, ranges) => axesOf(chart).forEach((axis, k) => (axis._input.range = [...ranges[k]]));

/** The ranges that a reset goes to. */
export const resetTo = (chart, ranges) =>
  axesOf(chart).forEach((axis, k) => ([axis._rangeInitial0, axis._rangeInitial1] = ranges[k]));

/** Resets the ranges: the page has no hold of plotly, but of its button. */
export const reset = (chart) => chart.querySelector(".modebar-btn[data-val=reset]")?.click();

const DELAY_MS = 60; // 50 ms after the wheel plotly draws the zoom anew, and would go back to it after a reset
const zooms = new WeakMap(); // chart -> when it was zoomed last

/** Resets the ranges once plotly is done with a zoom from here: timers run in the order in which they are due. */
export function resetAfterZoom(chart) {
  const due = (zooms.get(chart) ?? -Infinity) + DELAY_MS;
  setTimeout(() => reset(chart), Math.max(0, due - performance.now()));
}

/** Makes the ranges larger by a factor around a point of the plotting area: by the wheel, which plotly takes in steps of e^0.1. */
export function zoom(chart, factor, pixels) {
  const [box, area] = [chart.getBoundingClientRect(), areaOf(chart)];
  const steps = Math.round(10 * Math.log(factor));
  const [clientX, clientY] = [box.left + area.left + pixels[0], box.top + area.top + pixels[1]];
  for (let step = 0; step < Math.abs(steps); step += 1) {
    dragAreas(chart)[0]?.dispatchEvent(new WheelEvent("wheel", { clientX, clientY, deltaY: 20 * Math.sign(steps), bubbles: true, cancelable: true }));
  }
  zooms.set(chart, performance.now());
}

// --- Charts in three dimensions

/** {matrices, scale, element} of a chart in 3-D: the camera's, applied one after the other to scaled data; null otherwise. */
export function sceneOf(chart) {
  const scene = chart?._fullLayout?.scene?._scene;
  if (!scene?.container) return null;
  const { model, view, projection } = scene.glplot?.cameraParams ?? {};
  return { matrices: model ? [model, view, projection] : null, scale: scene.dataScale, element: scene.container };
}
