// One product: its pictures, price, stock, and a way into the cart.
import * as api from '../net/shop_api.js';
import { hashOf } from '../lib/place.js';
import { isAdmin } from '../net/session.js';
import { money, t } from '../texts/texts.js';
import { h, put } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { categoryOf, descriptionOf, drawing, nameOf, picture, quantityField, stockWords } from '../ui/product_parts.js';
import { addOne } from './shop.js';

export async function show({ path: [sku], signal }) {
  const product = await api.product(sku, { signal });
  const name = nameOf(product);
  return {
    title: name,
    body: [trail(product, name), h('div.product', {}, gallery(product, name), details(product, name))],
  };
}

function trail(product, name) {
  return h(
    'nav.trail',
    { 'aria-label': t('breadcrumb') },
    h(
      'ol',
      {},
      h('li', {}, h('a', { href: '#/' }, t('nav_shop'))),
      product.category
        ? h('li', {}, h('a', { href: hashOf([], { category: product.category }) }, categoryOf(product)))
        : null,
      h('li', { 'aria-current': 'page' }, name),
    ),
  );
}

function gallery(product, name) {
  if (product.pictures.length === 0) return h('div.gallery', {}, drawing(product));
  const large = h('div.large');
  const showOne = (number) => put(large, picture(product, { number, alt: t('picture_of', { name }), lazy: false }));
  showOne(product.pictures[0]);
  if (product.pictures.length === 1) return h('div.gallery', {}, large);
  const buttons = product.pictures.map((number, i) =>
    h(
      'button.thumb',
      {
        type: 'button',
        'aria-label': `${t('picture_of', { name })} ${i + 1}`,
        'aria-pressed': String(i === 0),
        on: {
          click: () => {
            showOne(number);
            buttons.forEach((one, k) => one.setAttribute('aria-pressed', String(k === i)));
          },
        },
      },
      picture(product, { number }),
    ),
  );
  return h('div.gallery', {}, large, h('div.thumbs', {}, buttons));
}

function details(product, name) {
  const quantity = quantityField({ label: t('quantity'), value: 1, showLabel: true });
  const forSale = product.onSale && product.onHand > 0;
  const add = h(
    'button.button.large',
    { type: 'button', on: { click: () => addOne(product, add, quantity.value()) } },
    icon('cart'),
    t('add_to_cart'),
  );
  const paragraphs = descriptionOf(product)
    .split(/\n+/)
    .filter((text) => text.trim() !== '');
  return h(
    'div.details',
    {},
    h('h1', {}, name),
    h('p.price', {}, money(product.priceCents)),
    stockWords(product),
    forSale ? h('div.buy', {}, quantity.node, add) : null,
    paragraphs.length > 0
      ? h(
          'section',
          {},
          h('h2.small', {}, t('description')),
          paragraphs.map((text) => h('p', {}, text)),
        )
      : null,
    h('p.quiet', {}, `${t('sku')} ${product.sku}`),
    isAdmin() ? h('p', {}, h('a', { href: hashOf(['admin', 'products', product.sku]) }, t('edit'))) : null,
  );
}
