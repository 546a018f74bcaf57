// How facts get to the server: at once, and again under the same id until there is an answer.

import { boundsOf, narrow, offsetOf } from "./clock.js";
import { afterReply, isExpired, meaningOf, REFUSED, unsent, waitBefore, WAITING } from "./queue.js";

const PATIENCE_MS = 6000; // then the person in front is told that there is no answer
const HURRY_MS = 2000; // the same once the server has not answered others: nobody is held up again and again
const BATCH = 100;

export class Sync {
  #store;
  #facts; // {urls: {scans, batch}, csrf}
  #renew; // asks for a page with a fresh token; false = somebody has to sign in
  #changed;
  #late; // told of entries that were answered after their first try
  #clock = null;
  #tries = 0;
  #asked = 0; // seconds that a busy server wants to be left alone
  #timer = null;
  #due = Infinity; // when the timer ends
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
    const after = await this.#send(entries, this.#tries ? HURRY_MS : PATIENCE_MS);
    if (unsent(after).length) this.#again(this.#pause());
    else if (unsent(this.#store.all()).length) this.#again(0); // the network is back
    return after;
  }

  // A call that is no fact. Null where no answer came.
  async ask(url) {
    const reply = await this.#call(url, PATIENCE_MS, { headers: { Accept: "application/json" } });
    return reply?.status === 200 ? reply.body : null;
  }

  // The same for what may hold a name, which must stand in no address.
  async tell(url, body, isRetry = false) {
    const reply = await this.#call(url, PATIENCE_MS, this.#posting(body));
    if (isExpired(reply) && !isRetry && (await this.#renew())) return this.tell(url, body, true);
    return reply?.status === 200 ? reply.body : null;
  }

  async #send(entries, patience) {
    for (const entry of entries) this.#inFlight.add(entry.fact.scan_id);
    try {
      const replies = await this.#post(entries, patience);
      const after = entries.map((entry, n) => afterReply(entry, replies[n]));
      await this.#store.put(after);
      this.#changed();
      return after;
    } finally {
      for (const entry of entries) this.#inFlight.delete(entry.fact.scan_id);
    }
  }

  // One reply for each entry; null where there is none.
  async #post(entries, patience, isRetry = false) {
    const isOne = entries.length === 1;
    const body = isOne ? entries[0].fact : { scans: entries.map((entry) => entry.fact) };
    const reply = await this.#call(isOne ? this.#facts.urls.scans : this.#facts.urls.batch, patience, this.#posting(body));
    if (isExpired(reply)) {
      this.isSignedOut = isRetry || !(await this.#renew());
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

  #posting(body) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.#facts.csrf };
    return { method: "POST", headers, body: JSON.stringify(body) };
  }

  async #postEach(entries, patience) {
    const replies = [];
    for (const entry of entries) replies.push(...(await this.#post([entry], patience)));
    return replies;
  }

  async #call(url, patience, options) {
    const sentAt = Date.now();
    try {
      const how = { credentials: "same-origin", cache: "no-store", signal: after(patience) };
      const response = await fetch(url, { ...options, ...how });
      const dated = Date.parse(response.headers.get("Date") ?? "");
      if (dated) this.#clock = narrow(this.#clock, boundsOf(sentAt, Date.now(), dated));
      this.#asked = Number(response.headers.get("Retry-After")) || 0;
      return { status: response.status, body: await response.json().catch(() => null) };
    } catch {
      return null; // no network, or no answer in time
    }
  }

  #pause() {
    return waitBefore(this.#tries, this.#asked);
  }

  // A new scan never puts off what waits already.
  #again(wait) {
    const due = Date.now() + wait;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#retry(), wait);
  }

  async #retry() {
    this.#due = Infinity;
    const waiting = unsent(this.#store.all()).filter((entry) => !this.#inFlight.has(entry.fact.scan_id));
    if (!waiting.length) return;
    const sent = await this.#send(waiting.slice(0, BATCH), PATIENCE_MS);
    const answered = sent.filter((entry) => entry.state !== WAITING);
    if (answered.length) this.#late(answered);
    this.#tries = answered.length ? 0 : this.#tries + 1;
    if (unsent(this.#store.all()).length) this.#again(answered.length ? 0 : this.#pause());
  }
}

function after(milliseconds) {
  const control = new AbortController();
  setTimeout(() => control.abort(), milliseconds);
  return control.signal;
}
