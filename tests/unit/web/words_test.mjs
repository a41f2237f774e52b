// Texts, languages, money, places, days and rules of the shop's pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinAddress, splitAddress } from '../../../demo-shop/web/js/lib/address.js';
import { daysBetween, daysWith } from '../../../demo-shop/web/js/lib/days.js';
import { chooseLanguage, fill } from '../../../demo-shop/web/js/lib/language.js';
import { centsOf, editCents, MOST_CENTS, showCents } from '../../../demo-shop/web/js/lib/money.js';
import { hashOf, placeOf } from '../../../demo-shop/web/js/lib/place.js';
import { nameMistake, passwordMistake, skuMistake } from '../../../demo-shop/web/js/lib/rules.js';
import { tintOf, TINTS } from '../../../demo-shop/web/js/lib/tint.js';
import { stepsDone } from '../../../demo-shop/web/js/lib/way.js';
import { en } from '../../../demo-shop/web/js/texts/en.js';
import { enCodes } from '../../../demo-shop/web/js/texts/en_codes.js';
import { zh } from '../../../demo-shop/web/js/texts/zh.js';
import { zhCodes } from '../../../demo-shop/web/js/texts/zh_codes.js';

const names = (text) =>
  [
    ...new Set(
      Object.values(typeof text === 'string' ? { text } : text)
        .join(' ')
        .match(/\{\w+\}/g) ?? [],
    ),
  ].sort();

test('both languages have every text, with the same values in it', () => {
  for (const [english, chinese] of [
    [en, zh],
    [enCodes, zhCodes],
  ]) {
    assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
    for (const key of Object.keys(english)) assert.deepEqual(names(chinese[key]), names(english[key]), key);
  }
  assert.deepEqual(
    Object.keys(en).filter((key) => key in enCodes),
    [],
    'a key stands in one file',
  );
});

test('the language is what was chosen, else the first of the browser that we have, else English', () => {
  assert.equal(chooseLanguage('zh', ['en-GB']), 'zh');
  assert.equal(chooseLanguage(null, ['fr', 'zh-Hant-TW', 'en']), 'zh');
  assert.equal(chooseLanguage('xx', ['de']), 'en');
  assert.equal(chooseLanguage(null, undefined), 'en');
});

test('a text takes its values and its number, and a key without a text shows itself', () => {
  const texts = { hello: 'Hello {name}, {name}', items: { one: '{count} item', other: '{count} items' } };

  assert.equal(fill(texts, 'en', 'hello', { name: 'A$&' }), 'Hello A$&, A$&');
  assert.equal(fill(texts, 'en', 'items', { count: 1 }), '1 item');
  assert.equal(fill(texts, 'en', 'items', { count: 0 }), '0 items');
  assert.equal(fill(texts, 'zh', 'items', { count: 1 }), '1 items');
  assert.equal(fill(texts, 'en', 'gone'), 'gone');
});

test('amounts are read as people write them, and nothing else is', () => {
  const good = { 12: 1200, 12.5: 1250, '12,50': 1250, ' € 0.01 ': 1, 10000000: MOST_CENTS };
  for (const [text, cents] of Object.entries(good)) assert.equal(centsOf(text), cents, text);
  for (const bad of ['', '0', '0.00', '-1', '1.234', '1e3', '12 50', '10000000.01', '99999999999', 'ten', null])
    assert.equal(centsOf(bad), null, String(bad));
});

test('what a form shows of an amount is read as the same', () => {
  for (const cents of [1, 9, 10, 99, 100, 1250, MOST_CENTS]) assert.equal(centsOf(editCents(cents)), cents);
});

test('money is shown with its sign and two digits', () => {
  assert.equal(showCents(1250, 'en'), '€12.50');
  assert.match(showCents(123456789, 'zh-CN'), /€1,234,567\.89/);
});

test('a place goes into an address and comes back', () => {
  const hash = hashOf(['product', 'a/b ü'], { from: 'x&y', none: '' });

  assert.deepEqual(placeOf(hash).path, ['product', 'a/b ü']);
  assert.deepEqual([...placeOf(hash).query], [['from', 'x&y']]);
  assert.deepEqual(placeOf('#main').path, []);
  assert.deepEqual(placeOf('#/%zz').path, ['%zz']);
});

test('an address keeps its lines', () => {
  const parts = { name: 'Anna', street: '1 Elm Street', city: '12345 Forest', country: '' };

  assert.deepEqual(splitAddress(joinAddress(parts)), parts);
  assert.equal(splitAddress('a\nb\nc\nd\ne').country, 'd, e');
  assert.deepEqual(splitAddress(undefined), { name: '', street: '', city: '', country: '' });
});

test('days without sales are there with zeros, across months', () => {
  const days = daysWith([{ day: '2026-03-01', cents: 5 }], daysBetween('2026-02-27', '2026-03-02'));

  assert.deepEqual(
    days.map((one) => [one.day, one.cents]),
    [
      ['2026-02-27', 0],
      ['2026-02-28', 0],
      ['2026-03-01', 5],
      ['2026-03-02', 0],
    ],
  );
  assert.deepEqual(daysBetween('2026-03-02', '2026-03-01'), []);
});

test('names, article numbers and passwords are taken as the shop takes them', () => {
  for (const good of ['ab', 'anna', 'a.b-c_d', 'a1'.repeat(20)]) assert.equal(nameMistake(good), null, good);
  for (const bad of ['a', 'Anna', '.a', 'a.', 'a b', 'é2', 'a'.repeat(41), '']) assert.ok(nameMistake(bad), bad);
  for (const good of ['a', '-', 'desk-lamp.2_x', 'a'.repeat(40)]) assert.equal(skuMistake(good), null, good);
  for (const bad of ['', 'A', 'a b', 'a'.repeat(41)]) assert.ok(skuMistake(bad), bad);
  assert.equal(passwordMistake('1234567'), 'password_short');
  assert.equal(passwordMistake('密码密'), null, 'bytes count');
  assert.equal(passwordMistake('x'.repeat(257)), 'password_long');
});

test('the way of an order follows its status, and its steps while it is placed', () => {
  const lines = [{ sku: 'a' }, { sku: 'b' }];
  const saga = (...steps) => ({ finished: steps.map((name) => ({ name, undoneMs: 0, failure: null })) });

  assert.equal(stepsDone({ status: 'placing', lines }), 1);
  assert.equal(stepsDone({ status: 'placing', lines }, saga('reserve a')), 1);
  assert.equal(stepsDone({ status: 'placing', lines }, saga('reserve a', 'reserve b')), 2);
  assert.equal(stepsDone({ status: 'placing', lines }, saga('reserve a', 'reserve b', 'charge')), 3);
  assert.equal(stepsDone({ status: 'placing', lines }, { finished: [{ name: 'charge', undoneMs: 5 }] }), 1);
  assert.equal(stepsDone({ status: 'confirmed', lines }), 4);
  assert.equal(stepsDone({ status: 'shipped', lines }), 5);
});

test('a drawing is always the same for a SKU, and has a letter for any name', () => {
  assert.deepEqual(tintOf('lamp', 'lamp'), tintOf('lamp', 'lamp'));
  for (const sku of ['a', 'b', '', '茶']) assert.ok(tintOf(sku, '茶壶').tint < TINTS);
  assert.equal(tintOf('x', '茶壶').letter, '茶');
  assert.equal(tintOf('x', '').letter, '·');
});
