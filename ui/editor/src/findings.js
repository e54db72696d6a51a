// What the checker found, at its lines. The server counts columns in characters, the editor in UTF-16 units.

import { setDiagnostics } from "@codemirror/lint";

/** Puts the findings of the server into the editor; those of other files stand at the first line. */
export function show(view, findings) {
  view.dispatch(setDiagnostics(view.state, findings.map((finding) => diagnostic(view.state.doc, finding))));
}

function diagnostic(doc, finding) {
  const [from, to] = span(doc, finding);
  const lines = [finding.message];
  if (finding.allowed) lines.push(`allowed: ${finding.allowed}`);
  const actions = [];
  if (finding.suggestion && to > from) {
    actions.push({
      name: `Change to ${finding.suggestion}`,
      apply: (view, start, end) => view.dispatch({ changes: { from: start, to: end, insert: finding.suggestion } }),
    });
  }
  return { from, to, severity: finding.severity ?? "error", message: lines.join("\n"), actions };
}

/** The offsets of a finding. */
export function span(doc, { line, column, length }) {
  if (!line || line > doc.lines) return [0, 0];
  const { from, text } = doc.line(line);
  const characters = Array.from(text);
  const start = characters.slice(0, column - 1).join("").length;
  const width = characters.slice(column - 1, column - 1 + Math.max(length, 1)).join("").length;
  return [from + start, from + start + width];
}
