// Looking people up at the point: a door first, then a name or the last four digits. Each answer is a large button.

import { facts, make, say, wallTime } from "./words.js";

export class People {
  #place;
  #sync;
  #chosen;

  // `chosen(code, person)` is told the ticket of whoever was tapped.
  constructor(place, sync, chosen) {
    this.#place = place;
    this.#sync = sync;
    this.#chosen = chosen;
  }

  async find(text) {
    this.#say(say("searching"));
    const found = await this.#sync.ask(`${facts.urls.people}?q=${encodeURIComponent(text)}`);
    if (!found) return this.#say(say("search_failed"));
    if (!found.items.length) return this.#say(say("nobody_found", { text }));
    this.#place.replaceChildren(...found.items.map((household) => this.#household(household)));
    if (found.next) this.#place.append(make("p", { textContent: say("more_found") }));
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
      list.append(this.#button("", member.name, state, member.code, { door, name: member.name }));
    }
    return make("section", {}, make("h2", { textContent: door }), list);
  }

  #button(kind, words, state, code, person) {
    const button = make("button", { type: "button", disabled: !code }, make("span", { textContent: words }), make("small", { textContent: state }));
    button.addEventListener("click", () => {
      this.clear();
      this.#chosen(code, person);
    });
    return make("li", { className: kind }, button);
  }
}
