// Where an agent writes: the text, who can read it, the status that goes with it, and the submit with its hooks.
import { call, element, notify } from "./page.js";

const editor = element("editor");
const form = element("composer");
const drafts = new Map();
let state, refresh, ticketId = null;
let status = "open";
let held = false;
const fields = {};
const listeners = { text: () => {}, type: () => {}, submit: () => {}, beforeSave: async () => {} };

export function openTicketIn(ticket) {
  if (ticketId !== null) drafts.set(ticketId, editor.innerHTML);
  ticketId = ticket.id;
  editor.innerHTML = drafts.get(ticketId) || "";
  editor.classList.toggle("is-empty", composer.isEmpty());
  for (const name of Object.keys(fields)) delete fields[name];
  setHeld(false);
  element("to").textContent = `To ${ticket.requester.name}`;
  element("customer-name").textContent = ticket.requester.name;
  element("hint").textContent = "";
  setType("publicReply");
  setStatus(["pending", "solved"].includes(ticket.status) ? ticket.status : "open");
}

function changed() {
  editor.classList.toggle("is-empty", composer.isEmpty());
  listeners.text(composer.text());
}

function setType(type) {
  const mode = type === "internalNote" ? "internal" : "public";
  const switched = form.dataset.mode !== mode;
  form.dataset.mode = mode;
  form.querySelectorAll("[data-mode]").forEach(button => button.setAttribute("aria-pressed", button.dataset.mode === mode));
  editor.dataset.placeholder = mode === "internal" ? "Only colleagues will read this" : "Write a reply";
  element("to").hidden = mode === "internal";
  if (switched) listeners.type(composer.type());
}

function setStatus(chosen) {
  status = chosen;
  element("submit").textContent = `Submit as ${chosen[0].toUpperCase()}${chosen.slice(1)}`;
}

function setHeld(yes) {
  held = yes;
  element("submit").disabled = element("submit-menu-open").disabled = yes;
}

function openMenu(open) {
  element("submit-menu").hidden = !open;
  element("submit-menu-open").setAttribute("aria-expanded", open);
  if (open) element("submit-menu").querySelector("button").focus();
}

async function submit() {
  const on = ticketId;
  const html = composer.isEmpty() ? null : editor.innerHTML;
  setHeld(true);
  element("hint").textContent = "";
  listeners.submit("start");
  try {
    await listeners.beforeSave();
    await call("POST", `/agent/tickets/${on}`, { html, public: composer.type() === "publicReply", fields: { ...fields, status } });
    if (on === ticketId) clear();
    drafts.delete(on);
    listeners.submit("done");
    notify(`Ticket #${on} submitted as ${status}`);
    await refresh();
  } catch (error) {
    element("hint").textContent = error.message;
    listeners.submit("fail");
  } finally {
    setHeld(false);
    listeners.submit("always");
  }
}

function clear() {
  editor.innerHTML = "";
  for (const name of Object.keys(fields)) delete fields[name];
  changed();
}

function cleaned(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll("script, style, iframe, object, embed, form, link, meta, base").forEach(node => node.remove());
  page.querySelectorAll("*").forEach(node => [...node.attributes].forEach(one => {
    if (one.name.startsWith("on") || /^\s*javascript:/i.test(one.value)) node.removeAttribute(one.name);
  }));
  return page.body.innerHTML;
}

const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>");

export const composer = {
  start(pageState, pageRefresh) { state = pageState; refresh = pageRefresh; },
  listen(kind, handler) { listeners[kind] = handler; },
  isEmpty: () => !editor.textContent.trim() && !editor.querySelector("img"),
  text: () => composer.isEmpty() ? "" : editor.innerHTML,
  setText(html) { editor.innerHTML = cleaned(html); changed(); },
  appendHtml(html) {
    if (composer.isEmpty()) editor.innerHTML = "";
    editor.insertAdjacentHTML("beforeend", cleaned(html));
    editor.scrollTop = editor.scrollHeight;
    changed();
  },
  appendText(text) { composer.appendHtml(`<p>${escaped(text)}</p>`); },
  type: () => form.dataset.mode === "internal" ? "internalNote" : "publicReply",
  setType, setStatus, setHeld,
  setField(name, value) { if (name === "status") setStatus(value); else fields[name] = value; },
  field: name => name in fields ? fields[name] : state.ticket?.[name],
};

editor.addEventListener("input", changed);
editor.addEventListener("paste", event => {
  event.preventDefault();
  const html = event.clipboardData.getData("text/html");
  document.execCommand("insertHTML", false, html ? cleaned(html) : escaped(event.clipboardData.getData("text/plain")));
});
form.addEventListener("submit", event => { event.preventDefault(); if (!held) submit(); });
editor.addEventListener("keydown", event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !held) submit(); });
form.querySelectorAll("button[data-mode]").forEach(button => button.addEventListener("click", () =>
  setType(button.dataset.mode === "internal" ? "internalNote" : "publicReply")));
element("submit-menu-open").addEventListener("click", () => openMenu(element("submit-menu").hidden));
element("submit-menu").addEventListener("click", event => {
  const chosen = event.target.closest("[data-status]");
  if (!chosen) return;
  openMenu(false);
  setStatus(chosen.dataset.status);
  submit();
});
document.addEventListener("keydown", event => { if (event.key === "Escape") openMenu(false); });
document.addEventListener("click", event => { if (!event.target.closest(".split")) openMenu(false); });
element("customer-open").addEventListener("click", () => element("customer").showModal());
element("customer").addEventListener("close", async event => {
  if (event.target.returnValue !== "send") return;
  await call("POST", `/agent/tickets/${ticketId}/customer`, { text: element("customer-text").value });
  element("customer-text").value = "";
  await refresh();
});
