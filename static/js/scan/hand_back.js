// Handing the phone back: the server ends it and its names go; not before everything was sent.

import { unsent } from "./queue.js";
import { part, say } from "./words.js";

export function bindHandBack({ calls, phone, store }) {
  const tell = (words) => (part("hand-back-words").textContent = words);
  part("hand-back").addEventListener("click", async () => {
    if (unsent(store.all()).length) return tell(say("hand_back_unsent"));
    const reply = await calls.call("/api/v1/device", { method: "DELETE" });
    if (!reply || reply.status >= 400) return tell(reply?.body?.detail ?? say("search_failed"));
    await phone.forget();
    location.reload();
  });
}
