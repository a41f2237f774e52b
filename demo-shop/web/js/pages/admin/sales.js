// Sales: by day as a plot, and by product. What a plot shows stands in a table as well.
import * as api from '../../net/shop_api.js';
import { hashOf } from '../../lib/place.js';
import { daysBetween, daysWith, dayOf } from '../../lib/days.js';
import { day, money, number, t } from '../../texts/texts.js';
import { h } from '../../ui/dom.js';
import { plotDays } from '../../ui/plot.js';
import { table } from '../../ui/table.js';

const RANGES = [7, 30, 90];
const MOST_PRODUCTS = 50;

export async function show({ query, signal }) {
  const range = RANGES.includes(Number(query.get('days'))) ? Number(query.get('days')) : 30;
  const today = dayOf(Date.now());
  const from = dayOf(Date.now() - (range - 1) * 24 * 3600_000);
  const [byDay, byProduct] = await Promise.all([
    api.salesByDay({ from, to: today }, { signal }),
    api.sales({ limit: MOST_PRODUCTS }, { signal }),
  ]);
  const days = daysWith(byDay.days, daysBetween(from, today));
  // A shop that was built without the library of plots has the table alone.
  const plot = await plotDays(days, { label: t('sales_by_day'), signal }).catch(() => null);
  const sum = (name) => byDay.days.reduce((all, one) => all + Number(one[name]), 0);
  return {
    title: t('admin_sales'),
    body: [
      h('div.page-head', {}, h('h1', {}, t('admin_sales')), ranges(range)),
      h(
        'dl.levels.box',
        {},
        figure(t('turnover'), money(sum('cents'))),
        figure(t('orders_count'), number(sum('orders'))),
        figure(t('sold_pieces'), number(sum('quantity'))),
        figure(t('cancelled_count'), money(sum('cancelledCents'))),
      ),
      h(
        'section.box',
        { 'aria-labelledby': 'by-day' },
        h('h2', { id: 'by-day' }, t('sales_by_day')),
        plot,
        dayTable(byDay.days, plot !== null),
      ),
      h(
        'section.box',
        { 'aria-labelledby': 'by-product' },
        h('h2', { id: 'by-product' }, t('sales_by_product')),
        productTable(byProduct.products),
      ),
    ],
  };
}

const figure = (text, value) => h('div', {}, h('dt', {}, text), h('dd', {}, value));

function ranges(now) {
  return h(
    'ul.chips',
    { 'aria-label': t('sales_by_day') },
    RANGES.map((days) =>
      h(
        'li',
        {},
        h(
          'a.chip',
          {
            href: hashOf(['admin', 'sales'], { days }),
            'aria-current': days === now ? 'true' : null,
          },
          t('last_days', { count: days }),
        ),
      ),
    ),
  );
}

function dayTable(days, plotted) {
  if (days.length === 0) return h('p.quiet', {}, t('no_sales'));
  return h(
    'details',
    { open: !plotted },
    h('summary', {}, t('as_table')),
    table({
      caption: t('sales_by_day'),
      columns: [
        { text: t('day') },
        { text: t('orders_count'), number: true },
        { text: t('sold_pieces'), number: true },
        { text: t('turnover'), number: true },
        { text: t('cancelled_count'), number: true },
      ],
      rows: days
        .toReversed()
        .map((one) => [
          day(Date.parse(one.day)),
          number(one.orders),
          number(one.quantity),
          money(one.cents),
          money(one.cancelledCents),
        ]),
    }),
  );
}

function productTable(products) {
  if (products.length === 0) return h('p.quiet', {}, t('no_sales'));
  const most = Math.max(...products.map((one) => Number(one.sale.cents)), 1);
  return table({
    caption: t('sales_by_product'),
    columns: [
      { text: t('sku') },
      { text: t('orders_count'), number: true },
      { text: t('sold_pieces'), number: true },
      { text: t('turnover'), number: true },
      { text: t('share') },
    ],
    rows: products.map(({ sku, sale }) => [
      h('a', { href: hashOf(['admin', 'products', sku]) }, sku),
      number(sale.orders),
      number(sale.quantity),
      money(sale.cents),
      h('progress.share', { max: most, value: Number(sale.cents), 'aria-label': `${t('turnover')} ${sku}` }),
    ]),
  });
}
