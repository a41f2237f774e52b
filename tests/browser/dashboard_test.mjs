// The dashboard in a real browser, over a real shop of three nodes: `troupe dashboard` beside `shop up`. What is seen is
// compared with what the nodes say.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openDashboard } from './support/dashboard.mjs';
import { openBrowser, PHONE } from './support/person.mjs';
import { openShop } from './support/shop.mjs';

const PLACES = ['cluster', 'partitions', 'tree', 'calls', 'actors', 'slow', 'traces', 'sagas', 'messages', 'restarts', 'limits'];

describe('the dashboard', { concurrency: false }, () => {
  let shop;
  let browser;
  let board;
  before(async () => {
    [shop, browser] = await Promise.all([openShop(), openBrowser()]);
    board = await openDashboard(shop.data);
  });
  after(async () => {
    await board?.close();
    await browser?.close();
    await shop?.close();
  });

  test('without its token nobody looks, and a name of a stranger is refused', async () => {
    const bare = await fetch(`${board.address}/api/about`);
    assert.equal(bare.status, 401);
    const person = await board.visit(browser);
    assert.ok(!person.page.url().includes('token'), 'the token is in no address any more');
    const foreign = await fetch(`${board.address}/api/about`, { headers: { ...board.credentials, Origin: 'http://stranger.example' } });
    assert.equal(foreign.status, 403);
    const change = await fetch(`${board.address}/api/act?node=shop-1&path=/partitions/rebalance`, { method: 'POST', headers: board.credentials });
    assert.equal(change.status, 403, 'it was opened for looking alone');
    await person.close();
  });

  test('every page shows the nodes, in both languages and colours, on a desk and a telephone, and axe finds nothing', async () => {
    const desk = await board.visit(browser);
    for (const place of PLACES) {
      await desk.go(`#/${place}`);
      await desk.live();
      await desk.axe(`#/${place}`);
      await desk.fits(`#/${place}`);
      await desk.picture(`dashboard-${place}`);
      assert.equal(await desk.page.locator('button[data-act]').count(), 0, 'who may only look has no buttons for changes');
    }
    await desk.close();
    const phone = await board.visit(browser, { ...PHONE, locale: 'zh-CN', colorScheme: 'dark' });
    for (const place of PLACES) {
      await phone.go(`#/${place}`);
      await phone.live();
      await phone.axe(`#/${place}, Chinese, dark`);
      await phone.fits(`#/${place} on a telephone`);
    }
    await phone.heading('过载');
    await phone.picture('dashboard-phone-zh-dark');
    await phone.close();
  });

  test('an actor is found by its service, and its state, tables and messages are shown', async () => {
    const person = await board.visit(browser);
    await person.go('#/actors');
    await person.field('Service').fill('Stock');
    await person.page.getByRole('button', { name: 'Find' }).click();
    const link = person.page.locator('td a', { hasText: 'Stock/' }).first();
    await link.waitFor();
    const name = await link.textContent();
    await link.click();
    await person.heading(name);
    const state = JSON.parse(await person.page.locator('pre').textContent());
    assert.ok(Number(state.onHand) > 0, `the state of ${name} is its state: ${JSON.stringify(state)}`);
    await person.axe('an actor');
    for (const tab of ['Tables', 'Messages', 'Reminders', 'Crashes', 'History']) {
      await person.page.locator('.tabs a', { hasText: tab }).click();
      await person.page.locator(`.tabs a[aria-current]`, { hasText: tab }).waitFor();
      await person.live();
    }
    await person.close();
  });

  test('the partition map has every partition once, with the owner that the nodes name', async () => {
    const person = await board.visit(browser);
    await person.go('#/partitions');
    await person.page.locator('.cell').first().waitFor();
    assert.equal(await person.page.locator('.cell').count(), 512);
    const answers = await board.each('/partitions');
    const owner = answers[0].body.partitions[0].owner;
    await person.page.locator(`.cell[title^="0: ${owner}"]`).waitFor();
    await person.close();
  });

  test('a node that hangs is shown as silent with the reason, and no more once it answers', async () => {
    const person = await board.visit(browser);
    await person.page.locator('.card', { hasText: 'shop-3' }).waitFor();
    const goOn = shop.pause('shop-3');
    const line = person.page.locator('.silent[data-key="shop-3"]');
    try {
      await line.getByText('no_answer').waitFor();
      await person.page.locator('.card', { hasText: 'shop-1' }).waitFor();
    } finally {
      goOn();
    }
    await line.waitFor({ state: 'detached' });
    await person.page.locator('.card', { hasText: 'shop-3' }).waitFor();
    await person.close();
  });

  test('a page that cannot be seen follows nothing, and goes on when it can be seen', async () => {
    const person = await board.visit(browser);
    await person.live();
    const hide = (hidden) =>
      person.page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await person.page.getByText('Paused').waitFor();
    await hide(false);
    await person.live();
    await person.close();
  });

  test('who comes when there are as many viewers as may be is told so, and may try again', async () => {
    const small = await openDashboard(shop.data, ['--viewers', '1', '--write']);
    const first = await small.visit(browser);
    await first.live();
    const second = await small.visit(browser, {}, { waits: false });
    await second.page.getByText('There are 1 viewers already').waitFor();
    await first.close();
    await second.button('Try again').click();
    await second.live();
    await second.close();
    const third = await small.visit(browser);
    await third.page.locator('button[data-act]').first().waitFor();
    await third.page.getByRole('row', { name: /shop-2/ }).getByRole('button', { name: 'Drain' }).click();
    await third.button('Cancel').click();
    await third.page.getByRole('row', { name: /shop-2/ }).getByRole('button', { name: 'Serve' }).waitFor({ state: 'detached' });
    await third.page.getByRole('row', { name: /shop-2/ }).getByRole('button', { name: 'Drain' }).click();
    await third.button('Do it').click();
    await third.page.locator('.notice.good').waitFor();
    await third.page.getByRole('row', { name: /shop-2/ }).getByRole('button', { name: 'Serve' }).click();
    await third.button('Do it').click();
    await third.page.getByRole('row', { name: /shop-2/ }).getByRole('button', { name: 'Drain' }).waitFor();
    await third.close();
    await small.close();
  });
});
