// The policy page: nine questions or the text, judged while one types; asking, approving, publishing.
import { act, part } from "./api.js";
import { Region } from "./region.js";
import { escaped, say } from "./screen.js";
import { _ } from "./texts.js";

const PAUSE = 350;
const API = "/api/v1/policy";
const VERDICTS = { equivalent: _("equivalent"), narrower: _("narrower"), wider: _("wider"), incomparable: _("incomparable") };
const SIGNS = { wider: "+", narrower: "−", either: "±" };
const SPANS = { PT30M: "30 minutes", PT1H: "1 hour", PT2H: "2 hours", PT4H: "4 hours", PT8H: "8 hours", P1D: "1 day", P2D: "2 days", P7D: "7 days",
  P14D: "14 days", P30D: "30 days", P90D: "90 days", P180D: "180 days", P365D: "1 year", P24M: "24 months", P7Y: "7 years" };
const CHOICES = { draft: "a person sends", assisted: "a person clicks, Countersign sends", auto: "by itself, once earned", queue: "the human queue", hand_over: "its owner, at once" };

export class Policy {
  constructor(main) {
    this.main = main;
    this.status = new Region(main.querySelector("[data-region=policy-status]"), "/parts/policy", () => this.judge && this.text && this.judge());
    this.status.start(true);
    this.status.element.addEventListener("click", (event) => this.onRequest(event));
    this.editor = main.querySelector(".editor");
    if (this.editor) this.startWriting();
  }

  // --- what is asked for ------------------------------------------------------------------------------------------
  async onRequest(event) {
    const draft = event.target.closest("[data-draft-id]");
    if (draft) return this.openDraft(draft.dataset.draftId);
    const control = event.target.closest("[data-act]");
    const box = control?.closest("[data-request]");
    if (!box) return;
    const { request, seen } = box.dataset;
    const at = box.querySelector("[data-at]")?.value;
    const told = { approve: { seen }, publish: at ? { at: new Date(at).toISOString() } : {}, withdraw: {} }[control.dataset.act];
    control.disabled = true;
    try {
      await act(`${API}/requests/${request}/${control.dataset.act}`, told);
    } catch (problem) {
      say(problem.detail, true);
    }
    await Region.refreshAll();
    control.disabled = false;
    this.judge?.();
  }

  // --- writing ----------------------------------------------------------------------------------------------------
  startWriting() {
    const find = (selector) => this.editor.querySelector(selector);
    Object.assign(this, { text: find("[data-text]"), judged: find("[data-judged]"), form: find("[data-pane=questions]"), ask: find("[data-ask]"), tried: find("[data-tried]") });
    this.parent = Number(this.editor.dataset.draft) || null;
    this.base = Number(this.editor.dataset.base);
    this.text.addEventListener("input", () => this.soon());
    this.form.addEventListener("change", (event) => this.answer(event.target));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.ask.addEventListener("submit", (event) => this.askForIt(event));
    this.editor.addEventListener("click", (event) => this.onClick(event));
    find("[data-file]").addEventListener("change", (event) => this.open(event.target));
    this.showQuestions();
    this.judge();
  }

  onClick(event) {
    const tab = event.target.closest("[data-tab]");
    if (tab) this.turnTo(tab.dataset.tab);
    const line = event.target.closest("[data-line]");
    if (line) this.goTo(Number(line.dataset.line));
    const control = event.target.closest("[data-act]");
    if (control) this[{ save: "save", try: "tryIt", leave: "leave", accept: "accept", theirs: "takeTheirs", again: "beginAgain", goOn: "goOn" }[control.dataset.act]]?.(control);
  }

  async turnTo(name) {
    for (const tab of this.editor.querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    for (const pane of this.editor.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== name;
    if (name === "questions") await this.showQuestions();
  }

  goTo(line) {
    this.turnTo("text");
    const lines = this.text.value.split("\n");
    const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.text.focus();
    this.text.setSelectionRange(from, from + (lines[line - 1] || "").length);
    this.text.scrollTop = (this.text.scrollHeight / lines.length) * Math.max(line - 6, 0);
  }

  soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.judge(), PAUSE);
  }

  async judge() {
    const text = this.text.value;
    this.turn = (this.turn || 0) + 1;
    const mine = this.turn;
    try {
      const found = await act(`${API}/check`, { text });
      if (mine === this.turn) this.show(found);
    } catch (problem) {
      if (mine === this.turn) this.judged.innerHTML = `<div class="banner warn">${escaped(problem.detail)}</div>`;
    }
  }

