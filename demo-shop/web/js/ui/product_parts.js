// What pages show of a product: its picture, or a drawing in its colour when it has none; its stock in words; a quantity with
// buttons; and its name in the person's language.
import { Problem } from '../net/problem.js';
import { pictureAddress, product } from '../net/shop_api.js';
import { MOST_OF_ONE } from '../net/cart.js';
import { pauseBefore } from '../lib/retry.js';
import { tintOf } from '../lib/tint.js';
import { currentLanguage, t } from '../texts/texts.js';
import { freshId, h, svg } from './dom.js';
import { icon } from './icons.js';

const PICTURE_ATTEMPTS = 6;
const FEW = 5;

const inLanguage = (plain, chinese) => (currentLanguage() === 'zh' && chinese ? chinese : plain);
export const nameOf = (product) => inLanguage(product.name, product.nameZh) || product.sku;
export const categoryOf = (product) => inLanguage(product.category, product.categoryZh);
export const descriptionOf = (product) => inLanguage(product.description, product.descriptionZh);

// `alt` empty: the name stands beside it. One that does not come is asked for again, then drawn.
export function picture(product, { number = product.pictures?.[0], alt = '', lazy = true } = {}) {
  if (!number) return drawing(product);
  const image = h('img.picture', {
    src: pictureAddress(product.sku, number),
    alt,
    width: 480,
    height: 360,
    loading: lazy ? 'lazy' : null,
    decoding: 'async',
  });
  let attempt = 0;
  image.addEventListener('error', () => {
    if (++attempt >= PICTURE_ATTEMPTS) return image.replaceWith(drawing(product));
    setTimeout(() => {
      image.src = image.getAttribute('src');
    }, pauseBefore(attempt));
  });
  return image;
}

export function drawing(product) {
  const { tint, turn, letter } = tintOf(product.sku, nameOf(product));
  return svg(
    `svg.picture.drawing.tint-${tint}`,
    { viewBox: '0 0 160 120', 'aria-hidden': 'true', focusable: 'false' },
    svg('rect', { width: 160, height: 120, class: 'ground' }),
    svg('circle', { cx: 80, cy: 60, r: 38, class: 'disc' }),
    svg('path', { d: 'M80 22a38 38 0 0 1 38 38H80z', class: 'slice', transform: `rotate(${turn} 80 60)` }),
    svg('text', { x: 80, y: 61, class: 'letter', 'text-anchor': 'middle', 'dominant-baseline': 'central' }, letter),
  );
}

const looked = new Map(); // SKU -> the product, for as long as the page is there

// Of a line of a cart or an order, which does not say what pictures there are: drawn, until the product has told.
export function linePicture(line) {
  const drawn = drawing(line);
  if (!looked.has(line.sku)) looked.set(line.sku, product(line.sku));
  looked.get(line.sku).then(
    (found) => {
      if (found.pictures.length > 0) drawn.replaceWith(picture(found));
    },
    (error) => {
      looked.delete(line.sku);
      if (!(error instanceof Problem)) throw error;
    },
  );
  return drawn;
}

// In words and colour; null for what is in plenty when `quiet`.
export function stockWords(product, { quiet = false } = {}) {
  if (!product.onSale) return h('span.stock.none', {}, t('no_longer_sold'));
  if (product.onHand === 0) return h('span.stock.none', {}, t('out_of_stock'));
  if (product.onHand <= FEW) return h('span.stock.few', {}, t('few_left', { count: product.onHand }));
  return quiet ? null : h('span.stock.plenty', {}, t('in_stock'));
}

// { node, value() }: a number from 1 on with buttons beside it. `changed(value)` comes for each that is right.
export function quantityField({ label, value, changed = () => {}, showLabel = false }) {
  const id = freshId('quantity');
  const input = h('input.number', {
    id,
    type: 'text',
    name: id,
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 4,
    value: String(value),
    'aria-label': showLabel ? null : label,
    on: { change: () => set(Number(input.value)) },
  });
  let now = value;
  const step = (by) => set(Math.min(MOST_OF_ONE, Math.max(1, now + by)));
  function set(wanted) {
    const right = Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_OF_ONE;
    const next = right ? wanted : now;
    input.value = String(next);
    if (next === now) return;
    now = next;
    changed(now);
  }
  const node = h(
    'div.quantity',
    {},
    h(
      'button.step',
      { type: 'button', 'aria-label': `${t('fewer')}: ${label}`, on: { click: () => step(-1) } },
      icon('minus'),
    ),
    input,
    h(
      'button.step',
      { type: 'button', 'aria-label': `${t('moreOne')}: ${label}`, on: { click: () => step(1) } },
      icon('plus'),
    ),
  );
  return { node: showLabel ? h('div.field', {}, h('label', { for: id }, label), node) : node, value: () => now, input };
}
