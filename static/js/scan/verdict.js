// The verdict on the whole screen: one word, one colour, one shape, one sound; door and name to be read aloud.

import { LOOKS, outcomeOf } from "./looks.js";
import { mayOverride, personOf } from "./queue.js";
import { facts, icon, make, messageOf, say } from "./words.js";

const ACCEPTED_MS = 1600; // then the page is ready for the next by itself
const LOOK_UP = new Set(["unknown_ticket", "revoked"]);
const OTHER = "other";

export class Verdict {
  #screen = document.getElementById("verdict");
  #said = document.getElementById("said");
  #signals;
  #closed;
  #timer = null;
  #shown = new Set(); // ids of the scans in sight

  // `closed` is told whenever the screen is clear again.
  constructor(signals, closed) {
    this.#signals = signals;
    this.#closed = closed;
    this.#screen.addEventListener("click", (event) => {
      // A finger anywhere puts it away, unless there is something to choose.
      if (!this.#screen.dataset.choice && !event.target.closest("button")) this.close();
    });
    this.#screen.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  // Whether it waits for a finger.
  get isHeld() {
    return !this.#screen.hidden && this.#screen.dataset.tone !== "good";
  }

  // Whether this scan is what everybody looks at just now.
  isShowing(entry) {
    return !this.#screen.hidden && this.#shown.has(entry.fact.scan_id);
  }

  close() {
    clearTimeout(this.#timer);
    this.#shown.clear();
    if (this.#screen.hidden) return;
    this.#screen.hidden = true;
    this.#closed();
  }

  // Nobody's name stays in the page.
  forget() {
    this.close();
    for (const name of ["door", "name", "message"]) this.#part(name).textContent = "";
    this.#part("more").replaceChildren();
    this.#said.textContent = "";
  }

  // There is no answer yet.
  showWaiting() {
    this.#fill({ tone: "wait", shape: "wait", word: say("waiting") });
  }

  // What became of one person, or of several of one household. `acceptAnyway(entries, reason)`, `lookUp()`.
  showEntries(entries, { acceptAnyway, lookUp }) {
    const leading = entries.find((entry) => mayOverride(outcomeOf(entry))) ?? entries.find((entry) => outcomeOf(entry) !== "accepted") ?? entries[0];
    const outcome = outcomeOf(leading);
    const person = personOf(leading);
    this.#fill({
      ...LOOKS[outcome],
      word: say(`word_${outcome}`),
      door: person?.door,
      name: entries.length === 1 ? person?.name : say("people", { count: entries.length }),
      isGreen: entries.some((entry) => personOf(entry)?.green_lane),
      message: outcome === "accepted" ? "" : messageOf(leading, outcome),
      hint: facts.words[`hint_${outcome}`],
      lines: entries.length === 1 ? [] : entries.map((entry) => `${personOf(entry)?.name ?? ""} · ${say(`word_${outcomeOf(entry)}`)}`),
    });
    this.#shown = new Set(entries.map((entry) => entry.fact.scan_id));
    const waiting = entries.filter((entry) => mayOverride(outcomeOf(entry)));
    if (waiting.length) this.#offer(outcome, (reason) => acceptAnyway(waiting, reason));
    else if (LOOK_UP.has(outcome)) this.#act(button(say("look_up"), "search", lookUp));
    this.#end(LOOKS[outcome].tone, waiting.length ? say("not_now") : say("next"));
  }

  // Not among those called here, and nobody can be asked. `acceptAnyway(reason)`, `lookUp()`.
  showUnlisted({ acceptAnyway, lookUp }) {
    this.#fill({ ...LOOKS.unlisted, word: say("word_unlisted"), message: say("unlisted_message") });
    this.#offer("unlisted", acceptAnyway);
    const search = button(say("look_up"), "search", lookUp);
    search.classList.add("quiet");
    this.#act(search);
    this.#end(LOOKS.unlisted.tone, say("not_now"));
  }

  // The phone could not keep the scan: nothing of it is anywhere.
  showNotKept() {
    this.#fill({ ...LOOKS.not_kept, word: say("word_not_kept"), message: say("not_kept_message"), hint: say("hint_not_kept") });
    this.#end(LOOKS.not_kept.tone, say("next"));
  }

