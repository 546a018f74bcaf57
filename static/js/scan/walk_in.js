// Somebody from elsewhere, or of whom nobody knows a thing: a name and where they live, typed.

import { part } from "./words.js";

export class WalkIn {
  constructor(noted) {
    part("open-walk-in").addEventListener("click", () => this.open());
    part("walk-in-close").addEventListener("click", () => this.close());
    part("walk-in").addEventListener("submit", (event) => {
      event.preventDefault();
      const [name, door] = [part("walk-in-name").value.trim(), part("walk-in-door").value.trim()];
      if (!name) return part("walk-in-name").focus();
      this.close();
      noted({ name, door });
    });
  }

  // `text` = what was looked for and not found: digits are a door, letters a name.
  open(text = "") {
    const isDoor = /\d/.test(text);
    part("walk-in").hidden = false;
    part("walk-in-name").value = isDoor ? "" : text;
    part("walk-in-door").value = isDoor ? text : "";
    part("walk-in").scrollIntoView({ block: "nearest" });
    part(isDoor || !text ? "walk-in-name" : "walk-in-door").focus();
  }

  close() {
    part("walk-in").hidden = true;
    part("walk-in-name").value = part("walk-in-door").value = "";
  }
}
