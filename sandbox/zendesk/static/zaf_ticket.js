// What an app may read, set and do: the paths of the app framework for the ticket that is open.
import { scheme } from "./theme.js";

const SCALARS = ["id", "subject", "description", "status", "priority", "type", "tags"];

function userObject(person) {
  return person && { id: person.id, name: person.name, email: person.email, role: person.role, locale: person.locale, timeZone: { ianaName: person.iana_time_zone } };
}

function commentsOf(ticket) {
  return ticket.conversation.filter(entry => entry.kind === "comment");
}

function ticketObject(ticket, composer) {
  const shown = Object.fromEntries(SCALARS.map(name => [name, ticket[name]]));
  return {
    ...shown, tags: composer.field("tags"), isNew: false, externalId: ticket.external_id, via: { channel: ticket.via.channel },
    createdAt: ticket.created_at, updatedAt: ticket.updated_at, brand: { id: ticket.brand_id, name: "Acme", subdomain: "acme" },
    form: { id: ticket.ticket_form_id }, organization: null, collaborators: [], followers: [], emailCCs: [],
    requester: userObject(ticket.requester),
    assignee: { user: userObject(ticket.assignee), group: ticket.group_id ? { id: ticket.group_id, name: ticket.group } : null },
    comments: commentsOf(ticket).map(entry => ({
      id: entry.id, author: userObject(entry.author), value: entry.html, public: entry.public, useRichText: true,
      imageAttachments: [], nonImageAttachments: entry.attachments.map(one => ({ filename: one.file_name, contentType: one.content_type, contentUrl: one.content_url })),
    })),
    conversation: commentsOf(ticket).map(entry => ({
      author: userObject(entry.author), attachments: entry.attachments.map(one => ({ filename: one.file_name, contentType: one.content_type })),
      channel: { name: entry.public ? entry.channel : "internal" }, message: { content: entry.html, contentType: "text/html" }, timestamp: entry.at,
    })),
  };
}

function readable(state, composer) {
  const ticket = state.ticket && ticketObject(state.ticket, composer);
  return {
    ticket, comment: { text: composer.text(), type: composer.type(), useRichText: true, attachments: [] },
    channel: { name: "email" }, colorScheme: scheme(), currentUser: userObject(state.me),
    currentAccount: { subdomain: "acme", planName: "Sandbox", timeZone: { ianaName: "Europe/Berlin" } },
  };
}

// `ticket.requester.email` walks; `ticket.customField:custom_field_7` looks in the list.
function read(root, path) {
  const field = path.match(/^ticket\.customField:custom_field_(\d+)$/);
  if (field) return null;
  let value = root;
  for (const step of path.split(".")) {
    if (value === null || value === undefined || !(step in Object(value))) throw new Error("not available");
    value = value[step];
  }
  return value;
}

const SETTABLE = ["status", "tags", "type", "subject", "priority"];

function write(path, value, { composer }) {
  if (path === "comment.text" || path === "ticket.comment.text") composer.setText(String(value));
  else if (path === "comment.type" || path === "ticket.comment.type") {
    if (!["publicReply", "internalNote"].includes(value)) throw new Error("publicReply or internalNote");
    composer.setType(value);
  } else if (path.startsWith("ticket.") && SETTABLE.includes(path.slice(7))) composer.setField(path.slice(7), value);
  else throw new Error("cannot be set");
  return value;
}

const ACTIONS = {
  "comment.appendText": (tools, [text]) => tools.composer.appendText(text),
  "comment.appendHtml": (tools, [html]) => tools.composer.appendHtml(html),
  "comment.appendMarkdown": (tools, [text]) => tools.composer.appendText(text),
  "ticket.editor.insert": (tools, [html]) => tools.composer.appendHtml(html),
  "ticket.editor.hyperlink": (tools, [address, text]) => {
    const link = document.createElement("a");
    Object.assign(link, { href: address, textContent: text || address });
    tools.composer.appendHtml(link.outerHTML);
  },
  "ticket.tags.add": (tools, tags) => tools.composer.setField("tags", [...new Set([...tools.composer.field("tags"), ...tags])]),
  "ticket.tags.remove": (tools, tags) => tools.composer.setField("tags", tools.composer.field("tags").filter(tag => !tags.includes(tag))),
  enableSave: tools => tools.composer.setHeld(false),
  disableSave: tools => tools.composer.setHeld(true),
  notify: (tools, [text, kind, milliseconds]) => tools.notify(String(text), kind || "notice", Number(milliseconds) || 5000),
  resize: (tools, [size], instance) => { if (size?.height) instance.frame.style.minHeight = typeof size.height === "number" ? `${size.height}px` : size.height; },
  routeTo: (tools, [kind, id]) => { if (kind === "ticket") tools.go(`/agent/tickets/${id}`); },
  hide: () => {}, show: () => {}, popover: () => {}, track: () => {},
};

export function answerFor(state, tools) {
  return {
    get: path => read(readable(state, tools.composer), path),
    set: (path, value) => write(path, value, tools),
    invoke: (path, args, instance) => {
      const action = ACTIONS[path.replace(/^ticket\.comment\./, "comment.")];
      if (!action) throw new Error("not available");
      action(tools, args, instance);
      return true;
    },
  };
}

export function changedPaths(before, after) {
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const changed = SCALARS.filter(name => !same(before[name], after[name])).map(name => [`ticket.${name}`, after[name]]);
  if (!same(before.assignee, after.assignee)) changed.push(["ticket.assignee.user.id", after.assignee?.id ?? null]);
  if (!same(before.group_id, after.group_id)) changed.push(["ticket.assignee.group.id", after.group_id]);
  if (!same(before.updated_at, after.updated_at)) changed.push(["ticket.updatedAt", after.updated_at]);
  const now = ticketObject(after, { field: name => after[name] });
  if (commentsOf(before).length !== commentsOf(after).length) {
    changed.push(["ticket.comments", now.comments], ["ticket.conversation", now.conversation]);
  }
  return changed;
}
