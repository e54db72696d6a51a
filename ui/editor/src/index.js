// The editor as a Streamlit component. Streamlit calls the default function when it appears and whenever `data` changes.
//
// In: `data` holds `name`, `text`, `revision`, `readOnly` and `vocabulary`. The text is taken over when name or revision
// are new, so that what somebody types is never undone by an answer to an earlier key. Findings come by an event of the
// page (`ragkit:findings`) and not in `data`: they change with each key, and this bundle is sent along with `data`.
// Out: `draft` ({name, text, editor, stamp}, of which the last two say which text an answer is about), `step` (the keys of
// the step that the cursor is in), and the trigger `save`.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
} from "@codemirror/view";

import { completions } from "./complete.js";
import { contextAt, pathOf, stepAt } from "./context.js";
import { show } from "./findings.js";
import { hovers } from "./hover.js";
import { look } from "./theme.js";

const TYPED = 80; // milliseconds after the last key before the text is sent to the checker
const MOVED = 250; // and after the last move of the cursor before its step is
const editors = new WeakMap();

export default function mount(component) {
  const { parentElement } = component;
  let editor = editors.get(parentElement);
  if (!editor) editors.set(parentElement, (editor = new Editor(parentElement)));
  editor.update(component);
  return () => {
    editor.close();
    editors.delete(parentElement);
  };
}

class Editor {
  constructor(parent) {
    this.id = Math.random().toString(36).slice(2);
    this.stamp = 0;
    this.unsent = false;
    this.dirty = false;
    this.editable = new Compartment();
    this.host = document.createElement("div");
    parent.append(this.host);
    this.view = new EditorView({ parent: this.host, root: this.host.getRootNode() });
    this.heard = (event) => this.findings(event.detail);
    this.leaving = (event) => this.dirty && event.preventDefault();
    document.addEventListener("ragkit:findings", this.heard);
    window.addEventListener("beforeunload", this.leaving);
  }

  update({ data, setStateValue, setTriggerValue }) {
    const shown = this.data;
    this.data = data;
    this.tell = setStateValue;
    this.trigger = setTriggerValue;
    if (shown?.name !== data.name) {
      this.view.setState(EditorState.create({ doc: data.text, extensions: this.extensions() }));
      this.step = undefined;
    } else if (shown.revision !== data.revision) {
      this.replace(data.text);
    }
    this.view.dispatch({ effects: this.editable.reconfigure(EditorState.readOnly.of(Boolean(data.readOnly))) });
    if (window.ragkitFindings) this.findings(window.ragkitFindings);
  }

  close() {
    clearTimeout(this.typing);
    clearTimeout(this.moving);
    document.removeEventListener("ragkit:findings", this.heard);
    window.removeEventListener("beforeunload", this.leaving);
    this.view.destroy();
    this.host.remove();
  }

  /** Takes a text over as one change of what differs, so that the cursor stays and the change can be undone. */
  replace(text) {
    const old = this.view.state.doc.toString();
    let from = 0;
    while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
    let behind = 0;
    const most = Math.min(old.length, text.length) - from;
    while (behind < most && old[old.length - 1 - behind] === text[text.length - 1 - behind]) behind += 1;
    this.view.dispatch({ changes: { from, to: old.length - behind, insert: text.slice(from, text.length - behind) } });
    clearTimeout(this.typing);
    this.unsent = false;
  }

  findings({ name, editor, stamp, dirty, findings }) {
    if (name !== this.data?.name) return;
    this.dirty = Boolean(dirty);
    // An answer to a text that has been changed since is not shown: the next one is on its way.
    const late = editor === this.id && stamp < this.stamp;
    if (!late && !this.unsent) show(this.view, findings);
  }

  send() {
    clearTimeout(this.typing);
    this.unsent = false;
    this.stamp += 1;
    const text = this.view.state.doc.toString();
    this.tell("draft", { name: this.data.name, text, editor: this.id, stamp: this.stamp });
  }

  changed(update) {
    if (update.docChanged) {
      this.unsent = true;
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.send(), TYPED);
    }
    if (update.docChanged || update.selectionSet) {
      clearTimeout(this.moving);
      this.moving = setTimeout(() => this.moved(), MOVED);
    }
  }

  moved() {
    const context = contextAt(this.view.state.doc.toString(), this.view.state.selection.main.head);
    const step = context && stepAt(context);
    const path = JSON.stringify(step ? pathOf(step) : []);
    if (step && path !== this.step) {
      this.step = path;
      this.tell("step", JSON.parse(path));
    }
  }

  extensions() {
    const vocabulary = () => this.data?.vocabulary;
    const save = () => {
      this.send();
      this.trigger("save", true);
      return true;
    };
    return [
      lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(),
      closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), search({ top: true }),
      indentUnit.of("  "), EditorState.tabSize.of(2), yaml(), look, EditorView.lineWrapping,
      autocompletion({ override: [completions(vocabulary)], icons: false }),
      hoverTooltip(hovers(vocabulary)),
      keymap.of([
        { key: "Mod-s", run: save, preventDefault: true },
        ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap,
        ...lintKeymap, indentWithTab,
      ]),
      EditorView.contentAttributes.of({ "aria-label": "The pipeline's YAML. Escape, then Tab leaves the editor." }),
      EditorView.domEventHandlers({ blur: () => void (this.unsent && this.send()) }),
      EditorView.updateListener.of((update) => this.changed(update)),
      this.editable.of(EditorState.readOnly.of(false)),
    ];
  }
}
