// What is in sight beside the camera: what is unsent, the last scans, late answers, and what was refused for good.

import { lateOnes } from "./late.js";
import * as queue from "./queue.js";
import { outcomeOf } from "./looks.js";
import { age, make, part, say, wallTime } from "./words.js";

const OLD_MS = 10 * 60_000;

export class Tray {
  #store;
  #sync;
  #personOf;
  #open;
  #takeBack;

  // `personOf(entry)` {door, name} or null, `open(entry)` shows its verdict, `takeBack(entry)`.
  constructor({ store, sync, personOf, open, takeBack }) {
    this.#store = store;
    this.#sync = sync;
    this.#personOf = personOf;
    this.#open = open;
    this.#takeBack = takeBack;
  }

  show() {
    this.showUnsent();
    const entries = this.#store.all();
    this.#list("last", queue.lastScans(entries).map((line) => this.#lastLine(line)));
    const [late, refused] = [lateOnes(entries), entries.filter((entry) => entry.state === queue.REFUSED && !entry.isSeen)];
    this.#list("late", late.map((entry) => this.#lateLine(entry)));
    this.#list("refused", refused.map((entry) => this.#refusedLine(entry)));
    part("to-tray").hidden = late.length + refused.length === 0;
    part("to-tray").textContent = say("to_look_at", { count: late.length + refused.length });
  }

  showUnsent() {
    const entries = this.#store.all();
    const count = queue.unsent(entries).length;
    const oldest = queue.oldestAge(entries, Date.now());
    const words = count ? say("unsent", { count, age: age(oldest) }) : say("all_sent");
    if (part("unsent-words").textContent !== words) part("unsent-words").textContent = words;
    part("strip").dataset.state = count === 0 ? "none" : oldest > OLD_MS ? "old" : "some";
    part("strip").dataset.count = count;
    part("sign-in").hidden = !this.#sync.isSignedOut;
  }

  #list(name, lines) {
    part(name).hidden = lines.length === 0;
    part(`${name}-list`).replaceChildren(...lines);
  }

  #words(entry) {
    const person = this.#personOf(entry);
    return [person?.door || this.#codeWords(entry), person?.name ?? (entry.fact.walk_in ? say("walk_in_word") : "")];
  }

  // Nobody known: the end of the code is enough to find the slip again.
  #codeWords({ fact }) {
    return fact.code ? `…${fact.code.slice(-4)}` : "";
  }

  #lastLine({ entry, isTakenBack }) {
    const [door, name] = this.#words(entry);
    const words = make("span", {}, make("strong", { textContent: door }), ` ${name}`);
    const time = make("time", { textContent: wallTime(queue.timeOf(entry.fact)) });
    const state = isTakenBack ? say("word_undone") : entry.state === queue.WAITING ? say("not_sent") : null;
    const undo = make("button", { type: "button", className: "quiet", textContent: say("undo") });
    undo.setAttribute("aria-label", say("undo_whom", { person: words.textContent }));
    undo.addEventListener("click", () => this.#takeBack(entry));
    return make("li", {}, time, words, state ? make("span", { className: "chip", textContent: state }) : null, isTakenBack ? null : undo);
  }

  #lateLine(entry) {
    const [door, name] = this.#words(entry);
    const words = say("late_line", { shown: say(`word_${entry.shown}`), answered: say(`word_${outcomeOf(entry)}`) });
    const open = make("button", { type: "button", className: "quiet", textContent: `${wallTime(queue.timeOf(entry.fact))} ${door} ${name} · ${words}` });
    open.addEventListener("click", () => {
      this.#seen(entry);
      this.#open(entry);
    });
    return make("li", {}, open);
  }

  #refusedLine(entry) {
    const [door, name] = this.#words(entry);
    const line = make("span", { textContent: `${wallTime(queue.timeOf(entry.fact))} ${door} ${name} · ${entry.refusal}` });
    const done = make("button", { type: "button", className: "quiet", textContent: say("noted_on_paper") });
    done.addEventListener("click", () => this.#seen(entry));
    return make("li", {}, line, done);
  }

  #seen(entry) {
    this.#store.note([{ ...entry, isSeen: true }]).then(() => this.show());
  }
}
