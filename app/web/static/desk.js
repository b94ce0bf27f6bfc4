// Queue, escalations and settings as one document inside Zendesk: a navigation would lose the bearer.
import { takeBearer } from "./api.js";
import { Escalations } from "./escalations.js";
import { People } from "./people.js";
import { Queue } from "./queue.js";
import { Region } from "./region.js";
import { dressAs, keys } from "./screen.js";
import { Settings } from "./settings.js";

takeBearer();
const client = window.ZAFClient?.init();
if (client) dressAs(client);
let current;
const table = {};
new Region(document.querySelector("[data-region=state]"), "/parts/state").start();

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (!tab) return;
  event.preventDefault();
  open(tab.dataset.tab);
});

// What leads to a tab stays here. Any other page opens beside Zendesk: within it a browser may keep our cookie from us.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]:not([target])");
  const to = link && new URL(link.getAttribute("href"), location.href);
  if (!to || event.defaultPrevented || to.origin !== location.origin || to.pathname === location.pathname) return;
  if (within(to)) event.preventDefault();
  else {
    link.removeAttribute("download"); // it would be fetched from within, without the cookie
    link.setAttribute("target", "_blank");
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "get") return;
  const to = new URL(form.action);
  to.search = new URLSearchParams(new FormData(form));
  if (within(to)) event.preventDefault();
  else form.target = "_blank";
});

/** Shows another part of the tab that is open, if the address is one of it. */
function within(to) {
  if (!(current instanceof Region) || !current.path.split("?")[0].endsWith(`/parts${to.pathname}`)) return false;
  current.go(`/parts${to.pathname}${to.search}`);
  return true;
}

/** A fresh element for each visit, so that nothing of the last one listens on. */
async function open(name) {
  for (const tab of document.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  const old = document.querySelector("main");
  const main = document.createElement("main");
  main.className = `${name}-page`;
  old.replaceWith(main);
  current?.stop();
  for (const key of Object.keys(table)) delete table[key];
  current = new Region(main, `/parts/${name}`);
  await current.refresh({ force: true });
  if (name === "queue") {
    const queue = new Queue(main).start();
    Object.assign(table, queue.keys);
    current = queue;
  } else {
    if (name === "settings") new Settings(current);
    if (name === "escalations") new Escalations(current);
    if (name === "people") new People(current);
    current.start(true);
  }
}

keys(table);
open("queue");
