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
