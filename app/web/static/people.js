// People: a role is set when it is chosen; signing somebody out ends all that they have open.
import { act } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";
import { _ } from "./texts.js";

export class People {
  constructor(region) {
    region.element.addEventListener("change", (event) => {
      const chosen = event.target.closest("[data-role]");
      if (chosen) this.ask(chosen, "role", { role: chosen.value }, _("Role set."));
    });
    region.element.addEventListener("click", (event) => {
      const control = event.target.closest("[data-sign-out]");
      if (control) this.ask(control, "sign-out", {}, _("Signed out everywhere."));
    });
  }

  async ask(control, what, body, done) {
    const { email } = control.closest("[data-email]").dataset;
    control.disabled = true;
    try {
      await act(`/api/v1/people/${encodeURIComponent(email)}/${what}`, body);
      say(done);
    } catch (problem) {
      say(problem.detail, true);
    } finally {
      control.disabled = false;
      await Region.refreshAll();
    }
  }
}
