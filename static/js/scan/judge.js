// What a scan is answered, what counts, and who is sampled: checkin/rules/__init__.py, said once more for the phone.
// Both run tests/checkin/cases.json. Pure. Facts have the names of Python's; instants are in ms, undefined and null are one.

export const EARLY_MS = 15 * 60_000; // so much before their time people are still welcome
const OF_PLACE = new Set(["wrong_point", "wrong_time"]); // set aside for whoever has arrived at that point

// {outcome, counts, against} of {scan, ticket, round, point, person}. The first thing that applies is the answer.
export function judgeScan(facts) {
  const { scan, ticket, person } = facts;
  const atGate = judgeGate(facts);
  const against = atGate ?? judgePerson(facts);
  const isSampling = scan.kind === "sampled";
  if (!ticket || !person) return { outcome: atGate ?? "unknown_ticket", counts: false, against };
  if (isSampling && scan.taken) {
    // The swab was taken: it counts, and what speaks against it is for people to settle.
    return { outcome: person.is_sampled ? "already_sampled" : "accepted", counts: true, against };
  }
  const counts = isSampling && against === null;
  if (atGate === null && person.is_sampled) return { outcome: "already_sampled", counts, against };
  return { outcome: against ?? "accepted", counts, against };
}

// What no reason and no presence sets aside: the ticket and the round.
function judgeGate({ scan, ticket, round, person }) {
  if (!ticket) return "unknown_ticket";
  if (!ticket.is_of_campaign || isPast(ticket.revoked_at, scan.at)) return "revoked";
  if (!isPast(round.opened_at, scan.at) || isPast(round.closed_at, scan.at)) return "closed";
  return person ? null : "choose_member";
}

// What happens at that very instant has happened.
function isPast(since, at) {
  return since != null && since <= at;
}

// Excuse, point and time. A reason to accept anyway sets all of it aside: nobody present is turned away.
function judgePerson({ scan, point, person }) {
  if (scan.override || !person) return null;
  return person.is_excused ? "excused" : judgePlace(scan, point, person);
}

function judgePlace(scan, point, person) {
  const { place } = person;
  if (person.is_arrived_here) return null; // right here in any version of the plan
  if (person.is_isolated && !point.is_doorstep) return "wrong_point";
  if (point.is_makeup || !place) return null; // open to all; and who has no place cannot be at a wrong one
  if (place.point !== scan.point) return "wrong_point";
  if (point.is_doorstep) return null;
  const isToday = place.from_at - EARLY_MS <= scan.at && scan.at < place.day_ends_at;
  return isToday ? null : "wrong_time";
}

// Who is sampled by which fact, {sampled, arrived}: the smallest (time, id) that stands. Their order is of no matter.
// A fact is {id, kind, point, at, counts, against, is_undone}.
export function settle(facts) {
  const known = [...facts].sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
  const hereSince = arrivals(known);
  const standing = known.filter((fact) => !fact.is_undone);
  const came = standing.filter((fact) => fact.kind === "arrived" && holds(fact, hereSince));
  return {
    sampled: standing.find((fact) => stands(fact, hereSince)) ?? null,
    arrived: came.find((fact) => fact.point === came[came.length - 1].point) ?? null,
  };
}

// Since when the person has been at each point. An arrival that was undone still made the point a right one.
function arrivals(known) {
  const since = new Map();
  for (const { kind, against, point, at } of known) {
    if (kind === "arrived" && against == null && !since.has(point)) since.set(point, at);
  }
  return since;
}

// Whether a fact samples the person, were it not undone.
function stands(fact, hereSince) {
  return fact.kind === "sampled" && (fact.counts || holds(fact, hereSince));
}

// Nothing speaks against it, or only the place, where an arrival that was reported later made it a right one.
function holds({ against, point, at }, hereSince) {
  return against == null || (OF_PLACE.has(against) && isPast(hereSince.get(point), at));
}
