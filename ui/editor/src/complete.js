// Completion: keys, component names, values and references, as the schema and the steps of the file allow them.

import { contextAt } from "./context.js";
import { outline } from "./outline.js";
import { keyOf, keysAt, referencesAt } from "./vocabulary.js";

/** A source of completions for CodeMirror; `vocabularyOf` gives the vocabulary at that moment. */
export function completions(vocabularyOf) {
  return (state) => {
    const vocabulary = vocabularyOf();
    const text = state.state.doc.toString();
    const top = outline(text);
    const context = vocabulary && contextAt(text, state.pos, top);
    if (!context || (!context.typed && !state.explicit && !mayBegin(context, text, state.pos))) return null;
    const options = context.mode === "key" ? keys(context, vocabulary) : values(context, top, vocabulary);
    return options.length ? { from: context.from, options, validFor: /^[\w.@-]*$/ } : null;
  };
}

/** Behind `use: ` and the like the list opens by itself. */
function mayBegin(context, text, at) {
  return context.mode === "value" && /[:[,]\s+$|\[$/.test(text.slice(Math.max(0, at - 2), at));
}

function keys(context, vocabulary) {
  const found = keysAt(context, vocabulary) ?? {};
  const taken = new Set((context.mapping?.entries ?? []).filter((entry) => entry !== context.entry).map((entry) => entry.key));
  return Object.entries(found)
    .filter(([name]) => !taken.has(name))
    .map(([name, key], place) => ({
      label: name,
      apply: `${name}: `,
      type: key.kind === "parameter" ? "property" : "keyword",
      detail: key.type ?? "",
      info: () => described(key),
      boost: -place / 10,
    }));
}

function values(context, top, vocabulary) {
  const key = context.entry ? keyOf(context.entry, vocabulary) : undefined;
  if (!key) return [];
  if (key.kind === "use") return components(vocabulary);
  if (key.kind === "reference") return references(context, top, vocabulary);
  if (key.kind === "corpus") return plain(vocabulary.corpora, "corpus");
  if (key.kind === "lm") return plain((top.get("lms")?.child?.entries ?? []).map((entry) => entry.key), "lm");
  return [...plain(key.values ?? [], "value"), ...marks(key, context)];
}

function components(vocabulary) {
  return Object.entries(vocabulary.components).map(([name, component]) => ({
    label: name,
    type: "class",
    info: () => described(component),
  }));
}

function references(context, top, vocabulary) {
  return referencesAt(context, top, vocabulary).map(({ name, type, from }, place) => ({
    label: name,
    type: "variable",
    detail: [from, type].filter(Boolean).join(" · "),
    boost: -place / 10,
  }));
}

function plain(names, type) {
  return names.map((name) => ({ label: String(name), type }));
}

/** The forms of a search mark, for a parameter that has nothing yet. */
function marks(key, context) {
  if (key.kind !== "parameter" || context.list || context.entry.child) return [];
  const value = key.default === undefined || key.default === null ? "" : JSON.stringify(key.default);
  const number = typeof key.default === "number";
  return [
    ...(value ? [{ label: value, type: "value", detail: "default", boost: 1 }] : []),
    { label: "{choice: […]}", apply: `{choice: [${value}], default: ${value}}`, type: "text", detail: "search mark" },
    ...(number ? [{ label: "{range: […]}", apply: `{range: [${value}, ], default: ${value}}`, type: "text", detail: "search mark" }] : []),
  ];
}

/** What is said of a key or a component, as text: nothing of it is read as HTML. */
export function described({ doc, type, values: allowed, default: given }) {
  const box = document.createElement("div");
  box.className = "rk-doc";
  const facts = [type, allowed?.length ? `one of ${allowed.join(", ")}` : "", given === undefined ? "" : `default ${JSON.stringify(given)}`];
  for (const [name, text] of [["rk-facts", facts.filter(Boolean).join(" · ")], ["rk-text", doc ?? ""]]) {
    if (!text) continue;
    const part = document.createElement("div");
    part.className = name;
    part.textContent = text;
    box.append(part);
  }
  return box;
}
