// Calls of the server, as this phone or, without HTTPS, as whoever is signed in. Each answer also tells the phone's clock.

import { boundsOf, narrow, offsetOf } from "./clock.js";
import { isExpired } from "./queue.js";

export const PATIENCE_MS = 6000; // then the person in front is told that there is no answer

export class Calls {
  #token = null;
  clock = null; // bounds of how far the phone's clock is from the server's
  asked = 0; // seconds that a busy server wants to be left alone
  device = null; // the id of this phone; null = the sign-in of the browser says who asks
  unsent = () => 0;
  heard = () => {}; // told of every reply

  // ms, positive: the phone's clock is fast.
  get offset() {
    return offsetOf(this.clock);
  }

  // The time by a clock that is right, ms.
  now() {
    return Date.now() - this.offset;
  }

  // {status, body}; null = no network, or no answer in time. `asBrowser`: whoever has signed in asks, not this phone.
  async call(url, { method = "GET", body, patience = PATIENCE_MS, asBrowser = false } = {}) {
    const sentAt = Date.now();
    try {
      const response = await fetch(url, {
        method,
        body: body && JSON.stringify(body),
        headers: await this.#headers(method, asBrowser),
        credentials: "same-origin",
        cache: "no-store",
        signal: after(patience),
      });
      const dated = Date.parse(response.headers.get("Date") ?? "");
      if (dated) this.clock = narrow(this.clock, boundsOf(sentAt, Date.now(), dated));
      this.asked = Number(response.headers.get("Retry-After")) || 0;
      const reply = { status: response.status, body: await response.json().catch(() => null) };
      this.heard(reply);
      return reply;
    } catch {
      return null;
    }
  }

  // A call that is no fact. Null where no answer came, or another one.
  async ask(url) {
    const reply = await this.call(url);
    return reply?.status === 200 ? reply.body : null;
  }

  // The same for what may hold a name, which must stand in no address.
  async tell(url, body, isRetry = false) {
    const reply = await this.call(url, { method: "POST", body });
    if (isExpired(reply) && !this.device && !isRetry && (await this.renewToken())) return this.tell(url, body, true);
    return reply?.status === 200 ? reply.body : null;
  }

  // Of a page that was open when somebody signed in again.
  async renewToken() {
    const reply = await fetch("/api/v1/csrf", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    this.#token = reply?.ok ? (await reply.json()).csrf : null;
    return this.#token !== null;
  }

  async #headers(method, asBrowser) {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    if (this.device && !asBrowser) return { ...headers, "X-Device": this.device, "X-Unsent": String(this.unsent()) };
    if (method === "GET") return headers;
    if (!this.#token) await this.renewToken();
    return { ...headers, "X-CSRFToken": this.#token ?? "" };
  }
}

function after(milliseconds) {
  const control = new AbortController();
  setTimeout(() => control.abort(), milliseconds);
  return control.signal;
}
