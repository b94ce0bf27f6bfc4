// The list: one line for each thread of the chosen folder.
import { ago, element, make } from "./page.js";

export function drawList(state) {
  const mine = state.threads.filter(thread => state.folder === "all" || thread.folders.includes(state.folder));
  const found = mine.filter(thread => !state.words || `${thread.subject} ${thread.who.join(" ")} ${thread.snippet}`.toLowerCase().includes(state.words));
  element("rows").replaceChildren(...found.map(thread => row(thread, thread.id === state.threadId)));
  if (!found.length) element("rows").append(make("li", { class: "none" }, "Nothing here."));
  for (const place of document.querySelectorAll("[data-count]")) {
    const name = place.dataset.count;
    const count = name === "inbox" ? state.threads.filter(one => one.unread && one.folders.includes("inbox")).length : name === "drafts" ? state.threads.filter(one => one.draft).length : 0;
    place.textContent = count || "";
  }
}

function row(thread, current) {
  const who = thread.who.map(name => name === "me" ? "me" : name.split(" ")[0]).join(", ");
  return make("li", { class: thread.unread ? "row unread" : "row" }, make("a", {
    href: `/mail/${thread.id}`, "data-testid": "thread-row", "data-thread-id": thread.id, "aria-current": current && "true",
  },
  make("span", { class: "row-who" }, who, thread.count > 1 && make("span", { class: "quiet" }, ` ${thread.count}`), thread.draft && make("span", { class: "is-draft" }, " Draft")),
  make("time", { class: "row-when" }, ago(thread.at)),
  make("span", { class: "row-subject" }, thread.subject || "(no subject)"),
  make("span", { class: "row-snippet" }, plain(thread.snippet))));
}

function plain(escaped) {
  return new DOMParser().parseFromString(escaped, "text/html").documentElement.textContent;
}
