/*
 * EM for a mixture of Gaussians in the plane. A mixture is a list of parts { weight, mean: [x, y], cov: [xx, xy, yy] };
 * shares are, for each point, the probability of each part. Nats per point.
 */

const LOG_TWO_PI = Math.log(2 * Math.PI);
const NARROWEST = 0.05; // sd of a part in any direction: one that closed on a single point would be infinitely likely

function logDensity([x, y], { mean, cov: [xx, xy, yy] }) {
  const det = xx * yy - xy * xy;
  const [dx, dy] = [x - mean[0], y - mean[1]];
  return -LOG_TWO_PI - 0.5 * Math.log(det) - (0.5 * (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy)) / det;
}

const logJoint = (point, part) => Math.log(part.weight) + logDensity(point, part);

function logSum(values) {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

const meanOf = (points, value) => points.reduce((sum, point, n) => sum + value(point, n), 0) / points.length;

export const logLikelihood = (points, parts) => meanOf(points, (point) => logSum(parts.map((part) => logJoint(point, part))));

/** E step: which part each point came from, p(k | x). */
export function expectation(points, parts) {
  return points.map((point) => {
    const joint = parts.map((part) => logJoint(point, part));
    const evidence = logSum(joint);
    return joint.map((value) => Math.exp(value - evidence));
  });
}

/** The covariance with its eigenvalues raised to the least there may be: of all that are as wide, the one with the highest Q. */
function widened([xx, xy, yy]) {
  const least = NARROWEST ** 2;
  const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  if (middle - half >= least) return [xx, xy, yy];
  const slope = half > 0 ? Math.max(middle + half - least, 0) / (2 * half) : 0; // of the new eigenvalues over the old
  const added = least - slope * (middle - half);
  return [added + slope * xx, slope * xy, added + slope * yy];
}

/** M step: the mixture with the highest Q for these shares, no part narrower than NARROWEST. */
export function maximisation(points, shares) {
  return shares[0].map((_, k) => {
    const total = shares.reduce((sum, share) => sum + share[k], 0);
    const average = (value) => points.reduce((sum, point, n) => sum + shares[n][k] * value(point), 0) / total;
    const mean = [average(([x]) => x), average(([, y]) => y)];
    const product = (i, j) => average((point) => (point[i] - mean[i]) * (point[j] - mean[j]));
    return { weight: total / points.length, mean, cov: widened([product(0, 0), product(0, 1), product(1, 1)]) };
  });
}

/** Q: log p(x, k), averaged over the shares. */
export const expectedLogJoint = (points, parts, shares) =>
  meanOf(points, (point, n) => parts.reduce((sum, part, k) => sum + shares[n][k] * logJoint(point, part), 0));

/** Entropy of the shares; Q and it together are the bound. */
export const entropy = (shares) => meanOf(shares, (share) => -share.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0));

/**
 * The ellipse r standard deviations from the mean of a part, as places.
 * @param {{ mean: number[], cov: number[] }} part
 * @param {number} r
 */
export function ellipse({ mean, cov }, r, count = 60) {
  const [xx, xy, yy] = cov;
  const a = Math.sqrt(xx), b = xy / a, c = Math.sqrt(Math.max(yy - b * b, 0)); // Cholesky
  return Array.from({ length: count + 1 }, (_, k) => {
    const [cos, sin] = [r * Math.cos((2 * Math.PI * k) / count), r * Math.sin((2 * Math.PI * k) / count)];
    return [mean[0] + a * cos, mean[1] + b * cos + c * sin];
  });
}
