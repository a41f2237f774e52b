// Products: the list, with those that are discontinued if wanted, and the way to a new one.
import * as api from '../../net/shop_api.js';
import { hashOf } from '../../lib/place.js';
import { money, number, t } from '../../texts/texts.js';
import { h } from '../../ui/dom.js';
import { icon } from '../../ui/icons.js';
import { pager } from '../../ui/pager.js';
import { categoryOf, nameOf, picture } from '../../ui/product_parts.js';
import { table } from '../../ui/table.js';

export { showItem } from './product.js';

const PER_PAGE = 50;

export async function show({ query, signal }) {
  const text = query.get('text') ?? '';
  const all = query.get('all') === 'yes';
  const page = Math.max(1, Number(query.get('page')) || 1);
  const hashFor = (changes) => hashOf(['admin', 'products'], { text, all: all ? 'yes' : '', ...changes });
  const found = await api.products(
    { text, sort: 'sku', limit: PER_PAGE, offset: (page - 1) * PER_PAGE || '', discontinuedToo: all || '' },
    { signal },
  );
  return {
    title: t('admin_products'),
    body: [
      h(
        'div.page-head',
        {},
        h('h1', {}, t('admin_products')),
        h('p.quiet', {}, t('found', { count: found.total })),
        h('a.button', { href: '#/admin/products/new' }, icon('plus'), t('new_product')),
      ),
      searchForm(
        {
          label: t('search_label'),
          text,
          go: (wanted) => {
            location.hash = hashFor({ text: wanted });
          },
        },
        h(
          'label.check',
          {},
          h('input', {
            type: 'checkbox',
            name: 'all',
            checked: all,
            on: {
              change: (event) => {
                location.hash = hashFor({ all: event.target.checked ? 'yes' : '' });
              },
            },
          }),
          t('discontinued_too'),
        ),
      ),
      found.products.length === 0
        ? h('p.empty', {}, t('no_products'))
        : table({ caption: t('admin_products'), columns: COLUMNS(), rows: found.products.map(row) }),
      pager({ page, more: found.more, hashFor: (to) => hashFor({ page: to }) }),
    ],
  };
}

const COLUMNS = () => [
  { text: t('product_name') },
  { text: t('sku') },
  { text: t('category') },
  { text: t('price'), number: true },
  { text: t('on_hand'), number: true },
  { text: t('status') },
];

function row(product) {
  const name = nameOf(product);
  return [
    h(
      'a.with-picture',
      { href: hashOf(['admin', 'products', product.sku]) },
      h('span.tiny', {}, picture(product)),
      name,
    ),
    h('code', {}, product.sku),
    categoryOf(product),
    money(product.priceCents),
    number(product.onHand),
    product.onSale ? h('span.status.is-confirmed', {}, t('on_sale')) : h('span.status', {}, t('discontinued')),
  ];
}

// A field and a button that look for something; `more` stands beside them.
export function searchForm({ label, text, go }, ...more) {
  const input = h('input', {
    type: 'search',
    name: 'text',
    id: 'admin-search',
    value: text,
    maxlength: 100,
    autocomplete: 'off',
  });
  const submit = (event) => {
    event.preventDefault();
    go(input.value.trim());
  };
  return h(
    'form.search.bar',
    { role: 'search', on: { submit } },
    h('label.unseen', { for: 'admin-search' }, label),
    icon('search'),
    input,
    h('button.button.second', { type: 'submit' }, t('search')),
    more,
  );
}
