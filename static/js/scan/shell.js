// The page itself, kept on the phone so that it opens without network; and open once only, since it alone knows what is unsent.

import { part, say } from "./words.js";

const SOON_MS = 400;

export async function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/points/service-worker.js", { scope: "/points/", updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    part("shell-words").textContent = say("shell_kept");
    part("shell-words").dataset.kept = "yes";
  } catch {
    part("shell-words").textContent = say("shell_not_kept");
  }
}

// Resolves once no other tab of this browser has the page open; until then it says so.
export async function onlyPage() {
  if (!navigator.locks) return;
  const notice = setTimeout(() => (part("twice").hidden = false), SOON_MS);
  await new Promise((resolve) => {
    navigator.locks.request("bulou-scan", () => {
      resolve();
      return new Promise(() => {}); // held until the tab is closed
    });
  });
  clearTimeout(notice);
  part("twice").hidden = true;
}
