// What somebody does who shops: find, put into the cart, order, cancel, look after the account, leave.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person } from './support/person.mjs';

const PASSWORD = 'correct horse';

export function customerTests(stage) {
  test('somebody without an account finds things, and the cart joins the one of the account', async () => {
    const person = await Person.open(stage.browser, stage.address);
    const [first, second] = stage.goods;

    await person.page.getByRole('searchbox').fill(first.name);
    await person.page.getByRole('heading', { name: `“${first.name}”` }).waitFor();
    await person.button(`Add to cart: ${first.name}`).click();
    await person.said(first.name);
    await person.link(first.category).click();
    await person.page.locator('.chip[aria-current="true"]', { hasText: first.category }).waitFor();
    await person.go(`#/product/${second.sku}`);
    await person.heading(second.name);
    await person.button(/^One more/).click();
    await person.button('Add to cart').click();
    await person.said(second.name);
    await person.page.locator('.badge', { hasText: '3' }).waitFor();
    await person.picture('product');
    await person.go('#/register');
    await person.field('User name').fill('A');
    await person.button('Create account').click();
    assert.equal(
      await person.page.evaluate(() => document.activeElement.name),
      'name',
      'the first wrong field has the focus',
    );
    await person.register('guest-1', PASSWORD);

    await person.page.locator('.badge', { hasText: '3' }).waitFor();
    await person.go('#/cart');
    await person.page.locator('.line', { hasText: second.name }).waitFor();
    await person.picture('cart');
    await person.close();
  });

  test('products are sorted by price, and leafed through', async () => {
    const person = await Person.open(stage.browser, stage.address);

    await person.page.getByLabel('Sort by').selectOption('priceUp');
    await person.page.waitForFunction(() => {
      const prices = [...document.querySelectorAll('.card .price')].map((one) =>
        Number(one.textContent.replace(/[^0-9.]/g, '')),
      );
      return prices.length > 2 && prices.every((price, i) => i === 0 || prices[i - 1] <= price);
    });
    assert.match(person.page.url(), /sort=priceUp/);
    await person.page.goBack();
    await person.page.waitForFunction(() => document.getElementById('sort').value === 'name');
    await person.go('#/?text=nothing-is-called-so');
    await person.heading('No product fits');
    await person.close();
  });

  test('an order is placed, seen to be confirmed, cancelled with its money, and removed', async () => {
    const person = await Person.open(stage.browser, stage.address);
    const [first] = stage.goods;
    await person.register('buyer-1', PASSWORD);
    await person.deposit('500');
    await person.go('#/');
    await person.page.getByRole('searchbox').fill(first.sku);
    await person.button(`Add to cart: ${first.name}`).click();
    await person.go('#/cart');
    await person.link('Go to checkout').click();
    await person.field('Street and number').fill('1 Elm Street');
    await person.field('Post code and city').fill('12345 Forest');
    await person.page.getByRole('button', { name: /^Place order/ }).click();

    await person.heading('Thank you!');
    await person.page.locator('.live').waitFor();
    const order = decodeURIComponent(person.page.url().split('/').pop());
    await person.picture('order');
    await person.button('Change address').click();
    await person.page.getByRole('dialog').getByLabel('Address').fill('Anna Elm\n7 Oak Street');
    await person.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await person.page.getByText('7 Oak Street').waitFor();
    await person.button('Cancel order').click();
    await person.page.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
    await person.page.locator('.status.is-cancelled').waitFor();
    await person.go('#/account');
    await person.page.locator('.balance', { hasText: '€500.00' }).waitFor();
    await person.go('#/orders');
    await person.page.locator(`a[href="#/order/${order}"]`).click();
    await person.button('Remove from list').click();
    await person.page.getByRole('dialog').getByRole('button', { name: 'Remove from list' }).click();
    await person.heading('No orders yet');
    await person.close();
  });

  test('an order that takes time is shown as it goes, and confirmed without loading anew', async () => {
    const person = await Person.open(stage.browser, stage.address);
    await person.register('buyer-2', PASSWORD);
    await person.deposit('500');
    await stage.slowPayments('buyer-2', 4_500);
    await stage.cart(person, stage.goods[0]);
    await person.go('#/checkout');
    await person.field('Street and number').fill('2 Elm Street');
    await person.field('Post code and city').fill('12345 Forest');
    await person.page.getByRole('button', { name: /^Place order/ }).click();

    await person.page.locator('.status.is-placing').waitFor();
    await person.picture('placing');
    await person.page.locator('.status.is-confirmed').waitFor();
    await person.heading('Thank you!');
    await person.close();
  });

  test('an order that cannot be paid says why in the language of the person, and the goods stay in the cart', async () => {
    const person = await Person.open(stage.browser, stage.address, { locale: 'zh-CN' });
    await person.register('buyer-3', PASSWORD);
    await stage.cart(person, stage.goods[1]);
    await person.go('#/checkout');
    await person.page.locator('[name="street"]').fill('榆树街 3 号');
    await person.page.locator('[name="city"]').fill('100000 北京');
    await person.page.getByRole('button', { name: /^下单/ }).click();

    await person.page.locator('.status.is-refused').waitFor();
    await person.page.getByText('余额不足，请充值后重新下单。').first().waitFor();
    await person.picture('refused');
    await person.go('#/cart');
    await person.page.locator('.line', { hasText: stage.goods[1].nameZh || stage.goods[1].name }).waitFor();
    await person.close();
  });

  test('the account: profile, another password, the log-in with it, and the end of all data', async () => {
    const person = await Person.open(stage.browser, stage.address);
    await person.register('leaver-1', PASSWORD);
    await person.go('#/account');
    await person.field('Full name').fill('Lea Ver');
    await person.button('Save').click();
    await person.said('Saved.');
    await person.field('Present password').fill('wrong horse');
    await person.field('New password', { exact: true }).first().fill('better horse');
    await person.field('New password again').fill('better horse');
    person.expects(/status of (401|403|409)/);
    await person.button('Change password').click();
    await person.page.getByText('The present password is wrong.').waitFor();
    await person.field('Present password').fill(PASSWORD);
    await person.button('Change password').click();
    await person.said('The password was changed.');
    await person.page.reload(); // which asks the browser's log-in for a new token
    await person.heading('Account');
    await person.page.locator('.to-account').waitFor();
    await person.button('Log out').click();
    await person.page.getByRole('navigation').getByRole('button', { name: 'Log in' }).waitFor();

    await person.page.goto(`${stage.address.replace('127.0.0.1', 'localhost')}/`); // as people type it
    await person.settled();
    await person.logIn('leaver-1', 'better horse');
    await person.go('#/account');
    assert.equal(await person.field('Full name').inputValue(), 'Lea Ver');
    await person.button('Erase my data').click();
    const dialog = person.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Erase my data' }).click();
    await dialog.getByText('This field is needed.').waitFor();
    await dialog.getByLabel(/Type your user name/).fill('leaver-1');
    await dialog.getByRole('button', { name: 'Erase my data' }).click();
    await person.page.getByRole('navigation').getByRole('button', { name: 'Log in' }).waitFor();
    await person.page.getByRole('navigation').getByRole('button', { name: 'Log in' }).click();
    await person.page.locator('[name="username"]').fill('leaver-1');
    await person.page.locator('[name="password"]').fill('better horse');
    await person.page.locator('form [type="submit"]').click();
    await person.page.getByText('User name or password is wrong.').waitFor();
    await person.close();
  });
}
