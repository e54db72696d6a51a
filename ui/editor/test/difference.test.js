import assert from "node:assert/strict";
import { test } from "node:test";

import { difference } from "../src/difference.js";

test("the change between two texts is the shortest stretch that holds all of it", () => {
  assert.equal(difference("k: 5", "k: 5"), null);
  assert.deepEqual(difference("k: 5\nb: 1", "k: 57\nb: 1"), { from: 4, to: 4, insert: "7" });
  assert.deepEqual(difference("aa", "aaa"), { from: 2, to: 2, insert: "a" });
  assert.deepEqual(difference("", "a"), { from: 0, to: 0, insert: "a" });
  assert.deepEqual(difference("abc", ""), { from: 0, to: 3, insert: "" });
});

test("no change halves a character", () => {
  const texts = ["", "a", "😀", "😁", "a😀b", "a😁b", "a😀😁b", "\u{1f600}\u{1fa00}", "😀😀", "مرحبا", "🏳️‍🌈"];
  for (const old of texts) {
    for (const text of texts) {
      const found = difference(old, text);
      if (!found) continue;
      assert.equal(old.slice(0, found.from) + found.insert + old.slice(found.to), text);
      for (const each of [found.insert, old.slice(found.from, found.to)]) assert.ok(each.isWellFormed(), `${old} ${text}`);
    }
  }
});
