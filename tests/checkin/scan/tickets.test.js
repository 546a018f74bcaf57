import assert from "node:assert/strict";
import { test } from "node:test";

import { readTicketCode } from "../../../static/js/scan/tickets.js";

test("a ticket's code is read from the code itself, in any case, and from its whole link", () => {
  for (const read of ["7KX2ABCDEFGHJKMN", "7kx2abcdefghjkmn", " 7KX2-ABCD-EFGH-JKMN ", "HTTPS://BULOU.TEST/Q/7KX2ABCDEFGHJKMN", "https://bulou.test/Q/7kx2abcdefghjkmn/?x=1"]) {
    assert.equal(readTicketCode(read), "7KX2ABCDEFGHJKMN", read);
  }
});

test("letters that look like digits are read as digits", () => {
  assert.equal(readTicketCode("7KX2OIL000000000"), "7KX2011000000000");
});

test("doors, names, numbers and others' codes are no tickets", () => {
  for (const read of ["", "3-2-501", "张小样", "1234", "HTTPS://BULOU.TEST/P/7KX2ABCD", "7KX2ABCDEFGHJKMNP", "https://example.test/"]) {
    assert.equal(readTicketCode(read), null, read);
  }
});
