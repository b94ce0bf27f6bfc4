// A region shows a part of a page and keeps it true: asks again every two seconds while it can be seen.
import { part } from "./api.js";
import { escaped, localTimes } from "./screen.js";
import { _ } from "./texts.js";

const EVERY = 2000;
const HURRY = 500; // while a reply counts down or is on its way

export class Region {
  static all = new Set();

  /** Something changed that every part of the page may show. */
  static refreshAll() {
    return Promise.all([...Region.all].map((region) => region.refresh({ force: true })));
  }

  constructor(element, path, swapped = () => {}) {
    Object.assign(this, { element, path, swapped, etag: null, shown: null, failures: 0, held: false });
    // Between pressing and letting go the button must stay the same button, or the click is lost.
    element.addEventListener("pointerdown", () => (this.held = true));
    for (const over of ["pointerup", "pointercancel"]) addEventListener(over, () => setTimeout(() => (this.held = false)));
  }

  /** Start asking. `given`: the document came with the part in it. */
  start(given = false) {
    Region.all.add(this);
    if (given) this.dress();
    const turn = async () => {
      if (this.stopped) return;
      if (!document.hidden) await this.refresh();
      setTimeout(turn, this.hurried ? HURRY : EVERY * Math.min(1 + this.failures, 8));
    };
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    turn();
    return this;
  }

  /** Ask no more: another page took this one's place. */
  stop() {
    this.stopped = true;
    Region.all.delete(this);
  }

  /** Show another part from now on. */
  go(path) {
    Object.assign(this, { path, etag: null, shown: null });
    return this.refresh({ force: true });
  }

  get open() {
    return this.element.querySelector(".drawer:not([hidden]), .menu:not([hidden]), [data-closing]:not([hidden])");
  }

  /** While somebody presses, types or chooses, nothing is taken from under their hands. */
  get busy() {
    return this.held || Boolean(this.open);
  }

  get hurried() {
    return !this.failures && Boolean(this.element.querySelector("[data-undo], .outcome.sending, .switch.OFF, [data-going]:not([data-going='0'])"));
  }

  async refresh({ force = false } = {}) {
    const { path, open } = this;
    if (!path || (this.busy && !force)) return;
    try {
      const { html, etag } = await part(path, force ? null : this.etag);
      this.failures = 0;
      const opened = this.shown !== null && this.open && this.open !== open; // while this was on its way
      if (path !== this.path || (force ? opened : this.busy)) return;
      this.etag = etag;
      if (html !== null && html !== this.shown) this.show(html);
      this.element.querySelector("[data-lost]")?.remove();
    } catch (problem) {
      this.failures += 1;
      this.fail(problem);
    }
  }

  show(html) {
    const focused = this.element.contains(document.activeElement) && sameAs(document.activeElement);
    const folds = [...this.element.querySelectorAll("details[id]")].map(({ id, open }) => [id, open]);
    this.shown = html;
    this.element.innerHTML = html;
    for (const [id, open] of folds) this.element.querySelector(`#${CSS.escape(id)}`)?.toggleAttribute("open", open);
    this.element.removeAttribute("aria-busy");
    this.dress();
    if (focused) this.element.querySelector(focused)?.focus({ preventScroll: true });
  }

  dress() {
    localTimes(this.element);
    this.swapped(this.element);
  }

  fail(problem) {
    this.element.removeAttribute("aria-busy");
    const text = problem.status === 401
      ? _("<strong>Signed out.</strong> Sign in again, here or in another tab.")
      : `<strong>${_("No connection.")}</strong> ${escaped(problem.detail || _("Trying again…"))}`;
    const old = this.element.querySelector("[data-lost]") || document.createElement("div");
    old.className = "banner warn";
    old.dataset.lost = "";
    old.dataset.testid = "banner-lost";
    old.setAttribute("role", "status");
    old.innerHTML = text;
    this.element.querySelector(".skeleton")?.remove();
    this.element.prepend(old);
  }
}

/** A selector that finds the same control in the next rendering. */
function sameAs(control) {
  const known = ["act", "drawer", "sentence", "open", "show"].filter((name) => name in control.dataset);
  return known.map((name) => `[data-${name}="${CSS.escape(control.dataset[name])}"]`).join("");
}
