/*
 * View "plane": the code under the pointer on a map, decoded live; a click or Enter pins it and tells Python.
 *
 * The map is a latent plane (two coordinates of z, the others held at data.base), a grid of decoded images with the same
 * axes, or, when data.places names it, a map of the test images: then the nearest image's code is decoded.
 */

const HINTS = {
  plane: "Move over the map. A click pins z; arrow keys move it, with Shift in larger steps, and Enter pins it.",
  codes: "Move over the map: the nearest test image is decoded. A click or Enter pins it; arrow keys move.",
};

const planeView = (live) => new PlaneView(live);

class PlaneView {
  constructor(live) {
    this.live = live;
    this.images = new Images({ class: "digit", "aria-label": "Decoder mean" });
    this.caption = h("span", { text: "decoder mean" });
    this.state = h("span", { class: "state" });
    this.readout = new Readout();
    this.badge = new ClassBadge();
    this.voice = new Voice();
    this.hint = h("p", { class: "hint" });
    live.root.append(
      h("div", { class: "plane" },
        h("figure", {}, this.images.canvas, h("figcaption", {}, this.caption, this.state)),
        h("div", { class: "facts" }, this.readout.list, this.badge.element, this.hint, this.voice.element),
      ),
    );
    live.signal.addEventListener("abort", () => this.voice.stop());
    this.chart = new Chart(live.signal, {
      move: (place) => this.moveTo(place),
      leave: () => this.leave(),
      click: (place) => this.pin(place),
      key: (event) => this.key(event),
      layout: () => live.redraw(),
      missing: (missing) => live.note(missing ? NOTES.chart : null),
    });
    this.pinned = null; // {z, index} that a click, Enter or Python chose
    this.hovered = null; // {z, index} under the pointer or the arrow keys
    this.cursor = null; // its place on the map
  }

  update({ data, decoder }) {
    setText(this.hint, HINTS[data.places ? "codes" : "plane"]);
    this.map = mapOf(this.live);
    const asked = JSON.stringify(data.z ?? null);
    if (asked !== this.asked) {
      this.asked = asked;
      this.pinned = data.z ? { z: vectorOf(data.z, decoder.latentDim) } : null;
    }
    if (this.pinned?.z.length !== decoder.latentDim) this.pinned = null; // another model
    if (this.hovered) this.hovered = this.map.code(this.cursor); // the pointer may still be there
    this.chart.overlay.theme(this.live.root);
    this.chart.follow(data.plot_key);
  }

  moveTo(place) {
    if (!this.map) return;
    this.cursor = place;
    this.hovered = this.map.code(place);
    this.live.redraw();
  }

  leave() {
    if (!this.hovered) return;
    this.hovered = null;
    this.live.redraw();
  }

  pin(place) {
    if (!this.map) return;
    this.cursor = place;
    this.pinned = this.map.code(place);
    const { z, index = null } = this.pinned;
    this.live.commit("pick", { z: rounded(z), index, reach: place.reach });
    this.live.redraw();
  }

  /** Arrow keys move by a hundredth of the visible range, with Shift by a twentieth. */
  key(event) {
    const step = event.shiftKey ? 0.05 : 0.01;
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    const at = this.cursor ?? this.map?.place(this.shown.z);
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    if (move) {
      const [width, height] = this.chart.extent;
      this.moveTo({ x: at.x + move[0] * step * width, y: at.y + move[1] * step * height, reach: 0.01 * width });
    } else if (event.key === "Enter") this.pin({ reach: 0, ...at });
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  /** What is decoded now: the code under the pointer, else the pinned one, else the map's base. */
  get shown() {
    const { data, decoder } = this.live;
    return this.hovered ?? this.pinned ?? { z: vectorOf(data.base, decoder.latentDim) };
  }

  draw() {
    const { data, decoder } = this.live;
    if (!this.map) return;
    const { z, index } = this.shown;
    this.images.draw(decoder.decode(z));
    this.readout.show(z, data.places ? null : this.map.axes);
    if (index === undefined) this.#describeCode(z);
    else this.#describeImage(index);
    setText(this.state, this.hovered ? "live" : this.pinned ? "pinned" : "");
    this.state.className = `state ${this.hovered ? "on" : ""}`;
    this.#mark();
  }

  #describeCode(z) {
    const reading = this.live.read(z);
    setText(this.caption, "decoder mean");
    this.badge.read(reading);
    this.voice.say(spokenCode(z, reading));
  }

  #describeImage(index) {
    const { decoder, codes } = this.live;
    const label = decoder.classOf(codes.labels[index]);
    setText(this.caption, `decoder mean of test image ${index}`);
    const reading = this.live.read(codes.code(index));
    this.badge.label(label, reading);
    this.voice.say(`test image ${index}, label ${label.name}; ${spokenReading(reading)}`);
  }

  #mark() {
    const { overlay } = this.chart;
    const place = ({ z, index }) => (index === undefined ? this.map.place(z) : this.map.at(index));
    overlay.put("cross", this.hovered ? { kind: "cross", ...place(this.hovered) } : null);
    overlay.put("ring", this.pinned ? { kind: "ring", ...place(this.pinned) } : null);
  }
}
