// Small things every page needs on screen: times in the reader's zone, a line that says what happened, keys.
import { language } from "./texts.js";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });

/** `whole`: a record keeps its date and its seconds. */
export function localTimes(root, whole = false) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = (whole ? exact : moment.toDateString() === new Date().toDateString() ? clock : day).format(moment);
    time.title = moment.toLocaleString(language);
  }
}

export function escaped(text) {
  const box = document.createElement("i");
  box.textContent = text;
  return box.innerHTML;
}

let fading;
export function say(text, bad = false) {
  const toast = document.querySelector("[data-toast]");
  toast.textContent = text;
  toast.classList.toggle("bad", bad);
  toast.classList.add("on");
  clearTimeout(fading);
  fading = setTimeout(() => toast.classList.remove("on"), bad ? 7000 : 3500);
}

export function hush() {
  document.querySelector("[data-toast]").classList.remove("on");
}

/** One-letter keys, silent while somebody types. */
export function keys(table) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) {
      if (event.key === "Escape") table.Escape?.(event);
      return;
    }
    const action = event.key === "?" ? help : table[event.key];
    if (action) {
      event.preventDefault();
      action(event);
    }
  });
}

function help() {
  document.querySelector("[data-help]").showModal();
}

/** Dressed as Zendesk is, also when that changes; where it does not say, as the system is. */
export async function dressAs(client) {
  const dress = (scheme) => (document.documentElement.dataset.scheme = scheme);
  client.on("colorScheme.changed", dress);
  try {
    dress((await client.get("colorScheme")).colorScheme);
  } catch {
    // an older Zendesk
  }
}
