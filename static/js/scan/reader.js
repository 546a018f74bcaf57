// The reader of codes, as the page sees it: a picture in, the text of a code out. One picture at a time.

import { Looks, WORKER_LOOKS } from "./passes.js";

export class Reader {
  #worker;
  #looks = WORKER_LOOKS ? null : new Looks();
  #asked = new Map();
  #id = 0;

  constructor(url) {
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.#asked.get(data.id);
      this.#asked.delete(data.id);
      if (data.problem) reject(new Error(data.problem));
      else resolve(data.text);
    };
    this.#worker.onerror = () => {
      for (const { reject } of this.#asked.values()) reject(new Error("the reader did not start"));
      this.#asked.clear();
    };
  }

  // Load and compile the decoder before the first person comes: a blank frame does it.
  async warm() {
    await this.#ask({ look: { picture: new ImageData(64, 64), isWhole: false } }, []);
  }

  // The text of a code in a video or bitmap, looked at as that pass does; null where there is none.
  async read(pass, source, width, height) {
    if (WORKER_LOOKS) {
      const bitmap = await createImageBitmap(source);
      return this.#ask({ pass, bitmap }, [bitmap]);
    }
    const look = this.#looks.take(pass, source, width, height);
    return this.#ask({ look }, [look.picture.data.buffer]);
  }

  #ask(question, transferred) {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...question }, transferred);
    });
  }
}
