// A person with a browser: one page, whose every complaint is kept; a test that ends with complaints has failed. Clocks are
// the browser's, waiting is for conditions.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const packages = join(needed('TROUPE_NPM_DIR', 'what tools/npm pins, installed'), 'tests', 'package.json');
const bring = createRequire(packages);
const AXE = bring('axe-core').source;
const PATIENCE_MS = 30_000;

export const DESK = { viewport: { width: 1280, height: 860 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

export function needed(name, what) {
  const value = process.env[name];
  assert.ok(value, `the variable ${name} is wanted: ${what}; ctest gives it`);
  return value;
}

export async function openBrowser() {
  const { chromium } = bring('playwright-core');
  const executablePath = needed('TROUPE_CHROMIUM', 'the browser');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export class Person {
  // `settings`: as of a browser context; English, light and a desk unless they say otherwise.
  static async open(browser, address, settings = {}) {
    const context = await browser.newContext({ locale: 'en-US', colorScheme: 'light', ...DESK, ...settings });
    const person = new Person(context, await context.newPage(), address);
    await person.page.goto(`${address}/`);
    await person.settled();
    return person;
  }

  constructor(context, page, address) {
    this.context = context;
    this.page = page;
    this.address = address;
    this.complaints = [];
    this.allowed = [];
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.complaints.push(`error on ${page.url()}: ${error.stack}`));
    page.on('console', (line) => {
      if (!['error', 'warning'].includes(line.type())) return;
      const text = `${line.type()} on ${page.url()}: ${line.text()} (${line.location()?.url})`;
      if (!this.allowed.some((pattern) => pattern.test(text))) this.complaints.push(text);
    });
  }

  // Complaints like this are part of the story: the browser itself reports every answer that is an error.
  expects(pattern) {
    this.allowed.push(pattern);
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.complaints, [], 'the browser complained');
  }

  async settled() {
    await this.page.waitForFunction(
      () => document.querySelector('main h1, main form') && !document.getElementById('main').hasAttribute('aria-busy'),
    );
  }

  // To a place of the shop, as a link would lead there.
  async go(hash) {
    await this.page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await this.page.waitForFunction((to) => location.hash === to || to === '#/', hash);
    await this.settled();
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }
  link(name) {
    return this.page.getByRole('link', { name, exact: typeof name === 'string' });
  }
  field(name) {
    return this.page.getByLabel(name);
  }
  async heading(text) {
    await this.page.getByRole('heading', { name: text }).first().waitFor();
  }
  async said(text) {
    await this.page.locator('.notice', { hasText: text }).waitFor();
  }

  async logIn(name, password) {
    await this.page
      .getByRole('navigation')
      .getByRole('button', { name: /Log in|登录/ })
      .click();
    await this.page.waitForURL(/login\.html/);
    await this.page.locator('[name="username"]').fill(name);
    await this.page.locator('[name="password"]').fill(password);
    await this.page.locator('form [type="submit"]').click();
    await this.page.waitForURL((url) => url.pathname === '/' && url.search === '');
    await this.page.locator('.to-account').waitFor();
    await this.settled();
  }

  async register(name, password) {
    await this.go('#/register');
    await this.page.locator('[name="name"]').fill(name);
    await this.page.locator('[name="fullName"]').fill(`${name} of the test`);
    await this.page.locator('[name="password"]').fill(password);
    await this.page.locator('main form [type="submit"]').click();
    await this.page.locator('.to-account').waitFor();
  }

  async deposit(amount) {
    await this.go('#/account');
    await this.page.locator('[name="amount"]').fill(amount);
    await this.page.getByRole('button', { name: /Add money|充值/ }).click();
    await this.page.locator('.notice').waitFor();
  }

  // Tab until the element has the focus; what has the focus can be seen to have it.
  async tabTo(locator, most = 60) {
    const element = await locator.elementHandle();
    for (let i = 0; i < most; ++i) {
      if (await element.evaluate((node) => node === document.activeElement)) {
        assert.ok(await element.evaluate((node) => node.matches(':focus-visible')), 'the focus is visible');
        return;
      }
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`no Tab led to ${locator}`);
  }

  async axe(what) {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async () =>
      (await globalThis.axe.run()).violations.map((one) => ({
        rule: one.id,
        nodes: one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`),
      })),
    );
    assert.deepEqual(found, [], `axe on ${what}`);
  }

  async fits(what) {
    const { scroll, client } = await this.page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }));
    assert.ok(scroll <= client, `${what} is ${scroll} px wide on a screen of ${client}`);
  }

  // For people who want to see it: below the build directory.
  async picture(name) {
    const folder = process.env.TROUPE_SHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }
}
