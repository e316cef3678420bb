/*
 * Where a training's epochs come from: its folder, asked again and again over HTTP, or a recording that the page brought.
 *
 * Both have: lines, by epoch, as progress.jsonl has them; places, by the epochs that were looked at, Float32Array (n, 2)
 * one after the other; status, how the training stands; sheet(epoch), the address of its samples.
 */

import { networkFrom, parcelFrom } from "../live/store.js";

const MOST_DECODERS = 6; // kept: each of a large network takes megabytes

/** Places (F, n, 2) as one array for each epoch. */
function byEpoch(epochs, all) {
  const size = all.length / Math.max(1, epochs.length);
  return epochs.map((epoch, k) => [epoch, all.subarray(k * size, (k + 1) * size)]);
}

export class Training {
  decodes = true;
  lines = new Map();
  places = new Map();
  status = null;
  #decoders = new Map(); // epoch -> promise

  /** version: another one for another training of the same name. */
  constructor(name, version) {
    this.version = encodeURIComponent(version);
    this.address = `/trainings/${encodeURIComponent(name)}`;
  }

  /** Asks for what is new; whether there is anything. */
  async poll() {
    const last = Math.max(-1, ...this.lines.keys());
    const { lines, looks, ...status } = await (await fetch(`${this.address}/progress?after=${last}`)).json();
    const text = JSON.stringify(status);
    const isNew = lines.length > 0 || text !== JSON.stringify(this.status);
    this.status = status;
    for (const line of lines) this.lines.set(line.epoch, line);
    const seen = Math.max(-1, ...this.places.keys());
    if (!looks.some((epoch) => epoch > seen)) return isNew;
    const answer = await fetch(`${this.address}/places?after=${seen}`);
    const { header, arrays } = parcelFrom(new Uint8Array(await answer.arrayBuffer()));
    for (const [epoch, places] of byEpoch(header.epochs, arrays.places)) this.places.set(epoch, places);
    return true;
  }

  sheet(epoch) {
    return `${this.address}/sheet/${epoch}.png?v=${this.version}`;
  }

  /** A promise of {network, centre, basis} of an epoch. */
  decoder(epoch) {
    if (!this.#decoders.has(epoch)) this.#decoders.set(epoch, this.#brought(epoch));
    const found = this.#decoders.get(epoch);
    for (const other of [...this.#decoders.keys()].slice(0, -MOST_DECODERS)) this.#decoders.delete(other);
    return found;
  }

  /** One that could not be had is asked for again. */
  async #brought(epoch) {
    try {
      return await this.#bring(epoch);
    } catch (error) {
      this.#decoders.delete(epoch);
      throw error;
    }
  }

  async #bring(epoch) {
    const answer = await fetch(`${this.address}/decoder/${epoch}?v=${this.version}`);
    if (!answer.ok) throw new Error(`no decoder of epoch ${epoch}`);
    const parcel = parcelFrom(new Uint8Array(await answer.arrayBuffer()));
    return { network: networkFrom(parcel, parcel.header.head), centre: parcel.arrays.centre, basis: parcel.arrays.basis };
  }
}

export class Recording {
  decodes = false; // it has no networks
  status = { state: "recorded", sentence: "", place: 0, beat: null };

  constructor({ epochs, places, lines, sheets }) {
    const bytes = Uint8Array.from(atob(places), (character) => character.charCodeAt(0));
    this.places = new Map(byEpoch(epochs, new Float32Array(bytes.buffer)));
    this.lines = new Map(lines.map((line) => [line.epoch, line]));
    this.sheets = new Map(epochs.map((epoch, k) => [epoch, sheets[k]]));
  }

  async poll() {
    return false;
  }

  sheet(epoch) {
    return this.sheets.get(epoch);
  }
}
