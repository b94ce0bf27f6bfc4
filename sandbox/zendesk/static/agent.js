// The workspace: which view and ticket are open, and a poll that keeps them true.
import { call, element, notify } from "./page.js";
import { drawList } from "./list.js";
import { drawTicket, clearTicket } from "./conversation.js";
import { composer, openTicketIn } from "./composer.js";
import { apps } from "./apps.js";
import { openSettings } from "./settings.js";
import { startTheme } from "./theme.js";

const POLL_MS = 1000;
const state = { view: "tickets", ticketId: null, version: null, ticket: null, tickets: [], me: null };

function place() {
  const ticket = location.pathname.match(/^\/agent\/tickets\/(\d+)/);
  if (ticket) return { view: "tickets", ticketId: Number(ticket[1]) };
  const view = location.pathname.split("/")[2];
  return { view: ["desk", "settings"].includes(view) ? view : "tickets", ticketId: null };
}

async function show() {
  const { view, ticketId } = place();
  const other = ticketId !== state.ticketId || (view === "tickets" && !ticketId);
  state.view = view;
  document.querySelectorAll("[data-panel]").forEach(panel => { panel.hidden = panel.dataset.panel !== view; });
  document.querySelectorAll("[data-view]").forEach(item => {
    if (item.dataset.view === view) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
  });
  element("view-title").textContent = { tickets: "Tickets", desk: "Countersign", settings: "Sandbox switches" }[view];
  if (view === "desk") apps.openDesk(state);
  if (view === "settings") openSettings();
  if (view === "tickets" && other) await openTicket(ticketId);
}

async function openTicket(ticketId) {
  state.ticketId = ticketId;
  state.version = null;
  state.ticket = null;
  apps.closeSidebar();
  await refresh();
}

async function refresh() {
  const asked = state.ticketId;
  const query = new URLSearchParams();
  if (asked) query.set("ticket", asked);
  if (state.version !== null) query.set("version", state.version);
  const seen = await call("GET", `/agent/state?${query}`);
  if (asked !== state.ticketId || !seen.tickets) return;
  const before = state.ticket;
  Object.assign(state, { version: seen.version, me: seen.me, tickets: seen.tickets, ticket: seen.ticket || null });
  drawList(state);
  if (!state.ticket) { clearTicket(asked); apps.closeSidebar(); return; }
  drawTicket(state.ticket, !before);
  if (before) apps.ticketChanged(before, state.ticket);
  else { openTicketIn(state.ticket); apps.openSidebar(state); }
}

function go(path) {
  history.pushState(null, "", path);
  show();
}

async function poll() {
  try { await refresh(); } catch (error) { if (!error.status) console.warn("the sandbox does not answer", error); }
  setTimeout(poll, POLL_MS);
}

document.addEventListener("click", event => {
  const link = event.target.closest("a[href^='/agent']");
  if (link && !event.metaKey && !event.ctrlKey) { event.preventDefault(); go(link.getAttribute("href")); }
});
window.addEventListener("popstate", show);
element("person").addEventListener("change", async event => {
  await call("POST", "/agent/person", { id: Number(event.target.value) });
  location.reload();
});
element("assignee").addEventListener("change", async event => {
  const chosen = event.target.value ? Number(event.target.value) : null;
  await call("POST", `/agent/tickets/${state.ticketId}`, { fields: { assignee_id: chosen } }).catch(error => notify(error.message, "error"));
  event.target.blur();
  await refresh();
});
element("app-reload").addEventListener("click", () => apps.openSidebar(state));
element("new-ticket-open").addEventListener("click", () => element("new-ticket").showModal());
element("new-ticket").addEventListener("close", async event => {
  if (event.target.returnValue !== "send") return;
  const words = Object.fromEntries(["name", "email", "subject", "text"].map(name => [name, element(`new-${name}`).value]));
  const made = await call("POST", "/agent/new-ticket", words);
  element("new-subject").value = element("new-text").value = "";
  notify("The mail has arrived");
  go(`/agent/tickets/${made.id}`);
});

composer.start(state, refresh);
apps.start(state, { composer, go, refresh });
startTheme(scheme => apps.themed(scheme));
await show();
poll();
