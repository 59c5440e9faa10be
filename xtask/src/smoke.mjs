// Starts a bundle's module, and the one it was optimised from, and compares them: the same imports and exports, and the
// same answer of `core_version`. Arguments: content|extension, the glue, the module, the module before wasm-opt (if any).
import assert from "node:assert/strict";
import { copyFile, readFile, rm } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

const [part, glue, ...modules] = process.argv.slice(1);

async function start(path) {
  const bytes = await readFile(path);
  const module = new WebAssembly.Module(bytes);
  let core;
  if (part === "content") {
    core = vm.runInThisContext(`(() => { ${await readFile(glue, "utf8")}\nreturn wasm_bindgen; })()`);
  } else {
    // Each start needs an instance of its own, and node keeps a module by its address.
    const copy = `${path}.smoke.mjs`;
    await copyFile(glue, copy);
    core = await import(pathToFileURL(copy));
    await rm(copy);
  }
  core.initSync({ module });
  const names = (list) => list.map(({ name, kind }) => `${kind} ${name}`).sort();
  return {
    imports: WebAssembly.Module.imports(module).length,
    exports: names(WebAssembly.Module.exports(module)),
    version: core.core_version?.(),
  };
}

const started = [];
for (const path of modules) started.push(await start(path));
const [first, ...others] = started;
assert.equal(typeof first.version, "string", "the core exports no core_version()");
for (const other of others) {
  assert.deepEqual(first.exports, other.exports);
  assert.equal(first.version, other.version);
}
