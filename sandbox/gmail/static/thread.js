// One thread: what was said, and the drafts in it, each a compose window. Mail is shown in frames without scripts.
import { ago, call, element, make, notify } from "./page.js";

const MAIL_STYLE = `<style>:root{color-scheme:light}html{overflow:hidden}body{margin:0;font:14px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;color:#1f1f1f;background:#fff;overflow-wrap:anywhere}pre{font:inherit;white-space:pre-wrap;margin:0}blockquote{border-left:2px solid #dadce0;margin:0;padding-left:12px;color:#5f6368}table{max-width:100%}</style>`;
const shown = new Map();
let acts = null;

export function clearThread(asked, quiet) {
  element("thread").hidden = true;
  element("nothing").hidden = quiet;
  element("nothing").textContent = asked ? "This thread does not exist any more." : "Choose a thread on the left.";
  shown.clear();
}

export function drawThread(thread, first, given) {
  acts = given;
  element("nothing").hidden = true;
  element("thread").hidden = false;
  document.title = `${thread.subject || "(no subject)"} – Sandbox Gmail`;
  element("subject").textContent = thread.subject || "(no subject)";
  element("labels").replaceChildren(...thread.labels.map(name => make("span", { class: "label" }, name)));
  const place = element("messages");
  if (first) { shown.clear(); place.replaceChildren(); }
  const keys = thread.messages.map(key);
  for (const [old, made] of shown) if (!keys.includes(old)) { made.remove(); shown.delete(old); }
  for (const one of thread.messages) {
    const made = shown.get(key(one));
    if (made) { if (one.draft) made.show(one); continue; }
    const fresh = one.draft ? draftBox(one) : message(one);
    shown.set(key(one), fresh);
    place.append(fresh);
  }
  if (first) place.scrollTop = place.scrollHeight;
}

const key = one => one.draft ? `draft ${one.draft}` : one.id;

function message(one) {
  const initials = one.name.split(/\s+/).map(word => word[0]).slice(0, 2).join("").toUpperCase();
  return make("article", { class: one.sent ? "message sent" : "message", "data-testid": "message", "data-message-id": one.id, "data-sent": String(one.sent) },
    make("div", { class: "avatar", "aria-hidden": "true" }, initials),
    make("div", { class: "message-main" },
      make("div", { class: "message-head" }, make("b", {}, one.name), make("span", { class: "quiet" }, `<${one.address}>`), make("time", { title: new Date(one.at).toLocaleString() }, ago(one.at))),
      make("p", { class: "quiet" }, `to ${one.to}`), body(one),
      one.files.length ? make("p", { class: "files" }, ...one.files.map(name => make("span", { class: "file" }, `📎 ${name}`))) : null));
}

function body(one) {
  const frame = make("iframe", { sandbox: "allow-same-origin", title: `Message by ${one.name}`, "data-testid": "message-body", scrolling: "no" });
  frame.srcdoc = `<!doctype html><meta charset="utf-8">${MAIL_STYLE}<body>${one.html}</body>`;
  frame.addEventListener("load", () => {
    const fit = () => {
      const place = element("messages");
      const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 80;
      frame.style.height = `${Math.min(frame.contentDocument.body.scrollHeight, 6000)}px`;
      if (atEnd) place.scrollTop = place.scrollHeight;
    };
    fit();
    new ResizeObserver(fit).observe(frame.contentDocument.body);
  });
  return frame;
}

// --- the compose window ------------------------------------------------------------------------------------------------
function draftBox(one) {
  const to = make("input", { "aria-label": "To", placeholder: "To", "data-testid": "draft-to", autocomplete: "off" });
  const subject = make("input", { "aria-label": "Subject", placeholder: "Subject", "data-testid": "draft-subject", autocomplete: "off" });
  const text = make("textarea", { rows: 8, "aria-label": "Message", "data-testid": "draft-text" });
  const note = make("span", { class: "quiet", role: "status", "data-testid": "draft-note" });
  const send = make("button", { type: "button", class: "primary", "data-testid": "draft-send" }, "Send");
  const suggest = make("button", { type: "button", class: "ghost", "data-testid": "draft-suggest" }, "Insert suggested reply");
  const discard = make("button", { type: "button", class: "link", "data-testid": "draft-discard" }, "Discard");
  const made = make("form", { class: "draft", "data-testid": "draft", "data-draft-id": one.draft },
    make("div", { class: "draft-head" }, make("span", { class: "is-draft" }, "Draft"), note), to, subject, text,
    make("div", { class: "draft-foot" }, send, suggest, discard));
  const box = { id: one.draft, thread: null, made, to, subject, text, dirty: false, timer: 0 };
  made.show = fresh => {
    if (box.dirty || made.contains(document.activeElement)) return; // what somebody is typing is theirs
    to.value = fresh.to; subject.value = fresh.subject; text.value = fresh.text.replace("\u200b", "");
  };
  made.show(one);
  made.addEventListener("input", () => {
    box.dirty = true;
    note.textContent = "Saving…";
    clearTimeout(box.timer);
    box.timer = setTimeout(() => save(box, note), 500);
  });
  send.addEventListener("click", () => act(async () => {
    await save(box, note);
    await call("POST", `/mail/drafts/${box.id}/send`, {});
    acts.sent();
  }, made));
  discard.addEventListener("click", () => act(() => call("DELETE", `/mail/drafts/${box.id}`), made));
  suggest.addEventListener("click", () => acts.suggest({
    recipients: (to.value.match(/[^\s<>,;]+@[^\s<>,;]+/g) || []).map(one => one.toLowerCase()),
    insert: words => insert(text, words),
  }));
  made.addEventListener("submit", event => event.preventDefault());
  made.box = box;
  return made;
}

async function save(box, note) {
  clearTimeout(box.timer);
  if (!box.dirty) return;
  box.dirty = false;
  await call("PUT", `/mail/drafts/${box.id}`, { to: box.to.value, subject: box.subject.value, text: box.text.value });
  note.textContent = "Saved";
}

async function act(doing, made) {
  for (const button of made.querySelectorAll("button")) button.disabled = true;
  try { await doing(); } catch (error) { notify(error.message, "error"); }
  for (const button of made.querySelectorAll("button")) button.disabled = false;
  await acts.refresh();
}

/** Where the cursor is, as Gmail inserts. */
function insert(text, words) {
  text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
}

export function focusDraft(draftId) {
  const made = shown.get(`draft ${draftId}`);
  made?.scrollIntoView({ block: "center" });
  const text = made?.querySelector("textarea");
  text?.setSelectionRange(0, 0);
  text?.focus();
  return Boolean(made);
}
