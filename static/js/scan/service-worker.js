// Keeps the shell of the scanning page, so that it opens without network. It never touches calls of the API: what they
// say about people rests nowhere. `self.SHELL` = {version, assets} stands in front of this script when it is served.

const { version, assets } = self.SHELL;
const CACHE = `scan-${version}`;
const PAGE = /^\/points\/[0-9a-f-]{36}\/scan$/;

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

// The version before is dropped once this one is whole: pages and what they load always belong together.
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (assets.includes(pathname)) event.respondWith(asset(pathname, event.request));
  else if (event.request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(pathname, event));
});

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(assets);
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  const addresses = [...open.map((client) => client.url), ...kept.flat().map((request) => request.url)];
  const pages = new Set(addresses.map((address) => new URL(address).pathname).filter((path) => PAGE.test(path)));
  await Promise.all([...pages].map((path) => refresh(path, cache)));
}

async function asset(path, request) {
  return (await caches.match(path)) ?? fetch(request);
}

// What is kept at once, and the newest for the next time; it is the same for everybody.
async function page(path, event) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  const fresh = refresh(path, cache);
  if (!kept) return fresh.catch(() => fetch(event.request));
  event.waitUntil(fresh.catch(() => {}));
  return kept;
}

// As whoever is signed in sees it; where they may not, as anybody: the phone itself decides what it opens.
async function refresh(path, cache) {
  let answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok || answer.redirected) answer = await fetch(path, { credentials: "omit", cache: "no-store" });
  if (answer.status >= 500) throw new Error(`the page cannot be had: ${answer.status}`);
  if (answer.ok) await cache.put(path, answer.clone()); // else there is no such point any more
  return answer;
}
