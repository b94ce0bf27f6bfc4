// Corrections: begin a run, prepare its messages a few at a time, and approve those that somebody chose.
import { act } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";
import { _ } from "./texts.js";

const BATCH = 100;

/** The form that begins one. */
export function begins(root) {
  root.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-begin]")) return;
    event.preventDefault();
    event.submitter.disabled = true;
    try {
      const { id } = await act("/api/v1/corrections", Object.fromEntries(new FormData(event.target)));
      location.assign(`/correction?run=${encodeURIComponent(id)}`);
    } catch (problem) {
      say(problem.detail, true);
      event.submitter.disabled = false;
    }
  });
}

export class Correction {
  constructor(region) {
    this.root = region.element;
    this.picked = new Map();
    region.swapped = () => this.dress();
    this.root.addEventListener("change", ({ target }) => target.matches("[data-pick]") && this.pick(target));
    this.root.addEventListener("click", (event) => {
      const control = event.target.closest("[data-go-on], [data-again], [data-all], [data-approve]");
      if (!control) return;
      if ("all" in control.dataset) this.all();
      else if ("approve" in control.dataset) this.approve(control);
      else if ("again" in control.dataset) this.run(control, () => this.again());
      else this.run(control, () => this.goOn());
    });
    this.dress();
    if (Number(this.root.querySelector("[data-run]").dataset.waiting)) this.run(null, () => this.goOn());
  }

  get path() {
    return `/api/v1/corrections/${this.root.querySelector("[data-run]").dataset.run}`;
  }

  get boxes() {
    return [...this.root.querySelectorAll("[data-pick]")];
  }

  dress() {
    const here = new Map(this.boxes.map((box) => [box.dataset.pick, box.dataset.seen]));
    for (const [id, seen] of this.picked) if (here.get(id) !== seen) this.picked.delete(id);
    for (const box of this.boxes) box.checked = this.picked.has(box.dataset.pick);
    const button = this.root.querySelector("[data-approve]");
    if (!button) return;
    button.disabled = !this.picked.size;
    button.textContent = this.picked.size ? _("Approve & send %(number)s", { number: this.picked.size }) : _("Approve & send");
  }

  pick(box) {
    if (box.checked && this.picked.size < BATCH) this.picked.set(box.dataset.pick, box.dataset.seen);
    else this.picked.delete(box.dataset.pick);
    this.dress();
  }

  /** Whatever somebody should read first is chosen one by one. */
  all() {
    const boxes = this.boxes.filter((box) => !("readFirst" in box.dataset));
    for (const box of boxes.slice(0, BATCH)) this.picked.set(box.dataset.pick, box.dataset.seen);
    if (boxes.length > BATCH) say(_("A hundred at once at most."));
    this.dress();
  }

  /** Each is an approval of its own, of exactly what was seen. */
  approve(control) {
    const items = [...this.picked].map(([id, seen]) => ({ id, seen }));
    return this.run(control, async () => {
      const { results } = await act("/api/v1/approvals", { items, status: null });
      const refused = results.filter((one) => !one.approved);
      this.picked.clear();
      say(refused.length ? _("%(number)s not approved: %(why)s", { number: refused.length, why: refused[0].why }) : _("Approved. They leave in a few seconds."), Boolean(refused.length));
    });
  }

  async again() {
    await act(`${this.path}/again`);
    await this.goOn();
  }

  /** A few at a time, so that leaving the page loses nothing; one that stays to be tried ends the round. */
  async goOn() {
    let before = Infinity;
    for (;;) {
      const { waiting } = await act(`${this.path}/go-on`);
      await Region.refreshAll();
      if (!waiting || waiting >= before) return;
      before = waiting;
    }
  }

  async run(control, doing) {
    if (control) control.disabled = true;
    try {
      await doing();
    } catch (problem) {
      say(problem.detail, true);
    } finally {
      if (control) control.disabled = false;
    }
    await Region.refreshAll();
  }
}
