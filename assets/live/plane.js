/*
 * View "plane": the code under the pointer on a map, decoded live; a click or Enter pins it and tells Python.
 *
 * The map is a latent plane (two coordinates of z, the others held at data.base), a grid of decoded images with the same
 * axes, endless where data.sheet tells of one, or, when data.places names it, a map of the test images: then the nearest
 * image's code is decoded.
 */

import { Chart } from "./chart.js";
import { h, setText } from "./dom.js";
import { ClassBadge, Images, NOTES, Readout, Voice, spokenCode, spokenReading } from "./view.js";
import { OriginalFigure, PointerSwitch, originalsAt } from "./originals.js";
import { Picks, pickAt } from "./picks.js";
import { Cloud, Plane, STEPS, mapOf, rounded, vectorOf } from "./space.js";
import { Preview } from "./preview.js";
import { Sheet } from "./sheet/sheet.js";
import { Trajectory } from "./sheet/trajectory.js";

const HINTS = {
  plane: "Move over the map. A click pins z. Keys: arrows move z, with Shift in larger steps; + and − zoom, 0 shows all, Enter pins.",
  codes: "Move over the map: the nearest test image is decoded. A click or Enter pins it; arrow keys go to the next one.",
  sheet: "Drag to move on, turn the wheel or pinch to zoom: new images are decoded as you go. A click pins z. Keys: arrows move z, with Shift the whole view; + and − zoom, 0 goes home, Enter pins.",
  cloud: "Point at a code: it is decoded. A click or Enter pins it. Drag to turn the map; arrow keys go to the next code.",
};

const ZOOMS = { "+": 1 / 1.25, "=": 1 / 1.25, "-": 1.25, "−": 1.25 }; // keys

const views = new Set(); // all on the page: those of one name `data.together` decode the same place

export const planeView = (live) => new PlaneView(live);

