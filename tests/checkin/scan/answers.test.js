import assert from "node:assert/strict";
import { test } from "node:test";

import { answerFrom } from "../../../static/js/scan/answers.js";
import * as queue from "../../../static/js/scan/queue.js";
import { Slice } from "../../../static/js/scan/slice.js";
import { AT, makeContent, makeHouseholds, makeMember, PLACE, POINT, SOUTH } from "./slices.js";

const sliceOf = (...members) => {
  const slice = new Slice();
  slice.take(makeContent([{ id: "h", door: "3栋2单元501", code: "door", members }]), true);
  return slice;
};
const where = (minutes = 0) => ({ point: POINT, at: AT + minutes * 60_000, offset: 0 });
const scan = (id, resident, minutes, about = {}) => queue.makeScan(id, where(minutes), { resident, ...about }, { who: resident, judged: { counts: true }, shown: "accepted" });
const outcome = (slice, entries, { fact }) => answerFrom(slice, entries, fact, null)?.outcome ?? null;
const answered = (entry, word, minutes) => queue.afterReply(entry, { status: 200, body: { outcome: word } }, AT + minutes * 60_000);

test("who is called here now is accepted; who is not in the slice is left to the server", () => {
  const slice = sliceOf(makeMember("a"));

  const answer = answerFrom(slice, [], scan("1", "a").fact, null);

  assert.deepEqual([answer.outcome, answer.counts, answer.resident.door, answer.sampled_at], ["accepted", true, "3栋2单元501", AT]);
  assert.equal(answerFrom(slice, [], scan("1", "nobody").fact, null), null);
});

test("each thing that speaks against it is said", () => {
  const cases = {
    wrong_point: { place: { ...PLACE, point: SOUTH } },
    wrong_time: { place: { ...PLACE, from: "2022-04-03T01:00:00Z" } },
    excused: { excused: [["2022-04-02T00:00:00Z", null, "2022-04-02T00:00:00Z"]] },
    already_sampled: { sampled_at: "2022-04-03T00:02:00Z", sampled_point: SOUTH },
    accepted: { place: { ...PLACE, point: SOUTH }, arrived_at: "2022-04-03T00:05:00Z" },
  };

  for (const [word, facts] of Object.entries(cases)) assert.equal(outcome(sliceOf(makeMember("a", facts)), [], scan("1", "a")), word);
});

test("an excuse holds from its entry on, within its span", () => {
  const excused = (from, until, enteredAt) => outcome(sliceOf(makeMember("a", { excused: [[from, until, enteredAt]] })), [], scan("1", "a"));

  assert.equal(excused("2022-04-03T00:00:00Z", "2022-04-03T00:10:00Z", "2022-04-03T00:00:00Z"), "accepted"); // has ended
  assert.equal(excused("2022-04-03T00:00:00Z", "2022-04-03T00:10:01Z", "2022-04-03T00:00:00Z"), "excused");
  assert.equal(excused("2022-04-03T00:00:00Z", null, "2022-04-03T00:11:00Z"), "accepted"); // entered later
});

test("a ticket that was revoked is not valid from then on", () => {
  const slice = sliceOf(makeMember("a", { revoked: [["old", "2022-04-03T00:10:00Z"]] }));
  const fact = queue.makeScan("1", where(), { code: "OLD" }).fact;

  assert.equal(answerFrom(slice, [], fact, slice.ticket("old")).outcome, "revoked");
  assert.equal(answerFrom(slice, [], fact, slice.ticket("code-a")).outcome, "accepted");
});

test("whoever was scanned here a minute ago is sampled, without any network; taken back, they are not", () => {
  const slice = sliceOf(makeMember("a"));
  const first = scan("1", "a", 0);
  const undo = queue.makeUndo("2", first, where(1));

  assert.equal(outcome(slice, [first], scan("3", "a", 2)), "already_sampled");
  assert.equal(outcome(slice, [first, undo], scan("3", "a", 2)), "accepted");
  assert.equal(outcome(slice, [{ ...first, state: queue.REFUSED }], scan("3", "a", 2)), "accepted");
});

test("a scan taken back here counts no more, also while the slice still says so", () => {
  const slice = sliceOf(makeMember("a", { sampled_at: new Date(AT).toISOString(), sampled_point: POINT }));
  const first = answered(scan("1", "a", 0), "accepted", -3);
  const undo = queue.makeUndo("2", first, where(1));

  assert.equal(outcome(slice, [first], scan("3", "a", 2)), "already_sampled");
  assert.equal(outcome(slice, [first, undo], scan("3", "a", 2)), "accepted");
});

test("what the server has told since is believed: others took back what this phone had sampled", () => {
  const slice = sliceOf(makeMember("a")); // as of 00:09, sampled by nobody
  const long = answered(scan("1", "a", -5), "accepted", -4);
  const lately = answered(scan("1", "a", 0), "accepted", 0);

  assert.equal(outcome(slice, [long], scan("2", "a", 1)), "accepted");
  assert.equal(outcome(slice, [lately], scan("2", "a", 1)), "already_sampled");
});

test("of a household those still due are asked for", () => {
  const slice = new Slice();
  slice.take(makeContent(makeHouseholds()), true);
  const about = queue.makeScan("1", where(), { code: "DOOR" }).fact;

  const answer = answerFrom(slice, [scan("0", "a")], about, slice.ticket("door-1"));

  assert.deepEqual([answer.outcome, answer.members.map(({ id }) => id)], ["choose_member", ["b"]]);
});

test("a reason sets place, time and excuse aside", () => {
  const slice = sliceOf(makeMember("a", { place: { ...PLACE, point: SOUTH } }));

  assert.equal(outcome(slice, [], scan("1", "a", 0, { override: "x", taken: true })), "accepted");
});
