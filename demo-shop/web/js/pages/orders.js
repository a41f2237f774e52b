// One's orders, the latest first; those of a status; kept up to date by the shop's events.
import * as api from '../net/shop_api.js';
import { follow } from '../net/live.js';
import { isAbort, sentenceOf } from '../net/problem.js';
import { hashOf } from '../lib/place.js';
import { t } from '../texts/texts.js';
import { h, put } from '../ui/dom.js';
import { whileBusy } from '../ui/form.js';
import { icon } from '../ui/icons.js';
import { orderRow, STATUSES } from '../ui/order_parts.js';
import { moreButton } from '../ui/pager.js';
import { notice } from '../ui/say.js';

export async function show({ query, signal }) {
  const list = orderList({ load: api.orders, status: query.get('status') ?? '', signal });
  await list.start();
  follow(api.ORDER_EVENTS, { signal, onEvent: () => list.renew(), onState: () => {} });
  return {
    title: t('orders'),
    body: [h('h1', {}, t('orders')), statusChips('orders', query.get('status') ?? ''), list.node],
  };
}

export function statusChips(place, now, more = {}) {
  const path = Array.isArray(place) ? place : [place];
  return h(
    'ul.chips',
    { 'aria-label': t('filter_status') },
    ['', ...STATUSES].map((status) =>
      h(
        'li',
        {},
        h(
          'a.chip',
          {
            href: hashOf(path, { ...more, status }),
            'aria-current': status === now ? 'true' : null,
          },
          status ? t(`status_${status}`) : t('all'),
        ),
      ),
    ),
  );
}

// A list that grows by a button. renew() loads its beginning anew, at most one at a time.
export function orderList({ load, status, user = '', signal, withUser = false, none = null }) {
  const rows = h('ul.orders', { 'aria-label': t('orders') });
  const node = h('section', { 'aria-label': t('orders') });
  let renewing = false;
  let wanted = false;
  let pages = 1;
  const one = (before) => load({ status, user, before, limit: 20 }, { signal });
  const rowsOf = (found) => found.orders.map((order) => orderRow(order, { user: withUser }));

  function draw(found) {
    if (found.orders.length === 0) {
      put(
        node,
        none ??
          h(
            'div.empty',
            {},
            icon('orders'),
            h('h2', {}, t(status ? 'no_orders_so' : 'no_orders')),
            h('p', {}, status ? null : t('no_orders_text')),
            h('a.button', { href: '#/' }, t('to_the_shop')),
          ),
      );
      return;
    }
    put(rows, rowsOf(found));
    put(node, rows, found.more ? more(found.next) : null);
  }

  function more(next) {
    const button = moreButton(() =>
      whileBusy(button, async () => {
        try {
          const found = await one(next);
          ++pages;
          const added = rowsOf(found);
          rows.append(...added);
          button.replaceWith(...(found.more ? [more(found.next)] : []));
          added[0]?.querySelector('a').focus();
        } catch (error) {
          if (!isAbort(error)) notice(sentenceOf(error), { bad: true });
        }
      }),
    );
    return button;
  }

  async function renew() {
    wanted = true;
    if (renewing || pages > 1) return;
    renewing = true;
    try {
      while (wanted) {
        wanted = false;
        const found = await one('');
        const focused = rows.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
        draw(found);
        if (focused) rows.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
      }
    } catch (error) {
      if (!isAbort(error)) notice(sentenceOf(error), { bad: true });
    } finally {
      renewing = false;
    }
  }

  return { node, renew, start: async () => draw(await one('')) };
}
