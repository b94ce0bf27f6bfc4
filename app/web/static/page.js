// The standalone pages: they come complete, and keep themselves true.
import { Correction, begins } from "./corrections.js";
import { Escalations } from "./escalations.js";
import { Evidence } from "./evidence.js";
import { People } from "./people.js";
import { Policy } from "./policy.js";
import { Queue } from "./queue.js";
import { Region } from "./region.js";
import { keys, localTimes } from "./screen.js";
import { Settings } from "./settings.js";

const name = document.body.dataset.page;
document.getElementById(location.hash.slice(1))?.setAttribute("open", ""); // an address may point at something folded
const main = document.querySelector("main");
new Region(document.querySelector("[data-region=state]"), "/parts/state").start(true);

if (name === "queue") {
  keys(new Queue(main).start().keys);
} else if (name === "policy") {
  new Policy(main);
  keys({});
} else if (["log", "receipt", "own", "behind", "start", "corrections"].includes(name)) {
  localTimes(main, ["log", "receipt"].includes(name));
  if (name === "corrections") begins(main);
  if (name === "log") new Settings({ element: main }); // one form: to have a person forgotten
  keys({}); // what happened does not change under the reader's eyes
} else if (name === "source") {
  const region = new Region(main, `/parts/source${location.search}`); // shown anew after what they do, never while they write
  Region.all.add(region);
  new Settings(region);
  localTimes(main);
  keys({});
} else {
  const region = new Region(main, `/parts/${name}${location.search}`).start(true); // what the address asks for stays asked for
  if (["settings", "sources"].includes(name)) new Settings(region);
  if (name === "escalations") new Escalations(region);
  if (name === "evidence") new Evidence(region);
  if (name === "people") new People(region);
  if (name === "correction") new Correction(region);
  keys({});
}
