// Barcode scanners and identity-card readers that type like keyboards, wherever the focus is. Pure.

const GAP_MS = 80; // nobody types as fast as a machine
const SHORTEST = 4;

// Collects keys; `press` gives what was typed when a machine has finished a line, else null.
export class Wedge {
  #typed = "";
  #last = 0;

  press(key, at) {
    if (at - this.#last > GAP_MS) this.#typed = "";
    this.#last = at;
    if (key === "Enter" || key === "Tab") {
      const line = this.#typed;
      this.#typed = "";
      return line.length >= SHORTEST ? line : null;
    }
    if (key.length === 1) this.#typed += key;
    return null;
  }
}
