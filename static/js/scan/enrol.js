// Making this phone one of a point: a name for it and a PIN; a code where nobody is signed in who may scan there.

import { PIN } from "./pins.js";
import { facts, part, say } from "./words.js";

export class Enrol {
  #calls;
  #phone;
  #store;
  #sync;
  #done;

  constructor({ calls, phone, store, sync, done }) {
    this.#calls = calls;
    this.#phone = phone;
    this.#store = store;
    this.#sync = sync;
    this.#done = done;
    part("enrol-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  // `why` = a sentence about what happened before, or nothing.
  async show(why = "") {
    part("enrol").hidden = false;
    part("enrol-why").textContent = why;
    part("enrol-why").hidden = !why;
    const code = decodeURIComponent(location.hash.slice(1));
    part("enrol-code").value = code;
    const needsCode = code !== "" || !(await this.#mayWithoutCode());
    part("enrol-code-line").hidden = !needsCode;
    part("enrol-signed-out").hidden = !needsCode || code !== "";
    part(needsCode && !code ? "enrol-code" : "enrol-name").focus({ preventScroll: true });
  }

  // It is enrolled, and not for the point of this page.
  showElsewhere() {
    part("elsewhere").hidden = false;
    part("elsewhere-link").href = facts.urls.page.replace("POINT", this.#phone.record.point);
  }

  async #mayWithoutCode() {
    return Boolean(facts.point) && (await this.#calls.call(facts.urls.point, { asBrowser: true }))?.status === 200;
  }

  async #send() {
    const [name, pin, again, code] = ["name", "pin", "again", "code"].map((field) => part(`enrol-${field}`).value.trim());
    if (!name) return this.#say("enrol_name", "name");
    if (!PIN.test(pin)) return this.#say("enrol_six", "pin");
    if (/^(\d)\1{5}$/.test(pin) || "0123456789876543210".includes(pin)) return this.#say("enrol_easy", "pin");
    if (pin !== again) return this.#say("enrol_differs", "again");
    if (!part("enrol-code-line").hidden && !code) return this.#say("enrol_code", "code");
    part("enrol-go").disabled = true;
    await this.#ask(code && !part("enrol-code-line").hidden ? { code, name } : { point: facts.point, name }, pin);
    part("enrol-go").disabled = false;
  }

  async #ask(about, pin) {
    if (this.#unsentElsewhere()) await this.#sync.send(this.#unsentElsewhere());
    const reply = await this.#calls.call("/api/v1/devices", { method: "POST", body: about, asBrowser: true });
    if (reply?.status !== 201) return (part("enrol-problem").textContent = reply?.body?.detail ?? say("enrol_cut"));
    try {
      await this.#phone.enrol(reply.body, pin, this.#calls.now(), this.#calls.clock);
    } catch {
      return (part("enrol-problem").textContent = say("hint_not_kept"));
    }
    navigator.storage?.persist?.().catch(() => {});
    part("enrol").hidden = true;
    this.#done();
  }

  // What an earlier phone of this browser has not sent goes first: afterwards it is another phone.
  #unsentElsewhere() {
    const waiting = this.#phone.record ? this.#store.all().filter((entry) => entry.state === "waiting") : [];
    return waiting.length ? waiting : null;
  }

  #say(key, field) {
    part("enrol-problem").textContent = say(key);
    part(`enrol-${field}`).focus();
  }
}
