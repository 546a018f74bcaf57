import assert from "node:assert/strict";
import { test } from "node:test";

import * as queue from "../../../static/js/scan/queue.js";

const where = { point: "p", at: Date.UTC(2022, 3, 3, 0, 30), offset: 1500 };
const scan = (id) => queue.makeScan(id, where, { code: "CODE" });
const afterReply = (entry, reply) => queue.afterReply(entry, reply, where.at);
const answered = (entry, outcome) => afterReply(entry, { status: 200, body: { outcome } });

test("a scan says where, when, and how wrong the phone's clock is", () => {
  assert.deepEqual(scan("a").fact, {
    scan_id: "a",
    point: "p",
    scanned_at: "2022-04-03T00:30:00.000Z",
    clock_offset_ms: 1500,
    code: "CODE",
  });
});

test("a household is one fact for each person, tied by one group", () => {
  const entries = queue.makeGroup(["a", "b"], "g", "CODE", [{ id: "r1" }, { id: "r2" }], where);

  assert.deepEqual(entries.map(({ fact }) => [fact.scan_id, fact.resident, fact.group_id]), [["a", "r1", "g"], ["b", "r2", "g"]]);
});

test("accepting anyway is a fact of its own with the reason, about the same person", () => {
  const [refused] = queue.makeGroup(["a"], "g", "CODE", [{ id: "r1" }], where).map((entry) => answered(entry, "wrong_point"));

  const [entry] = queue.makeOverrides(["b"], [refused], "Came here", where);

  assert.deepEqual([entry.fact.scan_id, entry.fact.override, entry.fact.resident, entry.fact.group_id], ["b", "Came here", "r1", "g"]);
  assert.equal(refused.fact.override, undefined);
});

test("what the server has not answered is decided here: the swab is taken", () => {
  const shown = (entry, word) => ({ ...entry, shown: word });
  const taken = (entry) => queue.makeOverrides(["b"], [entry], "Came here", where)[0].fact.taken;

  assert.equal(taken(shown(scan("a"), "wrong_point")), true);
  assert.equal(taken(shown(answered(scan("a"), "wrong_point"), "wrong_point")), undefined);
});

test("what is kept says no name, no door and no sentence", () => {
  const body = { outcome: "accepted", message: "Please call 王主任.", sampled_at: null, place: null, resident: { id: "r1", name: "张*样", door: "3-2-501" }, members: null };
  const entry = queue.afterReply(queue.makeScan("a", where, { code: "CODE" }, { person: { name: "张*样", door: "3-2-501" } }), { status: 200, body }, where.at);

  const kept = JSON.stringify(queue.asKept(entry));

  assert.ok(kept.includes("r1") && kept.includes("CODE"));
  for (const word of ["张", "3-2-501", "王"]) assert.ok(!kept.includes(word), word);
});

test("only place, time and excuse can be set aside by a reason", () => {
  const outcomes = ["accepted", "already_sampled", "unknown_ticket", "wrong_point", "wrong_time", "revoked", "excused", "closed"];

  assert.deepEqual(outcomes.filter(queue.mayOverride), ["wrong_point", "wrong_time", "excused"]);
});

test("no answer, a busy server and an ended sign-in leave a scan waiting; a refusal ends it", () => {
  const replies = [null, ...[401, 408, 429, 500, 503].map((status) => ({ status, body: null })), { status: 400, body: { code: "form_expired" } }, { status: 200, body: null }];
  for (const reply of replies) assert.equal(afterReply(scan("a"), reply).state, queue.WAITING, JSON.stringify(reply));

  const refused = afterReply(scan("a"), { status: 403, body: { detail: "Not your point." } });

  assert.deepEqual([refused.state, refused.refusal], [queue.REFUSED, "Not your point."]);
});

test("what is unsent is counted with the age of the oldest", () => {
  const entries = [answered(scan("a"), "accepted"), scan("b"), { ...scan("c"), madeAt: where.at + 5000 }];

  assert.equal(queue.unsent(entries).length, 2);
  assert.equal(queue.oldestAge(entries, where.at + 60_000), 60_000);
  assert.equal(queue.oldestAge([entries[0]], where.at), null);
});

test("the last five that count, newest first, may be taken back, each once", () => {
  const entries = ["a", "b", "c", "d", "e", "f", "g"].map(scan).map((entry) => answered(entry, "accepted"));
  entries.push(answered(scan("h"), "wrong_time"), queue.makeUndo("u", entries[5], where), scan("w"));

  const lines = queue.lastScans(entries);

  assert.deepEqual(lines.map(({ entry }) => entry.fact.scan_id), ["w", "g", "f", "e", "d"]);
  assert.deepEqual(lines.filter((line) => line.isTakenBack).map(({ entry }) => entry.fact.scan_id), ["f"]);
});

test("a code that stays in view is one scan; another code is another", () => {
  const seen = { code: "A", at: 1000 };

  assert.equal(queue.isSameInView(seen, "A", 3999), true);
  assert.equal(queue.isSameInView(seen, "A", 4000), false);
  assert.equal(queue.isSameInView(seen, "B", 1001), false);
  assert.equal(queue.isSameInView(null, "A", 1001), false);
});

test("tries come less often, at most every quarter of a minute, and never before the server wants them", () => {
  assert.deepEqual([0, 1, 2, 9].map((tries) => queue.waitBefore(tries)), [1000, 2000, 4000, 15_000]);
  assert.equal(queue.waitBefore(0, 30), 30_000);
});
