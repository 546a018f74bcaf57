// The scanning page as it is seen: what is read, typed or tapped becomes a fact, and its answer a verdict.

import { Camera } from "./camera.js";
import { People } from "./people.js";
import * as queue from "./queue.js";
import { Reader } from "./reader.js";
import { keepAwake, Signals } from "./signals.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { readTicketCode } from "./tickets.js";
import { outcomeOf, Verdict } from "./verdict.js";
import { Wedge } from "./wedge.js";
import { age, facts, make, say, wallTime } from "./words.js";

const COUNTS_EVERY_MS = 20_000;
const REMARK_MS = 5000;
const SLOW_MS = 250; // an answer that takes longer is waited for in sight
const part = (id) => document.getElementById(id);

const store = new Store();
const sync = new Sync({ store, facts, renew: renewToken, changed: showQueue, late: showLate });
const signals = new Signals(() => (part("sound").hidden = true));
const verdict = new Verdict(signals, ready);
const people = new People(part("found"), sync, judge);
const reader = new Reader(facts.worker);
const camera = new Camera(part("video"), reader, readByCamera);
const wedge = new Wedge();
const late = new Map(); // entries whose answer came after the person had gone, and nobody has looked at yet
let seen = null; // the code in view: {code, at}
let isBusy = false;
let wasTyped = false;

const newId = () => {
  // Not crypto.randomUUID: that one is missing where there is no HTTPS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};
const where = () => ({ point: facts.point, at: Date.now(), offset: sync.offset });

// Scanning.

// Send what was read off a ticket, and show what it is answered.
async function judge(code, person = null, resident = null) {
  await deliver([queue.makeScan(newId(), code, where(), resident ? { resident } : {}, person)]);
}

async function deliver(entries) {
  if (isBusy) return;
  isBusy = camera.isPaused = true;
  const slow = setTimeout(() => verdict.showWaiting(), SLOW_MS);
  try {
    show(await sync.deliver(entries));
  } finally {
    clearTimeout(slow);
    isBusy = false;
    camera.isPaused = verdict.isHeld;
  }
}

function show(entries) {
  const [first] = entries;
  if (first.answer?.outcome === "choose_member") {
    verdict.showMembers(first.answer, (members) => deliver(groupOf(first, members)));
  } else {
    verdict.showEntries(entries, { acceptAnyway, lookUp });
  }
  camera.isPaused = verdict.isHeld;
  coverPage(verdict.isHeld);
  if (entries.some((entry) => outcomeOf(entry) === "accepted")) setTimeout(showCounts, 300);
}

function groupOf(entry, members) {
  return queue.makeGroup(members.map(newId), newId(), entry.fact.code, members, where());
}

function acceptAnyway(entries, reason) {
  return deliver(queue.makeOverrides(entries.map(newId), entries, reason, where()));
}

function lookUp() {
  verdict.close();
  part("typed").value = "";
  part("typed").focus();
}

// What lies under the verdict is out of reach for keys too.
function coverPage(isCovered) {
  for (const id of ["head", "main"]) part(id).inert = isCovered;
}

// The screen is clear: whoever stands there with the same code is not scanned again at once.
function ready() {
  coverPage(false);
  camera.isPaused = isBusy;
  if (seen) seen.at = Date.now();
  if (wasTyped) part("typed").focus();
}

// Reading.

function readByCamera(text) {
  const code = readTicketCode(text);
  const now = Date.now();
  const isSame = queue.isSameInView(seen, code ?? text, now);
  seen = { code: code ?? text, at: now };
  if (isSame || isBusy) return;
  wasTyped = false;
  if (code) judge(code);
  else notOurs();
}

function notOurs() {
  signals.give("warn");
  remark(say("not_ours"));
}

// One line beside the camera, for a while.
function remark(words) {
  part("heard").textContent = words;
  clearTimeout(remark.timer);
  remark.timer = setTimeout(() => (part("heard").textContent = ""), REMARK_MS);
}

// A ticket's code is a scan; anything else is looked for among doors, names and last digits.
function readTyped(text) {
  const code = readTicketCode(text);
  wasTyped = true;
  part("typed").value = "";
  if (isBusy) return;
  if (verdict.isHeld) verdict.close(); // the next person is there
  people.clear();
  if (code) judge(code);
  else if (text.trim()) people.find(text.trim());
}

part("type").addEventListener("submit", (event) => {
  event.preventDefault();
  readTyped(part("typed").value);
});
addEventListener(
  "keydown",
  (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select")) return;
    const line = wedge.press(event.key, event.timeStamp);
    if (line === null) return;
    event.preventDefault(); // its Enter must not press the button that has the focus
    readTyped(line);
  },
  { capture: true },
);

part("photo").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const text = await camera.readPhoto(file).catch(() => null);
  const code = text && readTicketCode(text);
  if (code) judge(code);
  else if (text) notOurs();
  else remark(say("nothing_read"));
});

