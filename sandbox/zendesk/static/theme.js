// Light or dark: as the agent chose for this browser, or as their computer is.
import { element } from "./page.js";

const KEPT = "theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => localStorage.getItem(KEPT) || "system";

export function scheme() {
  if (chosen() !== "system") return chosen();
  return system.matches ? "dark" : "light";
}

/** `changed`: whoever is on the page is told. */
export function startTheme(changed) {
  const picker = element("theme");
  const dress = () => {
    const before = document.documentElement.dataset.scheme;
    document.documentElement.dataset.scheme = scheme();
    if (before && before !== scheme()) changed(scheme());
  };
  picker.value = chosen();
  picker.addEventListener("change", () => { localStorage.setItem(KEPT, picker.value); dress(); });
  system.addEventListener("change", dress);
  dress();
}
