import assert from "node:assert/strict";
import { test } from "node:test";

import { Wedge } from "../../../static/js/scan/wedge.js";

const type = (wedge, text, gap, at = 1000) => [...text, "Enter"].map((key, n) => wedge.press(key, at + n * gap)).at(-1);

test("what a scanner types as fast as a machine is one line", () => {
  assert.equal(type(new Wedge(), "7KX2ABCDEFGHJKMN", 10), "7KX2ABCDEFGHJKMN");
});

test("Enter pressed by hand is left to the button that has the focus", () => {
  assert.equal(type(new Wedge(), "", 10), null);
  assert.equal(type(new Wedge(), "7KX2", 300), null);
});

test("keys such as Shift are no letters, and a slow start is forgotten", () => {
  const wedge = new Wedge();
  wedge.press("x", 0);
  wedge.press("Shift", 990);

  assert.equal(type(wedge, "1234", 10), "1234");
});