// The camera.

async function startCamera() {
  const problem = await camera.open();
  part("video").hidden = Boolean(problem);
  part("no-camera").hidden = !problem;
  if (problem) {
    part("no-camera-why").textContent = say(`camera_${problem}`);
    part("again").hidden = problem === "insecure";
    return;
  }
  part("torch").hidden = !camera.hasTorch;
  camera.whenEnded(startCamera);
}

part("again").addEventListener("click", startCamera);
part("torch").addEventListener("click", async () => {
  const isOn = part("torch").getAttribute("aria-pressed") !== "true";
  await camera.light(isOn).then(() => part("torch").setAttribute("aria-pressed", isOn), () => {});
});

// What is in sight beside: counts, what is unsent, the last scans, late answers.

async function showCounts() {
  const counts = await sync.ask(facts.urls.counts);
  if (!counts) return;
  part("count-sampled").textContent = counts.sampled;
  part("count-expected").textContent = counts.expected_now;
}

function showQueue() {
  const entries = store.all();
  const waiting = queue.unsent(entries).length;
  part("unsent").hidden = waiting === 0 && !sync.isSignedOut;
  part("unsent-words").textContent = waiting ? say("unsent", { count: waiting, age: age(queue.oldestAge(entries, Date.now())) }) : "";
  part("sign-in").hidden = !sync.isSignedOut;
  showLast(queue.lastScans(entries));
}

function showLast(lines) {
  part("last").hidden = lines.length === 0;
  part("last-list").replaceChildren(...lines.map(({ entry, isTakenBack }) => lastLine(entry, isTakenBack)));
}

function lastLine(entry, isTakenBack) {
  const person = queue.personOf(entry);
  const words = make("span", {}, make("strong", { textContent: person?.door ?? entry.fact.code }), ` ${person?.name ?? ""}`);
  const time = make("time", { textContent: wallTime(entry.madeAt - entry.fact.clock_offset_ms) });
  const state = isTakenBack ? say("word_undone") : entry.state === queue.WAITING ? say("word_kept") : null;
  const undo = make("button", { type: "button", className: "quiet", textContent: say("undo") });
  undo.setAttribute("aria-label", say("undo_whom", { person: words.textContent }));
  undo.addEventListener("click", () => takeBack(entry));
  return make("li", {}, time, words, state ? make("span", { className: "chip", textContent: state }) : null, isTakenBack ? null : undo);
}

async function takeBack(entry) {
  seen = null; // whoever was taken back by mistake may be scanned again at once
  const [undo] = await sync.deliver([queue.makeUndo(newId(), entry, where())]);
  remark(undo.refusal ?? say(undo.state === queue.WAITING ? "word_kept" : "taken_back"));
  setTimeout(showCounts, 300);
}

function showLate(entries = []) {
  for (const entry of entries) {
    if (!["accepted", "undone"].includes(outcomeOf(entry))) late.set(entry.fact.scan_id, entry);
  }
  part("late").hidden = late.size === 0;
  part("late-list").replaceChildren(...[...late.values()].map(lateLine));
  showCounts();
}

function lateLine(entry) {
  const person = queue.personOf(entry);
  const words = `${person?.door ?? entry.fact.code ?? ""} ${person?.name ?? ""} · ${say(`word_${outcomeOf(entry)}`)}`;
  const open = make("button", { type: "button", className: "quiet", textContent: `${wallTime(entry.madeAt)} ${words}` });
  open.addEventListener("click", () => {
    late.delete(entry.fact.scan_id);
    showLate();
    show([entry]);
  });
  return make("li", {}, open);
}

// Signing in again, in this browser, gives the page a new token without losing what it keeps. False = not signed in.
async function renewToken() {
  const page = await fetch(location.href, { redirect: "manual", cache: "no-store" }).catch(() => null);
  if (!page?.ok) return false;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("scan-facts");
  facts.csrf = JSON.parse(fresh.textContent).csrf;
  return true;
}

addEventListener("beforeunload", (event) => {
  if (!queue.unsent(store.all()).length) return;
  event.preventDefault(); // what is unsent would be lost with the page
  event.returnValue = ""; // Chrome before 119
});

reader.warm().catch(() => remark(say("camera_reader")));
startCamera();
keepAwake();
showCounts();
setInterval(showCounts, COUNTS_EVERY_MS);
setInterval(() => part("unsent").hidden || showQueue(), 1000);
