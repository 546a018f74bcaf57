// Where the facts of this phone are kept, in the order they were made: while the page is open, in memory.

import { WAITING } from "./queue.js";

const KEPT = 50; // answered entries; those that wait are never dropped

export class Store {
  #entries = new Map();

  async put(entries) {
    for (const entry of entries) this.#entries.set(entry.fact.scan_id, entry);
    this.#forgetOldest();
  }

  all() {
    return [...this.#entries.values()];
  }

  #forgetOldest() {
    let spare = this.#entries.size - KEPT;
    for (const [id, entry] of this.#entries) {
      if (spare <= 0) return;
      if (entry.state !== WAITING) this.#entries.delete(id);
      spare -= 1;
    }
  }
}
