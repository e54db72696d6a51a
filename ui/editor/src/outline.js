// The mappings of a YAML text and where their keys stand, also while somebody is in the middle of a line.
//
// A parser gives up where a text is not finished, which is where an editor is asked. This one reads indentation and
// brackets only: enough to know which mapping the cursor is in. What the text means is for the checker.

const KEY = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#,[\]{}"'&*!|>%@`-][^#,[\]{}]*?|-[^\s,[\]{}:#][^#,[\]{}]*?))\s*:(?=\s|$)/;

/** One mapping. `indent` is its column, -1 inside brackets. `owner` is the entry it is the value of. */
class Mapping {
  constructor(indent, owner, from) {
    Object.assign(this, { indent, owner, from, to: from, entries: [], flow: indent < 0 });
  }

  /** The keys that lead here from the top. */
  get path() {
    return this.owner ? [...this.owner.mapping.path, this.owner.key] : [];
  }

  /** The entry of a key, or undefined. */
  get(key) {
    return this.entries.find((entry) => entry.key === key);
  }
}

/**
 * One key of a mapping. `colon` is -1 while none has been typed; `value` is its scalar as written, or "". `child` is the
 * mapping that is its value, `list` the brackets of the list that is: `{from, to}`.
 */
function entryOf(mapping, key, from, keyTo, colon) {
  const entry = { mapping, key, from, keyTo, colon, valueFrom: keyTo, to: keyTo, value: "", child: null, list: null };
  mapping.entries.push(entry);
  return entry;
}

/** Reads a text; gives the mapping at its top. `lines` of it hold, for each line, the entry that begins there. */
export function outline(text) {
  const top = new Mapping(0, null, 0);
  top.to = text.length;
  top.lines = [];
  const open = [top];
  let at = 0;
  while (at <= text.length) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    const content = line.search(/[^ \t]/);
    if (content < 0 || line[content] === "#" || /^(---|\.\.\.)(\s|$)/.test(line)) {
      at = end + 1;
      continue;
    }
    at = blockLine(text, at, content, end, open, top) + 1;
  }
  return top;
}

/** Reads one line outside brackets; gives the offset of the end of the last line that belongs to its value. */
function blockLine(text, start, content, end, open, top) {
  let column = content;
  let dash = false;
  while (text[start + column] === "-" && /\s|$/.test(text[start + column + 1] ?? "")) {
    dash = true;
    column += 1 + text.slice(start + column + 1, end).search(/\S|$/);
  }
  const indent = dash ? content : column;
  while (open.length > 1 && (open.at(-1).indent > indent || (dash && open.at(-1).indent === indent && open.at(-1).item))) {
    open.pop();
  }
  let mapping = open.at(-1);
  const last = mapping.entries.at(-1);
  const match = KEY.exec(text.slice(start + column, end));
  if (dash && last && last.colon >= 0) {
    last.to = end;
  }
  if ((dash && match) || (!dash && column > mapping.indent && last && last.colon >= 0 && isEmpty(last))) {
    const child = new Mapping(column, last ?? null, start + column);
    child.item = dash;
    if (last) last.child = child;
    if (match || !dash) {
      open.push(child);
      mapping = child;
    }
  } else if (dash || column > mapping.indent) {
    const bracket = text[start + column];
    return bracket === "{" || bracket === "[" ? lineEnd(text, flow(text, start + column, mapping.indent, last)) : end;
  }
  const found = match
    ? entryOf(mapping, keyOf(match), start + column, start + column + match[0].length - 1, start + column + match[0].length - 1)
    : entryOf(mapping, text.slice(start + column, end).trim(), start + column, end, -1);
  top.lines.push(found);
  const stop = match ? value(text, found, end, indent) : end;
  for (const each of open) each.to = Math.max(each.to, stop);
  return stop;
}

