// How the pages are for different people: by keyboard, in two languages, in the dark, on a telephone, with axe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Person, PHONE } from './support/person.mjs';

const PLACES = (sku) => ['#/', `#/product/${sku}`, '#/cart', '#/checkout', '#/orders', '#/account', '#/nowhere'];
const ADMIN_PLACES = (sku) => [
  '#/admin/products',
  `#/admin/products/${sku}`,
  '#/admin/products/new',
  '#/admin/stock?below=100000',
  '#/admin/orders',
  '#/admin/users',
  '#/admin/payments',
  '#/admin/sales',
  '#/admin/audit',
];
const PASSWORD = 'correct horse';

export function looksTests(stage) {
  test('an order is placed by keyboard alone', async () => {
    const person = await Person.open(stage.browser, stage.address);
    await person.register('keys-1', PASSWORD);
    await person.deposit('500');
    await person.page.goto(`${stage.address}/`);
    await person.page.locator('.to-account').waitFor();
    await person.settled();
    const { keyboard } = person.page;

    await keyboard.press('Tab');
    assert.equal(
      await person.page.evaluate(() => document.activeElement.id),
      'skip',
      'the first Tab leads to the skip link',
    );
    await keyboard.press('Enter');
    assert.equal(await person.page.evaluate(() => document.activeElement.id), 'main');
    await person.tabTo(person.page.getByRole('searchbox'));
    await keyboard.type(stage.goods[0].sku);
    const add = person.button(`Add to cart: ${stage.goods[0].name}`);
    await add.waitFor();
    await person.page.waitForFunction(() => document.querySelectorAll('.card').length === 1);
    await person.tabTo(add);
    await keyboard.press('Enter');
    await person.said(stage.goods[0].name);
    await person.tabTo(person.link('See cart'));
    await keyboard.press('Enter');
    await person.heading('Cart');
    await person.settled();
    assert.equal(
      await person.page.evaluate(() => document.activeElement.tagName),
      'H1',
      'a new page begins at its heading',
    );
    await person.tabTo(person.button(/^One more/));
    await keyboard.press('Enter');
    await person.page.waitForFunction(() => document.querySelector('.line .number')?.value === '2');
    await person.page.waitForFunction(() => document.querySelector('.badge')?.textContent === '2');
    assert.match(
      await person.page.evaluate(() => document.activeElement.getAttribute('aria-label')),
      /^One more/,
      'the focus stays',
    );
    await person.tabTo(person.link('Go to checkout'));
    await keyboard.press('Enter');
    await person.tabTo(person.field('Street and number'));
    await keyboard.type('4 Elm Street');
    await keyboard.press('Enter');
    assert.equal(
      await person.page.evaluate(() => document.activeElement.name),
      'city',
      'the wrong field has the focus',
    );
    await keyboard.type('12345 Forest');
    await keyboard.press('Enter');

    await person.heading('Thank you!');
    await person.tabTo(person.button('Cancel order'));
    await keyboard.press('Enter');
    await person.page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
    await person.page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(
      await person.page.evaluate(() => document.activeElement.textContent),
      'Cancel order',
      'a dialog gives the focus back',
    );
    await person.page.locator('.status.is-confirmed').waitFor();
    await person.close();
  });

  test("the language is the browser's, then the one chosen, and what was typed stays", async () => {
    const person = await Person.open(stage.browser, stage.address, { locale: 'zh-CN' });
    assert.equal(await person.page.evaluate(() => document.documentElement.lang), 'zh-CN');
    await person.heading('日常好物');

    await person.go('#/register');
    await person.field('用户名').fill('typed-before');
    await person.button('English').click();

    await person.heading('Create an account');
    assert.equal(await person.field('User name').inputValue(), 'typed-before');
    assert.equal(await person.page.evaluate(() => document.activeElement.id), 'language');
    await person.page.reload();
    await person.heading('Create an account');
    assert.equal(await person.page.evaluate(() => document.documentElement.lang), 'en');
    await person.close();
  });

  test("colours are the device's, then the ones chosen", async () => {
    const person = await Person.open(stage.browser, stage.address, { colorScheme: 'dark' });
    const isDark = () =>
      person.page.evaluate(() => {
        const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number);
        return red + green + blue < 300;
      });
    assert.ok(await isDark());

    await person.button('Use light colours').click();

    assert.ok(!(await isDark()));
    await person.page.reload({ waitUntil: 'commit' });
    await person.page.waitForSelector('html[data-theme="light"]', { state: 'attached' });
    await person.settled();
    assert.ok(!(await isDark()));
    await person.close();
  });

  for (const [how, settings] of [
    ['at a desk', {}],
    ['on a telephone, in Chinese, in the dark', { ...PHONE, locale: 'zh-CN', colorScheme: 'dark' }],
  ]) {
    test(`axe finds nothing on any page ${how}, and all fits the screen`, async () => {
      const [first] = stage.goods;
      const word = settings.isMobile ? 'phone' : 'desk';
      const look = async (person, hash) => {
        await person.go(hash);
        await person.axe(hash);
        await person.fits(hash);
        await person.picture(`${word}${hash.replaceAll(/[^a-z]+/g, '-')}`);
      };
      const person = await Person.open(stage.browser, stage.address, settings);
      await look(person, '#/register');
      await person.page.goto(`${stage.address}/login.html`);
      await person.settled();
      await person.axe('login.html');
      await person.fits('login.html');
      await person.page.goto(`${stage.address}/`);
      await person.register(`looker-${word}`, PASSWORD);
      await person.deposit('500');
      await stage.cart(person, first);
      for (const hash of PLACES(first.sku)) await look(person, hash);
      await person.close();

      const admin = await Person.open(stage.browser, stage.address, settings);
      await admin.logIn('admin', stage.adminPassword);
      for (const hash of ADMIN_PLACES(first.sku)) await look(admin, hash);
      await admin.close();
    });
  }
}
