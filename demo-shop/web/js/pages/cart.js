// The cart: quantities, what stands in the way of an order, the total.
import * as cart from '../net/cart.js';
import { isAbort, sentenceOf } from '../net/problem.js';
import { logIn, who } from '../net/session.js';
import { hashOf } from '../lib/place.js';
import { dateTime, money, t } from '../texts/texts.js';
import { ask } from '../ui/dialog.js';
import { h, put } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { linePicture, nameOf, quantityField } from '../ui/product_parts.js';
import { announce, notice } from '../ui/say.js';

export async function show({ signal }) {
  const place = h('div.cart');
  const heading = h('h1', {}, t('cart'));
  const page = { place, heading, signal };
  draw(page, await cart.load({ signal }));
  return { title: t('cart'), body: [heading, place] };
}

async function change(page, work, said) {
  try {
    const now = await work();
    if (page.signal.aborted) return;
    draw(page, now);
    announce(said ?? `${t('total')} ${money(now.totalCents)}`);
  } catch (error) {
    if (isAbort(error)) return;
    notice(sentenceOf(error), { bad: true });
    const now = await cart.load({ signal: page.signal }).catch(() => null);
    if (now && !page.signal.aborted) draw(page, now);
  }
}

function draw(page, now) {
  const focused = page.place.contains(document.activeElement) ? document.activeElement.dataset.mark : null;
  if (now.lines.length === 0) {
    put(
      page.place,
      h(
        'div.empty',
        {},
        icon('cart'),
        h('h2', {}, t('cart_empty_title')),
        h('p', {}, t('cart_empty_text')),
        h('a.button', { href: '#/' }, t('to_the_shop')),
      ),
    );
    if (focused) page.heading.focus();
    return;
  }
  put(
    page.place,
    h(
      'ul.lines',
      {},
      now.lines.map((line) => lineOf(page, line)),
    ),
    summary(page, now),
  );
  if (!focused) return;
  const again = page.place.querySelector(`[data-mark="${CSS.escape(focused)}"]`);
  if (again) again.focus();
  else page.heading.focus();
}

// What of a line keeps it from being ordered; null when nothing does.
function trouble(line) {
  if (!line.onSale) return t('not_sold_now');
  if (line.onHand === 0) return t('out_of_stock');
  return line.quantity > line.onHand ? t('more_than_stock', { count: line.onHand }) : null;
}

function lineOf(page, line) {
  const name = nameOf(line);
  const wrong = trouble(line);
  const quantity = quantityField({
    label: t('quantity_of', { name }),
    value: line.quantity,
    changed: (value) => change(page, () => cart.set(line.sku, value)),
  });
  [...quantity.node.querySelectorAll('button, input')].forEach((one, i) => {
    one.dataset.mark = `${line.sku}-${i}`;
  });
  return h(
    'li.line',
    {},
    h(
      'a.line-picture',
      { href: hashOf(['product', line.sku]), tabindex: '-1', 'aria-hidden': 'true' },
      linePicture(line),
    ),
    h(
      'div.line-text',
      {},
      h('h2', {}, h('a', { href: hashOf(['product', line.sku]) }, name)),
      h('p.quiet', {}, t('each', { price: money(line.unitCents) })),
      wrong ? h('p.error', {}, wrong) : null,
    ),
    line.onSale ? quantity.node : h('span'),
    h('p.line-price', {}, money(line.cents)),
    h(
      'button.plain',
      {
        type: 'button',
        'aria-label': t('remove_item', { name }),
        'data-mark': `${line.sku}-remove`,
        on: { click: () => change(page, () => cart.take(line.sku), t('removed_item', { name })) },
      },
      icon('close'),
    ),
  );
}

function summary(page, now) {
  const stopped = now.lines.some((line) => !line.onSale);
  const onward = who()
    ? h(
        'a.button.large',
        {
          href: '#/checkout',
          'aria-disabled': stopped ? 'true' : null,
          on: { click: (event) => stopped && event.preventDefault() },
        },
        t('to_checkout'),
      )
    : h('button.button.large', { type: 'button', on: { click: () => logIn('#/cart') } }, t('log_in_to_check_out'));
  const empty = async () => {
    const yes = await ask({ title: t('clear_cart_ask'), word: t('clear_cart'), danger: true });
    if (yes) change(page, () => cart.clear(), t('cart_empty_title'));
  };
  return h(
    'section.summary',
    { 'aria-label': t('total') },
    h('p.total', {}, h('span', {}, t('total')), h('strong', {}, money(now.totalCents))),
    onward,
    h('a.button.second', { href: '#/' }, t('continue_shopping')),
    who() ? null : h('p.quiet', {}, t('guest_cart')),
    now.keptUntilMs ? h('p.quiet', {}, t('kept_until', { time: dateTime(now.keptUntilMs) })) : null,
    h('button.plain.wide', { type: 'button', on: { click: empty } }, t('clear_cart')),
  );
}
