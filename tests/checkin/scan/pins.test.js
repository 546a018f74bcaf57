import assert from "node:assert/strict";
import { test } from "node:test";

import { afterWrong, isUsedUp, waitOf } from "../../../static/js/scan/pins.js";

function wrongs(count, now = 1000) {
  let wrong = null;
  for (let n = 0; n < count; n++) wrong = afterWrong(wrong, now);
  return wrong;
}

test("a few wrong PINs cost nothing, then each costs twice as long", () => {
  assert.deepEqual([0, 1, 4, 5, 6, 9].map((count) => waitOf(wrongs(count), 1000)), [0, 0, 0, 30_000, 60_000, 480_000]);
});

test("the wait ends, and no clock makes it longer", () => {
  const wrong = wrongs(5);

  assert.deepEqual([waitOf(wrong, 30_999), waitOf(wrong, 31_000), waitOf(wrong, 0)], [1, 0, 30_000]);
});

test("after ten the names are gone", () => {
  assert.deepEqual([9, 10].map((count) => isUsedUp(wrongs(count))), [false, true]);
});
