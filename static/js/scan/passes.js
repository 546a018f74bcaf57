// How a picture is looked at, one way for each frame: no single one reads every code, and all at once would be slow.
// Half size, smoothed, takes the moire out of photographed screens: 77 % -> 97 % read in our trial.

const PASSES = [
  { scale: 1 / 2, turn: 0 },
  { scale: 1, turn: 0 },
  { scale: 1 / 3, turn: 0 },
  { scale: 1 / 2, turn: (36 * Math.PI) / 180 }, // codes of which one corner has a reflection on it
];
export const PASS_COUNT = PASSES.length;
const LARGEST = 1600; // px; photographs of a phone are larger than any code needs

// Whether the worker can do the looking; else the page does it (Safari before 16.4).
export const WORKER_LOOKS = typeof OffscreenCanvas !== "undefined" && typeof createImageBitmap !== "undefined";

const makeCanvas = () => (WORKER_LOOKS ? new OffscreenCanvas(1, 1) : document.createElement("canvas"));

// The source (a bitmap or the video) as pass number `n` looks at it: {picture: ImageData, isWhole}.
export class Looks {
  #canvases = PASSES.map(makeCanvas);

  take(n, source, width, height) {
    const { scale, turn } = PASSES[n % PASS_COUNT];
    const fit = scale * Math.min(1, LARGEST / Math.max(width, height));
    const [w, h] = [Math.max(1, Math.round(width * fit)), Math.max(1, Math.round(height * fit))];
    const canvas = this.#canvases[n % PASS_COUNT];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingQuality = "medium";
    if (turn) {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, w, h);
      context.translate(w / 2, h / 2);
      context.rotate(turn);
      context.translate(-w / 2, -h / 2);
    }
    context.drawImage(source, 0, 0, w, h);
    return { picture: context.getImageData(0, 0, w, h), isWhole: scale === 1 };
  }
}
