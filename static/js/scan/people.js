// Looking people up at the point: by door, by name, by last four digits. Each answer is a large button.

import { facts, make, say, wallTime } from "./words.js";

// Whole numbers, as identity-card readers type them, stay on this phone: the last four digits find the person too.
const WHOLE_NUMBER = /^(\d{17}[\dX]|1\d{10})$/i;

export class People {
  #place;
  #sync;
  #chosen;

  // `chosen(code, person, resident)` is told the ticket of whoever was tapped; `resident` where it is a household's.
  constructor(place, sync, chosen) {
    this.#place = place;
    this.#sync = sync;
    this.#chosen = chosen;
  }

  async find(text) {
    this.#say(say("searching"));
    const wanted = WHOLE_NUMBER.test(text) ? text.slice(-4) : text;
    const found = await this.#sync.ask(`${facts.urls.people}?q=${encodeURIComponent(wanted)}`);
    if (!found) return this.#say(say("search_failed"));
    if (!found.items.length) return this.#say(say("nobody_found", { text: wanted }));
    this.#place.replaceChildren(...found.items.map((household) => this.#household(household)));
    this.#place.scrollIntoView({ block: "start" });
    if (found.items.length >= facts.most_found) this.#place.append(make("p", { textContent: say("more_found") }));
  }

  clear() {
    this.#place.replaceChildren();
  }

  #say(words) {
    this.#place.replaceChildren(make("p", { textContent: words }));
  }

  #household({ door, code, members }) {
    const list = make("ul");
    if (code && members.length > 1) list.append(this.#button("household", say("whole_household"), "", code, { door, name: "" }));
    for (const member of members) {
      const state = member.sampled_at ? say("sampled_at", { time: wallTime(member.sampled_at) }) : "";
      const person = { door, name: member.name };
      // Who has no ticket of their own is scanned by their household's.
      if (member.code) list.append(this.#button("", member.name, state, member.code, person));
      else list.append(this.#button("", member.name, state, code, person, member.id));
    }
    return make("section", {}, make("h2", { textContent: door }), list);
  }

  #button(kind, words, state, code, person, resident) {
    const button = make("button", { type: "button", disabled: !code }, make("span", { textContent: words }), make("small", { textContent: state }));
    button.addEventListener("click", () => {
      this.clear();
      this.#chosen(code, person, resident);
    });
    return make("li", { className: kind }, button);
  }
}
