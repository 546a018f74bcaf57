// Sealing and unsealing: the key of the slice, under the PIN while it rests, and what is sealed under it.

const ROUNDS = 600_000; // PBKDF2-HMAC-SHA-256: OWASP, Password Storage Cheat Sheet, 2023
const NONCE = 12; // bytes, NIST SP 800-38D
const SALT = 16;
const subtle = globalThis.crypto?.subtle; // missing without HTTPS

export const canSeal = Boolean(subtle);

// The key (32 bytes) as it may rest on the phone: {salt, rounds, sealed}.
export async function wrapKey(bytes, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(SALT));
  return { salt, rounds: ROUNDS, sealed: await seal(await pinKey(pin, salt, ROUNDS), bytes, "") };
}

// The key, which nobody can read out of the page; null where the PIN is another.
export async function unwrapKey({ salt, rounds, sealed }, pin) {
  try {
    return await importKey(await unseal(await pinKey(pin, salt, rounds), sealed, ""));
  } catch {
    return null;
  }
}

export function importKey(bytes) {
  return subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

// Nonce and ciphertext; `about` (the device's id) has to be said again to unseal it.
export async function seal(key, bytes, about) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytesOf(about) }, key, bytes);
  const whole = new Uint8Array(NONCE + sealed.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(sealed), NONCE);
  return whole;
}

// Rejects where key or `about` are others, or a byte was changed.
export async function unseal(key, sealed, about) {
  const whole = new Uint8Array(sealed);
  const how = { name: "AES-GCM", iv: whole.subarray(0, NONCE), additionalData: bytesOf(about) };
  return new Uint8Array(await subtle.decrypt(how, key, whole.subarray(NONCE)));
}

export const bytesOf = (text) => new TextEncoder().encode(text);
export const textOf = (bytes) => new TextDecoder().decode(bytes);

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

async function pinKey(pin, salt, iterations) {
  const typed = await subtle.importKey("raw", bytesOf(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
