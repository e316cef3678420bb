/*
 * The part of an endless plane that is in sight: where places lie in pixels, and how pan and zoom change that.
 *
 * Places are in units of the plane, y upward; pixels are those of the plotting area, y downward. `range` is how far the
 * outermost images of `side` lie from the middle, along the shorter side of the area; a unit has the shape of an image.
 */

export const NEAREST = 0.02, FARTHEST = 8; // ranges, as vae/web/pages/z_grid/controls.py has them
const LIMIT = 12; // how far the middle goes: what lies within reach of z's own limit, 20
const DIGITS = 4; // significant, in an address

export class Window {
  /** @type {number[]} */ middle = [0, 0];
  /** @type {number} */ range = 1;
  /** @type {{width: number, height: number}} */ area = { width: 1, height: 1 };

  /** The plane at rest: images per side, how far these reach, height by width of an image. */
  constructor({ side, home, ratio }) {
    this.side = side;
    this.home = home;
    this.ratio = ratio;
    this.goHome();
  }

  goHome() {
    this.middle = [0, 0];
    this.range = this.home;
  }

  get isHome() {
    return this.range === this.home && this.middle.every((value) => value === 0);
  }

  /** [x, y, range] as an address holds it, null at home. */
  get numbers() {
    return this.isHome ? null : [...this.middle, this.range].map((value) => Number(value.toPrecision(DIGITS)));
  }

  /** Goes where its address would lead, to the digits that this keeps, unless that is a pixel off. */
  round() {
    const { numbers, units, middle } = this;
    if (numbers && middle.every((value, k) => Math.abs(value - numbers[k]) * units[k] < 1)) this.show(numbers);
  }

  show(numbers) {
    if (!numbers) return this.goHome();
    const [x, y, range] = numbers;
    this.middle = [x, y];
    this.range = range;
  }

  /** Pixels of a unit across and upward. */
  get units() {
    const half = (this.range * this.side) / (this.side - 1); // to the edge of the outermost images
    const unit = Math.min(this.area.width, this.area.height / this.ratio) / (2 * half);
    return [unit, unit * this.ratio];
  }

  /** The width and height in sight, in units of the plane. */
  get extent() {
    const [across, up] = this.units;
    return [this.area.width / across, this.area.height / up];
  }

  pixels({ x, y }) {
    const [across, up] = this.units;
    return [this.area.width / 2 + (x - this.middle[0]) * across, this.area.height / 2 - (y - this.middle[1]) * up];
  }

  place(pixel) {
    const [px, py] = pixel;
    const [across, up] = this.units;
    return { x: this.middle[0] + (px - this.area.width / 2) / across, y: this.middle[1] - (py - this.area.height / 2) / up };
  }

  /** Moves what is in sight by pixels, as a hand on it does. */
  pan(dx, dy) {
    const [across, up] = this.units;
    this.middle = [this.middle[0] - dx / across, this.middle[1] + dy / up].map((value) => Math.min(Math.max(value, -LIMIT), LIMIT));
  }

  /** Shows `factor` times as much; what lies at a pixel stays there. */
  zoom(factor, pixel) {
    const [px, py] = pixel;
    const fixed = this.place(pixel);
    this.range = Math.min(Math.max(this.range * factor, NEAREST), FARTHEST);
    const [x, y] = this.pixels(fixed);
    this.pan(px - x, py - y);
  }

  /** Moves just so far that a place is `inside` pixels from the edge. */
  reveal(place, inside) {
    const beyond = this.pixels(place).map((at, k) => {
      const length = k ? this.area.height : this.area.width;
      return Math.min(0, at - inside) + Math.max(0, at - (length - inside));
    });
    this.pan(-beyond[0], -beyond[1]);
  }
}
