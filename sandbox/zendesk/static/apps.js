// The app's two places, the ticket sidebar and the page behind its icon, each loaded by a signed POST.
import { call, element, make, notify } from "./page.js";
import { Instance } from "./zaf_host.js";
import { scheme } from "./theme.js";
import { changedPaths, answerFor } from "./zaf_ticket.js";

const PATIENCE_MS = 3000;
const open = { ticket_sidebar: null, nav_bar: null };
let state, tools;

async function load(location, place, ticketId) {
  const page = await call("POST", "/agent/signed-page", { location, ticket: ticketId }).catch(() => null);
  place.replaceChildren();
  if (!page) { place.append(note("The app is disabled or not installed.")); return null; }
  const name = `app-${page.app_guid}`;
  const frame = make("iframe", { name, title: `${page.metadata.name} (${location})`, "data-testid": location === "nav_bar" ? "desk-frame" : "app-frame", allow: "clipboard-write" });
  place.append(frame);
  const context = { instanceGuid: page.app_guid, product: "support", account: { subdomain: page.subdomain }, location };
  if (ticketId) context.ticketId = ticketId;
  const instance = new Instance(frame, page, context, answerFor(state, tools));
  post(page, name);
  const waiting = setTimeout(() => place.append(note(`${new URL(page.url).origin} has not answered yet. Reload when it is up.`)), PATIENCE_MS);
  instance.whenRegistered = () => { clearTimeout(waiting); place.querySelectorAll(".frame-note").forEach(one => one.remove()); };
  return instance;
}

function note(text) {
  return make("div", { class: "frame-note", "data-testid": "app-note" }, text);
}

function post(page, target) {
  const action = `${page.url}&colorScheme=${scheme()}`;
  const form = make("form", { method: "post", action, target, hidden: "" }, make("input", { type: "hidden", name: "token", value: page.token }));
  document.body.append(form);
  form.submit();
  form.remove();
}

const all = () => Object.values(open).filter(Boolean);

export const apps = {
  start(pageState, pageTools) {
    state = pageState;
    tools = { ...pageTools, notify, trigger: (name, message) => all().forEach(one => one.event(name, message)) };
    tools.composer.listen("text", text => onSidebar("comment.text", text));
    tools.composer.listen("type", type => onSidebar("comment.type", type));
    tools.composer.listen("submit", step => open.ticket_sidebar?.event(`ticket.submit.${step}`));
    tools.composer.listen("beforeSave", () => open.ticket_sidebar?.hook("ticket.save"));
  },
  async openSidebar(now) {
    apps.closeSidebar();
    const ticketId = now.ticketId;
    const opened = await load("ticket_sidebar", element("sidebar-place"), ticketId);
    if (now.ticketId === ticketId) open.ticket_sidebar = opened;
  },
  closeSidebar() {
    open.ticket_sidebar?.close();
    open.ticket_sidebar = null;
    element("sidebar-place").replaceChildren();
  },
  async openDesk() {
    if (open.nav_bar) { open.nav_bar.event("pane.activated"); return; }
    open.nav_bar = await load("nav_bar", element("desk-place"));
  },
  themed(now) {
    all().forEach(one => one.event("colorScheme.changed", now));
  },
  ticketChanged(before, after) {
    const changed = changedPaths(before, after);
    if (!changed.length) return;
    const by = after.conversation.at(-1).author;
    open.ticket_sidebar?.event("ticket.updated", { user: { id: by.id, name: by.name } });
    changed.forEach(([path, value]) => onSidebar(path, value));
  },
};

function onSidebar(path, value) {
  const sidebar = open.ticket_sidebar;
  if (!sidebar) return;
  sidebar.event(`${path}.changed`, value);
  sidebar.event("*.changed", { propertyName: path, newValue: value });
}
