// What those do who run the shop: a product with a picture and stock, orders, users, sales.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { Person } from './support/person.mjs';

export function keeperTests(stage) {
  test('a product is created with picture and stock, sold, shipped, counted, and discontinued', async () => {
    const admin = await Person.open(stage.browser, stage.address);
    await admin.logIn('admin', stage.adminPassword);
    await admin.go('#/admin/products/new');
    await admin.field('Article').fill('test-vase');
    await admin.page.locator('[name="name"]').fill('Vase of the test');
    await admin.page.locator('[name="nameZh"]').fill('测试花瓶');
    await admin.page.locator('[name="category"]').fill('Tests');
    await admin.page.locator('[name="price"]').fill('12,50');
    await admin.button('Create').click();
    await admin.said('Vase of the test was created.');
    await admin.heading('Vase of the test');
    await admin.page
      .locator('[name="picture"]')
      .setInputFiles({ name: 'vase.png', mimeType: 'image/png', buffer: greenPng(640, 480) });
    await admin.button('Upload picture').click();
    await admin.said('The picture was saved.');
    await admin.page.getByRole('textbox', { name: 'Delivery' }).fill('7');
    await admin.button('Book delivery').click();
    await admin.said('7 pieces booked.');
    await admin.picture('admin-product');

    const buyer = await Person.open(stage.browser, stage.address);
    await buyer.register('vase-fan', 'correct horse');
    await buyer.deposit('100');
    await buyer.go('#/?text=test-vase');
    await buyer.page.waitForFunction(() => document.querySelector('img.picture')?.naturalWidth === 640);
    await buyer.button('Add to cart: Vase of the test').click();
    await buyer.said('Vase of the test');
    await buyer.go('#/checkout');
    await buyer.field('Street and number').fill('5 Elm Street');
    await buyer.field('Post code and city').fill('12345 Forest');
    await buyer.page.getByRole('button', { name: /^Place order/ }).click();
    await buyer.heading('Thank you!');

    await admin.go('#/admin/orders?user=vase-fan');
    await admin.page.locator('.order-row a').click();
    await admin.button('Mark as shipped').click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Mark as shipped' }).click();
    await admin.said('The order is marked as shipped.');
    await buyer.page.locator('.status.is-shipped').waitFor();
    await buyer.close();

    await stage.soon(async () => {
      await admin.go('#/admin/orders');
      await admin.go('#/admin/sales');
      assert.ok((await admin.page.getByRole('row', { name: /test-vase/ }).count()) > 0, 'the sale is counted');
    });
    await admin.page.locator('.plot canvas').waitFor();
    assert.ok(await admin.page.locator('.plot canvas').evaluate(hasBars), 'the plot has bars');
    await admin.picture('admin-sales');
    await stage.soon(async () => {
      await admin.go('#/admin/orders');
      await admin.go('#/admin/audit');
      const delivered = admin.page.getByRole('row', { name: /Stock\.restock.*test-vase/ });
      assert.ok((await delivered.count()) > 0, 'the delivery is in the audit');
    });
    await admin.picture('admin-audit');
    await admin.go('#/admin/products/test-vase');
    await admin.button('Discontinue').click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Discontinue' }).click();
    await admin.button('Sell again').waitFor();
    await admin.close();
  });

  test('a user is found, made an admin and relieved again; others do not see these pages', async () => {
    const user = await Person.open(stage.browser, stage.address);
    await user.register('helper-1', 'correct horse');
    await user.go('#/admin/users');
    await user.heading('Not for this account');
    await user.close();
    const admin = await Person.open(stage.browser, stage.address);
    await admin.logIn('admin', stage.adminPassword);
    await stage.soon(async () => {
      await admin.go('#/admin/orders');
      await admin.go('#/admin/users?text=helper-1');
      assert.ok((await admin.page.getByRole('row', { name: /helper-1/ }).count()) > 0, 'the user is listed');
    });

    await admin.button('Make admin: helper-1').click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Make admin' }).click();

    await admin.button('Take admin away: helper-1').click();
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Take admin away' }).click();
    await admin.button('Make admin: helper-1').waitFor();
    await admin.picture('admin-users');
    await admin.close();
  });
}

// Whether a canvas has columns of one colour that are higher than a line of the grid.
function hasBars(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  for (let x = 0; x < width; x += 2) {
    let run = 0;
    for (let y = 0; y < height; ++y) {
      run = data[(y * width + x) * 4 + 3] > 200 ? run + 1 : 0;
      if (run > height / 4) return true;
    }
  }
  return false;
}

function greenPng(width, height) {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; ++x) row.set([70, 130 + (x * 60) / width, 110], 1 + x * 3);
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
