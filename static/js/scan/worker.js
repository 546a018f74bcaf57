// Reads codes out of pictures, beside the page so that the page stays quick.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import { Looks } from "./passes.js";
import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm";

const OPTIONS = {
  formats: ["QRCode", "Code128"],
  tryHarder: true,
  tryDownscale: false, // the passes do that, one frame each
  tryRotate: true, // bars on a tube stand upright; QR codes are found at any angle
  tryInvert: false,
  maxNumberOfSymbols: 1,
};
// On the smaller pictures there is time for the codes of dark screens, light on black.
const THOROUGH = { ...OPTIONS, tryInvert: true };

prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });

const looks = new Looks();

// {id, pass, bitmap} or, where the page did the looking, {id, look} -> {id, text}: null where there is no code, or {id, problem}
onmessage = async ({ data: { id, pass, bitmap, look } }) => {
  try {
    const { picture, isWhole } = look ?? looks.take(pass, bitmap, bitmap.width, bitmap.height);
    bitmap?.close();
    const [code] = await readBarcodes(picture, isWhole ? OPTIONS : THOROUGH);
    postMessage({ id, text: code?.text || null });
  } catch (problem) {
    postMessage({ id, problem: String(problem) });
  }
};
