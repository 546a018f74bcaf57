// How facts get to the server: at once, and again under the same id until there is an answer.

import { boundsOf, narrow, offsetOf } from "./clock.js";
import { afterReply, isExpired, meaningOf, REFUSED, unsent, waitBefore, WAITING } from "./queue.js";

const PATIENCE_MS = 6000; // then the person in front is told that there is no answer
const BATCH = 100;

export class Sync {
  #store;
  #facts; // {urls: {scans, batch}, csrf}
  #renew; // asks for a page with a fresh token; false = somebody has to sign in
  #changed;
  #late; // told of entries that were answered after their first try
  #clock = null;
  #tries = 0;
  #timer = null;
  #inFlight = new Set();
  isSignedOut = false;

  constructor({ store, facts, renew, changed, late }) {
    this.#store = store;
    this.#facts = facts;
    this.#renew = renew;
    this.#changed = changed;
    this.#late = late;
    addEventListener("online", () => this.#again(0));
  }

  // ms, positive: the phone's clock is fast.
  get offset() {
    return offsetOf(this.#clock);
  }

  // Keep the entries, send them, and give them back as they are after that: answered, refused, or still waiting.
  async deliver(entries) {
    await this.#store.put(entries);
    this.#changed();
    const after = await this.#send(entries);
    if (unsent(after).length) this.#again(waitBefore(this.#tries));
    return after;
  }

  // A call that is no fact. Null where no answer came.
  async ask(url) {
    const reply = await this.#call(url, { headers: { Accept: "application/json" } });
    return reply?.status === 200 ? reply.body : null;
  }

  async #send(entries) {
    for (const entry of entries) this.#inFlight.add(entry.fact.scan_id);
    try {
      const replies = await this.#post(entries);
      const after = entries.map((entry, n) => afterReply(entry, replies[n]));
      await this.#store.put(after);
      this.#changed();
      return after;
    } finally {
      for (const entry of entries) this.#inFlight.delete(entry.fact.scan_id);
    }
  }

  // One reply for each entry; null where there is none.
  async #post(entries, isRetry = false) {
    const isOne = entries.length === 1;
    const body = isOne ? entries[0].fact : { scans: entries.map((entry) => entry.fact) };
    const reply = await this.#call(isOne ? this.#facts.urls.scans : this.#facts.urls.batch, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.#facts.csrf },
      body: JSON.stringify(body),
    });
    if (isExpired(reply)) {
      this.isSignedOut = isRetry || !(await this.#renew());
      if (!this.isSignedOut) return this.#post(entries, true);
    } else if (reply) {
      this.isSignedOut = false;
    }
    if (isOne) return [reply];
    if (meaningOf(reply) === REFUSED) return this.#postEach(entries); // what one is refused for says nothing of the others
    const answers = reply?.body?.answers;
    if (reply?.status !== 200 || !answers) return entries.map(() => null);
    return answers.map((answer) => ({ status: answer.outcome ? 200 : answer.status, body: answer }));
  }

  async #postEach(entries) {
    const replies = [];
    for (const entry of entries) replies.push(...(await this.#post([entry])));
    return replies;
  }

  async #call(url, options) {
    const sentAt = Date.now();
    try {
      const response = await fetch(url, { ...options, signal: after(PATIENCE_MS), credentials: "same-origin", cache: "no-store" });
      const dated = Date.parse(response.headers.get("Date") ?? "");
      if (dated) this.#clock = narrow(this.#clock, boundsOf(sentAt, Date.now(), dated));
      const wait = Number(response.headers.get("Retry-After")) || 0;
      return { status: response.status, wait, body: await response.json().catch(() => null) };
    } catch {
      return null; // no network, or no answer in time
    }
  }

  #again(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#retry(), wait);
  }

  async #retry() {
    const waiting = unsent(this.#store.all()).filter((entry) => !this.#inFlight.has(entry.fact.scan_id));
    if (!waiting.length) return;
    const after = await this.#send(waiting.slice(0, BATCH));
    const answered = after.filter((entry) => entry.state !== WAITING);
    if (answered.length) this.#late(answered);
    this.#tries = answered.length ? 0 : this.#tries + 1;
    if (unsent(this.#store.all()).length) this.#again(answered.length ? 0 : waitBefore(this.#tries));
    else this.#tries = 0;
  }
}

function after(milliseconds) {
  const control = new AbortController();
  setTimeout(() => control.abort(), milliseconds);
  return control.signal;
}
