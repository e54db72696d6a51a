// Where in a pipeline a cursor stands: in which mapping, on a key or on a value, in which step.

import { outline } from "./outline.js";

/**
 * What stands at an offset of a text; null in a comment.
 *
 * Gives `{mapping, owner, mode, key, entry, typed, from, list}`: `mode` is "key" or "value", `typed` what stands between
 * `from` and the offset, `list` whether the value is one of several. `owner` is the entry whose value the mapping is;
 * `mapping` is null where the cursor is about to open it.
 */
export function contextAt(text, at, top = outline(text)) {
  const lineFrom = text.lastIndexOf("\n", at - 1) + 1;
  const before = text.slice(lineFrom, at);
  if (inComment(before)) return null;
  const brackets = innermost(top, at);
  if (brackets) return brackets.mapping ? inBraces(brackets.mapping, text, at) : inList(brackets, text, at);
  const line = top.lines.find((entry) => entry.from >= lineFrom && text.lastIndexOf("\n", entry.from - 1) + 1 === lineFrom);
  if (line && line.from <= at) {
    return line.colon < 0 || at <= line.colon ? onKey(line, text, at) : onValue(line, text, at);
  }
  return onEmptyLine(top, lineFrom, before, at);
}

/** The entry of the step that a context is in, or null. Steps stand under `steps`, alternatives of one under `one_of`. */
export function stepAt(context) {
  let entry = context.mapping ? (context.entry ?? context.mapping.owner) : context.owner;
  for (; entry; entry = entry.mapping.owner) {
    if (isStep(entry)) return entry;
  }
  return null;
}

/** Whether an entry is a step or an alternative of one. */
export function isStep(entry) {
  return ["steps", "one_of"].includes(entry.mapping.owner?.key);
}

/** The keys that lead to an entry, itself among them. */
export function pathOf(entry) {
  return entry ? [...pathOf(entry.mapping.owner), entry.key] : [];
}

function onKey(entry, text, at) {
  const { mapping } = entry;
  const typed = text.slice(entry.from, at);
  return { mapping, owner: mapping.owner, mode: "key", key: entry.key, entry, typed, from: entry.from, list: false };
}

function onValue(entry, text, at) {
  const typed = text.slice(Math.min(entry.valueFrom, at), at).trimStart();
  return valueOf(entry, at - typed.length, typed, false);
}

function valueOf(entry, from, typed, list) {
  return { mapping: entry.mapping, owner: entry.mapping.owner, mode: "value", key: entry.key, entry, typed, from, list };
}

function newKey(mapping, owner, at) {
  return { mapping, owner, mode: "key", key: "", entry: null, typed: "", from: at, list: false };
}

function inBraces(mapping, text, at) {
  const entry = mapping.entries.findLast((each) => each.from <= at);
  if (!entry || text.slice(entry.to, at).includes(",")) return newKey(mapping, mapping.owner, at);
  return entry.colon < 0 || at <= entry.colon ? onKey(entry, text, at) : onValue(entry, text, at);
}

function inList({ entry, list }, text, at) {
  const typed = /[^,[\s]*$/.exec(text.slice(list.from, at))[0];
  return valueOf(entry, at - typed.length, typed, true);
}

/** The innermost brackets around an offset: `{mapping}` for braces, `{entry, list}` for a list, or null. */
function innermost(top, at) {
  let found = null;
  const visit = (mapping) => {
    for (const entry of mapping.entries) {
      if (entry.list && entry.list.from < at && at <= entry.list.to) found = { entry, list: entry.list };
      if (!entry.child) continue;
      if (entry.child.flow && entry.child.from < at && at <= entry.child.to) found = { mapping: entry.child };
      visit(entry.child);
    }
  };
  visit(top);
  return found;
}

function onEmptyLine(top, lineFrom, before, at) {
  const last = top.lines.findLast((entry) => entry.from < lineFrom);
  if (!last) return newKey(top, null, at);
  if (/^\s*-\s/.test(before)) return onDash(last, before, at);
  const column = before.length;
  if (column > last.mapping.indent && last.colon >= 0 && !last.value && !last.child && !last.list) {
    return newKey(null, last, at);
  }
  let { mapping } = last;
  while (mapping.owner && mapping.indent > column) mapping = mapping.owner.mapping;
  return newKey(mapping, mapping.owner, at);
}

function onDash(last, before, at) {
  let entry = last;
  while (entry.mapping.owner && entry.mapping.indent > before.indexOf("-")) entry = entry.mapping.owner;
  return valueOf(entry, at, "", true);
}

function inComment(before) {
  let quote = "";
  for (let at = 0; at < before.length; at += 1) {
    const char = before[at];
    if (quote) {
      if (char === "\\" && quote === '"') at += 1;
      else if (char === quote) quote = "";
    } else if ((char === '"' || char === "'") && (at === 0 || /[\s,[{:]/.test(before[at - 1]))) quote = char;
    else if (char === "#" && (at === 0 || /\s/.test(before[at - 1]))) return true;
  }
  return false;
}
