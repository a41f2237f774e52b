// A shop of its own for a test: `shop up` in a scratch directory, on ports that are free; its nodes can be killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needed } from './person.mjs';

const START_MS = 40_000;
const NODES = 3;
const ADMIN_FILE = 'admin.password';

// { address, data, adminPassword, nodes(), nodeOf(address), kill(node), pause(node), close() }
export async function openShop() {
  const program = needed('TROUPE_SHOP', 'the program shop');
  const folder = mkdtempSync(join(tmpdir(), 'troupe-pages-'));
  const port = await freePorts(NODES);
  writeFileSync(
    join(folder, 'shop.toml'),
    `cluster = "pages"\ndata_dir = '${folder}'\n\n[web]\nport = ${port}\ncount_up = true\n`,
  );
  // A group of its own: whatever becomes of this test, no node outlives it.
  const child = spawn(program, ['up', '--data', folder, '--nodes', String(NODES)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      said += bytes;
    });
  let ended = null;
  child.on('exit', (code, signal) => {
    ended = code ?? signal;
  });
  const killAll = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      /* all are gone */
    }
  };
  process.on('exit', killAll);

  const address = `http://127.0.0.1:${port}`;
  const adminPassword = await until(
    'the shop is open',
    async () => {
      if (ended !== null) assert.fail(`shop up ended (${ended}): ${said}`);
      const password = readFileSync(join(folder, ADMIN_FILE), 'utf8').trim();
      const { total } = await (await fetch(`${address}/products?limit=1`)).json();
      return total >= 20 ? password : null;
    },
    () => said,
  );
  return {
    address,
    data: folder,
    adminPassword,
    nodes: () => nodesOf(child.pid).map((node) => node.name),
    nodeOf: (at) => `shop-${Number(new URL(at).port) - port + 1}`,
    kill: async (name) => {
      const node = nodesOf(child.pid).find((one) => one.name === name);
      assert.ok(node, `there is no node ${name}`);
      process.kill(node.pid, 'SIGKILL');
    },
    // Until the function that comes back is called.
    pause: (name) => {
      const node = nodesOf(child.pid).find((one) => one.name === name);
      assert.ok(node, `there is no node ${name}`);
      process.kill(node.pid, 'SIGSTOP');
      return () => process.kill(node.pid, 'SIGCONT');
    },
    close: async () => {
      if (ended === null) {
        child.kill('SIGTERM');
        await until(
          'the shop has stopped',
          async () => ended !== null,
          () => said,
        );
      }
      killAll();
      process.off('exit', killAll);
      rmSync(folder, { recursive: true, force: true });
      assert.equal(ended, 0, `shop up ended well: ${said}`);
    },
  };
}

async function until(what, check, more) {
  const end = Date.now() + START_MS;
  for (;;) {
    const value = await check().catch((error) => {
      if (error instanceof assert.AssertionError) throw error;
      return null; // not yet
    });
    if (value) return value;
    assert.ok(Date.now() < end, `${what}: not within ${START_MS} ms; it said:\n${more()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

// The processes below a process that run a node: { pid, name }.
function nodesOf(parent) {
  const found = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, below] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const at = words.indexOf('--node');
      if (Number(below) === parent && at > 0) found.push({ pid: Number(pid), name: words[at + 1] });
    } catch {
      /* it ended meanwhile */
    }
  }
  return found;
}

// The first of so many ports in a row that nobody has.
async function freePorts(count) {
  for (let attempt = 0; attempt < 100; ++attempt) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
  assert.fail(`no ${count} free ports in a row`);
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
