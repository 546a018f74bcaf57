// How many were sampled here, and how many are expected now: the server's counts, without network the slice's.

import { countSampled } from "./queue.js";
import { facts, part } from "./words.js";

const EVERY_MS = 20_000;

export class Counts {
  #calls;
  #phone;
  #store;
  #told = null; // by the server, with the time it was asked

  constructor({ calls, phone, store }) {
    this.#calls = calls;
    this.#phone = phone;
    this.#store = store;
  }

  start() {
    this.ask();
    setInterval(() => this.ask(), EVERY_MS);
  }

  async ask() {
    const at = this.#calls.now();
    const told = await this.#calls.ask(facts.urls.counts);
    this.#told = told && { ...told, at };
    this.show();
  }

  // What this phone has sampled since is added.
  show() {
    const known = this.#told ?? this.#ofSlice();
    part("count-sampled").textContent = known ? known.sampled + countSampled(this.#store.all(), known.at) : "–";
    part("count-expected").textContent = this.#told?.expected_now ?? "–";
  }

  #ofSlice() {
    const { slice } = this.#phone;
    return slice && { sampled: slice.countSampledHere(), at: Date.parse(slice.head.as_of) };
  }
}
