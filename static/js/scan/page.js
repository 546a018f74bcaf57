// The scanning page, joined: not enrolled, locked or open; without HTTPS open at once, and then with network only.

import { sampledAt } from "./answers.js";
import { Calls } from "./calls.js";
import { Counts } from "./counts.js";
import { openDatabase } from "./database.js";
import { Desk } from "./desk.js";
import { Enrol } from "./enrol.js";
import { bindHandBack } from "./hand_back.js";
import { canSeal } from "./keys.js";
import { Lock } from "./lock.js";
import { People } from "./people.js";
import { Phone } from "./phone.js";
import * as queue from "./queue.js";
import { Reading } from "./reading.js";
import { keepShell, onlyPage } from "./shell.js";
import { keepAwake, Signals } from "./signals.js";
import { Slices } from "./slices.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { Tray } from "./tray.js";
import { Verdict } from "./verdict.js";
import { WalkIn } from "./walk_in.js";
import { facts, part, say, wallTime } from "./words.js";

const isSafe = isSecureContext && canSeal;
let wasOpen = false;

const store = new Store();
const phone = new Phone();
const calls = new Calls();
const sync = new Sync({ store, calls, urls: facts.urls, answered });
const signals = new Signals(() => (part("sound").hidden = true));
const verdict = new Verdict(signals, ready);
const see = {
  busy: (isBusy) => (reading.isPaused = isBusy || verdict.isHeld),
  waiting: () => verdict.showWaiting(),
  show: (entries) => held(() => verdict.showEntries(entries, { acceptAnyway: (chosen, reason) => desk.acceptAnyway(chosen, reason), lookUp })),
  showMembers: (answer, sampled) => held(() => verdict.showMembers(answer, sampled)),
  showUnlisted: (acceptAnyway) => held(() => verdict.showUnlisted({ acceptAnyway, lookUp })),
  showNotKept: () => held(() => verdict.showNotKept()),
  isShowing: (entry) => verdict.isShowing(entry),
  late: () => signals.give("bad"),
};
const desk = new Desk({ store, sync, calls, phone, point: facts.point, see });
const reading = new Reading({
  isBusy: () => desk.isBusy,
  code: (code) => next(() => desk.scan({ code })),
  text: (text) => next(() => people.find(text)),
  warn: () => signals.give("warn"),
});
const walkIn = new WalkIn((person) => desk.walkIn(person));
const people = new People({
  place: part("found"),
  ask: (url, body) => calls.tell(url, body),
  slice: () => phone.slice,
  sampledAt: (member) => sampledAt(phone.slice, store.all(), member),
  chosen: { person: (about, person) => desk.scan(about, person), household: (id) => desk.household(id), walkIn: (text) => walkIn.open(text) },
});
const tray = new Tray({ store, sync, personOf, open: (entry) => see.show([{ ...entry, person: personOf(entry) }]), takeBack });
const counts = new Counts({ calls, phone, store });
const slices = new Slices({ phone, calls, url: facts.urls.slice, changed: showSlice });
const lock = new Lock({ calls, phone, opened: openUp, emptied: () => enrol.show(say("emptied")) });
bindHandBack({ calls, phone, store });
const enrol = new Enrol({ calls, phone, store, sync, done: enrolled });

// What is seen.

// A verdict in front; what lies under it is out of reach for keys too.
function held(show) {
  show();
  reading.isPaused = verdict.isHeld;
  coverPage(verdict.isHeld);
  // The verdict first: an old phone takes its time for the rest.
  setTimeout(() => [tray, counts].forEach((each) => each.show()));
}

function coverPage(isCovered) {
  for (const id of ["head", "main"]) part(id).inert = isCovered;
}

// The screen is clear again.
function ready() {
  coverPage(false);
  reading.isPaused = desk.isBusy;
  reading.ready();
}

// The next person is there: nothing of the last one stays.
function next(act) {
  if (verdict.isHeld) verdict.close();
  people.clear();
  walkIn.close();
  return act();
}

function lookUp() {
  verdict.close();
  part("typed").value = "";
  part("typed").focus();
}

async function takeBack(entry) {
  reading.forget(); // whoever was taken back by mistake may be scanned again at once
  const undo = await desk.takeBack(entry);
  if (undo) reading.remark(undo.refusal ?? say(undo.state === queue.WAITING && !phone.slice ? "word_kept" : "taken_back"));
  tray.show();
}

function answered(entries) {
  if (part("open").hidden) return tray.show();
  desk.answered(entries).then(() => tray.show());
  if (entries.some((entry) => entry.answer)) counts.ask();
}

function personOf(entry) {
  const known = phone.slice?.person(queue.whoOf(entry));
  return queue.personOf(entry) ?? (known && { door: known.household.door, name: known.member.name });
}

function showSlice() {
  const { as_of: asOf, cut } = phone.slice.head;
  part("slice-words").textContent = say("slice_words", { count: phone.slice.size, time: wallTime(asOf) });
  part("slice-cut").hidden = !cut;
  tray.show();
}

// From one state to the other.

function openUp() {
  wasOpen = true;
  part("open").hidden = part("counts").hidden = false;
  scrollTo(0, 0);
  part("phone-name").textContent = phone.record?.name ?? "";
  if (phone.slice) showSlice();
  slices.start();
  reading.start();
  keepAwake();
  counts.start();
}

function enrolled() {
  calls.device = phone.record.id;
  store.rememberNames();
  if (facts.point !== phone.record.point) return location.replace(facts.urls.page.replace("POINT", phone.record.point));
  if (wasOpen) return location.reload(); // everything of the phone it was before is gone then
  keepShell();
  openUp();
}

// The names go; what is unsent stays and is sent.
async function close(why) {
  await phone.empty();
  store.forgetNames();
  verdict.forget();
  people.clear();
  walkIn.close();
  tray.show();
  lock.hide();
  part("open").hidden = part("counts").hidden = true;
  reading.isPaused = true;
  enrol.show(why);
}

function heard({ status, body }) {
  if (!calls.device) return;
  if (body?.code === "device_revoked" && phone.record.wrapped) close(say("revoked"));
  else if (body?.code === "device_unknown" && phone.record.wrapped) close(say("device_unknown"));
  else if (status < 400) phone.noteContact(calls.now(), calls.clock);
}

async function start() {
  await onlyPage();
  const database = await openDatabase().catch(() => null);
  await store.open(database);
  await phone.open(database);
  part("broken").hidden = database !== null;
  calls.unsent = () => queue.unsent(store.all()).length;
  calls.heard = heard;
  tray.show();
  setInterval(() => tray.showUnsent(), 1000);
  if (!isSafe) return openWithoutHttps();
  calls.device = phone.record?.id ?? null;
  calls.clock = phone.record?.clock ?? null;
  if (calls.device) sync.again(0);
  if (phone.isForgotten(calls.now())) return close(say("forgotten"));
  setInterval(() => phone.isForgotten(calls.now()) && close(say("forgotten")), 60_000);
  if (facts.point) keepShell();
  if (phone.state === "none" || !facts.point) return enrol.show();
  if (phone.record.point !== facts.point) return enrol.showElsewhere();
  lock.show();
}

function openWithoutHttps() {
  part("insecure").hidden = false;
  part("phone-part").hidden = part("open-walk-in").hidden = true;
  sync.again(0);
  openUp();
}

start();
