// Looking people up at the point: by door, by name, by last four digits. Each answer is a large button.

import { facts, make, say, wallTime } from "./words.js";

const WHOLE = 3; // households that fit on a phone
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
    const found = await this.#sync.tell(facts.urls.people, { q: wanted });
    if (!found) return this.#say(say("search_failed"));
    const inhabited = found.items.filter((household) => household.members.length);
    if (!inhabited.length) return this.#say(say("nobody_found", { text: wanted }));
    this.#show(inhabited);
    if (found.items.length >= facts.most_found) this.#place.append(make("p", { textContent: say("more_found") }));
  }

  // A few households with everybody in them; of many the doors, each opened by a tap.
  #show(households) {
    const parts = households.length > WHOLE ? [this.#doors(households)] : households.map((household) => this.#household(household));
    this.#place.replaceChildren(...parts);
    this.#place.scrollIntoView({ block: "start" });
  }

  #doors(households) {
    return make("ul", {}, ...households.map((household) => {
      const names = household.members.map((member) => member.name).join(" ");
      return this.#button(household.door, names, () => this.#show([household]));
    }));
  }

  clear() {
    this.#place.replaceChildren();
  }

  #say(words) {
    this.#place.replaceChildren(make("p", { textContent: words }));
  }

  #household({ door, code, members }) {
    const list = make("ul");
    const add = (words, state, ticket, person, resident) => list.append(this.#button(words, state, () => this.#choose(ticket, person, resident)));
    if (code && members.length > 1) {
      add(say("whole_household"), "", code, { door, name: "" });
      list.lastChild.className = "household";
    }
    for (const member of members) {
      const state = member.sampled_at ? say("sampled_at", { time: wallTime(member.sampled_at) }) : "";
      const person = { door, name: member.name };
      // Who has no ticket of their own is scanned by their household's.
      if (member.code) add(member.name, state, member.code, person);
      else if (code) add(member.name, state, code, person, member.id);
      else list.append(make("li", { textContent: `${member.name} · ${say("no_ticket")}` }));
    }
    return make("section", {}, make("h2", { textContent: door }), list);
  }

  #choose(code, person, resident) {
    this.clear();
    this.#chosen(code, person, resident);
  }

  #button(words, state, act) {
    const button = make("button", { type: "button" }, make("span", { textContent: words }), make("small", { textContent: state }));
    button.addEventListener("click", act);
    return make("li", {}, button);
  }
}
