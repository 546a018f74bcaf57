// The camera: opened, read frame by frame, lit; and the photograph where there is none.

import { PASS_COUNT } from "./passes.js";

const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };

export class Camera {
  #video;
  #reader;
  #found;
  #track = null;
  #isReading = false;
  isPaused = false; // while a verdict waits for a finger

  // `found` is told the text of every code that comes into view.
  constructor(video, reader, found) {
    this.#video = video;
    this.#reader = reader;
    this.#found = found;
  }

  // Null when the camera runs; else why not: "insecure", "none", "denied" or "busy".
  async open() {
    if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) return "insecure";
    try {
      const stream = await navigator.mediaDevices.getUserMedia(WANTED);
      this.#video.srcObject = stream;
      this.#track = stream.getVideoTracks()[0];
      await this.#video.play();
    } catch (problem) {
      if (["NotFoundError", "OverconstrainedError"].includes(problem.name)) return "none";
      return problem.name === "NotAllowedError" ? "denied" : "busy";
    }
    this.#readOn();
    return null;
  }

  // Told once when the picture ends, as when another program takes the camera.
  whenEnded(tell) {
    this.#track.addEventListener("ended", tell, { once: true });
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  async light(isOn) {
    await this.#track.applyConstraints({ advanced: [{ torch: isOn }] });
  }

  // The text of the code in a photograph; null where none is found in any way of looking.
  async readPhoto(file) {
    const picture = await createImageBitmap(file);
    try {
      for (let pass = 0; pass < PASS_COUNT; pass++) {
        const text = await this.#reader.read(pass, picture, picture.width, picture.height);
        if (text) return text;
      }
      return null;
    } finally {
      picture.close();
    }
  }

  async #readOn() {
    if (this.#isReading) return;
    this.#isReading = true;
    for (let pass = 0; this.#track.readyState === "live"; pass++) {
      await nextFrame(this.#video);
      if (this.isPaused || document.hidden || !this.#video.videoWidth) continue;
      const { videoWidth, videoHeight } = this.#video;
      const text = await this.#reader.read(pass, this.#video, videoWidth, videoHeight).catch(() => null);
      if (text && !this.isPaused) this.#found(text);
    }
    this.#isReading = false;
  }
}

function nextFrame(video) {
  return new Promise((resolve) => {
    // A page in the background gets no frames; a look now and then keeps the loop alive.
    const timer = setTimeout(resolve, 500);
    const go = () => {
      clearTimeout(timer);
      resolve();
    };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(go);
    else requestAnimationFrame(go);
  });
}
