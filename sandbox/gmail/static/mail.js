// The mail client: which folder and thread are open, and a poll that keeps them true.
import { call, element, notify } from "./page.js";
import { drawList } from "./threads.js";
import { clearThread, drawThread, focusDraft } from "./thread.js";
import { panel } from "./panel.js";
import { openSettings } from "./settings.js";

const POLL_MS = 1000;
const state = { folder: "inbox", threadId: null, version: null, thread: null, threads: [], words: "" };

function place() {
  const name = location.pathname.split("/")[2] || "";
  return { settings: name === "settings", threadId: /^[0-9a-f]{1,16}$/.test(name) ? name : null };
}

async function show() {
  const { settings, threadId } = place();
  element("settings").hidden = !settings;
  document.body.classList.toggle("in-settings", settings);
  if (settings) openSettings();
  if (threadId === state.threadId && state.version !== null) return;
  Object.assign(state, { threadId, version: null, thread: null });
  await refresh();
  if (threadId && state.thread) panel.opened(state.thread); else panel.home();
  if (state.threads.find(one => one.id === threadId)?.unread) await call("POST", `/mail/threads/${threadId}/read`, {});
}

export async function refresh() {
  const asked = state.threadId;
  const query = new URLSearchParams();
  if (asked) query.set("thread", asked);
  if (state.version !== null) query.set("version", state.version);
  const seen = await call("GET", `/mail/state?${query}`);
  if (asked !== state.threadId || !seen.threads) return;
  const first = state.version === null;
  Object.assign(state, { version: seen.version, threads: seen.threads, thread: seen.thread || null });
  drawList(state);
  if (state.thread) drawThread(state.thread, first, acts); else clearThread(asked, place().settings);
}

async function go(path) {
  history.pushState(null, "", path);
  await show();
}

const acts = {
  refresh,
  suggest: box => panel.compose(box),
  sent: () => notify("Message sent"),
};

/** The add-on put a draft into a thread: open it, as Gmail does. */
async function openDraft(draftId, threadId) {
  await go(`/mail/${threadId}`);
  state.version = null;
  await refresh();
  if (!focusDraft(draftId)) notify("That draft is not there any more", "error");
}

async function poll() {
  try { await refresh(); } catch (error) { if (!error.status) console.warn("the sandbox does not answer", error); }
  setTimeout(poll, POLL_MS);
}

document.addEventListener("click", event => {
  const link = event.target.closest("a[href^='/mail']");
  if (link && !event.metaKey && !event.ctrlKey) { event.preventDefault(); go(link.getAttribute("href")); }
});
window.addEventListener("popstate", show);
for (const button of document.querySelectorAll("[data-folder]")) button.addEventListener("click", async () => {
  state.folder = button.dataset.folder;
  for (const other of document.querySelectorAll("[data-folder]")) other.setAttribute("aria-pressed", String(other === button));
  await go("/mail");
  drawList(state);
});
element("search").addEventListener("input", event => { state.words = event.target.value.toLowerCase(); drawList(state); });
element("person").addEventListener("change", async event => {
  await call("POST", "/mail/person", { email: event.target.value });
  location.reload();
});
element("compose").addEventListener("click", async () => {
  const made = await call("POST", "/mail/compose", {});
  await openDraft(made.draft, made.thread);
});
element("reply").addEventListener("click", async () => {
  const made = await call("POST", `/mail/threads/${state.threadId}/reply`, {});
  await refresh();
  focusDraft(made.draft);
});
element("customer-open").addEventListener("click", () => element("customer").showModal());
element("customer").addEventListener("close", async event => {
  if (event.target.returnValue !== "send") return;
  await call("POST", `/mail/threads/${state.threadId}/customer`, { text: element("customer-text").value });
  element("customer-text").value = "";
  notify("The customer's mail has arrived");
  await refresh();
});
element("new-mail-open").addEventListener("click", () => element("new-mail").showModal());
element("new-mail").addEventListener("close", async event => {
  if (event.target.returnValue !== "send") return;
  const words = Object.fromEntries(["name", "email", "subject", "text"].map(name => [name, element(`new-${name}`).value]));
  const made = await call("POST", "/mail/new-mail", words);
  element("new-subject").value = element("new-text").value = "";
  notify("The mail has arrived");
  await go(`/mail/${made.thread}`);
});

panel.start({ openDraft, go, refresh });
await show();
poll();
