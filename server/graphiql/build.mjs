// Bundles GraphiQL into dist/: hashed names, each file also as brotli and gzip, and a manifest that server/graphiql/__init__.py reads.
import { createHash } from "node:crypto";
import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const ROOM = dirname(fileURLToPath(import.meta.url));
const DIST = join(ROOM, "dist");
// The new bundle grows beside the old one and takes its place when it is whole.
const FRESH = join(ROOM, "build");

const SETTINGS = {
  absWorkingDir: ROOM,
  bundle: true,
  entryNames: "[name]-[hash]",
  assetNames: "[name]",
  chunkNames: "chunk-[hash]",
  define: { "process.env.NODE_ENV": '"production"' },
  format: "esm",
  legalComments: "linked",
  logLevel: "warning",
  metafile: true,
  minify: true,
  outdir: FRESH,
  target: "es2022",
};

// GraphiQL imports Monaco only when it is shown.
const PAGE_MODULES = ["source/main.jsx", "monaco-graphql/esm/monaco-editor.js", "monaco-graphql/esm/lite.js"];

// graphiql/style.css holds all its parts' styles, Monaco's too: the copies that the JavaScript imports are left out.
const oneStyleSheet = {
  name: "one-style-sheet",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.css$/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "left-out" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "", loader: "empty" }));
  },
};

// The fonts stand in the style sheet as base64, 35 of them; as files the browser loads the two or three it needs.
const fontFiles = {
  name: "font-files",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^data:font\// }, ({ path }) => {
      const [, type, content] = path.match(/^data:font\/(\w+);base64,(.*)$/);
      const name = createHash("sha256").update(content).digest("hex").slice(0, 8);
      return { path: `font-${name}.${type}`, namespace: "font", pluginData: Buffer.from(content, "base64") };
    });
    onLoad({ filter: /.*/, namespace: "font" }, ({ pluginData }) => ({ contents: pluginData, loader: "file" }));
  },
};

function output({ metafile }, entry) {
  const [path] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(entry));
  return path;
}

const named = (result, entry) => basename(output(result, entry));

// What the page loads in any case, so that the browser fetches it all at once and not import by import.
function needed({ metafile }, paths, found = new Set()) {
  for (const path of paths) {
    if (found.has(path)) continue;
    found.add(path);
    const imports = metafile.outputs[path].imports.filter(({ kind }) => kind === "import-statement");
    needed({ metafile }, imports.map(({ path }) => path), found);
  }
  return found;
}

async function bundle() {
  const workers = await build({
    ...SETTINGS,
    entryPoints: [
      "monaco-editor/esm/vs/editor/editor.worker.js",
      "monaco-editor/esm/vs/language/json/json.worker.js",
      "monaco-graphql/esm/graphql.worker.js",
    ],
  });
  const page = await build({
    ...SETTINGS,
    define: {
      ...SETTINGS.define,
      EDITOR_WORKER: JSON.stringify(named(workers, "editor.worker.js")),
      JSON_WORKER: JSON.stringify(named(workers, "json.worker.js")),
      GRAPHQL_WORKER: JSON.stringify(named(workers, "graphql.worker.js")),
    },
    entryPoints: ["source/main.jsx", "source/style.css", "source/favicon.svg"],
    jsx: "automatic",
    loader: { ".svg": "copy" },
    plugins: [oneStyleSheet, fontFiles],
    splitting: true,
  });
  return {
    script: named(page, "main.jsx"),
    modules: [...needed(page, PAGE_MODULES.map((entry) => output(page, entry)))].map((path) => basename(path)),
    style: named(page, "style.css"),
    icon: named(page, "favicon.svg"),
  };
}

async function compress(name) {
  if (/\.woff2?$/.test(name)) return; // compressed as they are
  const content = await readFile(join(FRESH, name));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await writeFile(join(FRESH, `${name}.br`), await promisify(brotliCompress)(content, quality));
  await writeFile(join(FRESH, `${name}.gz`), await promisify(gzip)(content));
}

await rm(FRESH, { recursive: true, force: true });
const manifest = await bundle();
await Promise.all((await readdir(FRESH)).map(compress));
await writeFile(join(FRESH, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(DIST, { recursive: true, force: true });
await rename(FRESH, DIST);
