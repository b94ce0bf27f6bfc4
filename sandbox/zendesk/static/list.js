// The ticket list on the left.
import { ago, element, make } from "./page.js";

const WORK = ["new", "open", "pending", "hold"];
const chosen = { filter: "work", words: "" };
let last = null;
let shownFor = null;

export function drawList(state) {
  last = state;
  const words = chosen.words.toLowerCase();
  const rows = state.tickets.filter(ticket => ticket.id === state.ticketId || chosen.filter === "all" || WORK.includes(ticket.status))
    .filter(ticket => !words || `${ticket.subject} ${ticket.requester} #${ticket.id}`.toLowerCase().includes(words));
  element("rows").replaceChildren(...rows.map(ticket => row(ticket, ticket.id === state.ticketId)));
  if (shownFor !== state.ticketId) element("rows").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  shownFor = state.ticketId;
}

function row(ticket, current) {
  return make("li", { class: "row" }, make("a", {
    href: `/agent/tickets/${ticket.id}`, "data-testid": "ticket-row", "data-ticket-id": ticket.id, "data-status": ticket.status,
    "aria-current": current && "true",
  },
  make("span", { class: `badge ${ticket.status}`, title: ticket.status }, ticket.status[0].toUpperCase()),
  make("span", { class: "row-subject" }, ticket.subject || "(no subject)"),
  make("span", { class: "row-when" }, ago(ticket.said_at)),
  make("span", { class: "row-who" }, `#${ticket.id} · ${ticket.requester}`),
  make("span", { class: "row-assignee" }, ticket.assignee ? ticket.assignee.split(" ")[0] : "")));
}

document.querySelectorAll("[data-filter]").forEach(button => button.addEventListener("click", () => {
  chosen.filter = button.dataset.filter;
  document.querySelectorAll("[data-filter]").forEach(other => other.setAttribute("aria-pressed", other === button));
  if (last) drawList(last);
}));
element("search").addEventListener("input", event => {
  chosen.words = event.target.value;
  if (last) drawList(last);
});
