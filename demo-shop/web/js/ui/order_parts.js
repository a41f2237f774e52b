// What pages show of orders: the status as a mark, the way from received to shipped, a row of a list.
import { hashOf } from '../lib/place.js';
import { STEPS, stepsDone } from '../lib/way.js';
import { dateTime, money, t } from '../texts/texts.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { nameOf } from './product_parts.js';

export const STATUSES = ['placing', 'confirmed', 'shipped', 'refused', 'cancelled'];

export const statusMark = (status) => h(`span.status.is-${status}`, {}, t(`status_${status}`));

export function way(order, saga) {
  const done = stepsDone(order, saga);
  return h(
    'ol.way',
    { 'aria-label': t('progress') },
    STEPS.map((step, i) =>
      h(
        `li${i < done ? '.done' : ''}`,
        { 'aria-current': i === done - 1 ? 'step' : null },
        h('span.bead', { 'aria-hidden': 'true' }, i < done ? icon('check') : null),
        t(`step_${step}`),
      ),
    ),
  );
}

export const countOf = (lines) => lines.reduce((sum, line) => sum + line.quantity, 0);

export function orderRow(order, { user = false } = {}) {
  const names = order.lines
    .slice(0, 3)
    .map((line) => (line.name ? nameOf(line) : line.sku))
    .join(' · ');
  return h(
    'li.order-row',
    {},
    h(
      'a',
      { href: hashOf(['order', order.order]) },
      h('span.order-when', {}, order.placedMs ? dateTime(order.placedMs) : order.order.slice(0, 12)),
      statusMark(order.status),
      h(
        'span.order-what',
        {},
        user ? `${order.user} · ` : '',
        t('items_count', { count: countOf(order.lines) }),
        names ? ` · ${names}` : '',
        order.lines.length > 3 ? ' …' : '',
      ),
      h('strong.order-total', {}, money(order.totalCents)),
    ),
  );
}
