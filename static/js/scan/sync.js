// How facts get to the server: at once, and again under the same id until there is an answer.

import { PATIENCE_MS } from "./calls.js";
import { afterReply, isExpired, meaningOf, REFUSED, unsent, waitBefore, WAITING } from "./queue.js";

const HURRY_MS = 2000; // once the server has not answered others, nobody is held up again and again
const BATCH = 100;

export class Sync {
  #store;
  #calls;
  #urls;
  #answered;
  #tries = 0;
  #timer = null;
  #due = Infinity; // when the timer ends
  #inFlight = new Set();
  isSignedOut = false;

  // `answered(entries)` is told whenever there is something new about entries.
  constructor({ store, calls, urls, answered }) {
    this.#store = store;
    this.#calls = calls;
    this.#urls = urls;
    this.#answered = answered;
    addEventListener("online", () => this.again(0));
  }

  // Whether the last try got no answer.
  get isCut() {
    return this.#tries > 0 || navigator.onLine === false;
  }

  // Send entries that the store has, and give them back as they are after that: answered, refused, or still waiting.
  async send(entries) {
    const after = await this.#send(entries, this.#tries ? HURRY_MS : PATIENCE_MS);
    const isCut = unsent(after).length > 0;
    if (isCut) this.#tries = Math.max(1, this.#tries);
    if (unsent(this.#store.all()).length) this.again(isCut ? this.#pause() : 0); // else: the network is back
    return after;
  }

  // Try what waits after so many ms; a new scan never puts that off.
  again(wait) {
    const due = Date.now() + wait;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#retry(), wait);
  }

  async #send(entries, patience) {
    for (const entry of entries) this.#inFlight.add(entry.fact.scan_id);
    try {
      const replies = await this.#post(entries, patience);
      // Read anew: meanwhile it may have been shown, or looked at.
      const after = entries.map((entry, n) => afterReply(this.#store.get(entry.fact.scan_id), replies[n], this.#calls.now()));
      await this.#store.note(after.filter((entry) => entry.state !== WAITING));
      return after;
    } finally {
      for (const entry of entries) this.#inFlight.delete(entry.fact.scan_id);
      this.#answered(entries.map((entry) => this.#store.get(entry.fact.scan_id)));
    }
  }

  // One reply for each entry; null where there is none.
  async #post(entries, patience, isRetry = false) {
    const isOne = entries.length === 1;
    const body = isOne ? entries[0].fact : { scans: entries.map((entry) => entry.fact) };
    const reply = await this.#calls.call(isOne ? this.#urls.scans : this.#urls.batch, { method: "POST", body, patience });
    if (isExpired(reply)) {
      this.isSignedOut = isRetry || this.#calls.device !== null || !(await this.#calls.renewToken());
      if (!this.isSignedOut) return this.#post(entries, patience, true);
    } else if (reply) {
      this.isSignedOut = false;
    }
    if (isOne) return [reply];
    if (meaningOf(reply) === REFUSED) return this.#postEach(entries, patience); // what one is refused for says nothing of the others
    const answers = reply?.body?.answers;
    if (reply?.status !== 200 || !answers) return entries.map(() => null);
    return answers.map((answer) => ({ status: answer.outcome ? 200 : answer.status, body: answer }));
  }

  async #postEach(entries, patience) {
    const replies = [];
    for (const entry of entries) replies.push(...(await this.#post([entry], patience)));
    return replies;
  }

  #pause() {
    return waitBefore(this.#tries, this.#calls.asked);
  }

  async #retry() {
    this.#due = Infinity;
    const waiting = unsent(this.#store.all()).filter((entry) => !this.#inFlight.has(entry.fact.scan_id));
    if (!waiting.length) return;
    const sent = await this.#send(waiting.slice(0, BATCH), PATIENCE_MS);
    const isHeard = sent.some((entry) => entry.state !== WAITING);
    this.#tries = isHeard ? 0 : this.#tries + 1;
    if (unsent(this.#store.all()).length) this.again(isHeard ? 0 : this.#pause());
  }
}
