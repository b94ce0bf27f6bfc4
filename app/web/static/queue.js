// The queue: a list on the left, one proposal on the right, a batch of single approvals.
import { act } from "./api.js";
import { Proposals } from "./proposal.js";
import { Region } from "./region.js";
import { say } from "./screen.js";
import { _ } from "./texts.js";

const BATCH = 100;

export class Queue {
  /** `element` holds list and detail; only the list is swapped, the detail is a region of its own. */
  constructor(element) {
    this.element = element;
    this.picked = new Map();
    this.open = null;
    this.asked = new URLSearchParams(location.search);
    const frame = element.querySelector("[data-list]");
    this.list = new Region(frame, this.path, () => this.dress());
    this.list.show = (html) => this.takeList(html);
    this.batch = new Region(element.querySelector("[data-region=batch]"), "/parts/batch");
    const detail = element.querySelector("[data-region=detail]");
    this.detail = new Region(detail, null, () => this.shown());
    this.proposals = new Proposals(this.detail, copy);
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("change", ({ target }) => {
      if (target.matches("[data-pick-group]")) this.pickGroup(target.closest(".group"));
      if (target.matches("[data-pick]")) this.pick(target.closest("[data-line]"));
      if (target.matches("[data-sift]")) this.ask(target.name, target.value);
    });
  }

  get path() {
    return `/parts/queue?${this.asked}`;
  }

  start() {
    this.list.start(true);
    this.detail.start();
    this.batch.start();
    this.counting = setInterval(() => this.picked.size && this.count(), 1000); // reading goes on while they choose
    const wanted = location.hash.slice(1);
    const first = wanted || this.lines[0]?.dataset.line;
    this.element.classList.toggle("reading", Boolean(wanted));
    if (first) this.read(first);
    return this;
  }

  stop() {
    this.list.stop();
    this.batch.stop();
    clearInterval(this.counting);
    this.detail.stop();
  }

  get lines() {
    return [...this.element.querySelectorAll("[data-line]")];
  }

  takeList(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const scrolled = this.list.element.scrollTop;
    this.list.shown = html;
    for (const old of this.list.element.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${old.dataset.part}"]`);
      if (old.outerHTML !== next.outerHTML) old.replaceWith(next); // an open choice stays open while nothing of it changed
    }
    this.list.element.scrollTop = scrolled;
    this.list.dress();
  }

  dress() {
    const here = new Map(this.lines.map((line) => [line.dataset.line, line]));
    for (const [id, seen] of this.picked) if (here.get(id)?.dataset.seen !== seen) this.picked.delete(id);
    for (const [id, line] of here) {
      line.classList.toggle("on", id === this.open);
      const box = line.querySelector("[data-pick]");
      if (box) box.checked = this.picked.has(id);
    }
    for (const box of this.element.querySelectorAll("[data-pick-group]")) {
      const boxes = [...box.closest(".group").querySelectorAll("[data-pick]")];
      box.checked = boxes.every((one) => one.checked);
      box.indeterminate = !box.checked && boxes.some((one) => one.checked);
    }
    this.count();
  }

  count() {
    const bar = this.element.querySelector("[data-batch]");
    bar.hidden = !this.picked.size;
    bar.querySelector("[data-picked-count]").textContent = _("%(number)s selected", { number: this.picked.size });
    const quick = this.lines.filter(({ dataset: { line, seen, reading } }) => this.picked.has(line) && this.proposals.shownFor(line, seen) < Number(reading)).length;
    bar.querySelector("[data-unread]").textContent = quick ? _("%(number)s not read yet: no evidence", { number: quick }) : "";
  }

  click(event) {
    const view = event.target.closest("[data-show]");
    const line = event.target.closest("[data-open]");
    const control = event.target.closest("[data-act]")?.dataset.act;
    if (view || line) event.preventDefault();
    if (view) this.ask("show", view.dataset.show);
    if (line) this.read(line.dataset.open);
    if (line || control === "back") this.element.classList.toggle("reading", Boolean(line)); // on a phone: one thing at a time
    if (control === "batch") this.approve();
    if (control === "go-on") this.goOn();
    if (control === "hide-batch") this.batch.element.hidden = true;
    if (control === "unpick") this.clear();
  }

