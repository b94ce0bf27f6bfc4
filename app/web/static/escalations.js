// Escalations: take one, pass it on, close it; one form is open at a time.
import { act, now } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";
import { _ } from "./texts.js";

const SAID = { take: _("It is yours."), "pass-on": _("Passed on."), close: _("Closed.") };

export class Escalations {
  constructor(region) {
    this.root = region.element;
    this.root.addEventListener("click", (event) => {
      const control = event.target.closest("[data-open]");
      if (control) this.open(control.closest("[data-escalation]").dataset.escalation, control.dataset.open);
    });
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.open("", ""));
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(event.target, event.submitter);
    });
  }

  open(id, step) {
    for (const form of this.root.querySelectorAll("form[data-step]")) {
      form.hidden = form.dataset.closing !== id || form.dataset.step !== step;
      if (!form.hidden) form.querySelector("input, select").focus();
    }
  }

  async send(form, control) {
    const { closing, step } = form.dataset;
    const { hours, ...fields } = Object.fromEntries(new FormData(form));
    const due = hours ? { due: new Date(now() + hours * 3600000).toISOString() } : {};
    control.disabled = true;
    try {
      await act(`/api/v1/escalations/${closing}/${step}`, { ...fields, ...due });
      say(SAID[step]);
      this.open("", "");
      await Region.refreshAll();
    } catch (problem) {
      say(problem.detail, true);
      control.disabled = false;
    }
  }
}