  show(found) {
    const broken = found.problems.length > 0;
    const problems = found.problems.map((one) => row(one.line, one.text, "bad"));
    const findings = found.findings.map((one) => row(one.line, `${one.text}: ${one.remedy}`, one.grave ? "bad" : "open", one));
    const changes = found.changes.map((one) => `<li class="${one.way}">${SIGNS[one.way]} ${escaped(one.text)}</li>`);
    const parts = [];
    if (broken) parts.push(`<h3>${_("It cannot be read yet")}</h3><ul class="found" data-testid="problems">${problems.join("")}</ul>`);
    else {
      parts.push(`<p data-testid="comes-to"><span class="chip verdict-${found.verdict}">${VERDICTS[found.verdict]}</span> ${_("It %(says)s.", { says: escaped(found.says) })}</p>`);
      if (changes.length) parts.push(`<ul class="points">${changes.join("")}</ul>`);
      parts.push(findings.length ? `<h3>${findings.length === 1 ? _("One thing to mend") : _("%(number)s things to mend", { number: findings.length })}</h3><ul class="found" data-testid="findings">${findings.join("")}</ul>` : `<p class="fine">${_("No contradiction, no gap. Tier 3 and escalations proved unsendable.")}</p>`);
      if (found.strangers.length) parts.push(`<p class="quiet">${_("No connected help desk knows %(names)s: they are named in notes, and nothing is assigned to them.", { names: escaped(found.strangers.join(", ")) })}</p>`);
    }
    if (found.unchanged) this.base = found.replaces;
    const overtaken = !broken && this.base !== found.replaces;
    if (overtaken) parts.unshift(`<div class="banner warn" data-testid="overtaken">${_("<strong>Version %(version)s came into force since you began.</strong> Yours would undo what it changed, as listed here.", { version: found.replaces })} <button class="link" data-act="again">${_("Keep mine as a draft and begin again")}</button> <button class="link" data-act="goOn" data-version="${found.replaces}">${_("Go on with mine")}</button></div>`);
    if (this.other) parts.unshift(beside(this.other));
    this.judged.innerHTML = parts.join("");
    const held = broken || overtaken || found.unchanged || (found.needs_two && found.open > 0) || found.findings.some((one) => one.grave);
    this.ask.querySelector(".primary").disabled = held;
    this.editor.querySelector("[data-try]").hidden = broken;
  }

  async showQuestions() {
    try {
      const { questions } = await act(`${API}/questions`, { text: this.text.value });
      this.form.innerHTML = questions.map((one, place) => question(one, place)).join("");
    } catch (problem) {
      this.form.innerHTML = `<div class="banner warn">${escaped(problem.detail)} <button class="link" type="button" data-tab="text">${_("Mend it in the text")}</button></div>`;
    }
  }

  async answer(control) {
    const { kind, path } = control.dataset;
    if (!path) return;
    const value = kind === "names" ? control.value.split(",").map((one) => one.trim()).filter(Boolean) : kind === "share" ? Number(control.value) : control.value;
    try {
      this.text.value = (await act(`${API}/answers`, { text: this.text.value, path: JSON.parse(path), value })).text;
      await this.judge();
    } catch (problem) {
      say(problem.detail, true);
    }
  }

  async open(chooser) {
    const [file] = chooser.files;
    if (!file) return;
    this.text.value = await file.text();
    chooser.value = "";
    await Promise.all([this.showQuestions(), this.judge()]);
  }

  // --- keep, ask, try ---------------------------------------------------------------------------------------------
  async save(control) {
    control.disabled = true;
    try {
      const saved = await act(`${API}/drafts`, { text: this.text.value, parent: this.parent, base: this.base });
      this.parent = saved.id;
      this.other = saved.meanwhile.at(-1);
      if (!this.other) say(_("Kept."));
      await this.judge();
    } catch (problem) {
      say(problem.detail, true);
    }
    control.disabled = false;
  }

  async openDraft(id) {
    const { html } = await part(`${API}/drafts/${id}`);
    const draft = JSON.parse(html);
    Object.assign(this, { parent: draft.id, base: draft.base, other: null });
    this.text.value = draft.text;
    await Promise.all([this.showQuestions(), this.judge()]);
  }

  async beginAgain(control) {
    await this.save(control);
    location.reload();
  }

  goOn(control) {
    this.base = Number(control.dataset.version);
    this.judge();
  }

  /** The text of whoever saved meanwhile, in place of one's own, or back. */
  takeTheirs() {
    [this.text.value, this.other.text] = [this.other.text, this.text.value];
    this.other.looking = !this.other.looking;
    this.showQuestions();
    this.judge();
  }

  async askForIt(event) {
    event.preventDefault();
    const button = this.ask.querySelector(".primary");
    button.disabled = true;
    try {
      await act(`${API}/requests`, { text: this.text.value, reason: this.ask.elements.reason.value, base: this.base });
      this.ask.elements.reason.value = "";
      await Region.refreshAll();
      this.status.element.scrollIntoView({ behavior: "smooth" });
    } catch (problem) {
      say(problem.detail, true);
    }
    button.disabled = false;
  }

