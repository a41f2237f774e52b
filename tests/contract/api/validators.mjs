// validators.mjs HOST MODULES CONFIG: two validators take /openapi.json as it is, and refuse it when it is broken.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { insist, modules, with_host } from "./host.mjs";

const [program, directory, config] = process.argv.slice(2);
const packages = modules(directory, "@redocly/cli", "@apidevtools/swagger-parser");
const parser = createRequire(join(packages, "index.js"))("@apidevtools/swagger-parser");
const work = mkdtempSync(join(tmpdir(), "troupe-api-"));

function redocly(document) {
  const file = join(work, "openapi.json");
  writeFileSync(file, JSON.stringify(document));
  const ran = spawnSync(process.execPath,
    [join(packages, "@redocly/cli/bin/cli.js"), "lint", file, "--config", config, "--format", "stylish"],
    { encoding: "utf8", env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" } });
  return { good: ran.status === 0, said: ran.stdout + ran.stderr };
}

async function swagger_parser(document) {
  try {
    await parser.validate(structuredClone(document));
    return { good: true };
  } catch (error) {
    return { good: false, said: error.message };
  }
}

async function both(document) {
  return { redocly: redocly(document), parser: await swagger_parser(document) };
}

// Ways to break a document, each of which has to be noticed.
const breaks = {
  "a reference that leads nowhere": (document) => {
    const operation = Object.values(Object.values(document.paths)[0])[0];
    operation.responses.default = { $ref: "#/components/responses/Nowhere" };
  },
  "an operation without responses": (document) => {
    Object.values(Object.values(document.paths)[0])[0].responses = "none";
  },
  "a parameter without a place": (document) => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    delete operations.find((operation) => operation.parameters).parameters[0].in;
  },
  "no paths and no title": (document) => {
    delete document.info.title;
  },
};

try {
  for (const offered of [[], ["shop"]]) {
    await with_host(program, offered, async (address) => {
      const whose = offered[0] ?? "bazaar";
      const document = await (await fetch(`${address}/openapi.json`)).json();
      if (offered.length && !Object.keys(document.paths).length) return console.log("the shop is not built, and left out");
      const streams = Object.values(document.paths).filter((path) => path.get?.responses["200"]?.content?.["text/event-stream"]);
      insist(streams.length === (offered.length ? 1 : 2), `the document of the ${whose} has its streams`, streams);
      const seen = await both(document);
      insist(seen.redocly.good, `redocly takes the document of the ${whose}`, seen.redocly.said);
      insist(seen.parser.good, `swagger-parser takes the document of the ${whose}`, seen.parser.said);
      if (offered.length) return;
      for (const [what, break_it] of Object.entries(breaks)) {
        const broken = structuredClone(document);
        break_it(broken);
        const refused = await both(broken);
        insist(!refused.redocly.good, `redocly refuses ${what}`, refused.redocly);
        insist(!refused.parser.good, `swagger-parser refuses ${what}`, refused.parser);
      }
    });
  }
} finally {
  rmSync(work, { recursive: true });
}
