// What may be written in a place of a profile, by its schema.
import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import { capturedBy, namesIn, templatesOf } from "../../pkg/check/names.js";

const BUILT_IN = {
  access_token: "The access token; in resource_request, and after a step that brings one.",
  refresh_token: "The refresh token, in a refresh request.",
  scope: "The scope that the options name.",
  token_endpoint: "The URL of the token endpoint, for an assertion's aud.",
  issuer: "The profile's issuer, for an assertion's aud.",
  uuid: "A new random id, for an assertion's jti.",
};
const CREDENTIALS = {
  client_id: "What the client is called there.",
  client_secret: "What the client proves it with.",
  username: "A user's name, for a login or the password grant.",
  password: "The user's password.",
  api_key: "A key of the API's own.",
};

/** A source for CodeMirror's `autocompletion({ override: [completer(schema)] })`. */
export const completer = (schema) => (context) => {
  const place = placeAt(context.state, context.pos);
  if (!place) return null;
  if (place.isTemplate) return templateResult(context, place);
  if (!context.explicit && place.isBlank) return null;
  return place.isKey ? keyResult(schema, context.state, place) : valueResult(schema, place);
};

/** How long a completion may wait for the text to be parsed. */
const PARSING_MS = 200;

const treeOf = (state, pos) => ensureSyntaxTree(state, pos, PARSING_MS) ?? syntaxTree(state);

/** Where the cursor is: `{ isKey, path, from, to, … }`; `undefined` where nothing is to be completed. */
export function placeAt(state, pos) {
  const node = treeOf(state, pos).resolveInner(pos, -1);
  const text = state.sliceDoc(node.from, node.to);
  if (node.name === "PropertyName" && pos > node.from) {
    const object = node.parent.parent;
    return { isKey: true, path: pathOf(state, object), object, from: node.from, to: node.to, isNamed: true };
  }
  if (node.name === "String" && pos > node.from) {
    const before = state.sliceDoc(node.from, pos);
    const open = /\{\+?([\w.]*)$/.exec(before);
    if (open) return { isTemplate: true, from: pos - open[1].length, to: pos };
    return { isKey: false, path: pathOf(state, node), from: node.from, to: node.to };
  }
  const isBare = /^(True|False|Null|Number)$/.test(node.name);
  if (isBare) return { isKey: false, path: pathOf(state, node), from: node.from, to: node.to };
  return bareAt(state, pos, text);
}

/** A place where nothing stands yet, or a word without quotes. */
function bareAt(state, pos) {
  const line = state.sliceDoc(Math.max(0, pos - 400), pos);
  const word = /[\w$-]*$/.exec(line)[0];
  const from = pos - word.length;
  const before = line.slice(0, line.length - word.length).trimEnd();
  const last = before.at(-1);
  const near = treeOf(state, pos).resolveInner(Math.max(0, state.sliceDoc(0, from).trimEnd().length), -1);
  const own = { from, to: pos, isBlank: word === "" };
  if (last === ":") {
    const property = around(near, "Property");
    return property && { ...own, isKey: false, path: pathOf(state, property) };
  }
  const object = around(near, "Object", pos);
  if (!object) return undefined;
  const array = around(near, "Array", pos);
  if (array && array.from > object.from) return { ...own, isKey: false, path: [...pathOf(state, array), 0] };
  return { ...own, isKey: true, path: pathOf(state, object), object };
}

/** The nearest node of that name that is still open at `pos`. */
function around(node, name, pos) {
  for (let at = node; at; at = at.parent) {
    const isClosed = pos !== undefined && at.to < pos && /[}\]]/.test(at.lastChild?.name ?? "");
    if (at.name === name && !isClosed) return at;
  }
  return undefined;
}

/** The names and indexes that lead to a node. */
export function pathOf(state, node) {
  const path = [];
  for (let at = node; at?.parent; at = at.parent) {
    if (at.name === "Property") {
      const name = at.getChild("PropertyName");
      if (name) path.unshift(unquoted(state.sliceDoc(name.from, name.to)));
    } else if (at.parent.name === "Array") path.unshift(0);
  }
  return path;
}

function unquoted(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text.replaceAll('"', "");
  }
}

