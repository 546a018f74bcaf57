// Sentences come translated with the page; here their blanks are filled.

const facts = JSON.parse(document.getElementById("scan-facts").textContent);

export { facts };

// The sentence under this key: "%(count)d not yet sent" with {count: 3}.
export function say(key, blanks = {}) {
  return facts.words[key].replace(/%\((\w+)\)[ds]/g, (_, name) => blanks[name]);
}

const day = new Intl.DateTimeFormat(facts.language === "zh" ? "zh-CN" : "en-GB", { weekday: "short", month: "short", day: "numeric", timeZone: facts.timezone });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: facts.timezone });

// 08:30 by the community's clock.
export function wallTime(instant) {
  return clock.format(new Date(instant));
}

// Sun 3 Apr 08:00–08:30
export function wallSpan(from, to) {
  return `${day.format(new Date(from))} ${wallTime(from)}–${wallTime(to)}`;
}

// What an entry's verdict means: the server's words, or the phone's own where it answered by itself.
export function messageOf(entry, outcome) {
  if (entry.refusal !== null) return entry.refusal;
  if (entry.answer?.message) return entry.answer.message;
  return MESSAGES[outcome]?.(entry.local ?? {}) ?? facts.words[`${outcome}_message`] ?? "";
}

const MESSAGES = {
  already_sampled: ({ sampled_at }) => sampled_at && say("already_message", { time: wallTime(sampled_at) }),
  wrong_time: ({ place }) => place && say("time_message", { time: wallSpan(place.from, place.to) }),
  // Whoever must stay at home is not sent to a queue, and nobody around hears why.
  wrong_point: ({ place, is_isolated, pointName, contact }) => {
    if (place && !is_isolated) return say("point_message", { point: pointName, time: wallSpan(place.from, place.to) });
    return contact ? say("call_message", { contact }) : say("ask_message");
  },
};

// "40 s", then "3 min", then "2 h": how long something has been waiting, in ms.
export function age(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 90) return say("seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? say("minutes", { count: minutes }) : say("hours", { count: Math.round(minutes / 60) });
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

// The part of the page with this id.
export const part = (id) => document.getElementById(id);
