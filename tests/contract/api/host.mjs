// What the programs of this folder share: the gateway that they look at, and what they insist on.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Where npm's packages lie, or an end with what to do.
export function modules(directory, ...needed) {
  for (const name of needed)
    if (!existsSync(join(directory, name))) {
      console.error(`there is no ${name} in ${directory}: run 'tools/dev deps', which brings it by npm`);
      process.exit(1);
    }
  return directory;
}

// Starts the program and runs `use(port)` while it is up.
export async function with_host(program, parameters, use) {
  const host = spawn(program, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const { value } = await createInterface({ input: host.stdout })[Symbol.asyncIterator]().next();
    const port = Number(value);
    if (!port) throw new Error(`the gateway did not start: ${value}`);
    await use(`http://127.0.0.1:${port}`);
  } finally {
    host.kill("SIGTERM");
  }
}

// The same of a new demo shop, until it has closed.
export async function with_shop(program, use) {
  const data = mkdtempSync(join(tmpdir(), "troupe-shop-"));
  const shop = spawn(program, ["up", "--nodes", "1", "--port", "0", "--data", data], { cwd: data, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => shop.once("exit", resolve));
  try {
    let address = null;
    for await (const line of createInterface({ input: shop.stdout })) if ((address = /^shop: open (http:\S+?)\/?$/.exec(line)?.[1])) break;
    if (!address) throw new Error("the shop did not open");
    shop.stdout.resume();
    await use(address);
  } finally {
    shop.kill("SIGINT");
    await ended;
    rmSync(data, { recursive: true });
  }
}

export function insist(holds, claim, seen) {
  if (!holds) throw new Error(`${claim}; seen: ${JSON.stringify(seen)?.slice(0, 2000)}`);
  console.log(`ok: ${claim}`);
}