  async accept(control) {
    const reason = control.closest("li").querySelector("input").value;
    const until = new Date(Date.now() + 30 * 86400e3).toISOString();
    try {
      const { accepted } = await act(`${API}/findings/accept`, { text: this.text.value, key: control.dataset.key, reason, until });
      say(accepted ? _("Accepted for 30 days.") : _("Asked: a second person accepts it too."));
      await this.judge();
    } catch (problem) {
      say(problem.detail, true);
    }
  }

  async tryIt(control) {
    control.disabled = true;
    try {
      this.follow(await act(`${API}/replays`, { text: this.text.value, days: 30 }), control);
    } catch (problem) {
      say(problem.detail, true);
      control.disabled = false;
    }
  }

  async follow(trial, control) {
    this.trial = trial.id;
    const left = trial.state === "running" ? ` <button class="link" data-act="leave">${_("Leave it")}</button>` : "";
    this.tried.innerHTML = `<progress max="${Math.max(trial.total, 1)}" value="${trial.done}"></progress><p data-testid="trial-${trial.state}">${trial.state === "done" ? escaped(trial.says) : _("%(done)s of %(total)s", trial)}.${left}</p>`;
    if (trial.state !== "running") {
      control.disabled = false;
      return;
    }
    setTimeout(async () => {
      const { html } = await part(`${API}/replays/${trial.id}`);
      this.follow(JSON.parse(html), control);
    }, 700);
  }

  async leave() {
    await act(`${API}/replays/${this.trial}/stop`);
  }
}

function row(line, text, kind, finding) {
  const where = `<button class="link" type="button" data-line="${line}">${_("line %(line)s", { line })}</button>`;
  return `<li class="${kind}">${where} ${escaped(text)}${finding ? acceptance(finding) : ""}</li>`;
}

/** Who saved another text meanwhile, and what one's own says otherwise. */
function beside(other) {
  const lines = other.difference.map(({ kind, text }) => `<p class="${kind}">${kind === "added" ? `<ins>${escaped(text)}</ins>` : `<del>${escaped(text)}</del>`}</p>`);
  const turn = other.looking ? _("Back to mine") : _("Look at theirs");
  return `<div class="banner warn" data-testid="meanwhile">${_("Kept. <strong>%(name)s saved another text meanwhile</strong>; nothing is lost, both are kept. Yours beside theirs:", { name: escaped(other.by) })}
    <div class="difference" data-testid="difference">${lines.join("") || `<p>${_("The same text.")}</p>`}</div><button class="link" data-act="theirs">${turn}</button></div>`;
}

function acceptance(one) {
  if (one.grave) return ` <strong>${_("Nobody can accept this.")}</strong>`;
  if (one.accepted?.granted) return ` <span class="quiet">${_("Accepted until %(day)s: %(reason)s", { day: escaped(one.accepted.until.slice(0, 10)), reason: escaped(one.accepted.reason) })}</span>`;
  const asked = one.accepted ? ` <span class="quiet">${_("Asked: %(reason)s", { reason: escaped(one.accepted.reason) })}</span>` : "";
  return `${asked}<details><summary>${_("Live with it for 30 days")}</summary><input placeholder="${_("Why")}" aria-label="${_("Why")}"> <button class="button" type="button" data-act="accept" data-key="${one.key}">${one.accepted ? _("Accept it too") : _("Ask a second person")}</button></details>`;
}

function question(one, place) {
  const fields = one.fields.map((field) => `<label>${escaped(field.label)}${control(field)}</label>`).join("");
  const body = `<p class="quiet">${escaped(one.help)}</p><div class="fields">${fields || `<p class="quiet">${_("Nothing to answer yet: add it in the text.")}</p>`}</div>`;
  return `<details class="question" ${place < 1 ? "open" : ""}><summary><span class="number">${place + 1}</span>${escaped(one.title)}</summary>${body}</details>`;
}

function control(field) {
  const mark = `data-kind="${field.kind}" data-path='${escaped(JSON.stringify(field.path)).replace(/'/g, "&#39;")}'`;
  const value = field.value ?? "";
  const names = { choice: CHOICES, duration: SPANS }[field.kind];
  if (names) {
    const known = field.kind === "choice" ? field.choices : [...new Set([...Object.keys(SPANS), value])].filter(Boolean);
    const options = known.map((one) => `<option value="${escaped(one)}" ${one === value ? "selected" : ""}>${escaped(names[one] || one)}</option>`);
    return `<select ${mark}>${value ? "" : "<option selected></option>"}${options.join("")}</select>`;
  }
  const type = { day: "date", share: "number" }[field.kind] || "text";
  const shown = Array.isArray(value) ? value.join(", ") : String(value);
  return `<input ${mark} type="${type}" ${type === "number" ? 'step="0.01" min="0" max="1"' : ""} value="${escaped(shown).replace(/"/g, "&quot;")}">`;
}
