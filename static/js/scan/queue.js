// What the phone decides about the facts it has made: which are unsent, what a reply means, what may be taken back.
// Pure: nothing here knows a network, a page or a clock of its own.
//
// An entry is {fact, madeAt, person, state, answer, refusal}: `fact` as CONTRACT.md has it, `madeAt` in ms by the phone's
// clock, `person` {door, name} as far as they were known when it was made, `state` one of the three below, `answer` of the
// server once there is one, `refusal` a sentence where it refused for good.

export const WAITING = "waiting";
export const ANSWERED = "answered";
export const REFUSED = "refused";

export const SAME_CODE_MS = 3000; // a code that stays in view is one scan
export const MAY_TAKE_BACK = 5; // scans of this phone
const OVERRIDABLE = new Set(["wrong_point", "wrong_time", "excused"]);
const LONGEST_WAIT_MS = 15_000;

// `where` is {point, at, offset}: the point, the phone's time in ms, and how fast its clock is in ms.
export function makeScan(id, code, where, more = {}, person = null) {
  return makeEntry({ ...factOf(id, where), code, ...more }, where.at, person);
}

// One fact for each member {id, door, name}, tied together by the group. `ids` has an id for each of them.
export function makeGroup(ids, groupId, code, members, where) {
  return members.map((member, n) => makeScan(ids[n], code, where, { resident: member.id, group_id: groupId }, member));
}

// The same people accepted for a reason: facts of their own, since a fact never changes.
export function makeOverrides(ids, entries, reason, where) {
  return entries.map(({ fact, answer, person }, n) => {
    const { code, resident, group_id } = fact;
    const more = { override: reason, ...(resident && { resident }), ...(group_id && { group_id }) };
    return makeScan(ids[n], code, where, more, answer?.resident ?? person);
  });
}

export function makeUndo(id, entry, where) {
  return makeEntry({ ...factOf(id, where), kind: "undo", undoes: entry.fact.scan_id }, where.at, personOf(entry));
}

// {door, name} as far as they are known.
export function personOf(entry) {
  return entry.answer?.resident ?? entry.person;
}

function factOf(id, { point, at, offset }) {
  return { scan_id: id, point, scanned_at: new Date(at).toISOString(), clock_offset_ms: offset };
}

function makeEntry(fact, madeAt, person) {
  return { fact, madeAt, person, state: WAITING, answer: null, refusal: null };
}

// The entry after a reply {status, body}; the same entry where it has to be sent again.
export function afterReply(entry, reply) {
  const meaning = meaningOf(reply);
  if (meaning === ANSWERED) return { ...entry, state: ANSWERED, answer: reply.body };
  if (meaning === REFUSED) return { ...entry, state: REFUSED, refusal: reply.body?.detail || reply.body?.title || "" };
  return entry;
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
    .filter((entry) => entry.fact.kind !== "undo" && (entry.state === WAITING || entry.answer?.outcome === "accepted"))
    .slice(-MAY_TAKE_BACK)
    .reverse()
    .map((entry) => ({ entry, isTakenBack: undone.has(entry.fact.scan_id) }));
}

// Whether a code that the camera reads is the one it has been reading all along. `seen` is {code, at} or null.
export function isSameInView(seen, code, now) {
  return seen !== null && seen.code === code && now - seen.at < SAME_CODE_MS;
}
