import assert from "node:assert/strict";
import { test } from "node:test";

import { contextAt, pathOf, stepAt } from "../src/context.js";
import { outline } from "../src/outline.js";

/** The context at the mark ‸ of a text, with paths instead of objects. */
function at(marked) {
  const place = marked.indexOf("‸");
  const found = contextAt(marked.replace("‸", ""), place);
  if (!found) return found;
  const step = stepAt(found);
  return {
    mode: found.mode,
    path: pathOf(found.owner).join("/"),
    key: found.key,
    typed: found.typed,
    step: step && pathOf(step).join("/"),
    ...(found.list ? { list: true } : {}),
  };
}

const HEAD = `version: 1   # a comment: not a key
name: "x: y"
description: >
  steps: not a step
  either
steps:
  candidates:
    use: retrieve.hybrid
    k: {choice: [30, 50], default: 50}
`;

test("a key at the top", () => {
  assert.deepEqual(at("version: 1\nna‸"), { mode: "key", path: "", key: "na", typed: "na", step: null });
  assert.deepEqual(at("‸"), { mode: "key", path: "", key: "", typed: "", step: null });
  assert.deepEqual(at("version: 1\n‸"), { mode: "key", path: "", key: "", typed: "", step: null });
});

test("a key of a step, while its line has no colon yet", () => {
  const found = at(`${HEAD}    den‸\n  evidence:\n    use: select.top_k\n`);
  assert.deepEqual(found, { mode: "key", path: "steps/candidates", key: "den", typed: "den", step: "steps/candidates" });
});

test("a blank line belongs to the mapping of its column", () => {
  assert.equal(at(`${HEAD}    ‸`).path, "steps/candidates");
  assert.equal(at(`${HEAD}  ‸`).path, "steps");
  assert.equal(at(`${HEAD}‸`).path, "");
  assert.equal(at(`${HEAD}  evidence:\n    ‸`).path, "steps/evidence");
  assert.equal(at(`${HEAD}  evidence:\n    ‸`).step, "steps/evidence");
});

test("values, in blocks, braces and brackets", () => {
  assert.deepEqual(at(`${HEAD}  evidence:\n    use: sel‸`), {
    mode: "value", path: "steps/evidence", key: "use", typed: "sel", step: "steps/evidence",
  });
  assert.deepEqual(at(`${HEAD}  evidence: {use: select.top_k, passages: ‸}\noutput: x`), {
    mode: "value", path: "steps/evidence", key: "passages", typed: "", step: "steps/evidence",
  });
  assert.deepEqual(at(`${HEAD}  pool: {use: fuse.rrf, passages: [dense, sp‸], weights: [1, 2]}`), {
    mode: "value", path: "steps/pool", key: "passages", typed: "sp", step: "steps/pool", list: true,
  });
  assert.deepEqual(at(`${HEAD}  pool:\n    passages:\n      - ‸`), {
    mode: "value", path: "steps/pool", key: "passages", typed: "", step: "steps/pool", list: true,
  });
});

test("keys in braces, also before they are closed", () => {
  assert.deepEqual(at(`${HEAD}  evidence: {use: select.top_k, ‸}`), {
    mode: "key", path: "steps/evidence", key: "", typed: "", step: "steps/evidence",
  });
  assert.deepEqual(at(`${HEAD}  evidence: {use: select.top_k, k‸\noutput: evidence\n`), {
    mode: "key", path: "steps/evidence", key: "k", typed: "k", step: "steps/evidence",
  });
  assert.equal(at(`${HEAD}    score: {ch‸}`).path, "steps/candidates/score");
  assert.equal(at(`${HEAD}  evidence: {use: select.top_k}‸`).mode, "value");
});

test("braces keep what is in them, whatever the next line looks like", () => {
  assert.deepEqual(at("steps:\n  pool: {us‸}\n    k: 10\n  other: 1\n"), {
    mode: "key", path: "steps/pool", key: "us", typed: "us", step: "steps/pool",
  });
});

test("steps inside flows and alternatives", () => {
  const text = "steps:\n  ask:\n    use: flow.route\n    branches:\n      multi-hop:\n        steps:\n          hits:\n            use: ‸\n";
  assert.equal(at(text).step, "steps/ask/branches/multi-hop/steps/hits");
  assert.equal(at("steps:\n  rerank:\n    one_of:\n      cross: {use: ‸}\n").step, "steps/rerank/one_of/cross");
  assert.equal(at("steps:\n  eac‸h:\n    use: flow.map\n").step, "steps/each");
});

test("comments and texts have no context, and what looks like a key in them is none", () => {
  assert.equal(at("version: 1  # na‸"), null);
  assert.equal(at("# na‸"), null);
  assert.deepEqual(outline(HEAD).entries.map((entry) => entry.key), ["version", "name", "description", "steps"]);
  assert.equal(outline(HEAD).get("name").value, "x: y");
});

test("an outline never fails, and its places lie in the text", () => {
  const pieces = ["steps:", "\n", "  ", "a: ", "{", "}", "[", "]", '"', "'", "# c", "- ", "use: x.y", ",", "|", "\t", "é", ": "];
  let seed = 7;
  const next = (most) => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: 1 + next(14) }, () => pieces[next(pieces.length)]).join("");
    for (const entry of outline(text).lines) {
      assert.ok(entry.from >= 0 && entry.from <= entry.to && entry.to <= text.length, JSON.stringify(text));
    }
    for (let place = 0; place <= text.length; place += 1) {
      const found = contextAt(text, place);
      if (found) assert.equal(text.slice(found.from, place), found.typed, JSON.stringify([text, place]));
    }
  }
});
