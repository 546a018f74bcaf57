// What the phone decides about the facts it has made: which are unsent, what a reply means, what may be taken back.
// Pure: nothing here knows a network, a page or a clock of its own.
//
// An entry is {fact, madeAt, state} and more as it becomes known: `fact` as CONTRACT.md has it, `madeAt` in ms by the phone's clock,
// `state` one of the three below, `answer` of the server with `answeredAt` (ms, corrected), `refusal` a sentence where it refused for good,
// `who` the id of the person, `judged` {counts} as the phone answered, `shown` what the helper was shown (an outcome, or "kept"),
// `instead` the id of the scan that it was accepted in spite of, `isSeen` once a late answer or a refusal was looked at,
// `person` {door, name} and `local`, the phone's own answer: in memory only, never stored.

export const WAITING = "waiting";
export const ANSWERED = "answered";
export const REFUSED = "refused";

export const SAME_CODE_MS = 3000; // a code that stays in view is one scan
export const MAY_TAKE_BACK = 5; // scans of this phone
const OVERRIDABLE = new Set(["wrong_point", "wrong_time", "excused"]);
const LONGEST_WAIT_MS = 15_000;

// `where` is {point, at, offset}: the point, the phone's time in ms, and how fast its clock is in ms. `about` is what the fact
// says of whom: code, resident, group_id, override, taken, walk_in.
export function makeScan(id, where, about, more = {}) {
  return makeEntry({ ...factOf(id, where), ...about }, where.at, more);
}

// One fact for each member {id, door, name}, tied together by the group. `ids` has an id for each of them.
export function makeGroup(ids, groupId, code, members, where) {
  const ticket = code ? { code } : {}; // found by door, nobody showed one
  return members.map((member, n) => {
    return makeScan(ids[n], where, { ...ticket, resident: member.id, group_id: groupId }, { person: member, who: member.id });
  });
}

// The same people accepted for a reason: facts of their own, since a fact never changes. What the server has not
// answered is decided here and now: the swab is taken.
export function makeOverrides(ids, entries, reason, where) {
  return entries.map((entry, n) => {
    const { code, resident, group_id } = entry.fact;
    const about = { override: reason, ...(code && { code }), ...(resident && { resident }), ...(group_id && { group_id }) };
    const isDecidedHere = entry.state === WAITING && entry.shown && entry.shown !== "kept";
    const more = { who: whoOf(entry), person: personOf(entry), instead: entry.fact.scan_id };
    return makeScan(ids[n], where, isDecidedHere ? { ...about, taken: true } : about, more);
  });
}

export function makeUndo(id, entry, where) {
  return makeEntry({ ...factOf(id, where), kind: "undo", undoes: entry.fact.scan_id }, where.at, { who: whoOf(entry), person: personOf(entry) });
}

// {door, name} as far as they are known.
export function personOf(entry) {
  return entry.answer?.resident ?? entry.person;
}

function factOf(id, { point, at, offset }) {
  return { scan_id: id, point, scanned_at: new Date(at).toISOString(), clock_offset_ms: offset };
}

function makeEntry(fact, madeAt, more) {
  return { fact, madeAt, person: null, who: fact.resident ?? null, state: WAITING, answer: null, refusal: null, ...more };
}

// Whom it is about, by their id; null = not known.
export function whoOf(entry) {
  return entry.answer?.resident?.id ?? entry.who;
}

// When it happened, ms, by a clock that is right.
export function timeOf({ scanned_at, clock_offset_ms }) {
  return Date.parse(scanned_at) - clock_offset_ms;
}

// The entry after a reply {status, body} at `now` (ms, corrected); the same entry where it has to be sent again.
export function afterReply(entry, reply, now) {
  const meaning = meaningOf(reply);
  if (meaning === ANSWERED) return { ...entry, state: ANSWERED, answer: reply.body, answeredAt: now, who: reply.body.resident?.id ?? entry.who };
  if (meaning === REFUSED) return { ...entry, state: REFUSED, answeredAt: now, refusal: reply.body?.detail || reply.body?.title || "" };
  return entry;
}

// An entry as it is kept: no name, no door, no sentence that might say one.
export function asKept({ person: _person, local: _local, answer, ...entry }) {
  return { ...entry, answer: answer && { outcome: answer.outcome, sampled_at: answer.sampled_at, place: answer.place } };
}

// What a reply means: answered, refused for good, or nothing that lasts. No reply, a busy or broken server, and a
// sign-in that ended say nothing about the fact.
export function meaningOf(reply) {
  if (!reply || reply.status >= 500 || [401, 408, 425, 429].includes(reply.status) || isExpired(reply)) return WAITING;
  if (reply.status === 200) return reply.body ? ANSWERED : WAITING; // a page of a hotel's network has no JSON
  return REFUSED;
}

// Whether somebody has to sign in again, or the page's token is an old one.
export function isExpired(reply) {
  return reply?.status === 401 || (reply?.status === 400 && reply.body?.code === "form_expired");
}

// How long to wait before the next try, ms. `asked` is what the server asked for, in seconds.
export function waitBefore(tries, asked = 0) {
  return Math.max(asked * 1000, Math.min(1000 * 2 ** tries, LONGEST_WAIT_MS));
}

export function unsent(entries) {
  return entries.filter((entry) => entry.state === WAITING);
}

// How many this phone has sampled that a count made at `since` (ms, corrected) cannot know.
export function countSampled(entries, since) {
  const undone = new Set(entries.map((entry) => entry.fact.undoes).filter(Boolean));
  const isNew = (entry) => (entry.state === WAITING ? entry.shown === "accepted" : entry.answer?.outcome === "accepted" && entry.answeredAt > since);
  return entries.filter((entry) => entry.fact.kind !== "undo" && !undone.has(entry.fact.scan_id) && isNew(entry)).length;
}

// Age of the oldest unsent entry in ms; null where all were sent.
export function oldestAge(entries, now) {
  const waiting = unsent(entries).map((entry) => entry.madeAt);
  return waiting.length ? Math.max(0, now - Math.min(...waiting)) : null;
}

export function mayOverride(outcome) {
  return OVERRIDABLE.has(outcome);
}

// The last scans of this phone, newest first, that made somebody sampled or may still do so: {entry, isTakenBack}.
export function lastScans(entries) {
  const undone = new Set(entries.map((entry) => entry.fact.undoes).filter(Boolean));
  return entries
    .filter((entry) => entry.fact.kind !== "undo" && maySample(entry))
    .slice(-MAY_TAKE_BACK)
    .reverse()
    .map((entry) => ({ entry, isTakenBack: undone.has(entry.fact.scan_id) }));
}

function maySample(entry) {
  if (entry.state === ANSWERED) return entry.answer.outcome === "accepted";
  return entry.state === WAITING && ["accepted", "noted", "kept", undefined].includes(entry.shown);
}

// Whether a code that the camera reads is the one it has been reading all along. `seen` is {code, at} or null.
export function isSameInView(seen, code, now) {
  return seen !== null && seen.code === code && now - seen.at < SAME_CODE_MS;
}
