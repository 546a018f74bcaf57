// The locked phone: whoever opens the page again types the PIN. What is unsent is sent meanwhile.

import { MOST, PIN, waitOf } from "./pins.js";
import { age, part, say } from "./words.js";

export class Lock {
  #calls;
  #phone;
  #opened;
  #emptied;
  #timer = null;

  constructor({ calls, phone, opened, emptied }) {
    this.#calls = calls;
    this.#phone = phone;
    this.#opened = opened;
    this.#emptied = emptied;
    part("lock-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try();
    });
    part("lock-pin").addEventListener("input", () => PIN.test(part("lock-pin").value) && this.#try());
  }

  show() {
    part("lock").hidden = false;
    part("lock-phone").textContent = this.#phone.record.name;
    part("lock-pin").focus();
    this.#showWait();
  }

  hide() {
    part("lock").hidden = true;
    clearTimeout(this.#timer);
  }

  async #try() {
    const pin = part("lock-pin").value;
    if (part("lock-go").disabled) return;
    part("lock-pin").value = "";
    if (!PIN.test(pin)) return this.#say(say("enrol_six"));
    part("lock-go").disabled = true;
    this.#say(say("waiting"));
    // A disk that is full cannot note the try, and then nobody may try.
    const result = await this.#phone.unlock(pin, Date.now()).catch(() => "broken");
    part("lock-go").disabled = false;
    if (result === "open") return this.#end(this.#opened);
    if (result === "emptied") return this.#end(this.#emptied);
    this.#say(result === "broken" ? say("hint_not_kept") : say("lock_wrong", { count: MOST - this.#phone.record.wrong.count }));
    this.#showWait();
  }

  #end(then) {
    this.#say("");
    this.hide();
    then();
  }

  #showWait() {
    const wait = waitOf(this.#phone.record.wrong, Date.now());
    part("lock-go").disabled = part("lock-pin").disabled = wait > 0;
    clearTimeout(this.#timer);
    if (wait > 0) {
      this.#say(say("lock_wait", { age: age(wait) }));
      this.#timer = setTimeout(() => this.#showWait(), 1000);
    } else if (this.#timer) {
      this.#timer = null;
      this.#say("");
    }
  }

  #say(words) {
    part("lock-problem").textContent = words;
  }
}
