// The people who are called to this point, as the server gave them to this phone: found by code, door, name or last digits.
// Pure. Of ticket codes it knows hashes only; names are masked.

const MOST = 20; // households shown at once; who finds more types more
const HASH_BYTES = 16;

// What stands for a ticket's code in the slice: 16 bytes of its SHA-256, base64url.
export async function hashOf(code) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
  const bytes = String.fromCharCode(...new Uint8Array(digest, 0, HASH_BYTES));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export class Slice {
  #head = null; // everything but the households
  #households = new Map();
  #members = new Map(); // id -> {household, member}
  #tickets = new Map(); // hash -> {household, member or null, revokedAt or null}

  // The unsealed JSON of GET /points/ID/slice; `isWhole` false = only what has changed.
  take(content, isWhole) {
    const { households, gone, ...head } = content;
    if (isWhole) for (const id of [...this.#households.keys()]) this.#drop(id);
    this.#head = head;
    for (const id of gone ?? []) this.#drop(id);
    for (const household of households) {
      this.#drop(household.id);
      this.#add(household);
    }
  }

  // All of it again, as `take` takes it whole.
  whole() {
    return { ...this.#head, households: [...this.#households.values()], gone: [] };
  }

  get head() {
    return this.#head;
  }

  get size() {
    return this.#members.size;
  }

  ticket(hash) {
    return this.#tickets.get(hash) ?? null;
  }

  person(id) {
    return this.#members.get(id) ?? null;
  }

  household(id) {
    return this.#households.get(id) ?? null;
  }

  pointName(id) {
    return this.#head.points[id] ?? "";
  }

  // How many of them were sampled at this point.
  countSampledHere() {
    let count = 0;
    for (const { member } of this.#members.values()) count += member.sampled_at && member.sampled_point === this.#head.point.id ? 1 : 0;
    return count;
  }

  // Households that fit what was typed, doors before names before last digits.
  search(text) {
    const typed = text.trim().toLowerCase();
    if (!typed) return [];
    const ways = [hasDoor(typed), hasName(typed), hasLastDigits(typed)];
    const found = new Set(ways.flatMap((fits) => [...this.#households.values()].filter(fits)));
    return [...found].slice(0, MOST);
  }

  #add(household) {
    this.#households.set(household.id, household);
    this.#addTickets(household, household, null);
    for (const member of household.members) {
      this.#members.set(member.id, { household, member });
      this.#addTickets(member, household, member);
    }
  }

  // `also`: codes of entries and doors that were merged into this one.
  #addTickets({ code, also = [], revoked = [] }, household, member) {
    for (const [hash, revokedAt] of revoked) this.#tickets.set(hash, { household, member, revokedAt });
    for (const hash of code ? [code, ...also] : also) this.#tickets.set(hash, { household, member, revokedAt: null });
  }

  // Whoever moved within the slice may be at the new door already: only what still points here goes.
  #drop(id) {
    const household = this.#households.get(id);
    if (!household) return;
    this.#households.delete(id);
    for (const { id: memberId } of household.members) {
      if (this.#members.get(memberId)?.household === household) this.#members.delete(memberId);
    }
    for (const hash of [household, ...household.members].flatMap(hashesOf)) {
      if (this.#tickets.get(hash)?.household === household) this.#tickets.delete(hash);
    }
  }
}

const hashesOf = ({ code, also = [], revoked = [] }) => [code, ...also, ...revoked.map(([hash]) => hash)];
const partsOf = (door) => door.toLowerCase().match(/\d+|[a-z]+/g) ?? [];

// 3-2-501, 3栋2单元501, 3#501 and 501 alone are that door; words without a number are part of a group's name.
function hasDoor(typed) {
  const wanted = partsOf(typed);
  if (!/\d/.test(typed)) return ({ door }) => typed.length > 1 && door.toLowerCase().includes(typed);
  return ({ door }) => {
    const parts = partsOf(door);
    const isEnd = wanted.length <= parts.length && wanted.every((part, n) => part === parts[parts.length - wanted.length + n]);
    const isWithoutUnit = wanted.length === 2 && parts.length === 3 && wanted[0] === parts[0] && wanted[1] === parts[2];
    return isEnd || isWithoutUnit;
  };
}

// The whole name or its beginning, as far as the masked one shows it.
function hasName(typed) {
  if (/\d/.test(typed)) return () => false;
  const fits = (name) => typed.length <= name.length && [...typed].every((letter, n) => name[n] === "*" || name[n].toLowerCase() === letter);
  return ({ members }) => members.some(({ name }) => name[0]?.toLowerCase() === typed[0] && fits(name));
}

function hasLastDigits(typed) {
  if (!/^\d{3}[\dx]$/.test(typed)) return () => false;
  return ({ members }) => members.some(({ last }) => last.some((digits) => digits.toLowerCase() === typed));
}
