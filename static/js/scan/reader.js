// The reader of codes, as the page sees it: a picture in, the text of a code out. One picture at a time.

export class Reader {
  #worker;
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
    await this.read(new ImageData(64, 64), false);
  }

  // The text of a code in the picture; null where there is none.
  read(picture, isWhole) {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#worker.postMessage({ id, picture, isWhole }, [picture.data.buffer]);
    });
  }
}
