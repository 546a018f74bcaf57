import assert from "node:assert/strict";
import { test } from "node:test";

import { lateOnes, mustTakeBack } from "../../../static/js/scan/late.js";
import * as queue from "../../../static/js/scan/queue.js";

const where = { point: "p", at: Date.UTC(2022, 3, 3), offset: 0 };
const make = (id, shown, outcome, more = {}) => {
  const entry = queue.makeScan(id, where, { code: "C" }, { shown, ...more });
  return outcome ? queue.afterReply(entry, { status: 200, body: { outcome } }, where.at) : entry;
};
const late = (...entries) => lateOnes(entries).map(({ fact }) => fact.scan_id);

test("an answer that says what was shown is nobody's business", () => {
  assert.deepEqual(late(make("a", "accepted", "accepted"), make("b", "wrong_point", "wrong_point"), make("c", "kept", "accepted"), make("d", "accepted")), []);
});

test("an answer that says something else waits until somebody has looked", () => {
  const doubled = make("a", "accepted", "already_sampled");

  assert.deepEqual(late(doubled, make("b", "kept", "wrong_point")), ["a", "b"]);
  assert.deepEqual(late({ ...doubled, isSeen: true }), []);
});

test("whoever was sent away and is counted now is taken back", () => {
  const sentAway = make("a", "wrong_point", "accepted");

  assert.equal(mustTakeBack(sentAway, [sentAway]), true);
  assert.equal(mustTakeBack(sentAway, [sentAway, queue.makeUndo("u", sentAway, where)]), false);
  assert.equal(mustTakeBack(make("b", "accepted", "accepted"), []), false);
  assert.equal(mustTakeBack(make("c", "kept", "accepted"), []), false);
});

test("whoever was accepted after all is one person, whichever of the two scans counts", () => {
  const first = make("a", "wrong_point", "accepted");
  const second = make("b", "accepted", "already_sampled", { instead: "a" });

  assert.equal(mustTakeBack(first, [first, second]), false);
  assert.deepEqual(late(first, second), []);
});

test("somebody from elsewhere is known to nobody, and noted", () => {
  assert.deepEqual(late(make("a", "noted", "unknown_ticket"), make("b", "noted", "accepted")), []);
});
