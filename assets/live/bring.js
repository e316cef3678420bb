/*
 * Asks for a place of a flat chart to be in view; assets/views.js, which keeps the views, answers.
 */

export const BRING = "vae-bring"; // its detail is the place [x, y]

export const bringIntoView = (chart, place) => chart?.dispatchEvent(new CustomEvent(BRING, { detail: place }));
