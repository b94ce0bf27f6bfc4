// Closing an escalation: always with a decision what is documented, and why.
import { act } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";

export class Escalations {
  constructor(region) {
    this.root = region.element;
    this.root.addEventListener("click", (event) => {
      const control = event.target.closest("[data-close]");
      if (control) this.open(control.dataset.close);
    });
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.close(event.target, event.submitter);
    });
  }

  open(id) {
    for (const row of this.root.querySelectorAll("[data-closing]")) row.hidden = row.dataset.closing !== id;
    this.root.querySelector("[data-closing]:not([hidden]) input")?.focus();
  }

  async close(form, control) {
    control.disabled = true;
    try {
      const { escalation } = form.dataset;
      await act(`/api/v1/escalations/${escalation}/close`, { outcome: control.value, reason: form.elements.reason.value });
      await Region.refreshAll();
    } catch (problem) {
      say(problem.detail, true);
      control.disabled = false;
    }
  }
}
