// The switch: between a person and a stop stands no question.
import { act } from "./api.js";
import { Region } from "./region.js";
import { say } from "./screen.js";
import { _ } from "./texts.js";

export class Settings {
  constructor(region) {
    this.region = region;
    region.element.addEventListener("submit", (event) => {
      const form = event.target.closest("[data-stop], [data-json]");
      if (!form) return;
      event.preventDefault();
      if ("json" in form.dataset) return this.fill(form);
      const more = form.elements.revoke ? { revoke: true } : {};
      this.turn("rollback", form.elements.scope.value, form.querySelector("button"), more);
    });
    region.element.addEventListener("click", (event) => {
      const control = event.target.closest("[data-act=restore]");
      if (control) this.turn("restore", control.dataset.scope, control, { granting: control.dataset.granting === "true" });
      const opens = event.target.closest("[data-open]");
      if (opens) this.drawer(opens.dataset.open);
      if (event.target.closest("[data-close]")) event.target.closest("form").hidden = true;
    });
  }

  drawer(name) {
    const form = this.region.element.querySelector(`form[data-name="${CSS.escape(name)}"]`);
    form.hidden = !form.hidden;
    if (!form.hidden) form.querySelector("input:not([type=hidden]), select").focus();
  }

  /** Send a form's fields as JSON, say what became of it, and show the page as it is then. */
  async fill(form) {
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const done = await act(form.dataset.json, Object.fromEntries(new FormData(form)));
      if (form.dataset.shows) return this.shown(form, done[form.dataset.shows]);
      if ("name" in form.dataset) form.hidden = true;
      await Region.refreshAll();
      say(done.says || form.dataset.done);
    } catch (problem) {
      say(problem.detail, true);
    } finally {
      button.disabled = false;
    }
  }

  /** What is shown once stays until they close it. */
  shown(form, text) {
    const place = form.querySelector("[data-shown]");
    place.hidden = false;
    place.querySelector("input").value = text;
    place.querySelector("input").select();
    form.querySelector("[data-close]").textContent = _("Done");
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
