// Evidence: second looks, and the ramp: asked for by one admin, granted by another, taken back by anybody who may stop.
import { act } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";
import { _ } from "./texts.js";

export class Evidence {
  constructor(region) {
    region.element.addEventListener("click", (event) => {
      const control = event.target.closest("[data-says], [data-grant], [data-lower]");
      if (control) this.press(control);
    });
    region.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const { category } = event.target.closest("[data-category]").dataset;
      this.send(event.submitter, `/api/v1/ramp/${category}/ask`, { reason: event.target.elements.reason.value }, _("Asked. A second admin grants it."));
    });
  }

  press(control) {
    const { says, grant } = control.dataset;
    if (says) return this.send(control, `/api/v1/proposals/${control.closest("[data-task]").dataset.task}/second`, { said: says }, _("Noted."));
    if (grant) return this.send(control, `/api/v1/ramp/requests/${grant}/grant`, {}, _("Granted."));
    return this.send(control, `/api/v1/ramp/${control.closest("[data-category]").dataset.category}/lower`, {}, _("Back to approval."));
  }

  async send(control, path, body, done) {
    control.disabled = true;
    try {
      await act(path, body);
      say(done);
    } catch (problem) {
      say(problem.detail, true);
      control.disabled = false;
    }
    await Region.refreshAll();
  }
}
