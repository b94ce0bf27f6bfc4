// The sidebar of one Zendesk ticket. Inserting uses the composer's own functions; nothing here can press its Submit.
import { takeBearer } from "./api.js";
import { Proposals } from "./proposal.js";
import { Region } from "./region.js";
import { dressAs, keys, say } from "./screen.js";
import { _ } from "./texts.js";

takeBearer();
const main = document.querySelector("[data-region=ticket]");
const client = window.ZAFClient ? window.ZAFClient.init() : false;
const region = new Region(main, null, () => proposals.dress());
const proposals = new Proposals(region, insert);

if (client) {
  dressAs(client);
  const { "ticket.id": ticket } = await client.get("ticket.id");
  region.path = `/parts/ticket/zendesk/${encodeURIComponent(ticket)}`;
  region.start();
  new ResizeObserver(fit).observe(main);
  for (const event of ["ticket.submit.done", "ticket.comments.changed", "app.activated"]) client.on(event, () => region.refresh());
} else {
  region.fail({ detail: _("Open Countersign beside a ticket in Zendesk.") });
}

function fit() {
  const height = Math.max(main.getBoundingClientRect().height, 220);
  client.invoke("resize", { width: "100%", height: `${Math.ceil(height)}px` }).catch(() => {});
}

/** Into the composer, as rich text where it takes that; else as text; else for copying by hand. */
async function insert(text) {
  const html = paragraphs(text);
  for (const [name, value] of [["ticket.editor.insert", html], ["comment.appendHtml", html], ["comment.appendText", text]]) {
    try {
      await client.invoke(name, value);
      return say(_("Inserted. Look at it, then use Zendesk's own button."));
    } catch {
      // this composer does not take it that way: the next one
    }
  }
  byHand(text);
}

function paragraphs(text) {
  const box = document.createElement("div");
  for (const block of text.split(/\n{2,}/)) {
    const p = box.appendChild(document.createElement("p"));
    block.split("\n").forEach((line, index) => {
      if (index) p.append(document.createElement("br"));
      p.append(line);
    });
  }
  return box.innerHTML;
}

function byHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.rows = 6;
  area.setAttribute("aria-label", _("Copy this text"));
  main.prepend(area);
  area.select();
  say(_("The composer did not take it: copy the text yourself."), true);
}

keys({
  a: () => proposals.press("approve"),
  e: () => proposals.press("edit"),
  i: () => proposals.press("insert"),
  r: () => proposals.press("reject"),
  s: () => proposals.press("escalate"),
  c: () => proposals.press("correct"),
  u: () => proposals.press("undo"),
  Escape: () => proposals.drawer(null),
});
