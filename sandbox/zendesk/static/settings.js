// The switches of the sandbox: the app's installation and the host's bad days.
import { openAppForm } from "./app_form.js";
import { call } from "./page.js";

const boxes = () => [...document.querySelectorAll("[data-switch], [data-fault]")];

export async function openSettings() {
  draw(await call("GET", "/agent/switches"));
  await openAppForm();
}

function draw(now) {
  for (const box of boxes()) {
    box.disabled = false; // before that, a box says nothing that is so
    box.checked = box.dataset.switch ? now[box.dataset.switch] : now.faults.includes(box.dataset.fault);
  }
}

async function change(box) {
  const fault = { kind: box.dataset.fault, active: box.checked, ...(box.checked ? JSON.parse(box.dataset.options || "{}") : {}) };
  draw(await call("POST", "/agent/switches", box.dataset.switch ? { [box.dataset.switch]: box.checked } : { fault }));
  await openAppForm();
}

boxes().forEach(box => box.addEventListener("change", () => change(box)));
