// One ticket: its head and what was said. Mail is shown in frames without scripts, as it was written.
import { ago, element, make } from "./page.js";

const FLAGS = { 0: "sender unsure", 2: "not part of the conversation", 3: "not signed in", 4: "automatic mail" };
const MAIL_STYLE = "<style>html{overflow:hidden}body{margin:0;font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;color:#2f3941;overflow-wrap:anywhere}p{margin:0 0 8px}p:last-child{margin-bottom:0}img{max-width:100%}blockquote{border-left:2px solid #d8dcde;margin:0;padding-left:12px;color:#5c6970}table{max-width:100%}</style>";
const shown = new Map();

export function clearTicket(asked) {
  element("ticket").hidden = true;
  element("tray").hidden = true;
  element("nothing").hidden = false;
  element("nothing").textContent = asked ? `Ticket #${asked} does not exist any more.` : "Choose a ticket on the left.";
}

export function drawTicket(ticket, first) {
  element("nothing").hidden = true;
  element("ticket").hidden = element("tray").hidden = false;
  document.title = `#${ticket.id} ${ticket.subject} – Sandbox Zendesk`;
  element("subject").textContent = ticket.subject || "(no subject)";
  element("status").textContent = ticket.status[0].toUpperCase() + ticket.status.slice(1);
  element("status").className = `status ${ticket.status}`;
  element("facts").textContent = [
    `#${ticket.id}`, `${ticket.requester.name} <${ticket.requester.email}>`, ticket.group || "no group",
  ].join(" · ");
  drawAssignee(ticket);
  element("tags").replaceChildren(...ticket.tags.map(tag => make("span", { class: "tag", title: tag }, tag)));
  drawConversation(ticket, first);
}

// Somebody who is not in the list, the app's own user for one, is added to it.
function drawAssignee(ticket) {
  const select = element("assignee");
  const id = String(ticket.assignee?.id ?? "");
  if (![...select.options].some(option => option.value === id)) select.append(make("option", { value: id }, ticket.assignee.name));
  if (document.activeElement !== select) select.value = id;
  select.disabled = ticket.status === "closed";
}

function drawConversation(ticket, first) {
  const place = element("conversation");
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 60;
  if (first) { shown.clear(); place.replaceChildren(); }
  for (const entry of ticket.conversation) {
    const key = `${entry.kind} ${entry.id}`;
    if (shown.has(key)) continue;
    shown.set(key, true);
    place.append(entry.kind === "comment" ? comment(entry) : change(entry));
  }
  if (first || atEnd) toEnd(place);
}

function toEnd(place) {
  place.scrollTop = place.scrollHeight;
}

function change(entry) {
  return make("p", { class: "change", "data-testid": "change" }, `${entry.author.name} changed ${entry.changes.join(", ")} · ${ago(entry.at)}`);
}

function comment(entry) {
  const kind = entry.public ? (entry.staff ? "staff" : "customer") : "staff internal";
  const initials = entry.author.name.split(/\s+/).map(word => word[0]).slice(0, 2).join("").toUpperCase();
  return make("article", {
    class: `comment ${kind}`, "data-testid": "comment", "data-comment-id": entry.id, "data-public": String(entry.public),
    "data-author-role": entry.author.role, "aria-label": `${entry.public ? "Comment" : "Internal note"} by ${entry.author.name}`,
  }, make("div", { class: "avatar", "aria-hidden": "true" }, initials), make("div", {}, head(entry), body(entry), attachments(entry)));
}

function head(entry) {
  const chips = [
    make("span", {}, entry.through ? `through ${entry.through}` : `by ${entry.channel}`),
    !entry.public && make("span", { class: "chip note" }, "Internal note"),
    ...entry.flags.map(flag => make("span", { class: "chip warn" }, FLAGS[flag] || `flag ${flag}`)),
  ];
  return make("div", { class: "comment-head" }, make("b", {}, entry.author.name), ...chips,
    make("time", { datetime: entry.at, title: new Date(entry.at).toLocaleString() }, ago(entry.at)));
}

function body(entry) {
  const frame = make("iframe", { sandbox: "allow-same-origin", title: `Message by ${entry.author.name}`, "data-testid": "comment-body", scrolling: "no" });
  frame.srcdoc = `<!doctype html><meta charset="utf-8">${MAIL_STYLE}<body>${entry.html}</body>`;
  frame.addEventListener("load", () => {
    const page = frame.contentDocument;
    const fit = () => {
      const place = element("conversation");
      const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 60;
      frame.style.height = `${Math.min(page.body.scrollHeight, 6000)}px`;
      if (atEnd) toEnd(place);
    };
    fit();
    new ResizeObserver(fit).observe(page.body);
  });
  return make("div", { class: "comment-body" }, frame);
}

function attachments(entry) {
  if (!entry.attachments.length) return null;
  const size = bytes => bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
  return make("div", { class: "attachments" }, ...entry.attachments.map(one =>
    make("span", { class: "attachment", title: one.content_type }, `📎 ${one.file_name} · ${size(one.size)}`)));
}
