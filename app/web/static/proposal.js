// What a person can do with one proposal, wherever it is shown.
import { act, now } from "./api.js";
import { escaped, hush, say } from "./screen.js";
import { _ } from "./texts.js";

const AS = { open: _("as Open"), pending: _("as Pending"), solved: _("as Solved") };
let chosen = "pending"; // the status that this person last sent with
const SAID = { reject: _("Rejected. A person answers."), escalate: _("Escalated."), edit: _("Saved and checked again."), correct: _("Thank you. It is judged anew."), "confirm-category": _("Thank you: category confirmed."), "confirm-sources": _("Thank you: it waits for an approval again."), done: _("Marked as done."), redo: _("It is written anew from the sources as they are now.") };

export class Proposals {
  /** `insert(text)` puts a draft where this page can put it. */
  constructor(region, insert) {
    Object.assign(this, { region, insert, root: region.element, sending: false, times: new Map(), ticked: performance.now(), typed: new Map() });
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("submit", (event) => this.submit(event));
    this.root.addEventListener("input", ({ target }) => target.closest("[data-drawer-of=edit]") && this.typed.set(this.card.dataset.proposal, target.value));
    addEventListener("beforeunload", (event) => this.typed.size && event.preventDefault());
    this.root.addEventListener("keydown", (event) => this.keydown(event));
    this.root.addEventListener("mouseover", (event) => this.point(event.target));
    this.root.addEventListener("focusin", (event) => this.point(event.target));
    setInterval(() => this.tick(), 200);
  }

  get card() {
    return this.root.querySelector("[data-proposal]");
  }

  /** After each swap. */
  dress() {
    this.notice();
    const as = this.root.querySelector("[data-as]");
    if (as) as.textContent = AS[chosen];
    const sentences = [...this.root.querySelectorAll(".sentence[tabindex]")];
    const same = sentences.find((sentence) => sentence.textContent === this.pointed);
    this.point(same ?? sentences.find((sentence) => sentence.classList.contains("bad")) ?? sentences[0]);
    this.tick();
  }

  /** Another draft took the place of the one under their eyes: say so, and let no press meant for the old one count. */
  notice() {
    const { proposal, seen } = this.card?.dataset ?? {};
    if (this.read?.proposal === proposal && this.read.seen !== seen && this.card.dataset.state === "offered") {
      this.fresh = true;
      for (const button of this.root.querySelectorAll("[data-act=approve]")) button.classList.add("fresh");
      say(_("The draft changed just now. Read it before you approve."), true);
      setTimeout(() => (this.fresh = false), 1500);
    }
    this.read = { proposal, seen };
  }

  press(name) {
    if (this.root.inert) return;
    const control = this.root.querySelector(`[data-act="${name}"], [data-act="open"][data-drawer="${name}"]`);
    control?.click();
  }

  click(event) {
    const sentence = event.target.closest("[data-sentence]");
    if (sentence) this.point(sentence);
    const control = event.target.closest("[data-act]");
    if (!control) return this.menu(false);
    const action = control.dataset.act;
    if (action !== "menu") this.menu(false);
    if (action === "menu") this.menu();
    else if (action === "open") this.drawer(control.dataset.drawer);
    else if (action === "close") {
      this.typed.delete(this.card.dataset.proposal);
      this.drawer(null);
    }
    else if (action === "approve") this.approve(control.dataset.status || chosen);
    else if (action === "insert") this.insert(this.root.querySelector("[data-draft]").textContent);
    else if (["undo", "done", "confirm-category", "redo"].includes(action)) this.send(action, {});
    else if (action === "confirm-sources") this.send(action, { against: control.dataset.against });
  }

  keydown(event) {
    if (event.key === "Escape") {
      this.menu(false);
      this.drawer(null);
    }
    if ((event.key === "Enter" || event.key === " ") && event.target.matches("[data-sentence]")) {
      event.preventDefault();
      this.point(event.target);
    }
  }

