// The editor's looks: every colour is one of the app's theme, light or dark.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const text = "var(--st-text-color)";
const border = "1px solid var(--st-border-color)";
const faint = "color-mix(in srgb, var(--st-text-color) 60%, transparent)";

export const look = [
  EditorView.theme({
    "&": {
      color: text, backgroundColor: "var(--st-secondary-background-color)", border, fontSize: "0.85rem",
      borderRadius: "var(--st-base-radius)", height: "min(68vh, 42rem)", overflow: "hidden",
    },
    "&.cm-focused": { outline: "1px solid color-mix(in srgb, var(--st-text-color) 45%, transparent)", outlineOffset: "-1px" },
    ".cm-scroller": { fontFamily: "var(--st-code-font)", lineHeight: "1.5" },
    ".cm-content": { caretColor: text },
    ".cm-cursor, .cm-dropCursor": { borderLeftColor: text },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "color-mix(in srgb, var(--st-primary-color) 25%, transparent)",
    },
    ".cm-gutters": { backgroundColor: "transparent", color: faint, border: "none" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--st-text-color) 6%, transparent)" },
    ".cm-panels, .cm-tooltip": { backgroundColor: "var(--st-background-color)", color: text, border },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--st-primary-color)", color: "white" },
    ".cm-completionDetail": { fontStyle: "normal", opacity: "0.7" },
    ".cm-tooltip": { maxWidth: "min(36rem, 92vw)" },
    ".cm-tooltip .rk-doc, .cm-diagnostic": {
      padding: "0.4rem 0.6rem", whiteSpace: "pre-wrap", overflowWrap: "anywhere", maxHeight: "18rem", overflowY: "auto",
      fontFamily: "var(--st-font)", fontSize: "0.8rem",
    },
    ".rk-facts": { fontFamily: "var(--st-code-font)", opacity: "0.75", marginBottom: "0.2rem" },
    ".cm-diagnosticAction": { backgroundColor: "var(--st-primary-color)", color: "white", borderRadius: "0.25rem" },
    ".cm-searchMatch": { backgroundColor: "var(--st-yellow-background-color)" },
    ".cm-textfield, .cm-button": { color: text, backgroundColor: "var(--st-secondary-background-color)", backgroundImage: "none", border },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--st-blue-text-color)" },
      { tag: [tags.string, tags.special(tags.string)], color: "var(--st-green-text-color)" },
      { tag: [tags.lineComment, tags.comment], color: faint, fontStyle: "italic" },
      { tag: [tags.keyword, tags.labelName, tags.typeName, tags.meta], color: "var(--st-violet-text-color)" },
    ]),
  ),
];
