// What this phone keeps on its disk: IndexedDB with promises. A write is done only when the disk has it.

const NAME = "bulou-scan";
const STORES = { entries: { keyPath: "fact.scan_id" }, slice: { autoIncrement: true }, phone: {} };

// Rejects where this browser keeps nothing, as in some private windows.
export function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => resolve(new Database(request.result));
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked by another tab"));
  });
}

export class Database {
  #db;

  constructor(db) {
    this.#db = db;
  }

  read(name, ask) {
    return new Promise((resolve, reject) => {
      const request = ask(this.#db.transaction(name).objectStore(name));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  // `change(...stores)` in one transaction. Resolves once it is on the disk; rejects where nothing of it was kept.
  write(names, change) {
    return new Promise((resolve, reject) => {
      // "strict": Chromium would otherwise say "complete" while the bytes still wait in the system's memory.
      const transaction = this.#db.transaction(names, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      change(...names.map((name) => transaction.objectStore(name)));
    });
  }
}