  menu(open) {
    const menu = this.root.querySelector(".menu");
    if (!menu) return;
    menu.hidden = open === undefined ? !menu.hidden : !open;
    this.root.querySelector("[data-act=menu]").setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) menu.querySelector("button").focus();
  }

  drawer(name) {
    for (const drawer of this.root.querySelectorAll("[data-drawer-of]")) drawer.hidden = drawer.dataset.drawerOf !== name;
    const open = this.root.querySelector(".drawer:not([hidden])");
    this.root.querySelector("[data-actions]")?.toggleAttribute("hidden", Boolean(open));
    this.root.querySelector(".draft")?.toggleAttribute("hidden", name === "edit");
    const typed = this.typed.get(this.card?.dataset.proposal);
    if (name === "edit" && open && typed !== undefined) open.querySelector("textarea").value = typed;
    hush();
    (open?.querySelector("textarea, input:not([type=hidden])") ?? this.root.querySelector(`[data-act="open"]`))?.focus();
    open?.scrollIntoView({ block: "nearest" });
  }

  submit(event) {
    const form = event.target.closest("form[data-send]");
    if (!form) return;
    event.preventDefault();
    const { hours, ...fields } = Object.fromEntries(new FormData(form));
    for (const box of form.querySelectorAll("[type=checkbox]")) fields[box.name] = box.checked;
    const due = hours ? { due: new Date(now() + hours * 3600000).toISOString() } : {};
    this.send(form.dataset.send, { ...fields, ...due });
  }

  /** Show where a sentence comes from, and what the checks say of it. */
  point(target) {
    const sentence = target?.closest?.("[data-sentence][tabindex]");
    if (!sentence || sentence.classList.contains("on")) return;
    this.pointed = sentence.textContent;
    for (const other of this.root.querySelectorAll("[data-sentence]")) {
      other.classList.toggle("on", other === sentence);
      if (other.hasAttribute("aria-expanded")) other.setAttribute("aria-expanded", String(other === sentence));
    }
    for (const source of this.root.querySelectorAll("[data-source-of]")) source.hidden = source.dataset.sourceOf !== sentence.dataset.sentence;
    this.root.querySelector("[data-hint]")?.setAttribute("hidden", "");
  }

  async approve(status) {
    if (this.fresh) return; // what they were reading was replaced a moment ago: they read it first
    chosen = status;
    await this.send("approve", { seen: this.card.dataset.seen, status });
  }

  async send(action, fields) {
    if (this.sending) return;
    this.sending = true;
    const before = this.sentences();
    for (const button of this.root.querySelectorAll(".actions button, .drawer button, .undo button")) button.disabled = true;
    try {
      const { practice } = await act(`/api/v1/proposals/${this.card.dataset.proposal}/${action}`, { ...fields, shown_ms: Math.round(this.shownFor(this.card.dataset.proposal, this.card.dataset.seen)) });
      this.read = null; // what changes now, we changed
      if (action === "edit") this.typed.delete(this.card.dataset.proposal);
      if (practice || SAID[action]) say(practice || SAID[action]);
      await this.region.refresh({ force: true });
    } catch (problem) {
      await this.refused(problem, before);
    } finally {
      this.sending = false;
      for (const button of this.root.querySelectorAll("button:disabled")) button.disabled = false;
    }
  }

  async refused(problem, before) {
    if (problem.status === 409) {
      await this.region.refresh({ force: true });
      this.compare(before, problem.detail);
      if (this.typed.has(this.card?.dataset.proposal)) this.keep();
    } else {
      say(problem.detail, true);
    }
  }

  /** What they wrote stays, beside what somebody else made of the draft meanwhile. */
  keep() {
    this.drawer("edit");
    this.root.querySelector(".draft")?.removeAttribute("hidden");
    if (this.root.querySelector("[data-drawer-of=edit]")) return;
    const kept = document.createElement("textarea");
    Object.assign(kept, { rows: 9, readOnly: true, value: this.typed.get(this.card.dataset.proposal) });
    kept.setAttribute("aria-label", _("What you wrote"));
    kept.dataset.testid = "kept";
    this.root.querySelector("[data-testid=banner-changed]").append(kept);
    this.typed.delete(this.card.dataset.proposal); // it is theirs to copy now
  }

  sentences() {
    return new Set([...this.root.querySelectorAll("[data-sentence]")].map((sentence) => sentence.textContent));
  }

  /** It changed since they saw it: say so, and mark what is new. */
  compare(before, detail) {
    const fresh = [...this.root.querySelectorAll("[data-sentence]")].filter((sentence) => !before.has(sentence.textContent));
    for (const sentence of fresh) sentence.classList.add("new");
    const banner = document.createElement("div");
    banner.className = "banner warn";
    banner.setAttribute("role", "alert");
    banner.dataset.testid = "banner-changed";
    banner.innerHTML = `<strong>${_("It changed since you saw it; your press sent nothing.")}</strong> ${escaped(detail)}`;
    this.root.prepend(banner);
  }

  /** How long exactly this draft was in front of them, in milliseconds. */
  shownFor(proposal, seen) {
    return this.times.get(`${proposal} ${seen}`) ?? 0;
  }

  /** The five seconds in which a yes can be taken back. */
  tick() {
    const at = performance.now();
    const key = this.read && `${this.read.proposal} ${this.read.seen}`;
    if (!document.hidden && key) this.times.set(key, this.shownFor(this.read.proposal, this.read.seen) + at - this.ticked);
    this.ticked = at;
    const bar = this.root.querySelector("[data-undo]");
    if (!bar) return;
    const left = (new Date(bar.dataset.due) - now()) / 1000;
    bar.dataset.whole ??= String(Math.max(left, 1));
    bar.querySelector("[data-countdown]").textContent = left > 0 ? _("Sending in %(seconds)s s", { seconds: Math.ceil(left) }) : _("Sending…");
    bar.querySelector("[data-fuse]").style.transform = `scaleX(${Math.max(left, 0) / Number(bar.dataset.whole)})`;
    bar.querySelector("[data-act=undo]").hidden = left <= 0;
  }
}
