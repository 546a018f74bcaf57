import assert from "node:assert/strict";
import { test } from "node:test";

import { hashOf, Slice } from "../../../static/js/scan/slice.js";
import { makeContent, makeHouseholds, makeMember } from "./slices.js";

function makeSlice() {
  const slice = new Slice();
  slice.take(makeContent(makeHouseholds()), true);
  return slice;
}
const doors = (slice, text) => slice.search(text).map(({ door }) => door);

test("a code is known by the first half of its SHA-256, as the server writes it", async () => {
  assert.equal(await hashOf("AB0123456789CDEF"), "TSezy45_-iRtU3sSC2dzeQ");
});

test("a ticket says whose it is; a revoked one since when it is not valid", () => {
  const slice = makeSlice();
  slice.take(makeContent([{ id: "h2", door: "13栋2单元501", code: null, members: [makeMember("c", { code: "new", revoked: [["old", "2022-04-03T00:05:00Z"]] })] }]), false);

  assert.equal(slice.ticket("code-a").member.id, "a");
  assert.equal(slice.ticket("door-1").member, null);
  assert.deepEqual([slice.ticket("new").revokedAt, slice.ticket("old").revokedAt], [null, "2022-04-03T00:05:00Z"]);
  assert.deepEqual([slice.ticket("code-c"), slice.ticket("never")], [null, null]);
});

test("codes of entries and doors that were merged into this one go on meaning it", () => {
  const slice = makeSlice();
  const household = { id: "h2", door: "13栋2单元501", code: "door-2", also: ["merged-door"], revoked: [["lost-slip", "2022-04-03T00:05:00Z"]], members: [makeMember("c", { also: ["merged"] })] };

  slice.take(makeContent([household]), false);

  assert.equal(slice.ticket("merged").member.id, "c");
  assert.deepEqual(["merged-door", "lost-slip"].map((hash) => slice.ticket(hash).household.id), ["h2", "h2"]);
  assert.equal(slice.ticket("lost-slip").revokedAt, "2022-04-03T00:05:00Z");
  slice.take(makeContent([], { gone: ["h2"] }), false);
  assert.deepEqual(["merged", "merged-door", "lost-slip"].map((hash) => slice.ticket(hash)), [null, null, null]);
});

test("a door is found however it is written, with and without its unit, and by the room alone", () => {
  const slice = makeSlice();

  for (const typed of ["3-2-501", "3栋2单元501", "3#2#501", " 3-501 "]) assert.deepEqual(doors(slice, typed), ["3栋2单元501"], typed);
  assert.deepEqual(doors(slice, "501"), ["3栋2单元501", "13栋2单元501"]);
  assert.deepEqual(doors(slice, "保安"), ["保安队"]);
  assert.deepEqual(doors(slice, "3-2-502"), []);
});

test("a name is found as far as its mask shows it, and by the last four digits of a number", () => {
  const slice = makeSlice();

  assert.deepEqual(doors(slice, "张小样"), ["3栋2单元501"]);
  assert.deepEqual(doors(slice, "王"), ["13栋2单元501"]);
  assert.deepEqual(doors(slice, "张小五"), []);
  assert.deepEqual([doors(slice, "1234"), doors(slice, "567x")], [["3栋2单元501"], ["3栋2单元501"]]);
});

test("a delta replaces its households, drops those gone, and together they are what a whole one says", () => {
  const slice = makeSlice();
  const [first, , third] = makeHouseholds();
  const moved = { ...third, members: [third.members[0], makeMember("c", { name: "王*五" })] };

  slice.take(makeContent([moved], { gone: ["h2"], as_of: "2022-04-03T00:11:00+00:00" }), false);

  assert.deepEqual(slice.whole(), makeContent([first, moved], { as_of: "2022-04-03T00:11:00+00:00" }));
  assert.equal(slice.person("c").household.id, "h3");
  assert.equal(slice.person("e"), null);
  assert.equal(slice.size, 4);
});

test("a whole one leaves nothing of what was there", () => {
  const slice = makeSlice();

  slice.take(makeContent([]), true);

  assert.deepEqual([slice.size, slice.ticket("code-a"), slice.search("501")], [0, null, []]);
});
