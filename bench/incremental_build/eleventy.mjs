// eleventy-img over every image of a folder, with its disk cache: a run finds its outputs by the hash of the source.
//   node eleventy.mjs MODULES SOURCES OUTPUTS
import { createRequire } from "node:module";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const [modules, sources, outputs] = process.argv.slice(2);
const { default: Image } = await import(createRequire(join(modules, "package.json")).resolve("@11ty/eleventy-img"));
const files = readdirSync(sources, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
await Promise.all(
  files.map((file) => Image(file, { widths: ["auto"], formats: ["webp"], outputDir: outputs, urlPath: "/" })),
);
console.log(files.length);
