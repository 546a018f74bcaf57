import assert from "node:assert/strict";
import { test } from "node:test";

import { boundsOf, narrow, offsetOf } from "../../../static/js/scan/clock.js";

test("a phone whose clock may be right is taken to be right", () => {
  assert.equal(offsetOf(null), 0);
  assert.equal(offsetOf(boundsOf(10_200, 10_300, 10_000)), 0);
});

test("a clock two hours fast is found to within half a second by one answer", () => {
  const fast = 7_200_000;

  const offset = offsetOf(boundsOf(fast + 10_400, fast + 10_500, 10_000));

  assert.ok(Math.abs(offset - fast) <= 550, String(offset));
});

test("more answers make the bounds narrower, never wider", () => {
  const slow = -60_000;
  let known = null;
  for (const at of [10_050, 11_400, 12_990]) {
    const next = narrow(known, boundsOf(slow + at, slow + at + 20, Math.floor(at / 1000) * 1000));
    assert.ok(!known || next.most - next.least <= known.most - known.least);
    known = next;
  }
  assert.ok(known.least <= slow && slow <= known.most);
});

test("after the clock was set only what came afterwards holds", () => {
  const before = boundsOf(10_200, 10_300, 10_000);
  const after = boundsOf(3_610_200, 3_610_300, 10_000);

  assert.deepEqual(narrow(before, after), after);
});
