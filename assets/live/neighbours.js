/*
 * Which codes lie nearest to a place of latent space, and of which classes they are: vae/latent/neighbours.py in the browser.
 */

import { fixed } from "./view.js";

const VOTERS = 10; // neighbours that say what a code reads as
const COINCIDENT = 1e-4; // in each coordinate: codes from Python are rounded to it

/**
 * The `count` of `rows` (width numbers each) nearest to `point`, the nearest first: [{index, square}] with the squared
 * distances. Of rows equally far the first comes first.
 */
export function nearestRows(rows, width, point, count) {
  const found = [];
  let limit = Infinity; // squared distance of the last one found, once there are enough
  for (let index = 0, at = 0; at < rows.length; index += 1, at += width) {
    let square = 0;
    for (let k = 0; k < width && square < limit; k += 1) square += (rows[at + k] - point[k]) ** 2;
    if (!(square < limit)) continue;
    let place = found.length;
    while (place > 0 && found[place - 1].square > square) place -= 1;
    found.splice(place, 0, { index, square });
    if (found.length > count) found.pop();
    if (found.length === count) limit = found[count - 1].square;
  }
  return found;
}

/**
 * What the labels of the codes nearest to z say of it, {classes, votes, count, distance, isFar}; the code that z itself is
 * does not vote.
 */
export function readingOf({ mu, labels, latentDim, spacing }, z) {
  const found = nearestRows(mu, latentDim, z, VOTERS + 1);
  const isOwn = found.length > 1 && found[0].square <= latentDim * COINCIDENT ** 2;
  const voters = isOwn ? found.slice(1) : found.slice(0, VOTERS);
  const votes = new Map();
  for (const { index } of voters) votes.set(labels[index], (votes.get(labels[index]) ?? 0) + 1);
  const most = Math.max(...votes.values());
  const classes = [...votes.keys()].filter((label) => votes.get(label) === most).sort((i, j) => i - j);
  const distance = Math.sqrt(voters[0].square);
  return { classes, votes: most, count: voters.length, distance, isFar: distance > spacing };
}

/** The classes in words: 8; 4 or 9; 3, 5 or 8. */
export function namesOf({ classes }, classNames) {
  const names = classes.map((label) => classNames[label]);
  const last = names.pop();
  return names.length > 0 ? `${names.join(", ")} or ${last}` : last;
}

/** How many neighbours say so: "9 of 10 neighbours", "only 4 of 10 neighbours", "5 of 10 each". */
export function supportOf({ classes, votes, count, distance, isFar }) {
  const only = 2 * votes <= count ? "only " : "";
  const said = classes.length > 1 ? `${votes} of ${count} each` : `${only}${votes} of ${count} neighbours`;
  return isFar ? `${said}, the nearest ${fixed(distance, 1)} sd away` : said;
}
