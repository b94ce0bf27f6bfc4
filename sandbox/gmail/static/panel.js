// The add-on's panel, as Google runs it: events out, cards in, a stack of them, consent, and what a card may do to Gmail.
import { call, element, make, notify } from "./page.js";
import { drawCard, values } from "./cards.js";

const declared = JSON.parse(element("declared").textContent);
const WORDS = {
  "userinfo.email": "See your email address", "gmail.addons.execute": "Run as a Gmail add-on",
  "gmail.addons.current.message.metadata": "See which message is open", "gmail.addons.current.action.compose": "Manage drafts while you use it",
  "script.locale": "See your language",
};
const stack = [];
let place = {}; // what is open, as each event says
let editor = null; // the compose window that asked for suggestions
let turn = 0; // an answer to an older event is no longer wanted
let around = null;

export const panel = {
  start(given) {
    around = given;
    element("panel-back").addEventListener("click", () => { stack.pop(); draw(); });
    element("panel-home").addEventListener("click", () => this.home());
    element("panel-menu-open").addEventListener("click", () => menu());
    document.addEventListener("click", event => { if (!event.target.closest(".panel-head")) menu(false); });
  },
  home() {
    [place, editor] = [{}, null];
    return begin(declared.common.homepageTrigger.runFunction);
  },
  opened(thread) {
    const last = thread.messages.filter(one => !one.draft).pop();
    [place, editor] = [{ thread: thread.id, message: (last || thread.messages[0]).id }, null];
    return begin(declared.gmail.contextualTriggers[0].onTriggerFunction);
  },
  compose(box) {
    editor = box;
    return post(declared.gmail.composeTrigger.actions[0].runFunction, { open: { to: box.recipients } }, false);
  },
};

function menu(open) {
  const shown = element("panel-menu");
  shown.hidden = open === undefined ? !shown.hidden : !open;
  element("panel-menu-open").setAttribute("aria-expanded", String(!shown.hidden));
}

async function begin(url) {
  menu(false);
  stack.length = 0;
  element("card").replaceChildren(make("p", { class: "loading" }, "Loading…"));
  await post(url, { open: place }, true);
}

/** One event. `fresh`: what comes back is the first card. */
async function post(url, told, fresh) {
  const mine = ++turn;
  busy(true);
  try {
    const { answer, problem, took } = await call("POST", "/mail/panel", { url, ...told });
    if (mine !== turn) return;
    element("card").dataset.took = took ?? "";
    if (problem) return fresh ? failed(problem) : notify(`Countersign: ${problem}`, "error");
    await obey(answer, url, told, fresh);
  } catch (error) {
    if (mine === turn) failed(error.message);
  } finally {
    if (mine === turn) busy(false);
  }
}

async function obey(answer, url, told, fresh) {
  if (answer.requesting_google_scopes) return consent(answer.requesting_google_scopes, url, told, fresh);
  const { action, hostAppAction } = answer.renderActions || answer;
  for (const step of action?.navigations || []) navigate(step);
  if (action?.navigations) draw();
  if (action?.notification) notify(action.notification.text);
  if (action?.link) window.open(action.link.url, "_blank", "noopener");
  if (hostAppAction) gmail(hostAppAction.gmailAction);
}

function navigate(step) {
  if (step.pushCard) stack.push(step.pushCard);
  else if (step.updateCard) stack.splice(-1, 1, step.updateCard);
  else if (step.pop) stack.pop();
  else if (step.popToRoot) stack.length = 1;
  else throw new Error("a navigation that Gmail does not know");
}

function gmail({ openCreatedDraftActionMarkup: opened, updateDraftActionMarkup: updated }) {
  if (opened) around.openDraft(opened.draftId, opened.draftThreadId);
  if (updated && editor) for (const one of updated.updateBody.insertContents) editor.insert(plain(one.content));
  if (updated && !editor) notify("updateDraft works from a compose window only", "error");
}

function plain(html) {
  const page = new DOMParser().parseFromString(html.replace(/<br>/g, "\n"), "text/html");
  return page.body.textContent;
}

async function consent({ scopes, all_scopes: all }, url, told, fresh) {
  const asked = all ? Object.keys(WORDS) : scopes;
  element("consent-scopes").replaceChildren(...asked.map(scope => make("li", {}, WORDS[scope.split("/auth/")[1]] || scope)));
  const dialog = element("consent");
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise(done => dialog.addEventListener("close", done, { once: true }));
  if (dialog.returnValue !== "allow") return fresh && failed("Countersign needs more permissions to show this.", "Try again", () => post(url, told, fresh));
  const { granted } = await call("GET", "/mail/consent");
  await call("POST", "/mail/consent", { scopes: [...granted, ...asked] });
  await post(url, told, fresh); // Google presses again by itself
}

function draw() {
  const kept = values(element("card"));
  element("panel-back").hidden = stack.length < 2;
  const top = stack[stack.length - 1];
  try {
    element("card").replaceChildren(drawCard(top, press, kept));
  } catch (error) {
    failed(`Gmail cannot show this card: ${error.message}`);
  }
}

function press(action) {
  const parameters = Object.fromEntries((action.parameters || []).map(({ key, value }) => [key, value]));
  return post(action.function, { open: editor ? { to: editor.recipients } : place, parameters, inputs: values(element("card")) }, false);
}

function failed(words, button, doing) {
  const again = button && make("button", { type: "button", class: "ghost" }, button);
  again?.addEventListener("click", doing);
  element("card").replaceChildren(make("div", { class: "failed", role: "alert", "data-testid": "card-error" }, make("p", {}, words), again));
}

function busy(is) {
  element("card").setAttribute("aria-busy", String(is));
  for (const button of element("card").querySelectorAll("button")) button.disabled = is;
}
