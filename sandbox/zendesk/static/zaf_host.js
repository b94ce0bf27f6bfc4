// The host's side of the app framework's messages, for one frame.
const HOOK_PATIENCE_MS = 10000;
const instances = new Set();

export class Instance {
  constructor(frame, page, context, answers) {
    Object.assign(this, { frame, context, answers, metadata: page.metadata, guid: page.app_guid, origin: new URL(page.url).origin });
    this.registered = false;
    this.subscribed = new Set();
    this.hooks = new Map();
    this.whenRegistered = () => {};
    instances.add(this);
  }

  close() {
    this.event("app.willDestroy");
    instances.delete(this);
  }

  send(message) {
    this.frame.contentWindow?.postMessage(JSON.stringify(message), this.origin);
  }

  // Only what the app has asked for is told.
  event(name, message) {
    if (this.subscribed.has(name)) this.send({ key: `zaf.${name}`, message: message === undefined ? {} : message });
  }

  // Ask the app before something happens; a reply with an error stops it. Silence does not: saving must not hang.
  hook(name) {
    if (!this.subscribed.has(name)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, HOOK_PATIENCE_MS);
      this.hooks.set(name, error => {
        clearTimeout(timer);
        this.hooks.delete(name);
        if (error) reject(new Error(error.msg || "The app stopped this.")); else resolve();
      });
      this.send({ key: `zaf.${name}`, needsReply: true, message: {} });
    });
  }

  async receive(message) {
    const key = message.key || "";
    if (message.request) return this.answer(message);
    if (key === "iframe.handshake") return this.register();
    if (key.startsWith("iframe.on:")) return this.subscribe(key.slice(10));
    if (key.startsWith("iframe.off:")) { if (!message.message?.subscriberCount) this.subscribed.delete(key.slice(11)); return undefined; }
    if (key.startsWith("iframe.reply:")) return this.hooks.get(key.slice(13))?.(message.error);
    if (key.startsWith("iframe.trigger:")) return (find(message.instanceGuid) || this).event(key.slice(15), message.message);
    if (/^request:\d+$/.test(key)) return this.request(key, message.message || {});
    return undefined; // session.live, __track__ and whatever comes next
  }

  register() {
    this.registered = true;
    this.whenRegistered();
    this.send({ key: "zaf.app.registered", message: { metadata: this.metadata, context: this.context } });
  }

  subscribe(name) {
    this.subscribed.add(name);
    if (name === "app.activated") this.event(name, { firstLoad: true });
    if (name === "pane.activated" && this.context.location === "nav_bar") this.event(name);
  }

  async answer({ id, request, params }) {
    const asked = request === "get" ? params.map(path => [path, undefined]) : Object.entries(params);
    const result = { errors: {} };
    for (const [path, value] of asked) {
      try {
        result[path] = await this.answers[request](path, value, this);
      } catch (error) {
        result.errors[path] = { name: "APIRequestError", message: error.message, path };
      }
    }
    this.send({ id, result });
  }

  // The agent's own login for the host's API; other addresses would go through Zendesk's proxy, which is not here.
  async request(key, options) {
    const told = (name, args) => this.event(`${key}.${name}`, { responseArgs: args });
    if (!options.url?.startsWith("/api/v2/")) return told("fail", [{ status: 0, statusText: "only /api/v2/ is proxied here", responseText: "" }]);
    const method = (options.type || "GET").toUpperCase();
    const body = method === "GET" ? undefined : typeof options.data === "string" ? options.data : JSON.stringify(options.data ?? {});
    const answer = await fetch(options.url, { method, body, headers: { "Content-Type": options.contentType || "application/json" } });
    const text = await answer.text();
    let json = null;
    try { json = JSON.parse(text); } catch { /* not JSON */ }
    const facts = { status: answer.status, statusText: answer.statusText, responseText: text, responseJSON: json };
    if (!answer.ok) return told("fail", [facts]);
    return told("done", options.httpCompleteResponse ? [facts] : [json ?? text, "success", facts]);
  }
}

const find = guid => [...instances].find(one => one.guid === guid);

window.addEventListener("message", event => {
  const instance = [...instances].find(one => one.frame.contentWindow === event.source && one.origin === event.origin);
  if (!instance) return;
  let message = event.data;
  if (typeof message === "string") {
    try { message = JSON.parse(message); } catch { return; }
  }
  if (message && typeof message === "object") instance.receive(message);
});
