// What is heard and felt: one sound and one shake for each kind of verdict. And the screen that stays on.

const SOUNDS = {
  good: [[1320, 0, 0.16]],
  choose: [[880, 0, 0.1]],
  warn: [[660, 0, 0.14], [660, 0.2, 0.14]],
  bad: [[220, 0, 0.22], [165, 0.24, 0.36]],
}; // [hertz, from, seconds]
const SHAKES = { good: [60], choose: [40], warn: [90, 70, 90], bad: [300] };

export class Signals {
  #audio = null;

  // Browsers let a page be heard only after somebody has touched it.
  constructor(heard) {
    const unlock = async () => {
      this.#audio ??= new (window.AudioContext ?? window.webkitAudioContext)();
      await this.#audio.resume().catch(() => {});
      heard();
    };
    for (const kind of ["click", "keydown", "touchend"]) addEventListener(kind, unlock, { once: true });
  }

  give(tone) {
    navigator.vibrate?.(SHAKES[tone]);
    if (this.#audio?.state !== "running") return;
    for (const [hertz, from, seconds] of SOUNDS[tone]) this.#play(hertz, this.#audio.currentTime + from, seconds);
  }

  #play(hertz, at, seconds) {
    const [tone, volume] = [this.#audio.createOscillator(), this.#audio.createGain()];
    tone.type = "square";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.01, at + seconds);
    tone.connect(volume).connect(this.#audio.destination);
    tone.start(at);
    tone.stop(at + seconds);
  }
}

// The screen stays on while the page is seen, where the phone can do that.
export function keepAwake() {
  const ask = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}
