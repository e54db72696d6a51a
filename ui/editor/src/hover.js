// Hover text: what a key, a component or a reference is.

import { contextAt } from "./context.js";
import { described } from "./complete.js";
import { outline } from "./outline.js";
import { keyOf, referencesAt } from "./vocabulary.js";

/** A source of tooltips for CodeMirror; `vocabularyOf` gives the vocabulary at that moment. */
export function hovers(vocabularyOf) {
  return (view, at) => {
    const vocabulary = vocabularyOf();
    const text = view.state.doc.toString();
    const top = outline(text);
    const context = vocabulary && contextAt(text, at, top);
    const entry = context?.entry;
    if (!entry) return null;
    const onKey = at <= entry.keyTo && at >= entry.from;
    const told = onKey ? keyOf(entry, vocabulary) : valueTold(context, text, at, top, vocabulary);
    if (!told) return null;
    const word = view.state.wordAt(at);
    const [from, to] = onKey ? [entry.from, entry.keyTo] : [word?.from ?? at, word?.to ?? at];
    return { pos: from, end: to, above: true, create: () => ({ dom: described(told) }) };
  };
}

function valueTold(context, text, at, top, vocabulary) {
  const key = keyOf(context.entry, vocabulary);
  if (key?.kind === "use") return vocabulary.components[context.entry.value];
  if (key?.kind !== "reference") return null;
  const word = /[\w.]*$/.exec(text.slice(0, at))[0] + /^[\w.]*/.exec(text.slice(at))[0];
  const found = referencesAt(context, top, vocabulary).find(({ name }) => name === word);
  return found ? { doc: [found.from, found.type].filter(Boolean).join(": ") } : null;
}
