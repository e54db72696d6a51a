// Bundles the editor into built/editor.js, with the digest of what it was made from in its first line, and gathers the
// licences of what is inside. `make editor` runs it.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const sources = ["package.json", "package-lock.json", "build.js", ...readdirSync("src").sort().map((name) => `src/${name}`)];
const digest = createHash("sha256");
for (const name of sources) digest.update(`${name}\n${readFileSync(name, "utf8")}\n`);

const made = await build({
  entryPoints: ["src/index.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
});

const packages = new Set(
  Object.keys(made.metafile.inputs)
    .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter(Boolean),
);
const licences = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
});

mkdirSync("built", { recursive: true });
writeFileSync("built/editor.js", `// Made by \`make editor\` from ${digest.digest("hex")}\n${made.outputFiles[0].text}`);
writeFileSync("built/LICENSES.txt", licences.join(`\n${"-".repeat(80)}\n\n`));
