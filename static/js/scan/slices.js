// The slice kept fresh: asked for every quarter of a minute while the phone is open, and what has changed taken over.

const EVERY_MS = 15_000;

export class Slices {
  #phone;
  #calls;
  #url;
  #changed;
  #isAsking = false;

  constructor({ phone, calls, url, changed }) {
    this.#phone = phone;
    this.#calls = calls;
    this.#url = url;
    this.#changed = changed;
  }

  start() {
    this.ask();
    setInterval(() => document.hidden || this.ask(), EVERY_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    addEventListener("online", () => this.ask());
  }

  async ask() {
    if (this.#isAsking || this.#phone.state !== "open") return;
    this.#isAsking = true;
    try {
      if (await this.#askSince(this.#phone.cursor)) this.#changed();
    } finally {
      this.#isAsking = false;
    }
  }

  async #askSince(cursor) {
    const reply = await this.#calls.call(cursor ? `${this.#url}?since=${encodeURIComponent(cursor)}` : this.#url);
    if (reply?.status === 410 && cursor) return this.#askSince(null);
    if (reply?.status !== 200 || this.#phone.state !== "open") return false;
    // One that cannot be read is asked for whole the next time, and is no reason to stop.
    await this.#phone.takeSlice(reply.body).catch(() => cursor && this.#askSince(null));
    return true;
  }
}
