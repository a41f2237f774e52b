// One order: where it is on its way, live; cancelled with refund, removed from the list, or shipped by those who run the shop.
import * as api from '../net/shop_api.js';
import * as cart from '../net/cart.js';
import { pause } from '../net/client.js';
import { follow } from '../net/live.js';
import { isAbort, Problem, sentenceOf } from '../net/problem.js';
import { isAdmin, who } from '../net/session.js';
import { hashOf } from '../lib/place.js';
import { pauseBefore } from '../lib/retry.js';
import { bytesOf, LONGEST_ADDRESS } from '../lib/rules.js';
import { dateTime, known, money, t } from '../texts/texts.js';
import { ask } from '../ui/dialog.js';
import { h, put } from '../ui/dom.js';
import { field, whileBusy } from '../ui/form.js';
import { icon } from '../ui/icons.js';
import { statusMark, way } from '../ui/order_parts.js';
import { linePicture, nameOf } from '../ui/product_parts.js';
import { announce, notice } from '../ui/say.js';

const ENDED = new Set(['shipped', 'refused', 'cancelled']);
const LOOK_MS = 5_000;

export async function show({ path: [id], signal }) {
  const page = { id, signal, order: null, saga: null, live: false, place: h('div.order') };
  await load(page);
  follow(api.ORDER_EVENTS, {
    signal,
    onEvent: (event) => {
      if (event.data.includes(id)) look(page);
    },
    onState: (yes) => {
      page.live = yes;
      page.mark?.(yes);
      if (yes) look(page);
    },
  });
  watch(page);
  return { title: t('order_title', { id: shortId(id) }), body: page.place };
}

const shortId = (id) => (id.length > 14 ? `${id.slice(0, 10)}…` : id);

async function load(page) {
  const order = await api.order(page.id, { signal: page.signal });
  page.saga = order.status === 'placing' ? await sagaOf(page) : null;
  const before = page.order;
  page.order = order;
  if (before && before.status !== order.status) announce(t('status_now', { status: t(`status_${order.status}`) }));
  if (before && JSON.stringify(before) === JSON.stringify(order) && order.status !== 'placing') return;
  draw(page);
}

async function sagaOf(page) {
  try {
    return (await api.progress(page.id, { signal: page.signal })).saga;
  } catch (error) {
    if (error instanceof Problem) return null; // the steps are a courtesy
    throw error;
  }
}

async function look(page) {
  try {
    await load(page);
  } catch (error) {
    if (!isAbort(error) && !(error instanceof Problem)) throw error;
  }
}

// An order that is being placed is also asked for, in case no event comes; any other one while the events do not come.
async function watch(page) {
  for (let attempt = 0; !page.signal.aborted && !ENDED.has(page.order.status); ++attempt) {
    const placing = page.order.status === 'placing';
    await pause(placing ? pauseBefore(attempt) : LOOK_MS, page.signal).catch(() => {});
    if (!page.signal.aborted && (placing || !page.live)) await look(page);
  }
}

function draw(page) {
  const { order } = page;
  const focused = page.place.contains(document.activeElement) ? document.activeElement.dataset.mark : null;
  const light = h('span.live', {}, h('span.dot'), t('live'));
  page.mark = (yes) => {
    light.hidden = !yes;
  };
  page.mark(page.live);
  put(
    page.place,
    h(
      'div.order-head',
      {},
      h('h1', { tabindex: '-1', 'data-mark': 'head' }, t('order_title', { id: shortId(order.order) })),
      statusMark(order.status),
      light,
    ),
    banner(order),
    ['refused', 'cancelled', 'draft', 'none'].includes(order.status) ? null : way(order, page.saga),
    h('div.order-body', {}, lines(order), facts(order)),
    actions(page),
  );
  if (focused) (page.place.querySelector(`[data-mark="${focused}"]`) ?? page.place.querySelector('h1')).focus();
}

function banner(order) {
  const fresh = order.createdMs && Date.now() - order.createdMs < 10 * 60_000;
  const box = (kind, title, ...text) =>
    h(
      `section.told.${kind}`,
      { 'aria-label': t(`status_${order.status}`) },
      title ? h('h2', {}, title) : null,
      ...text,
    );
  const total = money(order.totalCents);
  switch (order.status) {
    case 'placing':
      return box('wait', t('placing'), h('p', {}, t('placing_text')));
    case 'confirmed':
      return fresh ? box('good', t('thanks_title'), h('p', {}, t('thanks_text'))) : null;
    case 'shipped':
      return box('good', null, h('p', {}, icon('truck'), ' ', t('shipped_text')));
    case 'cancelled':
      return box('calm', null, h('p', {}, t('cancelled_text', { total })));
    case 'refused':
      return box(
        'bad',
        t('refused_title'),
        h('p', {}, reasonOf(order), ' ', t('refused_text')),
        order.reason === 'insufficient_funds'
          ? h('p', {}, h('a', { href: '#/account' }, t('to_deposit')))
          : h('p', {}, h('a', { href: '#/cart' }, t('see_cart'))),
      );
    default:
      return null;
  }
}

