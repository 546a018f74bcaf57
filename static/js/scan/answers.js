// The phone's own answer to a scan, from its slice and from the facts it has made since. Pure; instants in ms.

import { judgeScan, settle } from "./judge.js";
import { ANSWERED, REFUSED, timeOf, WAITING } from "./queue.js";

const MARGIN_MS = 5000; // an answer this much older than the slice may not be in it yet

// What the phone answers to this fact, in the form of the server's answer and with `counts` and `against` beside;
// null where whoever it is about is not in the slice. `ticket` is what Slice.ticket gave for its code, null without a code.
export function answerFrom(slice, entries, fact, ticket) {
  const about = fact.resident ? slice.person(fact.resident) : ticket;
  if (!about) return null;
  const at = timeOf(fact);
  const { member, household } = about;
  const known = member && standingOf(slice, entries, member, at);
  const verdict = judgeScan({
    scan: { kind: fact.kind ?? "sampled", at, point: fact.point, override: Boolean(fact.override), taken: Boolean(fact.taken) },
    ticket: { is_of_campaign: true, revoked_at: instant(ticket?.revokedAt) },
    round: { opened_at: instant(slice.head.point.round.opened_at), closed_at: instant(slice.head.point.round.closed_at) },
    point: { is_doorstep: slice.head.point.kind === "doorstep", is_makeup: isMakeup(slice.head.point.hours, at) },
    person: known && { ...known, is_sampled: known.sampledAt !== null },
  });
  return {
    ...verdict,
    resident: member && shownPerson(household, member),
    is_isolated: Boolean(member?.isolated),
    sampled_at: known?.sampledAt ?? (verdict.counts ? at : null),
    place: member?.place ?? null,
    members: member ? null : dueOf(slice, entries, household, at),
  };
}

// Those of a household who are neither sampled nor excused, as they are shown.
export function dueOf(slice, entries, household, at) {
  const due = household.members.filter((each) => isDue(standingOf(slice, entries, each, at)));
  return due.map((each) => shownPerson(household, each));
}

function shownPerson(household, member) {
  return { id: member.id, name: member.name, door: household.door, green_lane: member.green };
}

// When somebody was sampled as far as the phone knows, ms or null: the slice, and the phone's facts since.
export function sampledAt(slice, entries, member) {
  const { undone, facts } = newsOf(slice, entries, member.id);
  const told = instant(member.sampled_at);
  const isTakenBack = entries.some((entry) => undone.has(entry.fact.scan_id) && timeOf(entry.fact) === told);
  return settle(facts).sampled?.at ?? (isTakenBack ? null : told);
}

function standingOf(slice, entries, member, at) {
  const arrivedAt = instant(member.arrived_at);
  const place = member.place;
  return {
    sampledAt: sampledAt(slice, entries, member),
    is_excused: member.excused.some(([from, until, enteredAt]) => isWithin(at, from, until) && instant(enteredAt) <= at),
    is_isolated: member.isolated,
    is_arrived_here: arrivedAt !== null && arrivedAt <= at,
    place: place && { point: place.point, from_at: instant(place.from), to_at: instant(place.to), day_ends_at: instant(place.day_ends_at) },
  };
}

// What this phone has told of somebody that the slice may not know yet: their facts, and the ids it took back.
function newsOf(slice, entries, residentId) {
  const asOf = instant(slice.head.as_of);
  const isNews = (entry) => entry.state === WAITING || (entry.state === ANSWERED && entry.answeredAt > asOf - MARGIN_MS);
  const undone = new Set(entries.filter(isNews).map((entry) => entry.fact.undoes).filter(Boolean));
  const theirs = entries.filter((entry) => entry.who === residentId && entry.fact.kind !== "undo" && isNews(entry));
  return { undone, facts: theirs.map((entry) => asFact(entry, undone)) };
}

// The server's answer settles whether it counts; until then the phone's own does.
function asFact(entry, undone) {
  const { scan_id, kind, point } = entry.fact;
  const isCounted = entry.state === ANSWERED ? entry.answer.outcome === "accepted" : entry.judged?.counts;
  return {
    id: scan_id,
    kind: kind ?? "sampled",
    point,
    at: timeOf(entry.fact),
    counts: Boolean(isCounted) && entry.state !== REFUSED,
    against: isCounted ? null : "unknown_ticket",
    is_undone: undone.has(scan_id),
  };
}

const isDue = (known) => known.sampledAt === null && !known.is_excused;
const isMakeup = (hours, at) => hours.some((each) => each.is_makeup && isWithin(at, each.from, each.to));
const isWithin = (at, from, until) => instant(from) <= at && (until === null || at < instant(until));

function instant(value) {
  return value == null ? null : Date.parse(value);
}