function keyResult(schema, state, { path, object, from, to, isNamed }) {
  const taken = new Set();
  for (let child = object?.firstChild; child; child = child.nextSibling) {
    const name = child.getChild?.("PropertyName");
    if (name && name.from !== from) taken.add(unquoted(state.sliceDoc(name.from, name.to)));
  }
  const options = schema.membersAt(path).filter(({ name }) => !taken.has(name) && name !== "$schema").map((member) => ({
    label: member.name,
    displayLabel: member.name,
    type: "property",
    detail: member.default === undefined ? "" : `default ${shortly(member.default)}`,
    info: member.description,
    // Quotes are typed by people and are part of what is matched.
    ...(isNamed && { label: JSON.stringify(member.name) }),
    apply: (view) => insertKey(view, member, from, view.state.selection.main.head, to),
  }));
  return options.length === 0 ? null : { from, options, filter: true, validFor: /^"?[\w$-]*"?$/ };
}

/** Writes the name, a colon, what its value begins with, and the commas that are missing around it. */
function insertKey(view, { name, types, values }, from, head, to) {
  const { doc } = view.state;
  const end = Math.max(head, Math.min(to, doc.length));
  const behind = doc.sliceString(end, Math.min(doc.length, end + 200));
  const before = doc.sliceString(Math.max(0, from - 200), from).trimEnd().at(-1);
  const hasValue = /^\s*:/.test(behind);
  const open = before === undefined || before === "{" || before === "," ? "" : ",";
  const isOnly = types.length > 0 && types.every((type) => type === types[0]);
  const [begin, close] = hasValue
    ? ["", ""]
    : isOnly && types[0] === "object"
    ? ["{ ", " }"]
    : isOnly && types[0] === "array"
    ? ["[", "]"]
    : types.includes("number") || types.includes("boolean")
    ? ["", ""]
    : ['"', '"'];
  const comma = !hasValue && /^\s*"/.test(behind) ? "," : "";
  const start = `${open}${JSON.stringify(name)}${hasValue ? "" : ": "}${begin}`;
  view.dispatch({
    changes: { from, to: end, insert: `${start}${close}${comma}` },
    selection: { anchor: from + start.length },
    userEvent: "input.complete",
  });
  if (values.length > 0) view.contentDOM.dispatchEvent(new CustomEvent("profile-complete", { bubbles: true }));
}

function valueResult(schema, { path, from, to }) {
  const options = schema.valuesAt(path).map(({ value, isDefault }) => ({
    label: JSON.stringify(value),
    type: typeof value === "string" ? "enum" : "constant",
    detail: isDefault ? "default" : "",
    info: schema.descriptionAt(path),
    apply: (view) =>
      view.dispatch({
        changes: { from, to: Math.max(to, view.state.selection.main.head), insert: JSON.stringify(value) },
        selection: { anchor: from + JSON.stringify(value).length },
        userEvent: "input.complete",
      }),
  }));
  return options.length === 0 ? null : { from, options, validFor: /^"?[\w:./-]*$/ };
}

/** Within `{…}` of a template. */
function templateResult({ state }, { from }) {
  const names = { ...CREDENTIALS, ...BUILT_IN, ...namesOf(state) };
  const options = Object.entries(names).map(([name, info]) => ({
    label: name,
    type: "variable",
    info,
    apply: (view) => {
      const { head } = view.state.selection.main;
      const isClosed = view.state.sliceDoc(head, head + 1) === "}";
      view.dispatch({
        changes: { from, to: head, insert: isClosed ? name : `${name}}` },
        selection: { anchor: from + name.length + 1 },
        userEvent: "input.complete",
      });
    },
  }));
  return { from, options, validFor: /^[\w.]*$/ };
}

/** What the profile names already, and what its steps capture. */
function namesOf(state) {
  try {
    const profile = JSON.parse(state.doc.toString());
    const captured = [...capturedBy(profile).keys()].map((name) => [name, "Captured from an answer."]);
    const named = templatesOf(profile).flatMap(({ text }) => namesIn(text)).map((name) => [name, "Named elsewhere."]);
    return Object.fromEntries([...named.filter(([name]) => !CREDENTIALS[name] && !BUILT_IN[name]), ...captured]);
  } catch {
    return {};
  }
}

function shortly(value) {
  const text = JSON.stringify(value);
  return text.length > 28 ? `${text.slice(0, 27)}…` : text;
}
