// The editor as a Streamlit component. Streamlit calls the default function when it appears and whenever `data` changes.
//
// In: `data` holds `name`, `text`, `revision`, `based`, `readOnly` and `vocabulary`. The text is taken over when name or
// revision are new, so that what somebody types is never undone by an answer to an earlier key; `based` says of which
// draft (editor, stamp) it was made.
// Out: `step` (the keys of the step that the cursor is in), and the triggers `save` and `rested`: the latter when nothing
// was typed for a while, to have the graph and the forms drawn from the text.
//
// Texts and findings go another way, for they change with each key: `window.ragkitChecker`, a component of its own,
// takes a draft ({name, text, editor, stamp}, of which the last two say which text an answer is about) and holds the last
// answer; an event of the page (`ragkit:findings`) says that there is one.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { ChangeSet, Compartment, EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
} from "@codemirror/view";

import { completions } from "./complete.js";
import { contextAt, pathOf, stepAt } from "./context.js";
import { difference } from "./difference.js";
import { show } from "./findings.js";
import { hovers } from "./hover.js";
import { look } from "./theme.js";

const TYPED = 80; // milliseconds after the last key before the text is sent to the checker
const MOVED = 250; // and after the last move of the cursor before its step is
const RESTED = 400; // and after the last key, and its answer, before the rest of the page is drawn anew
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
    this.texts = []; // those that were sent, from the last on that was answered, and what was changed since
    this.stamp = 0; // of the last text that was sent
    this.rests = 0; // and of the last that the page was drawn anew for
    this.lastKey = 0;
    this.unsent = false;
    this.saving = false;
    this.dirty = false;
    this.editable = new Compartment();
    this.host = document.createElement("div");
    parent.append(this.host);
    this.view = new EditorView({ parent: this.host, root: this.host.getRootNode() });
    this.heard = () => this.answered();
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
      this.texts = [];
      this.sent(this.view.state.doc.toString());
      this.step = undefined;
    } else if (shown.revision !== data.revision) {
      this.replace(data);
    }
    this.view.dispatch({ effects: this.editable.reconfigure(EditorState.readOnly.of(Boolean(data.readOnly))) });
    this.answered();
  }

  close() {
    clearTimeout(this.typing);
    clearTimeout(this.moving);
    clearTimeout(this.resting);
    document.removeEventListener("ragkit:findings", this.heard);
    window.removeEventListener("beforeunload", this.leaving);
    this.view.destroy();
    this.host.remove();
  }

  /** Notes which text the server has now. */
  sent(text) {
    this.texts.push({ stamp: this.stamp, text, since: ChangeSet.empty(text.length) });
  }

  /**
   * Takes over a text that the server made of one that it had from here. What was typed since then stays, and is sent;
   * the change is one step of undo by itself, and moves neither the cursor nor what is in sight.
   */
  replace({ text, based: [editor, stamp] }) {
    const of = (editor === this.id && this.texts.find((each) => each.stamp === stamp)) || this.texts.at(-1);
    const found = difference(of.text, text);
    const change = ChangeSet.of(found ? [found] : [], of.text.length);
    const since = of.since.map(change, true);
    this.view.dispatch({ changes: change.map(of.since), annotations: isolateHistory.of("full") });
    this.texts = [{ stamp, text, since }];
    if (!since.empty) return;
    clearTimeout(this.typing);
    this.unsent = false;
  }

  answered() {
    const { name, editor, stamp, dirty, findings } = window.ragkitChecker?.answer ?? {};
    if (!name || name !== this.data?.name) return;
    this.dirty = Boolean(dirty);
    // An answer to a text that has been changed since is not shown: the next one is on its way.
    const late = editor === this.id && stamp < this.stamp;
    if (editor === this.id) this.texts = this.texts.filter((each) => each.stamp >= stamp);
    if (late || this.unsent) return;
    show(this.view, findings);
    if (this.saving) {
      this.saving = false;
      this.trigger("save", true);
    }
    if (this.rests >= this.stamp) return;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rested(), Math.max(this.lastKey + RESTED - performance.now(), 0));
  }

  /** Has the rest of the page drawn anew, once for each text. */
  rested() {
    if (this.unsent || this.rests >= this.stamp) return;
    this.rests = this.stamp;
    this.trigger("rested", this.stamp);
  }

  send() {
    clearTimeout(this.typing);
    if (!window.ragkitChecker) {
      this.typing = setTimeout(() => this.send(), TYPED); // it is drawn right after the editor
      return;
    }
    this.unsent = false;
    this.stamp += 1;
    const text = this.view.state.doc.toString();
    this.sent(text);
    window.ragkitChecker.ask({ name: this.data.name, text, editor: this.id, stamp: this.stamp });
  }

  changed(update) {
    if (update.docChanged) {
      for (const each of this.texts) each.since = each.since.compose(update.changes);
      this.unsent = true;
      this.lastKey = performance.now();
      clearTimeout(this.resting);
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
      this.saving = true; // once the text has arrived: what is told in one breath arrives as one, in the first's place
      this.send();
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
