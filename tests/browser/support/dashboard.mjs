// A dashboard of its own for a test: `troupe dashboard` over the nodes of a directory, and people who look at it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { DESK, needed, Person } from './person.mjs';

class Viewer extends Person {
  async settled() {
    await this.page.waitForFunction(
      () => document.getElementById('title') && document.getElementById('main').getAttribute('aria-busy') !== 'true',
    );
  }
  // Two rounds of answers have come: what is shown is of after the moment this was asked.
  async live() {
    await this.settled();
    await this.page.getByText('Live, last answer').or(this.page.getByText('实时，最近应答')).waitFor();
  }
}

// { address, credentials, visit(browser, settings), each(path), close() }
export async function openDashboard(data, more = []) {
  const child = spawn(needed('TROUPE_TOOL', 'the program troupe'), ['dashboard', '--data', data, '--json', '--refresh', '300ms', '--timeout', '1s', ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let trouble = '';
  child.stderr.on('data', (bytes) => {
    trouble += bytes;
  });
  const ended = new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  const { url } = await new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes) => {
      said += bytes;
      try {
        resolve(JSON.parse(said));
      } catch {
        /* not whole yet */
      }
    });
    ended.then((code) => reject(new Error(`troupe dashboard ended (${code}): ${trouble}`)));
  });
  const at = new URL(url);
  const credentials = { Authorization: `Bearer ${at.searchParams.get('token')}` };
  return {
    address: at.origin,
    credentials,
    async visit(browser, settings = {}, { waits = true } = {}) {
      const context = await browser.newContext({ locale: 'en-US', colorScheme: 'light', ...DESK, ...settings });
      const viewer = new Viewer(context, await context.newPage(), at.origin);
      await viewer.page.goto(url);
      if (waits) await viewer.live();
      return viewer;
    },
    async each(path) {
      const response = await fetch(`${at.origin}/api/each?path=${encodeURIComponent(path)}`, { headers: credentials });
      assert.equal(response.status, 200);
      return (await response.json()).answers.filter((one) => one.body);
    },
    async close() {
      child.kill('SIGTERM');
      assert.equal(await ended, 0, `troupe dashboard ended well: ${trouble}`);
    },
  };
}