  /** Another part of the queue; the address says which, so that it can be kept and sent. */
  async ask(name, value) {
    this.asked.set(name, value);
    if (document.body.dataset.page) history.replaceState(null, "", `?${this.asked}`);
    this.clear();
    await this.list.go(this.path);
    if (this.lines.length) this.read(this.lines[0].dataset.line);
  }

  read(id) {
    this.open = id;
    this.dress();
    // Until the next one is shown nothing can be pressed: a quick key must never approve the one just left.
    this.detail.element.inert = true;
    this.detail.go(`/parts/proposal/${encodeURIComponent(id)}`);
  }

  /** The detail shows a proposal; it answers only if that is the one chosen. */
  shown() {
    this.detail.element.inert = this.proposals.card?.dataset.proposal !== this.open;
    this.proposals.dress();
  }

  pick(line) {
    const { line: id, seen } = line.dataset;
    if (!this.picked.delete(id)) this.picked.set(id, seen);
    this.dress();
  }

  toggleGroup() {
    const group = this.lines.find((line) => line.dataset.line === this.open)?.closest(".group");
    if (group?.querySelector("[data-pick]")) this.pickGroup(group);
  }

  /** All of a group that are shown, or none of it if all are picked; a batch is a hundred at most. */
  pickGroup(group) {
    const lines = [...group.querySelectorAll("[data-line]")].filter((line) => line.querySelector("[data-pick]"));
    const all = lines.every((line) => this.picked.has(line.dataset.line));
    for (const { dataset } of lines) {
      if (all) this.picked.delete(dataset.line);
      else if (this.picked.size < BATCH) this.picked.set(dataset.line, dataset.seen);
    }
    if (this.picked.size === BATCH) say(_("A batch is a hundred at most."));
    this.dress();
  }

  clear() {
    this.picked.clear();
    this.dress();
  }

  move(step) {
    const lines = this.lines;
    const at = lines.findIndex((line) => line.dataset.line === this.open);
    const next = lines[Math.min(Math.max(at + step, 0), lines.length - 1)];
    if (next) this.read(next.dataset.line);
    next?.scrollIntoView({ block: "nearest" });
  }

  toggle() {
    const line = this.lines.find((candidate) => candidate.dataset.line === this.open);
    if (line?.querySelector("[data-pick]")) this.pick(line);
  }

  /** Each item is an approval of its own. What becomes of them is shown by the region, here and after coming back. */
  approve() {
    const items = [...this.picked].map(([id, seen]) => ({ id, seen, shown_ms: Math.round(this.proposals.shownFor(id, seen)) }));
    const status = this.element.querySelector("[data-batch-status]").value;
    this.clear();
    return this.ran("/api/v1/approvals", { items, status });
  }

  goOn() {
    return this.ran(`/api/v1/approvals/${this.batch.element.querySelector("[data-batch-of]").dataset.batchOf}/go-on`, {});
  }

  async ran(path, body) {
    try {
      const done = act(path, body);
      this.batch.element.hidden = false;
      await done;
    } catch (problem) {
      say(problem.detail, true);
    }
    await Promise.all([this.batch, this.list, this.detail].map((region) => region.refresh({ force: true })));
  }

  get keys() {
    const press = (name) => () => this.proposals.press(name);
    return { j: () => this.move(1), k: () => this.move(-1), x: () => this.toggle(), X: () => this.toggleGroup(), a: press("approve"), e: press("edit"), r: press("reject"), s: press("escalate"), c: press("correct"), i: press("insert"), u: press("undo"), d: press("done"), Escape: () => this.proposals.drawer(null) };
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(_("Copied. Paste it into the ticket, look at it, then send it there."));
  } catch {
    say(_("This browser does not let us copy: select the text yourself."), true);
  }
}