class PlaneView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "image", "aria-label": "Decoder mean" });
    this.caption = h("span", { text: "decoder mean" });
    this.state = h("span", { class: "state" });
    this.readout = new Readout();
    this.badge = new ClassBadge();
    this.voice = new Voice(live.signal);
    this.hint = h("p", { class: "hint" });
    this.original = new OriginalFigure();
    this.atPointer = new PointerSwitch(live.signal);
    this.element = h("div", { class: "plane" },
      h("div", { class: "pair" },
        h("figure", {}, this.images.canvas, h("figcaption", {}, this.caption, this.state)),
        this.original.element,
      ),
      h("div", { class: "facts" },
        this.readout.list, this.badge.element, this.hint, this.atPointer.element, this.voice.element),
    );
    live.root.append(this.element);
    this.picks = new Picks((pick) => live.pick(pick), live.signal);
    this.chart = new Chart(live.signal, {
      move: (place) => this.moveTo(place),
      leave: () => this.leave(),
      click: (place) => this.click(place),
      doubleClick: () => this.unpin(),
      key: (event) => this.key(event),
      layout: () => live.redraw(),
      missing: (missing) => live.note(missing ? NOTES.chart : null),
      cover: (gd, signal) => this.sheet?.mount(gd, signal),
    });
    this.sheet = this.trajectory = null; // of an endless plane
    this.kept = null; // where a finger tapped on it: the picture stays there, since the large one may be out of sight
    this.preview = new Preview(this.chart, live.signal);
    this.pinned = null; // {z, index} that a click, Enter or Python chose, with `own` for the code of the user's image
    this.hovered = null; // {z, index} under the pointer or the arrow keys
    this.cursor = null; // its place on the map
    this.isElsewhere = false; // whether the pointer is on the chart of another view
    views.add(this);
    live.signal.addEventListener("abort", () => views.delete(this), { once: true });
  }

  /** The views that decode the same place. */
  get others() {
    const { together } = this.live.data;
    return together ? [...views].filter((each) => each !== this && each.live.data?.together === together) : [];
  }

  update({ data, decoder }) {
    this.map = mapOf(this.live);
    setText(this.hint, HINTS[this.map instanceof Cloud ? "cloud" : data.places ? "codes" : data.sheet ? "sheet" : "plane"]);
    for (const each of [this.images, this.preview]) each.fit(decoder.image);
    this.element.classList.toggle("together", Boolean(data.together));
    this.atPointer.element.hidden = Boolean(data.sheet); // on which everything is a picture
    this.originals = originalsAt(data.originals, () => this.live.redraw());
    const asked = JSON.stringify([data.z ?? null, data.image ?? null, data.own ?? null]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.pinned = data.z ? { z: vectorOf(data.z, decoder.latentDim), image: data.image ?? null, own: data.own } : null;
    }
    if (this.pinned?.z.length !== decoder.latentDim) this.pinned = null; // another model
    if (this.hovered) this.hovered = this.codeAt(this.cursor); // the pointer may still be there
    this.chart.overlay.theme(this.live.root);
    if (data.sheet) this.#showSheet(data.sheet);
    this.chart.follow(data.plot_key);
  }

  #showSheet({ path }) {
    this.sheet ??= this.#makeSheet();
    this.sheet.update(this.map);
    this.trajectory.update(path, this.map);
  }

  #makeSheet() {
    const { live } = this;
    const sheet = new Sheet(live, {
      moved: () => {
        for (const { sheet } of this.others) sheet?.follow(this.sheet);
        live.redraw();
      },
      settled: (window) => {
        this.around.say(this.sheet.words);
        live.trigger("window", window ?? []);
      },
    });
    this.around = new Voice(live.signal);
    this.element.append(this.around.element);
    this.trajectory = new Trajectory(live, this.chart, () => {
      const { a, b } = this.trajectory.ends;
      live.trigger("ends", [rounded(a), rounded(b)]);
    });
    sheet.root.append(this.trajectory.element);
    return sheet;
  }

  /** What a place stands for, {z} or a test image's {z, index}; null where all images are hidden. */
  codeAt(place) {
    if (this.map instanceof Plane) return this.map.code(place);
    if (this.map instanceof Cloud) return this.map.of(place.index);
    const nearest = this.chart.nearest(place);
    return nearest && this.map.of(nearest.index);
  }

  moveTo(place) {
    if (!this.map) return;
    this.hover(place, false);
    for (const each of this.others) each.hover(place, true);
  }

  /** Decodes a place, that of the pointer or of another view's. */
  hover(place, isElsewhere) {
    if (!this.map) return;
    this.cursor = place;
    this.isElsewhere = isElsewhere;
    this.hovered = this.codeAt(place);
    this.live.redraw();
  }

  leave() {
    if (!this.hovered) return;
    for (const each of [this, ...this.others]) {
      each.hovered = null;
      each.live.redraw();
    }
  }

  /** Pins what is at a place, the test image that the hand has hit before the place; Python is told a moment later. */
  click(place) {
    this.pinnedBefore = this.pinned;
    const code = this.map && this.codeAt(place);
    if (!code) return;
    const pick = pickAt(this.chart.gd, place);
    this.kept = this.chart.space.pans && place.pointerType === "touch" ? place : null;
    this.pin(pick.hit ? { ...code, index: pick.index } : code);
    this.picks.soon(pick);
  }

  /** A double click resets the zoom: the click that began it has pinned nothing. */
  unpin() {
    this.picks.takeBack();
    this.pinned = this.pinnedBefore;
    this.kept = null;
    this.sheet?.goHome();
    this.live.redraw();
  }

  pin({ z, index = null }) {
    this.pinned = this.map instanceof Plane ? { z, image: index } : { z, index };
    this.live.redraw();
  }

  /** Pins what is shown, to the digit: the keys have moved there. */
  pinHovered() {
    this.pin(this.hovered);
    this.picks.now(pickAt(this.chart.gd, { ...this.cursor, reach: 0 }));
  }

  key(event) {
    const direction = STEPS[event.key];
    const zoomable = this.sheet ?? (this.chart.isFlat ? this.chart.space : null);
    if (!this.map || event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction) this.step(direction, event.shiftKey ? 0.05 : 0.01);
    else if (event.key === "Enter" && this.hovered) this.pinHovered();
    else if (event.key === "Escape") this.leave();
    else if (zoomable && ZOOMS[event.key]) zoomable.zoomAt(ZOOMS[event.key], this.hovered && this.cursor);
    else if (zoomable && ["0", "Home"].includes(event.key)) zoomable.goHome();
    else return;
    event.preventDefault();
  }

  /**
   * Moves by a share of the visible range; on an endless plane by one image, with Shift by a quarter of the view, which goes
   * along; on a map of test images to the next one that way, with Shift further off.
   */
  step([right, up], share) {
    const [width, height] = this.chart.extent;
    const at = this.hovered ? this.cursor : this.placeOf(this.shown);
    if (!at) return;
    if (this.sheet) {
      const [far, image] = [share > 0.01, this.sheet.spacing];
      const to = { x: at.x + right * (far ? width / 4 : image), y: at.y + up * (far ? height / 4 : image) };
      this.moveTo(to);
      return this.sheet.accompany(at, to, far);
    }
    if (this.map instanceof Plane) return this.moveTo({ x: at.x + right * share * width, y: at.y + up * share * height });
    const next = this.chart.nearest(at, [right, up], share > 0.01 ? share * width : 0);
    if (next) this.moveTo(this.map instanceof Cloud ? next : this.map.at(next.index));
  }

  /** What is decoded now: the code under the pointer, else the pinned one, else the map's base. */
  get shown() {
    const { data, decoder } = this.live;
    return this.hovered ?? this.pinned ?? { z: vectorOf(data.base, decoder.latentDim) };
  }

  draw() {
    const { decoder } = this.live;
    if (!this.map) return;
    const { z, index } = this.shown;
    const image = decoder.decode(z);
    this.images.draw(image);
    this.#showOriginal(image);
    this.readout.show(z, this.map.axes);
    if (index === undefined) this.#describeCode(z);
    else this.#describeImage(index);
    setText(this.state, this.hovered ? "live" : this.#pinnedWhere);
    this.state.className = `state ${this.hovered ? "on" : ""}`;
    this.#mark();
    this.trajectory?.draw();
  }

  /** The test image that is shown: the one that is meant, or on a plane the nearest within reach of the pointer. */
  get image() {
    const { index, image = null } = this.shown;
    if (index !== undefined) return index;
    if (!this.hovered) return image;
    const nearest = this.chart.nearest(this.cursor);
    return nearest && nearest.distance <= this.cursor.reach ? nearest.index : null;
  }

  /** The original beside what is decoded, in the column and, where it is wanted or the column out of sight, on the map. */
  #showOriginal(decoded) {
    const original = this.#original();
    this.original.show(original);
    this.element.classList.toggle("with-originals", !this.original.element.hidden);
    this.element.classList.toggle("with-files", Boolean(this.live.codes?.names));
    const place = this.hovered && !this.isElsewhere ? this.cursor : this.kept;
    if (!place) return this.preview.hide();
    const isWanted = (this.atPointer.isOn && !this.sheet) || (place.pointerType === "touch" && place !== this.kept);
    this.preview.show(decoded, place, isWanted ? null : this.images.canvas, original);
  }

  /** The user's own image where its code is pinned, else the test image that is shown. */
  #original() {
    const { own } = this.shown;
    if (own) return { source: originalsAt(own, () => this.live.redraw()), index: 0, words: own.words };
    const index = this.originals && this.image;
    return { source: this.originals, index, words: `original, ${this.live.codes?.called(index) ?? `test image ${index}`}` };
  }

  #describeCode(z) {
    const reading = this.live.read(z);
    setText(this.caption, "decoder mean");
    this.badge.read(reading);
    this.voice.say(spokenCode(z, reading));
  }

  #describeImage(index) {
    const { decoder, codes } = this.live;
    const label = codes.labels && decoder.classOf(codes.labels[index]);
    setText(this.caption, this.originals?.sheet ? "decoder mean" : `decoder mean of ${codes.called(index)}`);
    const reading = this.live.read(codes.code(index));
    this.badge.label(label, reading);
    this.voice.say([codes.called(index), label && `label ${label.name}`, spokenReading(reading)].filter(Boolean).join("; "));
  }

  /**
   * Where what is shown lies on the map, null where it has no place there.
   * @param {{z?: ArrayLike<number>, index?: number, image?: number}} shown
   */
  placeOf({ z, index, image }) {
    if (this.map instanceof Cloud) return this.map.place(z) ?? this.chart.placeOf(index ?? image);
    return index === undefined ? this.map.place(z) : this.map.at(index);
  }

  #mark() {
    this.#put("cross", this.hovered);
    this.#put("ring", this.#isOnMap ? this.pinned : null);
  }

  get #isOnMap() {
    return this.pinned && (!(this.map instanceof Plane) || this.map.holds(this.pinned.z));
  }

  get #pinnedWhere() {
    if (!this.pinned) return "";
    return this.#isOnMap ? "pinned" : "pinned, off this slice";
  }

  /** Marks the place of what is shown by the sign of that name, if there is one. */
  #put(kind, shown) {
    const place = shown && this.placeOf(shown);
    this.chart.overlay.put(kind, place ? { kind, ...place } : null);
  }
}
