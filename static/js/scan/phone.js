// This phone as the server knows it: enrolled, locked or open, and the slice that rests on it sealed.

import * as keys from "./keys.js";
import { afterWrong, isUsedUp, waitOf } from "./pins.js";
import { Slice } from "./slice.js";

export const FORGET_MS = 12 * 3_600_000; // so long without a word from the server, and the names go
const MANY_DELTAS = 40; // then they are sealed anew as one

// What it keeps under "record": {id, name, point, wrapped, wrong, contactAt, clock}; without `wrapped` the names are gone.
export class Phone {
  #database = null;
  #key = null;
  #deltas = 0;
  #cursor = null;
  record = null;
  slice = null; // null = locked, or the server has not given one yet

  async open(database) {
    this.#database = database;
    this.record = (await database?.read("phone", (phone) => phone.get("record"))) ?? null;
  }

  // "none", "locked" or "open".
  get state() {
    if (!this.record?.wrapped) return "none";
    return this.#key ? "open" : "locked";
  }

  get cursor() {
    return this.#cursor;
  }

  // After POST /devices: {device, key}. The key is never kept but under the PIN.
  async enrol({ device, key }, pin, now, clock) {
    const bytes = keys.fromBase64(key);
    const wrapped = await keys.wrapKey(bytes, pin);
    await this.#keep({ id: device.id, name: device.name, point: device.point, wrapped, wrong: null, contactAt: now, clock }, true);
    this.#key = await keys.importKey(bytes);
    bytes.fill(0);
  }

  // "open", "wrong", "wait" or "emptied".
  async unlock(pin, now) {
    if (waitOf(this.record.wrong, now)) return "wait";
    // Noted before it is tried: who switches the phone off in between has tried it too.
    await this.#keep({ ...this.record, wrong: afterWrong(this.record.wrong, now) });
    const key = await keys.unwrapKey(this.record.wrapped, pin);
    if (key) {
      await this.#keep({ ...this.record, wrong: null });
      this.#key = key;
      await this.#readSlice();
      return "open";
    }
    if (!isUsedUp(this.record.wrong)) return "wrong";
    await this.empty();
    return "emptied";
  }

  isForgotten(now) {
    return Boolean(this.record?.wrapped) && now - this.record.contactAt > FORGET_MS;
  }

  // The server has spoken to this device; `clock` is what is known of the phone's, for the next start without network.
  async noteContact(now, clock) {
    if (!this.record || Math.abs(now - this.record.contactAt) < 60_000) return;
    await this.#keep({ ...this.record, contactAt: now, clock }).catch(() => {});
  }

  // The names are gone; who this phone is, and its facts, stay.
  async empty() {
    this.#key = this.slice = this.#cursor = null;
    const { wrapped: _wrapped, wrong: _wrong, ...rest } = this.record;
    await this.#keep(rest, true).catch(() => this.forget()); // on a full disk one can still delete
  }

  async forget() {
    this.#key = this.slice = this.record = this.#cursor = null;
    await this.#database.write(["phone", "slice"], (phone, slice) => {
      phone.delete("record");
      slice.clear();
    });
  }

  // A reply of GET /points/ID/slice: read, then kept as it came.
  async takeSlice({ cursor, complete, sealed }) {
    const bytes = keys.fromBase64(sealed);
    const content = await this.#unseal(bytes);
    this.slice ??= new Slice();
    this.slice.take(content, complete);
    this.#cursor = cursor;
    await this.#keepSlice(bytes, complete).catch(() => {}); // a full disk: it is asked for again after the next start
  }

  // A visitor's name and door, as they may rest here and only the server can read them.
  async sealWalkIn(said) {
    const sealed = await keys.seal(this.#key, keys.bytesOf(JSON.stringify(said)), this.record.id);
    return { device: this.record.id, sealed: keys.toBase64(sealed) };
  }

  async #keepSlice(bytes, isWhole) {
    this.#deltas = isWhole ? 0 : this.#deltas + 1;
    const isLong = this.#deltas > MANY_DELTAS;
    const kept = isLong ? await keys.seal(this.#key, keys.bytesOf(JSON.stringify(this.slice.whole())), this.record.id) : bytes;
    const row = { cursor: this.#cursor, complete: isWhole || isLong, sealed: kept };
    if (isLong) this.#deltas = 0;
    await this.#database.write(["slice"], (slice) => {
      if (row.complete) slice.clear();
      slice.add(row);
    });
  }

  async #readSlice() {
    const rows = await this.#database.read("slice", (slice) => slice.getAll());
    try {
      for (const { cursor, complete, sealed } of rows) {
        const content = await this.#unseal(sealed);
        this.slice ??= new Slice();
        this.slice.take(content, complete);
        this.#cursor = cursor;
      }
      this.#deltas = Math.max(0, rows.length - 1);
    } catch {
      this.slice = this.#cursor = null; // of another key: the server gives it anew
    }
  }

  async #unseal(sealed) {
    return JSON.parse(keys.textOf(await keys.unseal(this.#key, sealed, this.record.id)));
  }

  async #keep(record, isAnew = false) {
    await this.#database.write(["phone", "slice"], (phone, slice) => {
      phone.put(record, "record");
      if (isAnew) slice.clear();
    });
    this.record = record;
  }
}
