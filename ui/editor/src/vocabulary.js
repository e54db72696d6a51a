// What may stand at a place of a pipeline, from the vocabulary that the server made of the schema and the components:
//
//   {top, common, components: {use: {doc, keys: {name: KEY}, ports: {name: type}}}, corpora}
//   KEY = {doc, kind, type, values, default, keys}
//
// `kind` says what a value is: `parameter`, `reference` (a port, a step), `steps`, `text` …

import { isStep, stepAt } from "./context.js";

/** The keys that may stand in the mapping of a context: `{name: KEY}`; null where any name may stand. */
export function keysAt(context, vocabulary) {
  const { owner } = context;
  if (!owner) return vocabulary.top;
  if (isStep(owner)) {
    const use = useOf(context.mapping ?? owner.child);
    if (use === undefined) return { use: vocabulary.use, one_of: vocabulary.one_of };
    const component = vocabulary.components[use];
    return component ? { use: vocabulary.use, ...component.keys, ...vocabulary.common } : { use: vocabulary.use };
  }
  const key = keyOf(owner, vocabulary);
  if (!key) return null;
  return key.keys ?? (key.kind === "parameter" ? vocabulary.mark : null);
}

/** The description of an entry's key, or undefined: names that a file makes up have none. */
export function keyOf(entry, vocabulary) {
  const { mapping } = entry;
  return keysAt({ mapping, owner: mapping.owner }, vocabulary)?.[entry.key];
}

/** What a place can refer to: `[{name, type, from}]` for the steps, ports and inputs that are seen from it. */
export function referencesAt(context, top, vocabulary) {
  const found = new Map();
  const add = (name, type, from) => found.has(name) || found.set(name, { name, type, from });
  const own = stepAt(context);
  for (let mapping = own?.mapping; mapping; mapping = mapping.owner?.mapping) {
    if (mapping.owner?.key === "steps") mapping.entries.filter((entry) => entry !== own).forEach((entry) => addStep(entry, add, vocabulary));
    carried(mapping).forEach((name) => add(`carry.${name}`, "", "carried"));
    if (useOf(mapping) === "flow.map") add("item", "", "the element");
  }
  if (!own) top.get("steps")?.child?.entries.forEach((entry) => addStep(entry, add, vocabulary));
  top.get("inputs")?.child?.entries.forEach((entry) => add(entry.key, entry.value, "input"));
  add("question", "str", "input");
  add("history", "list[Turn]", "input");
  return [...found.values()];
}

function addStep(entry, add, vocabulary) {
  const use = useOf(entry.child) ?? useOf(entry.child?.get("one_of")?.child?.entries[0]?.child);
  const ports = Object.entries(vocabulary.components[use]?.ports ?? {});
  add(entry.key, ports[0]?.[1] ?? "", use ?? "");
  const more = use === "flow.loop" ? carried(entry.child).map((name) => [name, ""]) : [];
  [...ports.slice(1), ...more].forEach(([name, type]) => add(`${entry.key}.${name}`, type, use));
}

function carried(mapping) {
  return (mapping?.get("carry")?.child?.entries ?? []).map((entry) => entry.key);
}

function useOf(mapping) {
  return mapping?.get("use")?.value || undefined;
}
