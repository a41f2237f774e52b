// docs_page.mjs HOST MODULES CHROMIUM PICTURES: the page at /docs in a browser, under the strict security headers, without
// anything from elsewhere: it shows the API, and a call can be tried.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { insist, modules, with_host } from "./host.mjs";

const [program, directory, browser_path, pictures] = process.argv.slice(2);
const packages = modules(directory, "playwright-core");
const { chromium } = createRequire(join(packages, "index.js"))("playwright-core");
mkdirSync(pictures, { recursive: true });

async function look(address, colorScheme, width) {
  const browser = await chromium.launch({ executablePath: browser_path, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const elsewhere = [], troubles = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
    });
    page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(String(error)));
    await page.goto(`${address}/docs`);
    const shown = page.locator("rapi-doc");
    await shown.getByText("What can be had, and for how much").first().waitFor();
    insist((await page.title()) === "Bazaar", `${colorScheme}, ${width} wide: the page has the API's name`, await page.title());
    insist(await shown.getByText("/v1/wares/{sku}").first().count(), "both versions are there", null);

    // A call is tried: GET /mirror/special/literal, which everybody may.
    await page.goto(`${address}/docs#get-/mirror/special/literal`);
    const section = shown.locator('[id="get-/mirror/special/literal"]').last();
    await section.getByRole("button", { name: /^try$/i }).click();
    await shown.getByText("the literal").first().waitFor();
    insist(true, "a call is tried, and its answer shown", null);
    await page.screenshot({ path: join(pictures, `docs-${colorScheme}-${width}.png`) });
    insist(elsewhere.length === 0, "nothing is asked for elsewhere", elsewhere);
    insist(troubles.length === 0, "the browser has nothing to complain of", troubles);
  } finally {
    await browser.close();
  }
}

await with_host(program, [], async (address) => {
  const head = await fetch(`${address}/docs`);
  insist(/script-src 'self'/.test(head.headers.get("content-security-policy")), "scripts are the gateway's own alone", null);
  insist((await fetch(`${address}/docs/`, { redirect: "manual" })).headers.get("location") === "../docs", "/docs/ leads to /docs", null);
  insist((await fetch(`${address}/docs/../docs/%2e%2e/nothing`)).status === 404, "nothing beside it is served", null);
  await look(address, "light", 1280);
  await look(address, "dark", 400);
});

// A gateway that was built without RapiDoc.
const bare = mkdtempSync(join(tmpdir(), "troupe-docs-"));
writeFileSync(join(bare, "index.html"), "<p>");
try {
  await with_host(program, [bare], async (address) => {
    const answer = await fetch(`${address}/docs`);
    const { detail } = await answer.json();
    insist(answer.status === 503 && /made with RapiDoc/.test(detail) && /tools\/dev deps/.test(detail), "a page that lacks RapiDoc says so, and what to do", detail);
  });
} finally {
  rmSync(bare, { recursive: true });
}
