// Cards as Gmail draws them: the widgets that exist, and an error for every other one.
import { make } from "./page.js";

const ICONS = {
  block: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM5 5l10 10", warning: "M10 3l8 14H2zM10 8v4M10 14.2v.6",
  visibility: "M1.5 10C3.5 6 6.5 4.5 10 4.5s6.500 1.500 8.500 5.500c-2 4-5 5.500-8.500 5.500S3.500 14 1.500 10zM10 7.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z",
  hourglass_top: "M6 3h8M6 17h8M7 3c0 5 6 5 6 7s-6 3-6 7M13 3c0 5-6 5-6 7s6 3 6 7", check_circle: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM6.5 10l2.5 2.5 4.5-5",
};
const MARKUP = new Set(["B", "I", "U", "S", "BR", "FONT"]);

export function drawCard(card, press, kept) {
  const sections = card.sections.map(section => drawSection(section, press, kept));
  const header = make("header", { class: "card-head" }, make("h2", { "data-testid": "card-title" }, card.header.title),
    card.header.subtitle && make("p", { "data-testid": "card-subtitle" }, card.header.subtitle));
  const fixed = card.fixedFooter && make("footer", { class: "card-foot", "data-testid": "card-footer" },
    ...["primaryButton", "secondaryButton"].filter(name => card.fixedFooter[name]).map(name => button(card.fixedFooter[name], press)));
  return make("div", { class: "card" }, make("div", { class: "card-body" }, header, ...sections), fixed);
}

function drawSection(section, press, kept) {
  const widgets = section.widgets.map(widget => drawWidget(widget, press, kept));
  const made = make("section", { class: "card-section" }, section.header && make("h3", {}, text(section.header)));
  if (!section.collapsible) { made.append(...widgets); return made; }
  const always = section.uncollapsibleWidgetsCount || 0;
  const more = make("div", { hidden: "hidden" }, ...widgets.slice(always));
  const words = `Show ${widgets.length - always}${always ? " more" : ""}`;
  const toggle = make("button", { type: "button", class: "link more", "aria-expanded": "false", "data-testid": "card-more" }, words);
  toggle.addEventListener("click", () => {
    more.hidden = !more.hidden;
    toggle.setAttribute("aria-expanded", String(!more.hidden));
    toggle.textContent = more.hidden ? words : "Show less";
  });
  made.append(...widgets.slice(0, always), more, toggle);
  return made;
}

function drawWidget(widget, press, kept) {
  const kinds = Object.keys(widget);
  if (kinds.length !== 1 || !DRAWN[kinds[0]]) throw new Error(`unknown widget ${kinds.join(", ") || "(empty)"}`);
  return DRAWN[kinds[0]](widget[kinds[0]], press, kept);
}

const DRAWN = {
  textParagraph: one => make("p", { class: "paragraph" }, text(one.text)),
  divider: () => make("hr"),
  buttonList: (one, press) => make("div", { class: "buttons" }, ...one.buttons.map(each => button(each, press))),
  decoratedText: (one, press) => {
    const words = make("div", {}, one.topLabel && make("p", { class: "label-line" }, one.topLabel), make("p", {}, text(one.text)), one.bottomLabel && make("p", { class: "label-line" }, one.bottomLabel));
    const tag = one.onClick ? "button" : "div";
    const made = make(tag, { class: `decorated ${one.startIcon?.materialIcon?.name || ""}`, type: one.onClick && "button", "data-testid": one.onClick && "card-line" }, one.startIcon && icon(one.startIcon), words, one.button && button(one.button, press));
    if (one.onClick) made.addEventListener("click", () => clicked(one.onClick, press));
    return made;
  },
  textInput: (one, press, kept) => {
    const many = one.type === "MULTIPLE_LINE";
    const field = make(many ? "textarea" : "input", { name: one.name, rows: many && 10, maxlength: one.validation?.characterLimit, "data-testid": `field-${one.name}`, autocomplete: "off" });
    field.value = kept[one.name] ?? one.value ?? "";
    const list = one.initialSuggestions && make("datalist", { id: `for-${one.name}` }, ...one.initialSuggestions.items.map(({ text: value }) => make("option", { value })));
    if (list) field.setAttribute("list", list.id);
    return make("label", { class: "field" }, make("span", {}, one.label), field, list);
  },
  selectionInput: (one, press, kept) => one.type === "DROPDOWN" ? menu(one, kept) : choices(one, kept),
};

function menu(one, kept) {
  const field = make("select", { name: one.name, "data-testid": `field-${one.name}` }, ...one.items.map(item => make("option", { value: item.value }, item.text)));
  field.value = kept[one.name] ?? (one.items.find(item => item.selected) || one.items[0]).value;
  return make("label", { class: "field" }, make("span", {}, one.label), field);
}

function choices(one, kept) {
  const type = { RADIO_BUTTON: "radio", CHECK_BOX: "checkbox" }[one.type];
  if (!type) throw new Error(`unknown selection ${one.type}`);
  return make("fieldset", { class: "field" }, one.label && make("legend", {}, one.label), ...one.items.map(item => make("label", { class: "choice" },
    make("input", { type, name: one.name, value: item.value, checked: (kept[one.name] ? kept[one.name] === item.value : item.selected) && "checked", "data-testid": `field-${one.name}-${item.value.replaceAll(" ", "-")}` }), ` ${item.text}`)));
}

function button(one, press) {
  if (!one.text || !one.onClick) throw new Error("a button without words or action");
  const made = make("button", { type: "button", class: `card-button ${(one.type || "OUTLINED").toLowerCase()}`, "data-testid": "card-button" }, one.text);
  if (one.color) made.style.setProperty("--blue", `rgb(${["red", "green", "blue"].map(part => Math.round((one.color[part] || 0) * 255)).join(" ")})`);
  made.addEventListener("click", () => clicked(one.onClick, press, made));
  return made;
}

function clicked({ action, openLink }, press, made) {
  if (openLink) { window.open(openLink.url, "_blank", "noopener"); return; }
  const card = made?.closest(".card");
  const missing = (action.requiredWidgets || []).find(name => !values(card)[name]);
  if (missing) { card.querySelector(`[name="${missing}"]`).focus(); card.querySelector(`[name="${missing}"]`).closest(".field").classList.add("missing"); return; }
  if (made && action.loadIndicator === "SPINNER") made.classList.add("spinning");
  press(action);
}

/** What was typed and chosen. */
export function values(place) {
  const found = {};
  for (const field of place.querySelectorAll("[name]")) {
    if (!["radio", "checkbox"].includes(field.type) || field.checked) found[field.name] = field.value;
  }
  return found;
}

function icon({ materialIcon }) {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  made.setAttribute("viewBox", "0 0 20 20");
  made.setAttribute("class", "icon-mark");
  made.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[materialIcon?.name] || "M10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z");
  made.append(path);
  return made;
}

/** The few tags that card text may have; everything else becomes words. */
function text(html) {
  const made = document.createDocumentFragment();
  made.append(...[...new DOMParser().parseFromString(html, "text/html").body.childNodes].map(copied));
  return made;
}

function copied(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.textContent);
  if (!MARKUP.has(node.tagName)) return document.createTextNode(node.outerHTML || "");
  const made = make(node.tagName === "FONT" ? "span" : node.tagName.toLowerCase(), {}, ...[...node.childNodes].map(copied));
  if (node.tagName === "FONT") made.className = "in-red";
  return made;
}
