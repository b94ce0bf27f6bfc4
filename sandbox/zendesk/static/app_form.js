// The app's settings as an admin sees them: a form made of the parameters that the package declares.
import { call, element, make } from "./page.js";

let parameters = [];

export async function openAppForm() {
  draw(await call("GET", "/agent/app-form"));
}

function draw(now) {
  parameters = now.parameters;
  element("app-form").hidden = !now.installed;
  element("app-form-fields").replaceChildren(...parameters.map(one => field(one, now)));
  element("app-form").querySelector("button").disabled = !now.may_change;
  say(now.may_change ? "" : "Only an admin can change these.");
}

function field(one, now) {
  const input = make("input", { name: one.name, type: one.secure ? "password" : one.type, "data-testid": `app-form-${one.name}`, autocomplete: "off" });
  if (one.type === "checkbox") input.checked = now.settings[one.name];
  else input.value = one.secure ? "" : now.settings[one.name];
  input.disabled = !now.may_change;
  return make("label", {}, ...(one.type === "checkbox" ? [input, ` ${one.name}`] : [`${one.name} `, input]));
}

function say(text) {
  element("app-form-note").textContent = text;
}

async function save(event) {
  event.preventDefault();
  const form = element("app-form");
  const settings = {};
  for (const one of parameters) {
    const input = form.elements[one.name];
    if (one.type === "checkbox") settings[one.name] = input.checked;
    else if (input.value) settings[one.name] = input.value;
  }
  draw(await call("POST", "/agent/app-form", { settings }));
  say("Saved.");
}

element("app-form").addEventListener("submit", save);
