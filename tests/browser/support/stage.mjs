// What the tests of the pages share: a browser, a shop, what is on its shelves, and what only those who run it may do.
import assert from 'node:assert/strict';
import { openBrowser } from './person.mjs';
import { openShop } from './shop.mjs';

const SOON_MS = 30_000;

export class Stage {
  async open() {
    this.shop = await openShop();
    this.address = this.shop.address;
    this.adminPassword = this.shop.adminPassword;
    this.browser = await openBrowser();
    const { products } = await (await fetch(`${this.address}/products?limit=50`)).json();
    this.goods = products.filter((one) => one.onSale && one.onHand > 20).slice(0, 4);
    assert.ok(this.goods.length === 4, `there are goods on the shelves, not ${JSON.stringify(products)}`);
  }

  async close() {
    await this.browser?.close();
    await this.shop?.close();
  }

  async cart(person, product) {
    await person.go(`#/product/${product.sku}`);
    await person.page.getByRole('button', { name: /^(Add to cart|加入购物车)$/ }).click();
    await person.page.locator('.badge').waitFor();
  }

  async asAdmin(method, path, body) {
    this.token ??= await this.tokenOf('admin', this.adminPassword);
    const response = await fetch(this.address + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.ok(response.ok, `${method} ${path} gave ${response.status}: ${await response.clone().text()}`);
    return response.status === 204 ? null : response.json();
  }

  async tokenOf(name, password) {
    const response = await fetch(`${this.address}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, password }),
    });
    const text = await response.text();
    assert.ok(response.ok, `log-in of ${name} gave ${response.status}: ${text}`);
    const given = JSON.parse(text);
    return given.accessToken ?? given.access_token;
  }

  slowPayments(user, delayMs) {
    return this.asAdmin('PUT', `/accounts/${user}/behaviour`, { refusePercent: 0, delayMs });
  }

  // Views come after what they show: again until it holds.
  async soon(check) {
    const end = Date.now() + SOON_MS;
    for (;;) {
      try {
        return await check();
      } catch (error) {
        if (Date.now() > end || !(error instanceof assert.AssertionError)) throw error;
      }
    }
  }
}
