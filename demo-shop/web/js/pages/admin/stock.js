// Stock: what runs low, and deliveries.
import * as api from '../../net/shop_api.js';
import { sentenceOf } from '../../net/problem.js';
import { hashOf } from '../../lib/place.js';
import { randomText } from '../../lib/pkce.js';
import { MOST_DELIVERED } from '../../lib/rules.js';
import { number, t } from '../../texts/texts.js';
import { h, put } from '../../ui/dom.js';
import { field, form, whileBusy } from '../../ui/form.js';
import { moreButton } from '../../ui/pager.js';
import { nameOf, picture } from '../../ui/product_parts.js';
import { notice } from '../../ui/say.js';

export async function show({ query, signal }) {
  const below = Math.max(1, Number(query.get('below')) || 10);
  const rows = h('ul.stock-list');
  const node = h('section', { 'aria-label': t('admin_stock') });
  const load = (after) => api.lowStock({ below, after, limit: 50 }, { signal });
  const grow = (found) => {
    rows.append(...found.products.map(row));
    put(
      node,
      rows.childElementCount > 0 ? rows : h('p.empty', {}, t('nothing_low')),
      found.more ? more(found.next) : null,
    );
  };
  const more = (next) => {
    const button = moreButton(() =>
      whileBusy(button, async () => {
        try {
          grow(await load(next));
        } catch (error) {
          notice(sentenceOf(error), { bad: true });
        }
      }),
    );
    return button;
  };
  grow(await load(''));
  const limit = field({
    name: 'below',
    label: t('below'),
    value: String(below),
    required: true,
    inputmode: 'numeric',
    maxlength: 7,
    check: (value) => (/^[1-9]\d*$/.test(value) ? null : t('bad_count')),
  });
  const filter = form({
    kind: 'form.form.inline',
    fields: [limit],
    word: t('apply'),
    label: t('below'),
    explain: sentenceOf,
    submit: ({ below: value }) => {
      location.hash = hashOf(['admin', 'stock'], { below: value });
    },
  });
  return {
    title: t('admin_stock'),
    body: [h('h1', {}, t('admin_stock')), h('p.quiet', {}, t('stock_text', { count: below })), filter, node],
  };
}

function row(product) {
  const name = nameOf(product);
  const onHand = h('strong', {}, number(product.onHand));
  return h(
    'li.stock-row.box',
    {},
    h('span.tiny', {}, picture(product)),
    h(
      'div',
      {},
      h('h2', {}, h('a', { href: hashOf(['admin', 'products', product.sku]) }, name)),
      h('p.quiet', {}, `${t('on_hand')}: `, onHand),
    ),
    deliveryForm(product, (now) => put(onHand, number(now))),
  );
}

// Books a delivery; `done(onHand)` is told how many there are now. A delivery has a name, so that it is booked once.
export function deliveryForm(product, done) {
  let delivery = `web-${randomText(12)}`;
  const quantity = field({
    name: `quantity-${product.sku}`,
    label: t('delivery'),
    required: true,
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 7,
    check: (value) => (/^[1-9]\d*$/.test(value) && Number(value) <= MOST_DELIVERED ? null : t('bad_count')),
  });
  return form({
    kind: 'form.form.inline',
    fields: [quantity],
    word: t('deliver'),
    label: t('delivery_for', { name: nameOf(product) }),
    explain: sentenceOf,
    submit: async () => {
      const count = Number(quantity.input.value);
      const { onHand } = await api.deliver(product.sku, { delivery, quantity: count });
      delivery = `web-${randomText(12)}`;
      quantity.input.value = '';
      notice(t('delivery_booked', { count }));
      await done(onHand);
    },
  });
}

export function levels(stock) {
  const one = (text, value) => h('div', {}, h('dt', {}, text), h('dd', {}, number(value)));
  return h(
    'dl.levels',
    {},
    one(t('received'), stock.received),
    one(t('on_hand'), stock.onHand),
    one(t('reserved'), stock.reserved),
    one(t('sold'), stock.sold),
  );
}
