// What an answer that comes after the verdict was shown means for it. Pure.

import { ANSWERED, WAITING } from "./queue.js";

// Outcomes of the server that say the same as what was shown. "kept" = there was no answer yet.
const AGREES = {
  kept: new Set(["accepted", "undone"]),
  noted: new Set(["accepted", "unknown_ticket"]), // somebody from elsewhere: known to nobody, and not to be
};

// Whether the helper was shown something else than what the server says.
export function isContradicted(entry, entries) {
  if (entry.state !== ANSWERED || !entry.shown || entry.fact.kind === "undo" || isTakenBack(entry, entries)) return false;
  const { outcome } = entry.answer;
  if (outcome === entry.shown || AGREES[entry.shown]?.has(outcome)) return false;
  return !(outcome === "already_sampled" && isByItsFirst(entry, entries));
}

// Whether it has to be taken back: the person was sent away, and now the server counts them as sampled.
// What was shown is what counts; where they were accepted after all, that is a fact of its own.
export function mustTakeBack(entry, entries) {
  return isContradicted(entry, entries) && entry.answer.outcome === "accepted" && !isAcceptedAfterAll(entry, entries);
}

// Answers and refusals that wait for somebody to look at them.
export function lateOnes(entries) {
  return entries.filter((entry) => !entry.isSeen && isContradicted(entry, entries) && !isAcceptedAfterAll(entry, entries));
}

export function isTakenBack(entry, entries) {
  return entries.some((other) => other.fact.undoes === entry.fact.scan_id && !isRefused(other));
}

// It was accepted in spite of a first scan, and that one counts already: the same person, sampled once.
function isByItsFirst(entry, entries) {
  const first = entries.find((other) => other.fact.scan_id === entry.instead);
  return first?.answer?.outcome === "accepted";
}

function isAcceptedAfterAll(entry, entries) {
  return entries.some((other) => other.instead === entry.fact.scan_id && !isRefused(other));
}

const isRefused = (entry) => entry.state !== WAITING && entry.state !== ANSWERED;