const reasonOf = ({ reason, explanation }) => (known(`code_${reason}`) ? t(`code_${reason}`) : explanation || reason);

function lines(order) {
  return h(
    'section',
    { 'aria-labelledby': 'items' },
    h('h2', { id: 'items' }, t('items')),
    h(
      'ul.lines',
      {},
      order.lines.map((line) =>
        h(
          'li.line',
          {},
          h('span.line-picture', {}, linePicture(line)),
          h(
            'div.line-text',
            {},
            h('h3', {}, h('a', { href: hashOf(['product', line.sku]) }, nameOf(line))),
            h('p.quiet', {}, `${line.quantity} × ${money(line.unitCents)}`),
          ),
          h('p.line-price', {}, money(line.quantity * line.unitCents)),
        ),
      ),
    ),
    h('p.total', {}, h('span', {}, t('total')), h('strong', {}, money(order.totalCents))),
  );
}

function facts(order) {
  const row = (term, ...value) => h('div', {}, h('dt', {}, term), h('dd', {}, ...value));
  const address = (order.address ?? '').split('\n').flatMap((line, i) => (i > 0 ? [h('br'), line] : [line]));
  return h(
    'dl.facts.boxed',
    {},
    row(t('order_id'), h('code', {}, order.order)),
    order.createdMs ? row(t('order_placed_on'), dateTime(order.createdMs)) : null,
    order.user !== who()?.name ? row(t('customer'), order.user) : null,
    address.length > 0 && order.address ? row(t('address'), ...address) : null,
    order.status === 'refused' ? row(t('reason'), reasonOf(order)) : null,
  );
}

function actions(page) {
  const { order } = page;
  const own = order.user === who()?.name;
  const ended = ENDED.has(order.status);
  const button = (word, mark, work, kind = '.second') => {
    const node = h(
      `button.button${kind}`,
      { type: 'button', 'data-mark': mark, on: { click: () => whileBusy(node, () => tell(work)) } },
      word,
    );
    return node;
  };
  return h(
    'div.actions',
    {},
    ['placing', 'confirmed'].includes(order.status) ? button(t('cancel_order'), 'cancel', () => cancel(page)) : null,
    ['placing', 'confirmed'].includes(order.status)
      ? button(t('change_address'), 'address', () => changeAddress(page))
      : null,
    order.status === 'confirmed' && isAdmin() ? button(t('ship'), 'ship', () => ship(page)) : null,
    own && ended ? button(t('order_again'), 'again', () => again(order)) : null,
    own && ended ? button(t('remove_order'), 'remove', () => removeIt(page)) : null,
  );
}

async function tell(work) {
  try {
    await work();
  } catch (error) {
    if (!isAbort(error)) notice(sentenceOf(error), { bad: true });
  }
}

async function cancel(page) {
  const total = money(page.order.totalCents);
  if (
    !(await ask({
      title: t('cancel_order_ask'),
      text: t('cancel_order_text', { total }),
      word: t('cancel_order'),
      danger: true,
    }))
  )
    return;
  await api.cancelOrder(page.id);
  await load(page);
  notice(t('cancelled_done', { total }));
}

async function changeAddress(page) {
  const address = field({
    name: 'address',
    label: t('address'),
    kind: 'textarea',
    value: page.order.address,
    required: true,
    maxlength: LONGEST_ADDRESS,
    autocomplete: 'off',
    check: (value) => (bytesOf(value) > LONGEST_ADDRESS ? t('too_long') : null),
  });
  if (
    !(await ask({
      title: t('change_address'),
      word: t('save'),
      body: address.row,
      check: () => address.read() !== null,
    }))
  )
    return;
  await api.saveAddress(page.id, address.input.value.trim());
  await load(page);
  notice(t('address_changed'));
}

async function ship(page) {
  if (!(await ask({ title: t('ship_ask'), word: t('ship') }))) return;
  await api.ship(page.id);
  await load(page);
  notice(t('shipped_done'));
}

async function removeIt(page) {
  if (
    !(await ask({ title: t('remove_order_ask'), text: t('remove_order_text'), word: t('remove_order'), danger: true }))
  )
    return;
  await api.removeOrder(page.id);
  notice(t('order_removed'));
  location.hash = '#/orders';
}

async function again(order) {
  for (const line of order.lines) await cart.add(line.sku, line.quantity);
  location.hash = '#/cart';
}
