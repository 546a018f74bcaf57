// Looking people up at the point: by door, by name, by last four digits. In the slice first, then at the server.

import { facts, make, say, wallTime } from "./words.js";

const WHOLE = 3; // households that fit on a phone
// Whole numbers, as identity-card readers type them, stay on this phone: the last four digits find the person too.
const WHOLE_NUMBER = /^(\d{17}[\dX]|1\d{10})$/i;

export class People {
  #place;
  #ask;
  #slice; // gives the slice, null where there is none
  #sampledAt;
  #chosen; // {person(about, person), household(id), walkIn(text)}; walkIn null where it cannot be

  constructor({ place, ask, slice, sampledAt, chosen }) {
    this.#place = place;
    this.#ask = ask;
    this.#slice = slice;
    this.#sampledAt = sampledAt;
    this.#chosen = chosen;
  }

  find(text) {
    const wanted = WHOLE_NUMBER.test(text) ? text.slice(-4) : text;
    const slice = this.#slice();
    const found = slice ? slice.search(wanted) : [];
    if (!found.length) return this.#findFurther(wanted);
    this.#show(found.map((household) => this.#fromSlice(household)));
    this.#place.append(this.#action(say("search_all"), () => this.#findFurther(wanted)));
  }

  clear() {
    this.#place.replaceChildren();
  }

  async #findFurther(wanted) {
    this.#say(say("searching"));
    const found = await this.#ask(facts.urls.people, { q: wanted });
    const inhabited = found?.items.filter((household) => household.members.length) ?? [];
    if (!found) this.#say(say(this.#slice() ? "search_cut" : "search_failed"));
    else if (!inhabited.length) this.#say(say("nobody_found", { text: wanted }));
    else this.#show(inhabited.map(fromServer));
    if (inhabited.length && found.items.length >= facts.most_found) this.#place.append(make("p", { textContent: say("more_found") }));
    if (!inhabited.length && this.#slice()) this.#place.append(this.#action(say("walk_in"), () => this.#chosen.walkIn(wanted)));
  }

  #fromSlice({ id, door, members }) {
    const lines = members.map((member) => ({ name: member.name, at: this.#sampledAt(member), about: { resident: member.id } }));
    return { door, members: lines, whole: () => this.#chosen.household(id) };
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

  #say(words) {
    this.#place.replaceChildren(make("p", { textContent: words }));
  }

  #household({ door, members, whole, code }) {
    const list = make("ul");
    if ((whole || code) && members.length > 1) {
      const all = whole ?? (() => this.#chosen.person({ code }, { door, name: "" }));
      list.append(this.#button(say("whole_household"), "", all));
      list.lastChild.className = "household";
    }
    for (const { name, at, about } of members) {
      const state = at ? say("sampled_at", { time: wallTime(at) }) : "";
      if (about) list.append(this.#button(name, state, () => this.#chosen.person(about, { door, name })));
      else list.append(make("li", { textContent: `${name} · ${say("no_ticket")}` }));
    }
    return make("section", {}, make("h2", { textContent: door }), list);
  }

  #button(words, state, act) {
    const button = make("button", { type: "button" }, make("span", { textContent: words }), make("small", { textContent: state }));
    button.addEventListener("click", () => {
      this.clear();
      act();
    });
    return make("li", {}, button);
  }

  #action(words, act) {
    const button = make("button", { type: "button", className: "quiet", textContent: words });
    button.addEventListener("click", () => {
      this.clear();
      act();
    });
    return button;
  }
}

// Who has no ticket of their own is scanned by their household's.
function fromServer({ door, code, members }) {
  const lines = members.map((member) => ({ name: member.name, at: member.sampled_at, about: aboutOf(member, code) }));
  return { door, code, members: lines };
}

function aboutOf(member, householdCode) {
  if (member.code) return { code: member.code };
  return householdCode ? { code: householdCode, resident: member.id } : null;
}
