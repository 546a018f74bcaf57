// Where the facts of this phone are kept, in the order they were made: on its disk, and in memory while the page is open.

import { asKept, WAITING } from "./queue.js";

const KEPT = 300; // answered entries; those that wait are never dropped

export class Store {
  #database = null;
  #entries = new Map();
  #count = 0;
  #isNameless = false; // what is sent at that moment comes back later, and without its name

  // `database` null = this browser keeps nothing, and every `put` is refused.
  async open(database) {
    this.#database = database;
    const kept = database ? await database.read("entries", (entries) => entries.getAll()) : [];
    kept.sort((one, other) => one.number - other.number);
    for (const entry of kept) this.#entries.set(entry.fact.scan_id, { ...entry, person: null });
    this.#count = kept.length ? kept[kept.length - 1].number : 0;
  }

  // Rejects where the phone could not keep them; then they are nowhere, not in memory either.
  async put(entries) {
    if (!this.#database) throw new Error("nothing can be kept here");
    const numbered = entries.map((entry) => ({ ...entry, number: entry.number ?? ++this.#count }));
    const old = this.#oldest();
    await this.#database.write(["entries"], (kept) => {
      for (const entry of numbered) kept.put(asKept(entry));
      for (const id of old) kept.delete(id);
    });
    for (const entry of numbered) this.#hold(entry);
    for (const id of old) this.#entries.delete(id);
    return numbered;
  }

  // The same for what can be learnt again, such as an answer: where the disk is full it holds while the page is open.
  async note(entries) {
    await this.put(entries).catch(() => {
      for (const entry of entries) this.#hold(entry);
    });
  }

  // Of whom nothing but their id may be known here any more.
  forgetNames() {
    this.#isNameless = true;
    for (const entry of this.all()) this.#hold(entry);
  }

  // The phone is enrolled anew.
  rememberNames() {
    this.#isNameless = false;
  }

  #hold(entry) {
    this.#entries.set(entry.fact.scan_id, this.#isNameless ? { ...asKept(entry), person: null } : entry);
  }

  get(id) {
    return this.#entries.get(id);
  }

  all() {
    return [...this.#entries.values()];
  }

  #oldest() {
    const spare = this.#entries.size - KEPT;
    if (spare <= 0) return [];
    const settled = this.all().filter((entry) => entry.state !== WAITING);
    return settled.slice(0, spare).map((entry) => entry.fact.scan_id);
  }
}
