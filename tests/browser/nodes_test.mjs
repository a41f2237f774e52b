// A person shops while nodes of the shop are killed: what they did counts once, and nobody has to type anything again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Person } from './support/person.mjs';
import { Stage } from './support/stage.mjs';

const PASSWORD = 'correct horse';
const stage = new Stage();
before(() => stage.open());
after(() => stage.close());

// The browser reports each request that a dead node did not answer, and each that the others could not answer yet.
const BROKEN = /Failed to load resource|ERR_/;

async function books(name) {
  const headers = { Authorization: `Bearer ${await stage.tokenOf(name, PASSWORD)}` };
  const ask = async (path) => (await fetch(stage.address + path, { headers })).json();
  return { orders: (await ask('/orders')).orders, account: await ask(`/accounts/${name}`) };
}

async function readyToOrder(person, name) {
  await person.register(name, PASSWORD);
  await person.deposit('500');
  await stage.cart(person, stage.goods[0]);
  await person.go('#/checkout');
  await person.field('Street and number').fill('6 Elm Street');
  await person.field('Post code and city').fill('12345 Forest');
}

async function isPlacedOnce(person, name) {
  await person.heading('Thank you!');
  const { orders, account } = await books(name);
  assert.deepEqual(
    orders.map((order) => order.status),
    ['confirmed'],
  );
  assert.equal(account.balanceCents, 50_000 - orders[0].totalCents);
}

test('the node that serves the pages is killed while an order is placed', async () => {
  const person = await Person.open(stage.browser, stage.address);
  person.expects(BROKEN);
  await readyToOrder(person, 'brave-1');
  await stage.slowPayments('brave-1', 1_500);
  await person.page.getByRole('button', { name: /^Place order/ }).click();
  await person.page.getByRole('heading', { name: 'Placing your order …' }).waitFor();

  await stage.shop.kill(stage.shop.nodeOf(stage.address));

  await person.page.getByText('Reconnecting').waitFor();
  await person.picture('reconnecting');
  await isPlacedOnce(person, 'brave-1');
  await person.page.locator('#banner').waitFor({ state: 'hidden' });
  await person.close();
});

test('another node is killed while somebody looks around and orders', async () => {
  const person = await Person.open(stage.browser, stage.address);
  person.expects(BROKEN);
  await readyToOrder(person, 'brave-2');

  await stage.shop.kill(stage.shop.nodes().find((node) => node !== stage.shop.nodeOf(stage.address)));
  await person.page.getByRole('button', { name: /^Place order/ }).click();

  await isPlacedOnce(person, 'brave-2');
  for (const hash of ['#/', `#/product/${stage.goods[1].sku}`, '#/orders', '#/account']) {
    await person.go(hash);
    await person.page.locator('main h1').waitFor();
    assert.equal(await person.page.getByText('could not be reached').count(), 0, hash);
  }
  await person.close();
});

test('a page that was loaded anew asks about the order that it had sent', async () => {
  const person = await Person.open(stage.browser, stage.address);
  person.expects(BROKEN);
  await readyToOrder(person, 'brave-3');
  await stage.slowPayments('brave-3', 1_500);
  await person.page.getByRole('button', { name: /^Place order/ }).click();
  await person.page.getByRole('heading', { name: 'Placing your order …' }).waitFor();

  await person.page.reload();

  await isPlacedOnce(person, 'brave-3');
  await person.close();
});
