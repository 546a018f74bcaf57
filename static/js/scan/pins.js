// How often a PIN may be tried. Pure; instants in ms. Six digits alone would not hold for long.

export const PIN = /^\d{6}$/;
const FREE = 5; // wrong ones without a wait
export const MOST = 10; // then the names are gone from the phone
const FIRST_WAIT_MS = 30_000;

// What holds after one more wrong PIN: {count, until}. `until` 0 = try again at once.
export function afterWrong(wrong, now) {
  const count = (wrong?.count ?? 0) + 1;
  return { count, until: count < FREE ? 0 : now + FIRST_WAIT_MS * 2 ** (count - FREE) };
}

// How long to wait before the next try. A clock that was set back makes nobody wait longer than was meant.
export function waitOf(wrong, now) {
  if (!wrong?.until) return 0;
  const longest = FIRST_WAIT_MS * 2 ** (wrong.count - FREE);
  return Math.min(longest, Math.max(0, wrong.until - now));
}

export function isUsedUp(wrong) {
  return (wrong?.count ?? 0) >= MOST;
}
