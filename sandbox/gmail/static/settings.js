// The switches: what the person agreed to, and bad days.
import { call, element, make } from "./page.js";

export async function openSettings() {
  const { declared, granted } = await call("GET", "/mail/consent");
  element("scopes").replaceChildren(...declared.map(scope => make("label", {},
    make("input", { type: "checkbox", checked: granted.includes(scope) && "checked", "data-scope": scope, "data-testid": `scope-${scope.split(/[/.]/).pop()}` }), ` ${scope}`)));
  const { faults } = await call("GET", "/mail/switches");
  for (const box of document.querySelectorAll("[data-fault]")) {
    box.disabled = false; // before that, a box says nothing that is so
    box.checked = faults.includes(JSON.parse(box.dataset.fault).kind);
  }
}

element("settings").addEventListener("change", async () => {
  const scopes = [...document.querySelectorAll("[data-scope]:checked")].map(box => box.dataset.scope);
  await call("POST", "/mail/consent", { scopes });
  const faults = [...document.querySelectorAll("[data-fault]:checked")].map(box => JSON.parse(box.dataset.fault));
  await call("POST", "/mail/switches", { faults });
});