  // Who of a household is here: those still due, all ticked. `sampled(members)`.
  showMembers(answer, sampled) {
    const { members } = answer;
    this.#fill({ ...LOOKS.choose_member, word: say("word_choose_member"), door: members[0]?.door, message: answer.message, isGreen: members.some((member) => member.green_lane) });
    if (members.length) this.#chooseAmong(members, sampled);
    this.#act(this.#next(members.length ? say("not_now") : say("next")));
    this.#signals.give(LOOKS.choose_member.tone);
  }

  #chooseAmong(members, sampled) {
    const ticks = members.map((member) => make("input", { type: "checkbox", checked: true, id: `member-${member.id}` }));
    const chosen = () => members.filter((_, n) => ticks[n].checked);
    const done = button("", "check", () => sampled(chosen()));
    const count = () => {
      done.lastChild.textContent = say("sampled_count", { count: chosen().length });
      done.disabled = chosen().length === 0;
    };
    const list = make("ul", { className: "verdict-members" });
    members.forEach((member, n) => {
      ticks[n].addEventListener("change", count);
      list.append(make("li", {}, make("label", { htmlFor: ticks[n].id }, ticks[n], make("span", { textContent: member.name }))));
    });
    count();
    this.#part("more").append(list);
    this.#act(done);
  }

  #offer(outcome, accept) {
    const reasons = facts.reasons[outcome];
    const choice = make("select", { id: "reason" }, ...reasons.map((words) => make("option", { textContent: words, value: words })));
    choice.append(make("option", { textContent: say("reason_other"), value: OTHER }));
    const own = make("input", { id: "reason-own", maxLength: 120, hidden: true, autocomplete: "off" });
    own.setAttribute("aria-label", say("reason_own"));
    choice.addEventListener("change", () => {
      own.hidden = choice.value !== OTHER;
      if (!own.hidden) own.focus();
    });
    const reason = () => (choice.value === OTHER ? own.value.trim() || say("reason_other") : choice.value);
    const label = make("label", { htmlFor: "reason", textContent: say("reason") });
    this.#part("more").append(make("div", { className: "verdict-reason" }, label, choice, own));
    this.#act(button(say("accept_anyway"), "check", () => accept(reason())));
  }

  // What is good closes by itself; all else waits for a finger.
  #end(tone, words) {
    this.#signals.give(tone);
    if (tone === "good") this.#timer = setTimeout(() => this.close(), ACCEPTED_MS);
    else this.#act(this.#next(words));
  }

  #next(words) {
    const next = button(words, null, () => this.close());
    next.classList.add("quiet");
    return next;
  }

  #fill({ tone, shape, word, door = "", name = "", message = "", hint = "", lines = [], isGreen = false }) {
    clearTimeout(this.#timer);
    this.#shown.clear();
    this.#screen.dataset.tone = tone;
    this.#part("icon").replaceChildren(icon(shape));
    for (const [part, words] of Object.entries({ word, door, name, message, hint })) {
      this.#part(part).textContent = words ?? "";
      this.#part(part).hidden = !words;
    }
    this.#part("green").hidden = !isGreen;
    this.#part("more").replaceChildren(...(lines.length ? [make("ul", {}, ...lines.map((line) => make("li", { textContent: line })))] : []));
    this.#part("actions").replaceChildren();
    delete this.#screen.dataset.choice;
    this.#screen.hidden = false;
    this.#screen.scrollTop = 0;
    this.#said.textContent = [word, door, name, isGreen && this.#part("green").textContent, message].filter(Boolean).join(". ");
    if (tone !== "good" && tone !== "wait") this.#screen.focus(); // not a button: the Enter of a scanner would press it
  }

  #act(action) {
    if (!action.classList.contains("quiet")) this.#screen.dataset.choice = "yes";
    this.#part("actions").append(action);
  }

  #part(name) {
    return document.getElementById(`verdict-${name}`);
  }
}

function button(words, shape, act) {
  const element = make("button", { type: "button", className: "big" }, shape && icon(shape), make("span", { textContent: words }));
  element.addEventListener("click", act);
  return element;
}
