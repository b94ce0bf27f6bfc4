// What the scripts say, in the page's language: its catalogue comes along in the document, and English needs none.
const texts = JSON.parse(document.querySelector("meta[name=texts]")?.content || "{}");

/** The text for that English one, with values for its %(names)s. */
export const _ = (text, values = {}) => (texts[text] ?? text).replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

/** For dates and numbers; English is left to the browser, which knows which English. */
export const language = document.documentElement.lang === "en" ? undefined : document.documentElement.lang;