/** Reads what stands behind a colon; gives the offset of the end of its last line. */
function value(text, entry, end, indent) {
  const rest = text.slice(entry.colon + 1, end);
  const skip = rest.search(/\S/);
  entry.valueFrom = entry.to = skip < 0 ? end : entry.colon + 1 + skip;
  if (skip < 0 || text[entry.valueFrom] === "#") {
    entry.valueFrom = entry.to = Math.min(entry.valueFrom, end);
    return end;
  }
  const first = text[entry.valueFrom];
  if (first === "{" || first === "[") {
    const stop = flow(text, entry.valueFrom, indent, entry);
    entry.to = stop;
    return lineEnd(text, stop);
  }
  if (first === "|" || first === ">") {
    entry.value = first;
    entry.to = scalarBlockEnd(text, end, indent);
    return entry.to;
  }
  if (first === '"' || first === "'") {
    const stop = quoteEnd(text, entry.valueFrom);
    entry.value = text.slice(entry.valueFrom + 1, stop - 1);
    entry.to = stop;
    return lineEnd(text, stop);
  }
  const plain = /^.*?(?=\s+#|\s*$)/.exec(text.slice(entry.valueFrom, end))[0];
  entry.value = /^[&*]\S+$/.test(plain) ? "" : plain;
  entry.to = entry.valueFrom + plain.length;
  return end;
}

/** Reads brackets from the opening one; gives the offset behind the closing one, or where they must have ended. */
function flow(text, from, indent, owner) {
  const isMap = text[from] === "{";
  const mapping = isMap ? new Mapping(-1, owner, from) : null;
  const list = { from, to: from };
  if (mapping && owner) owner.child = mapping;
  if (!mapping && owner) owner.list = list;
  let at = from + 1;
  let entry = null;
  // `to` is the last offset that is inside: in front of the closing bracket, or the end of what was typed.
  const close = (inside, behind) => {
    (mapping ?? list).to = inside;
    return behind;
  };
  while (at < text.length) {
    const char = text[at];
    if (char === "\n") {
      const line = /^([ \t]*)(\S?)/.exec(text.slice(at + 1, lineEnd(text, at + 1)));
      if (line[2] && line[1].length <= indent && line[2] !== "}" && line[2] !== "]") return close(at, at);
      at += 1;
    } else if (char === "#" && /\s/.test(text[at - 1])) {
      at = lineEnd(text, at);
    } else if (char === "}" || char === "]") {
      return close(at, at + 1);
    } else if (char === ",") {
      entry = null;
      at += 1;
    } else if (/\s/.test(char)) {
      at += 1;
    } else if (char === "{" || char === "[") {
      at = flow(text, at, indent, entry ?? owner);
      if (entry) entry.to = at;
    } else if (mapping && !entry) {
      const match = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s,[\]{}:][^,[\]{}\n]*?))\s*:(?=[\s,[\]{}]|$)/.exec(text.slice(at, lineEnd(text, at)));
      if (match) {
        at += match[0].length;
        entry = entryOf(mapping, keyOf(match), at - match[0].length, at - 1, at - 1);
        entry.valueFrom = entry.to = at;
      } else {
        const word = plainEnd(text, at);
        entryOf(mapping, text.slice(at, word).trim(), at, word, -1);
        at = word;
      }
    } else {
      const stop = char === '"' || char === "'" ? quoteEnd(text, at) : plainEnd(text, at);
      if (entry && !entry.value) {
        entry.valueFrom = at;
        entry.value = text.slice(at, stop).trim().replace(/^(["'])(.*)\1$/s, "$2");
      }
      if (entry) entry.to = stop;
      at = Math.max(stop, at + 1);
    }
  }
  return close(text.length, text.length);
}

function isEmpty(entry) {
  return !entry.value && !entry.list && !entry.child?.flow;
}

function keyOf(match) {
  return match[1] ?? match[2] ?? match[3];
}

function lineEnd(text, at) {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function plainEnd(text, at) {
  const match = /[,[\]{}\n]| #/.exec(text.slice(at + 1));
  return match ? at + 1 + match.index : text.length;
}

/** The offset behind a quoted scalar; an unfinished one ends with its line, so that the lines below keep their sense. */
function quoteEnd(text, from) {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (quote === "'" && text[at] === "'" && text[at + 1] === "'") at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return lineEnd(text, from);
}

function scalarBlockEnd(text, end, indent) {
  let stop = end;
  while (stop < text.length) {
    const next = lineEnd(text, stop + 1);
    const line = text.slice(stop + 1, next);
    const content = line.search(/\S/);
    if (content >= 0 && content <= indent) return stop;
    stop = next;
  }
  return stop;
}
