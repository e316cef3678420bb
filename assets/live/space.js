/*
 * Latent space: where a code lies on a map and which code a place on a map stands for; paths between codes.
 */

import { nearestRows } from "./neighbours.js";

/** Which way the arrow keys go on a map. */
export const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

/**
 * A map whose axes are two coordinates of z; the others keep the values they have in `base`. Where the map is not to scale,
 * `ticks` are the coordinates at even steps across and upward, the outermost where they are.
 */
export class Plane {
  constructor(axes, base, ticks = null) {
    this.axes = axes;
    this.base = base;
    this.ticks = ticks;
    const last = ticks && ticks.length - 1;
    this.places = ticks?.map((_, k) => ticks[last] * ((2 * k) / last - 1));
  }

  /** The coordinate that is drawn at a distance from the middle, across or upward, and the other way round. */
  value(at) {
    return this.ticks ? piecewiseLinear(at, this.places, this.ticks) : at;
  }

  drawn(value) {
    return this.ticks ? piecewiseLinear(value, this.ticks, this.places) : value;
  }

  /** The z (D,) under a place; `hold` gives the other coordinates. */
  code({ x, y }, hold = this.base) {
    const z = Float32Array.from(hold);
    [z[this.axes[0]], z[this.axes[1]]] = [this.value(x), this.value(y)];
    return { z };
  }

  /** The place of z on the map. */
  place(z) {
    const [x, y] = this.axes.map((axis) => this.drawn(z[axis]));
    return { x, y };
  }

  /** Whether z lies in this slice of the latent space, but for the rounding of an address: as vae/web/pages/z_grid.py says. */
  holds(z) {
    const there = this.code(this.place(z)).z;
    return z.every((value, k) => Math.abs(value - there[k]) <= 2e-3 * (1 + Math.abs(value)));
  }
}

/** As vae/latent/paths.py: straight between the points (knots, values), the first and the last piece going on. */
function piecewiseLinear(x, knots, values) {
  let piece = 0;
  while (piece < knots.length - 2 && x > knots[piece + 1]) piece += 1;
  const share = (x - knots[piece]) / (knots[piece + 1] - knots[piece]);
  return values[piece] + share * (values[piece + 1] - values[piece]);
}

/** A map whose axes run from `base` along two orthonormal directions of z. */
class Slice extends Plane {
  constructor(directions, base) {
    super(null, base);
    this.directions = directions;
  }

  code({ x, y }) {
    const [across, up] = this.directions;
    return { z: this.base.map((value, k) => value + x * across[k] + y * up[k]) };
  }

  place(z) {
    const [x, y] = this.directions.map((direction) => direction.reduce((sum, share, k) => sum + share * (z[k] - this.base[k]), 0));
    return { x, y };
  }
}

/** A map of the test images' codes (t-SNE, PCA): a code lies where the image with the nearest one does. */
class Neighbours {
  constructor(codes, { xy }) {
    this.codes = codes;
    this.xy = xy;
  }

  /** The code of a test image. */
  of(index) {
    return { z: Float32Array.from(this.codes.code(index)), index };
  }

  place(z) {
    const [{ index }] = nearestRows(this.codes.mu, this.codes.latentDim, z, 1);
    return this.at(index);
  }

  at(index) {
    return { x: this.xy[2 * index], y: this.xy[2 * index + 1] };
  }
}

/** A map in three dimensions; where `axes` are three coordinates of z, a code lies where these say. */
export class Cloud {
  constructor(codes, axes) {
    this.codes = codes;
    this.axes = axes.length === 3 ? axes : null;
  }

  /** The code of a test image. */
  of(index) {
    return { z: Float32Array.from(this.codes.code(index)), index };
  }

  /** Where z lies, null where only test images have a place. */
  place(z) {
    if (!this.axes) return null;
    const [x, y, depth] = this.axes.map((axis) => z[axis]);
    return { x, y, z: depth };
  }
}

/**
 * The map that `data` describes; one of test images is at `places`.
 * @returns {any} Plane, Slice, Neighbours or Cloud
 */
export function mapOf({ data, decoder, codes, places }) {
  if (data.dims === 3) return new Cloud(codes, data.axes);
  if (data.places) return new Neighbours(codes, places);
  if (data.directions) return new Slice(data.directions.map((each) => vectorOf(each, decoder.latentDim)), vectorOf(data.base, decoder.latentDim));
  const axes = data.axes ?? [0, Math.min(1, decoder.latentDim - 1)];
  return new Plane(axes, vectorOf(data.base, decoder.latentDim), data.ticks);
}

/** `numbers` as a code of D finite values, zeros where there are none. */
export function vectorOf(numbers, latentDim) {
  const z = new Float32Array(latentDim);
  if (numbers?.length === latentDim && numbers.every(Number.isFinite)) z.set(numbers);
  return z;
}

/** Rounded for the way to Python: a ten-thousandth of a prior standard deviation is below any difference in an image. */
export const rounded = (z) => Array.from(z, (value) => Math.round(value * 1e4) / 1e4);

/** (1 - t) a + t b, written to `out` from `at` on. */
export function linearStep(a, b, t, out, at = 0) {
  for (let k = 0; k < a.length; k += 1) out[at + k] = (1 - t) * a[k] + t * b[k];
}

const PARALLEL = 1e-6, OPPOSITE = 1e-4; // radians from 0 and from 180 degrees, as in vae/latent/paths.py

/** The direction turns from a's to b's at a constant rate while the length changes linearly (vae/latent/paths.py's). */
function sphericalStep(a, b, t, out, at = 0) {
  const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
  let [apart, together] = [0, 0]; // squared lengths of the difference and of the sum of both directions
  for (let k = 0; k < a.length; k += 1) {
    apart += (b[k] / lengthB - a[k] / lengthA) ** 2;
    together += (b[k] / lengthB + a[k] / lengthA) ** 2;
  }
  const angle = 2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together)); // NaN where one of them is zero
  if (!(angle >= PARALLEL && Math.PI - angle >= OPPOSITE)) return linearStep(a, b, t, out, at);
  const length = (1 - t) * lengthA + t * lengthB;
  const [shareA, shareB] = [Math.sin((1 - t) * angle), Math.sin(t * angle)].map((sine) => (length * sine) / Math.sin(angle));
  for (let k = 0; k < a.length; k += 1) out[at + k] = (shareA * a[k]) / lengthA + (shareB * b[k]) / lengthB;
}

/** A step along `points` (T, D), which lie at even steps of t. */
export const stepAlong = (points) => (a, b, t, out, at = 0) => {
  const place = t * (points.length - 1);
  const before = Math.min(Math.floor(place), points.length - 2);
  linearStep(points[before], points[before + 1], place - before, out, at);
};

export const pathStep = (kind) => (kind === "spherical" ? sphericalStep : linearStep);

/** Codes of `count` equal steps from a to b, (count * D). */
export function pathCodes(step, a, b, count) {
  const codes = new Float32Array(count * a.length);
  for (let k = 0; k < count; k += 1) step(a, b, count > 1 ? k / (count - 1) : 0, codes, k * a.length);
  return codes;
}

/** Standard normal numbers, (count,), by Box and Muller. */
export function normals(count) {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
    return radius * Math.cos(2 * Math.PI * Math.random());
  });
}
