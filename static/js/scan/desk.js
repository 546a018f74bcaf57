// What happens when somebody is scanned: judged from the slice, kept on the phone, only then shown, then sent.

import { answerFrom, dueOf } from "./answers.js";
import { newId } from "./ids.js";
import { isContradicted, mustTakeBack } from "./late.js";
import * as queue from "./queue.js";
import { hashOf } from "./slice.js";

const SLOW_MS = 250; // an answer that takes longer is waited for in sight

export class Desk {
  #store;
  #sync;
  #calls;
  #phone;
  #point;
  #see; // how it is seen: {busy, waiting, show, showMembers, showUnlisted, showNotKept, isShowing, late}
  isBusy = false;

  constructor({ store, sync, calls, phone, point, see }) {
    this.#store = store;
    this.#sync = sync;
    this.#calls = calls;
    this.#phone = phone;
    this.#point = point;
    this.#see = see;
  }

  // Somebody showed a ticket, or was found: `about` is {code} or {resident} or both, `person` as far as they are known.
  scan(about, person = null) {
    return this.#alone(() => this.#deliver([queue.makeScan(newId(), this.#where(), about, { person })]));
  }

  // Everybody of a door who is due is offered.
  household(id) {
    const { slice } = this.#phone;
    const household = slice.household(id);
    const members = dueOf(slice, this.#store.all(), household, this.#calls.now());
    this.#see.showMembers({ members, door: household.door, message: null }, (chosen) => this.group(null, chosen));
  }

  group(code, members) {
    return this.#alone(() => this.#deliver(queue.makeGroup(members.map(newId), newId(), code, members, this.#where())));
  }

  acceptAnyway(entries, reason) {
    return this.#alone(() => this.#deliver(queue.makeOverrides(entries.map(newId), entries, reason, this.#where())));
  }

  // Somebody from elsewhere, of whom only a door and a name are known: {name, door}.
  walkIn(person) {
    return this.#alone(async () => {
      const about = { taken: true, walk_in: await this.#phone.sealWalkIn(person) };
      await this.#keepAndShow([queue.makeScan(newId(), this.#where(), about, { person, shown: "noted" })]);
    });
  }

  // Gives the undo; null where the phone could not keep it.
  async takeBack(entry) {
    const kept = await this.#keep([queue.makeUndo(newId(), entry, this.#where())]);
    if (!kept) return null;
    const sent = this.#sync.send(kept);
    const [undo] = this.#phone.slice ? kept : await sent; // without a slice only the server knows
    return undo;
  }

  // News of entries, from the server: what was shown otherwise is shown again, or taken back and put on a list.
  async answered(entries) {
    const all = this.#store.all();
    const others = entries.filter((entry) => entry.state === queue.REFUSED || isContradicted(entry, all));
    const seen = others.filter((entry) => this.#see.isShowing(entry));
    const late = others.filter((entry) => !seen.includes(entry));
    if (seen.length) this.#show(seen.map((entry) => ({ ...entry, shown: entry.answer?.outcome ?? "refused" })));
    const back = late.filter((entry) => mustTakeBack(entry, all));
    if (back.length) this.#sync.send((await this.#keep(back.map((entry) => queue.makeUndo(newId(), entry, this.#where())))) ?? []);
    if (late.length) this.#see.late();
  }

  async #deliver(entries) {
    const { slice } = this.#phone;
    const { code } = entries[0].fact;
    const ticket = slice && code ? slice.ticket(await hashOf(code)) : null;
    const answers = slice ? entries.map(({ fact }) => answerFrom(slice, this.#store.all(), fact, ticket)) : [null];
    if (!answers.every(Boolean)) return this.#askServer(entries);
    const [first] = answers;
    if (first.outcome === "choose_member") {
      return this.#see.showMembers({ ...first, door: ticket.household.door }, (chosen) => this.group(code, chosen));
    }
    return this.#keepAndShow(entries.map((entry, n) => this.#judged(entry, answers[n])));
  }

  // An entry with the phone's own answer.
  #judged(entry, answer) {
    const { slice } = this.#phone;
    const { name, phone } = slice.head.point.contact ?? {};
    const local = { ...answer, pointName: answer.place && slice.pointName(answer.place.point), contact: [name, phone].filter(Boolean).join(" ") };
    const { resident, outcome, counts } = answer;
    return { ...entry, who: resident?.id ?? null, person: resident ?? entry.person, judged: { counts }, shown: outcome, local };
  }

  // On the disk before anybody sees green.
  async #keepAndShow(entries) {
    const kept = await this.#keep(entries);
    if (!kept) return;
    this.#see.show(kept);
    this.#sync.send(kept);
  }

  // Nobody the slice knows: the server is asked, as long as it can be.
  async #askServer(entries) {
    const isListed = this.#phone.slice === null;
    if (!isListed && this.#sync.isCut) return this.#unlisted(entries);
    const kept = await this.#keep(entries);
    if (!kept) return;
    const slow = setTimeout(() => this.#see.waiting(), SLOW_MS);
    const after = await this.#sync.send(kept).finally(() => clearTimeout(slow));
    if (isListed || !queue.unsent(after).length) return this.#settled(after);
    // It may have arrived all the same, and nobody is shown green for it: it must not count.
    const undone = await this.#keep(after.map((entry) => queue.makeUndo(newId(), entry, this.#where())));
    if (undone) this.#unlisted(after.map((entry) => ({ ...entry, shown: "unlisted" })));
  }

  #settled(entries) {
    const [first] = entries;
    if (first.answer?.outcome === "choose_member") {
      this.#see.showMembers({ ...first.answer, door: first.answer.members[0]?.door }, (chosen) => this.group(first.fact.code, chosen));
    } else {
      this.#show(entries.map((entry) => ({ ...entry, shown: entry.answer?.outcome ?? "kept" })));
    }
  }

  #unlisted(entries) {
    this.#see.showUnlisted((reason) => {
      return this.#alone(() => {
        const taken = queue.makeOverrides(entries.map(newId), entries, reason, this.#where());
        return this.#keepAndShow(taken.map((entry) => ({ ...entry, fact: { ...entry.fact, taken: true }, instead: null, shown: "accepted", judged: { counts: true } })));
      });
    });
  }

  #show(entries) {
    this.#store.note(entries);
    this.#see.show(entries);
  }

  // Null where the phone could not, and that is seen.
  async #keep(entries) {
    try {
      return await this.#store.put(entries);
    } catch {
      this.#see.showNotKept();
      return null;
    }
  }

  #where() {
    return { point: this.#point, at: Date.now(), offset: this.#calls.offset };
  }

  // One person at a time.
  async #alone(act) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.#see.busy(true);
    try {
      await act();
    } finally {
      this.isBusy = false;
      this.#see.busy(false);
    }
  }
}
