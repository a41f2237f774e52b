// generate.mjs INCLUDE TO SCHEMA...: JavaScript for schemas, by capnp and capnp-es. INCLUDE is the folder `include` of an
// install of Troupe, where "/troupe/service.capnp" lies, and "/rpc/directory.capnp" below troupe/actors.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

const [include, to, ...schemas] = process.argv.slice(2);
if (!schemas.length) {
  console.error("usage: node generate.mjs INCLUDE TO SCHEMA...");
  process.exit(2);
}
const plugin = join(dirname(createRequire(import.meta.url).resolve("capnp-es")), "compiler", "capnpc-ts.mjs");
const actors = process.env.TROUPE_ACTORS ?? join(include, "troupe", "actors");
const all = [...schemas, join(actors, "rpc", "directory.capnp")].map((schema) => resolve(schema));

mkdirSync(to, { recursive: true });
execFileSync("capnp", [
  "compile", `-I${include}`, `-I${actors}`, `-o${plugin}:${to}`,
  ...all.map((schema) => `--src-prefix=${dirname(schema)}`), ...all,
], { stdio: ["ignore", "ignore", "inherit"] });

// Types go; names of annotations go with them, for nothing uses those.
for (const name of readdirSync(to).filter((file) => file.endsWith(".ts"))) {
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(readFileSync(join(to, name), "utf8"), { compilerOptions: options });
  writeFileSync(join(to, name.replace(/\.ts$/, ".js")), outputText);
  rmSync(join(to, name));
}
