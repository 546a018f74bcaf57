// Builds static/dist/ from static/: everything bundled, small, and named by its content, so that browsers may keep it
// for ever. manifest.json says what became of each file: "js/scan/page.js" -> "js/scan/page-AB12CD34.js".
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "static");
const target = join(source, "dist");
const COPIED = [".gif", ".ico", ".jpg", ".png", ".svg", ".txt", ".webmanifest", ".webp", ".woff2"];

const files = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
const web = (path) => path.split(sep).join("/");

// A script of its own: each file of static/js, and of a folder there only what a page loads. The rest is imported by these.
const isEntryPoint = (path) =>
  /^css\/[^/]+\.css$/.test(path) ||
  /^js\/[^/]+\.js$/.test(path) ||
  /^js\/.+\/(page|worker|service-worker)\.js$/.test(path) ||
  COPIED.some((ending) => path.endsWith(ending));

const entryPoints = files(source)
  .filter((path) => !path.startsWith(target + sep))
  .filter((path) => isEntryPoint(web(relative(source, path))));

mkdirSync(target, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  outbase: source,
  outdir: target,
  entryNames: "[dir]/[name]-[hash]",
  assetNames: "[name]-[hash]",
  publicPath: "/static/dist",
  bundle: true,
  minify: true,
  format: "esm",
  // Phones from 2020 on. Safari is not named: esbuild 0.28 would then refuse destructuring.
  target: ["es2020", "chrome80"],
  loader: { ...Object.fromEntries(COPIED.map((ending) => [ending, "copy"])), ".wasm": "file" },
  charset: "utf8",
  legalComments: "linked",
  logLevel: "warning",
  metafile: true,
}).catch(() => process.exit(1)); // esbuild has said where by then

// Packed once here, so that no server packs them again for each phone (bulou/assets.py sends them).
const packed = Object.keys(metafile.outputs)
  .filter((path) => /\.(css|js|svg|wasm)$/.test(path))
  .map((path) => join(root, path));
for (const path of packed) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));

const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  const name = web(relative(target, join(root, path)));
  if (output.entryPoint) {
    manifest[web(relative(source, join(root, output.entryPoint)))] = name;
  } else if (name.endsWith(".wasm")) {
    manifest[basename(Object.keys(output.inputs)[0])] = name;
  }
}
const sorted = Object.fromEntries(Object.entries(manifest).sort());
writeFileSync(join(target, "manifest.json"), JSON.stringify(sorted, null, 2) + "\n");

// Only now what no page asks for any more: a server that runs meanwhile finds each file until the new list stands.
const kept = new Set([join(target, "manifest.json"), ...Object.keys(metafile.outputs).map((path) => join(root, path)), ...packed.map((path) => `${path}.gz`)]);
for (const path of files(target)) {
  if (!kept.has(path)) rmSync(path);
}
