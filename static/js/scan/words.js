// Sentences come translated with the page; here their blanks are filled.

const facts = JSON.parse(document.getElementById("scan-facts").textContent);

export { facts };

// The sentence under this key: "%(count)d not yet sent" with {count: 3}.
export function say(key, blanks = {}) {
  return facts.words[key].replace(/%\((\w+)\)[ds]/g, (_, name) => blanks[name]);
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: facts.timezone });

// 08:30 by the community's clock.
export function wallTime(instant) {
  return clock.format(new Date(instant));
}

// "40 s", then "3 min": how long something has been waiting, in ms.
export function age(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 90 ? say("seconds", { count: seconds }) : say("minutes", { count: Math.round(seconds / 60) });
}

// An element with its properties and what is in it.
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

// One of the shapes that stand in the page.
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}
