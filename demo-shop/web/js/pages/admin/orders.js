// Everybody's orders: by status, by customer, live.
import * as api from '../../net/shop_api.js';
import { follow } from '../../net/live.js';
import { hashOf } from '../../lib/place.js';
import { t } from '../../texts/texts.js';
import { h } from '../../ui/dom.js';
import { orderList, statusChips } from '../orders.js';
import { searchForm } from './products.js';

const PATH = ['admin', 'orders'];

export async function show({ query, signal }) {
  const status = query.get('status') ?? '';
  const user = query.get('user') ?? '';
  const list = orderList({
    load: api.allOrders,
    status,
    user,
    signal,
    withUser: true,
    none: h('p.empty', {}, t('no_orders_here')),
  });
  await list.start();
  follow(api.ORDER_EVENTS, { signal, onEvent: () => list.renew(), onState: () => {} });
  return {
    title: t('admin_orders'),
    body: [
      h('h1', {}, t('admin_orders')),
      searchForm({
        label: t('customer'),
        text: user,
        go: (wanted) => {
          location.hash = hashOf(PATH, { status, user: wanted });
        },
      }),
      statusChips(PATH, status, { user }),
      list.node,
    ],
  };
}
