// What differs between two texts.

/** The one change that makes a text of another: `{from, to, insert}`, or null where they are the same. It halves no
 * character that takes two units of UTF-16. */
export function difference(old, text) {
  if (old === text) return null;
  const most = Math.min(old.length, text.length);
  let from = 0;
  while (from < most && old[from] === text[from]) from += 1;
  if (from && isFirstHalf(old.charCodeAt(from - 1))) from -= 1;
  let behind = 0;
  while (behind < most - from && old[old.length - 1 - behind] === text[text.length - 1 - behind]) behind += 1;
  if (behind && isSecondHalf(old.charCodeAt(old.length - behind))) behind -= 1;
  return { from, to: old.length - behind, insert: text.slice(from, text.length - behind) };
}

function isFirstHalf(unit) {
  return (unit & 0xfc00) === 0xd800;
}

function isSecondHalf(unit) {
  return (unit & 0xfc00) === 0xdc00;
}
