// How each verdict looks, and which of them an entry is shown as. Pure.

import { ANSWERED, REFUSED, WAITING } from "./queue.js";

export const LOOKS = {
  accepted: { tone: "good", shape: "check" },
  undone: { tone: "choose", shape: "back" },
  choose_member: { tone: "choose", shape: "people" },
  already_sampled: { tone: "warn", shape: "twice" },
  wrong_point: { tone: "warn", shape: "elsewhere" },
  wrong_time: { tone: "warn", shape: "clock" },
  excused: { tone: "warn", shape: "excused" },
  unknown_ticket: { tone: "bad", shape: "unknown" },
  revoked: { tone: "bad", shape: "cross" },
  closed: { tone: "bad", shape: "closed" },
  kept: { tone: "warn", shape: "kept" },
  noted: { tone: "good", shape: "check" },
  unlisted: { tone: "warn", shape: "unknown" },
  not_kept: { tone: "bad", shape: "cross" },
  refused: { tone: "bad", shape: "cross" },
};

// What an entry is shown as: an outcome of CONTRACT.md, "noted" (somebody from elsewhere), "kept" (nobody has an answer), "refused".
export function outcomeOf(entry) {
  if (entry.shown === "noted" && entry.state !== REFUSED) return "noted";
  if (entry.state === ANSWERED) return LOOKS[entry.answer.outcome] ? entry.answer.outcome : "refused";
  return entry.state === WAITING ? (entry.shown ?? "kept") : "refused";
}
