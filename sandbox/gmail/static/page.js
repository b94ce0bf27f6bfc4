// Small things that each script of the page needs.
export const element = id => document.getElementById(id);

export async function call(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const answer = await fetch(path, options);
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw Object.assign(new Error(told?.error?.message || `the sandbox answered ${answer.status}`), { status: answer.status });
  return told;
}

export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

export function ago(at) {
  const minutes = Math.max(0, Math.floor((Date.now() - at) / 60000));
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  return new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

export function notify(text, kind = "notice", milliseconds = 5000) {
  const shown = make("div", { class: `notice ${kind}`, role: "status", "data-testid": "notification" }, text);
  element("notices").append(shown);
  setTimeout(() => shown.remove(), milliseconds);
}
