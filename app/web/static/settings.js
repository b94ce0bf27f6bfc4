// The switch: between a person and a stop stands no question.
import { act } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";

export class Settings {
  constructor(region) {
    this.region = region;
    region.element.addEventListener("submit", (event) => {
      const form = event.target.closest("[data-stop]");
      if (!form) return;
      event.preventDefault();
      this.turn("rollback", form.elements.scope.value, form.querySelector("button"));
    });
    region.element.addEventListener("click", (event) => {
      const control = event.target.closest("[data-act=restore]");
      if (control) this.turn("restore", control.dataset.scope, control, { granting: control.dataset.granting === "true" });
    });
  }

  async turn(way, scope, control, more = {}) {
    control.disabled = true;
    try {
      await act(`/api/v1/${way}`, { scope, ...more });
      await Region.refreshAll();
    } catch (problem) {
      say(problem.detail, true);
    } finally {
      control.disabled = false;
    }
  }
}
