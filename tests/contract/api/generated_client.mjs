// generated_client.mjs HOST MODULES [SHOP]: a client that openapi-ts makes from /openapi.json calls the gateway, and one of
// the demo shop's calls that.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { insist, modules, with_host, with_shop } from "./host.mjs";

const [program, directory, shop] = process.argv.slice(2);
const packages = modules(directory, "@hey-api/openapi-ts", "@hey-api/client-fetch", "typescript");
const ts = createRequire(join(packages, "index.js"))("typescript");
const work = mkdtempSync(join(tmpdir(), "troupe-client-"));
symlinkSync(packages, join(work, "node_modules"));
writeFileSync(join(work, "package.json"), '{"type":"module"}');

async function generate(address, name) {
  writeFileSync(join(work, "openapi.json"), await (await fetch(`${address}/openapi.json`)).text());
  const ran = spawnSync(process.execPath,
    [join(packages, "@hey-api/openapi-ts/bin/index.cjs"), "-i", "openapi.json", "-o", name, "-c", "@hey-api/client-fetch"],
    { cwd: work, encoding: "utf8" });
  insist(ran.status === 0, "openapi-ts makes a client of the document", ran.stdout + ran.stderr);
  // It must be right by its types, too, before they go.
  const made = join(work, name);
  const files = readdirSync(made).filter((name) => name.endsWith(".ts")).map((name) => join(made, name));
  const options = { strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022,
                    module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
  const wrong = ts.getPreEmitDiagnostics(ts.createProgram(files, options)).map((one) => ts.flattenDiagnosticMessageText(one.messageText, " "));
  insist(wrong.length === 0, "its types are right", wrong);
  const plain = join(work, `${name}-plain`);
  mkdirSync(plain);
  for (const file of files) {
    const out = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
    writeFileSync(join(plain, file.split("/").pop().replace(/\.ts$/, ".mjs")), out.outputText.replace(/from (['"])(\.\/[\w.]+)\1/g, 'from "$2.mjs"'));
  }
  const load = (name) => import(pathToFileURL(join(plain, `${name}.mjs`)));
  return { calls: await load("sdk.gen"), client: (await load("client.gen")).client };
}

try {
  await with_host(program, [], async (address) => {
    const { calls, client } = await generate(address, "bazaar");
    client.setConfig({ baseUrl: address });
    const clerk = { Authorization: "Bearer carl:clerk" };

    const put = await calls.warePut({ path: { sku: "lamp" }, body: { name: "Lamp", price: { cents: 1250 } }, headers: clerk });
    insist(put.response.status === 204, "it puts a ware", put.error);
    const first = await calls.wareFirstView({ path: { sku: "lamp" } });
    const second = await calls.wareView({ path: { sku: "lamp" } });
    insist(first.data.price === 12, "it reads the ware by the first version", first);
    insist(second.data.price.cents === 1250 && second.data.price.currency === "EUR", "it reads the ware by the second version", second);
    const denied = await calls.warePut({ path: { sku: "lamp" }, body: { name: "Lamp", price: { cents: 1 } } });
    insist(denied.response.status === 401 && denied.error.kind === "unauthenticated", "it is told who may not", denied);
    const made = await calls.itemMake({ body: { name: "Rug" } });
    insist(made.response.status === 201 && made.data.code.startsWith("i-"), "it makes an item", made);
    const searched = await calls.mirrorSearch({ query: { text: "a b&c", colour: ["red", "green"], exact: true } });
    insist(searched.data?.text === "a b&c" && searched.data.colour.join() === "red,green", "it sends a query with a list", searched);
    const refused = await calls.itemRefuse({ path: { code: "a" }, body: { why: "sold_out" } });
    insist(refused.error.code === "sold_out", "it is told a refusal's code", refused);
    const missing = await calls.itemView({ path: { code: "none" } });
    insist(missing.response.status === 404 && missing.error.status === 404, "it is told what is not there", missing);
  });
  if (shop)
    await with_shop(shop, async (address) => {
      const { calls, client } = await generate(address, "shop");
      client.setConfig({ baseUrl: address });
      const found = await calls.catalogueSearch({ query: { sort: "priceUp", limit: 3 } });
      insist(found.data.products.length === 3 && found.data.products[0].sku, "it lists the shop's goods", found);
      const user = { name: "generated", password: "correct horse" };
      const made = await calls.receptionSignUp({ body: user, headers: { "Idempotency-Key": "sign-up" } });
      insist(made.response.status === 201, "it signs somebody up", made.error);
      const login = await (await fetch(`${address}/login`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(user),
      })).json();
      const profile = await calls.userProfile({ path: { name: user.name }, headers: { Authorization: `Bearer ${login.accessToken}` } });
      insist(profile.data.name === user.name, "it reads who that is, with a token of the shop's", profile);
      const denied = await calls.userDirectorySearch({ headers: { Authorization: `Bearer ${login.accessToken}` } });
      insist(denied.response.status === 403, "it is told what is for admins alone", denied);
    });
} finally {
  rmSync(work, { recursive: true });
}
