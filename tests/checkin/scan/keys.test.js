import assert from "node:assert/strict";
import { test } from "node:test";

import * as keys from "../../../static/js/scan/keys.js";

const key = () => crypto.getRandomValues(new Uint8Array(32));

test("the key comes back with its PIN and with no other, and nobody reads it out of the page", async () => {
  const bytes = key();
  const wrapped = await keys.wrapKey(bytes, "135790");

  const opened = await keys.unwrapKey(wrapped, "135790");
  const sealed = await keys.seal(await keys.importKey(bytes), keys.bytesOf("张小样"), "device");

  assert.equal(keys.textOf(await keys.unseal(opened, sealed, "device")), "张小样");
  assert.equal(opened.extractable, false);
  assert.equal(await keys.unwrapKey(wrapped, "135791"), null);
});

test("what was sealed for another device, or changed, is not read", async () => {
  const opened = await keys.importKey(key());
  const sealed = await keys.seal(opened, keys.bytesOf("x"), "device");

  await assert.rejects(keys.unseal(opened, sealed, "other"));
  sealed[sealed.length - 1] ^= 1;
  await assert.rejects(keys.unseal(opened, sealed, "device"));
});

test("bytes go through text and back", () => {
  const bytes = key();

  assert.deepEqual(keys.fromBase64(keys.toBase64(bytes)), bytes);
});
