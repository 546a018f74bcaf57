// What was read or typed: the code of one of our tickets, or something to look up. Pure.

const ALPHABET = /^[0-9A-HJKMNP-TV-Z]{16}$/; // no I, L, O, U: Douglas Crockford, "Base 32", 2002
const AS_READ = { O: "0", I: "1", L: "1" };

// The code in what was typed or scanned, which may be the whole link; null where there is none.
// The same as read_ticket_code in checkin/rules.py.
export function readTicketCode(read) {
  const last = read.trim().split("?", 1)[0].replace(/\/+$/, "").split("/").pop();
  const code = last
    .toUpperCase()
    .replace(/[OIL]/g, (letter) => AS_READ[letter])
    .replace(/[- ]/g, "");
  return ALPHABET.test(code) ? code : null;
}
