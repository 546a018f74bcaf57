import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { judgeScan, settle } from "../../../static/js/scan/judge.js";

const TABLE = JSON.parse(readFileSync(new URL("../cases.json", import.meta.url), "utf8"));
const isTime = (name) => name === "at" || name.endsWith("_at");
const timed = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value && isTime(name) ? Date.parse(value) : value]));

// A part of the facts: the usual one with what differs.
function whole(part, changes) {
  if (changes[part] === null) return null;
  const values = timed({ ...TABLE.usual[part], ...changes[part] });
  return values.place ? { ...values, place: timed(values.place) } : values;
}

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, n) => permutations(items.filter((_, other) => other !== n)).map((rest) => [item, ...rest]));
}

test("the table is the one that Python reads, and large", () => {
  assert.ok(TABLE.cases.length >= 60 && TABLE.histories.length >= 15);
});

for (const { case: name, facts, outcome, counts, against } of TABLE.cases) {
  test(`the verdict: ${name}`, () => {
    const parts = Object.fromEntries(Object.keys(TABLE.usual).map((part) => [part, whole(part, facts)]));

    assert.deepEqual(judgeScan(parts), { outcome, counts, against });
  });
}

test("a fact that says nothing of what speaks against it says that nothing does", () => {
  const standing = settle([
    { id: "a", kind: "arrived", point: "p", at: 1 },
    { id: "b", kind: "sampled", point: "p", at: 2 },
    { id: "c", kind: "sampled", point: "p", at: 1, against: "wrong_point" },
  ]);

  assert.deepEqual([standing.sampled.id, standing.arrived.id], ["c", "a"]);
});

for (const { case: name, facts, sampled, arrived } of TABLE.histories) {
  test(`who is sampled and who has arrived: ${name}`, () => {
    for (const order of permutations(facts.map(timed))) {
      const standing = settle(order);
      assert.deepEqual([standing.sampled?.id ?? null, standing.arrived?.id ?? null], [sampled, arrived]);
    }
  });
}
