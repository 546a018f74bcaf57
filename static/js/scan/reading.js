// Where codes come from: the camera, a photograph, a keyboard, a scanner that types. What was read goes to one place.

import { Camera } from "./camera.js";
import { isSameInView } from "./queue.js";
import { Reader } from "./reader.js";
import { readTicketCode } from "./tickets.js";
import { Wedge } from "./wedge.js";
import { facts, part, say } from "./words.js";

const REMARK_MS = 5000;

export class Reading {
  #reader = new Reader(facts.worker);
  #camera = new Camera(part("video"), this.#reader, (text) => this.#seen(text));
  #wedge = new Wedge();
  #inView = null; // the code in view: {code, at}
  #wasTyped = false;
  #isBusy;
  #code;
  #text;
  #warn;

  // `isBusy()`, `code(code)` for a ticket, `text(typed)` for anything else that was typed, `warn()` = a sound.
  constructor({ isBusy, code, text, warn }) {
    this.#isBusy = isBusy;
    this.#code = code;
    this.#text = text;
    this.#warn = warn;
  }

  start() {
    this.#reader.warm().catch(() => this.remark(say("camera_reader")));
    part("type").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#typed(part("typed").value);
    });
    addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
    part("photo").addEventListener("change", (event) => this.#photographed(event.target));
    part("again").addEventListener("click", () => this.#openCamera());
    part("torch").addEventListener("click", () => this.#light());
    return this.#openCamera();
  }

  set isPaused(isPaused) {
    this.#camera.isPaused = isPaused;
  }

  // Whoever stands there with the same code is not scanned again at once.
  ready() {
    if (this.#inView) this.#inView.at = Date.now();
    if (this.#wasTyped) part("typed").focus();
  }

  // The same code may come again at once: its scan was taken back.
  forget() {
    this.#inView = null;
  }

  // One line beside the camera, for a while.
  remark(words) {
    part("heard").textContent = words;
    clearTimeout(this.remark.timer);
    this.remark.timer = setTimeout(() => (part("heard").textContent = ""), REMARK_MS);
  }

  #seen(text) {
    const code = readTicketCode(text);
    const now = Date.now();
    const isSame = isSameInView(this.#inView, code ?? text, now);
    this.#inView = { code: code ?? text, at: now };
    if (isSame || this.#isBusy()) return;
    this.#wasTyped = false;
    if (code) this.#code(code);
    else this.#notOurs();
  }

  #notOurs() {
    this.#warn();
    this.remark(say("not_ours"));
  }

  // A ticket's code is a scan; anything else is looked for among doors, names and last digits.
  #typed(text) {
    const code = readTicketCode(text);
    this.#wasTyped = true;
    part("typed").value = "";
    if (this.#isBusy()) return;
    if (code) this.#code(code);
    else if (text.trim()) this.#text(text.trim());
  }

  #pressed(event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select")) return;
    const line = this.#wedge.press(event.key, event.timeStamp);
    if (line === null) return;
    event.preventDefault(); // its Enter must not press the button that has the focus
    this.#typed(line);
  }

  async #photographed(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const text = await this.#camera.readPhoto(file).catch(() => null);
    const code = text && readTicketCode(text);
    if (code) this.#code(code);
    else if (text) this.#notOurs();
    else this.remark(say("nothing_read"));
  }

  async #openCamera() {
    const problem = await this.#camera.open();
    part("video").hidden = Boolean(problem);
    part("no-camera").hidden = !problem;
    if (problem) {
      part("no-camera-why").textContent = say(`camera_${problem}`);
      part("again").hidden = problem === "insecure";
      return;
    }
    part("torch").hidden = !this.#camera.hasTorch;
    this.#camera.whenEnded(() => this.#openCamera());
  }

  async #light() {
    const isOn = part("torch").getAttribute("aria-pressed") !== "true";
    await this.#camera.light(isOn).then(() => part("torch").setAttribute("aria-pressed", isOn), () => {});
  }
}
