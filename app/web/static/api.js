// Talks to Countersign: a bearer held in this variable inside Zendesk, the session and its form token elsewhere.
import { _ } from "./texts.js";
let bearer = null;
let skew = 0;
const SOON = 30;

/** Take the bearer out of the document, and keep it fresh while the page lives. */
export function takeBearer() {
  const { bearer: given, seconds } = document.body.dataset;
  delete document.body.dataset.bearer;
  bearer = given;
  renewIn(Number(seconds));
}

function renewIn(seconds) {
  setTimeout(async () => {
    try {
      const answer = await send("POST", "/api/v1/token", {});
      if (answer.status === 401) return; // it is over: the next thing that asks will say so
      const fresh = answer.ok ? await answer.json() : { token: bearer, seconds: SOON };
      bearer = fresh.token;
      renewIn(fresh.seconds);
    } catch {
      renewIn(SOON); // no answer at all: a server that starts again, a lid that was closed
    }
  }, Math.max(seconds * 0.7, 5) * 1000);
}

function headers(more) {
  const who = bearer ? { Authorization: `Bearer ${bearer}` } : { "X-Countersign-Form": document.body.dataset.formToken };
  return { ...who, ...more };
}

async function send(method, path, body) {
  const options = { method, cache: "no-store", credentials: bearer ? "omit" : "same-origin" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = headers({ "Content-Type": "application/json" });
  } else {
    options.headers = headers({});
  }
  return fetch(path, options);
}

/** They signed in again in another tab: this page takes the new session's token, if it is the same person's. */
async function anew() {
  if (bearer) return false;
  const page = await fetch("/me", { cache: "no-store", credentials: "same-origin" });
  const { formToken, me } = new DOMParser().parseFromString(await page.text(), "text/html").body.dataset;
  const mine = document.body.dataset;
  if (!formToken || formToken === mine.formToken || me !== mine.me) return false;
  mine.formToken = formToken;
  return true;
}

/** Do something. Throws the problem document when it was refused. */
export async function act(path, body = {}) {
  let answer;
  try {
    answer = await send("POST", path, body);
    if ([401, 403].includes(answer.status) && (await anew())) answer = await send("POST", path, body); // nothing was done before
  } catch {
    throw { status: 0, detail: _("No answer: we do not know whether it was done. Look again before you act.") };
  }
  if (answer.status === 401) throw { status: 401, detail: _("Signed out. Sign in again in another tab, then press once more: what you wrote stays here.") };
  const document_ = await answer.json().catch(() => ({}));
  if (!answer.ok) throw { status: answer.status, detail: document_.detail || answer.statusText, ...document_ };
  return document_;
}

/** A part of a page. `html` is null when nothing changed since `etag`. */
export async function part(path, etag) {
  const answer = await fetch(path, {
    cache: "no-store",
    credentials: bearer ? "omit" : "same-origin",
    headers: headers(etag ? { "If-None-Match": etag } : {}),
  });
  const now = Number(answer.headers.get("X-Countersign-Now"));
  if (now) skew = now - Date.now();
  if (answer.status === 304) return { html: null, etag };
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw { status: answer.status, detail: problem.detail || answer.statusText };
  }
  return { html: await answer.text(), etag: answer.headers.get("ETag") };
}

/** The server's clock, as well as we know it. */
export const now = () => Date.now() + skew;
