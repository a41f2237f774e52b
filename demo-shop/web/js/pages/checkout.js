// Checkout: where to, what, for how much; then the order is placed, once, however often the network fails. The key of a
// checkout is made when its page is first shown, and kept in the tab until the shop has decided.
import * as api from '../net/shop_api.js';
import * as cart from '../net/cart.js';
import { recallJson, remember } from '../net/memory.js';
import { isAbort, Problem, sentenceOf } from '../net/problem.js';
import { who } from '../net/session.js';
import { joinAddress, splitAddress } from '../lib/address.js';
import { hashOf } from '../lib/place.js';
import { randomText } from '../lib/pkce.js';
import { bytesOf, LONGEST_ADDRESS_PART } from '../lib/rules.js';
import { money, t } from '../texts/texts.js';
import { h, put } from '../ui/dom.js';
import { field, form } from '../ui/form.js';
import { nameOf } from '../ui/product_parts.js';
import { announce, notice } from '../ui/say.js';

const FOR_TAB = { forTab: true };

// The order that was sent and not answered, or null: { key, user, body }.
const pending = () => {
  const kept = recallJson('checkout', FOR_TAB);
  return kept?.user === who()?.name ? kept : null;
};

export async function show({ signal, again }) {
  const heading = h('h1', {}, t('checkout'));
  const place = h('div.checkout');
  const page = { heading, place, signal, again };
  const sent = pending();
  if (sent) {
    resume(page, sent);
    return { title: t('checkout'), body: [heading, place] };
  }
  const [now, person, account] = await Promise.all([
    cart.load({ signal }),
    api.profile(who().name, { signal }),
    api.account({ signal }),
  ]);
  if (now.lines.length === 0) {
    put(place, h('div.empty', {}, h('h2', {}, t('cart_empty_title')), h('a.button', { href: '#/' }, t('to_the_shop'))));
    return { title: t('checkout'), body: [heading, place] };
  }
  put(place, addressForm(page, now, person, account), review(now, account));
  return { title: t('checkout'), body: [heading, place] };
}

function addressForm(page, now, person, account) {
  const known = splitAddress(person.address);
  const key = randomText(18);
  const one = (name, autocomplete, more = {}) =>
    field({
      name,
      label: t(name),
      value: known[name],
      autocomplete,
      maxlength: LONGEST_ADDRESS_PART,
      required: true,
      check: (value) => (bytesOf(value) > LONGEST_ADDRESS_PART ? t('too_long') : null),
      ...more,
    });
  const fields = [
    one('name', 'name', { value: known.name || person.fullName }),
    one('street', 'street-address'),
    one('city', 'address-level2'),
    one('country', 'country-name', { required: false }),
  ];
  const node = form({
    fields,
    label: t('ship_to'),
    word: t('place_order', { total: money(now.totalCents) }),
    explain: sentenceOf,
    submit: (values) =>
      place(
        page,
        { key, user: who().name, body: { address: joinAddress(values), totalCents: now.totalCents } },
        person,
      ),
    more: account.balanceCents < now.totalCents ? shortBalance(now.totalCents - account.balanceCents) : null,
  });
  return h('section', { 'aria-labelledby': 'ship-to' }, h('h2', { id: 'ship-to' }, t('ship_to')), node);
}

function shortBalance(missing) {
  return h(
    'p.hint.strong',
    {},
    t('balance_short', { missing: money(missing) }),
    ' ',
    h('a', { href: '#/account' }, t('to_deposit')),
  );
}

function review(now, account) {
  const row = (term, value) => h('div', {}, h('dt', {}, term), h('dd', {}, value));
  return h(
    'section.summary',
    { 'aria-labelledby': 'your-order' },
    h('h2', { id: 'your-order' }, t('your_order')),
    h(
      'ul.review',
      {},
      now.lines.map((line) =>
        h('li', {}, h('span', {}, `${line.quantity} × ${nameOf(line)}`), h('span', {}, money(line.cents))),
      ),
    ),
    h('p.total', {}, h('span', {}, t('total')), h('strong', {}, money(now.totalCents))),
    h(
      'dl.facts',
      {},
      row(t('balance_now'), money(account.balanceCents)),
      account.balanceCents >= now.totalCents
        ? row(t('balance_after'), money(account.balanceCents - now.totalCents))
        : null,
    ),
  );
}

// The order that was sent before, whatever became of it.
function resume(page, sent) {
  showPlacing(page, h('p', {}, t('resume_checkout')));
  place(page, sent).catch((error) => {
    if (!isAbort(error))
      put(
        page.place,
        h('div.problem', { role: 'alert' }, sentenceOf(error)),
        h('a.button', { href: '#/cart' }, t('see_cart')),
      );
  });
}

function showPlacing(page, more = null) {
  put(
    page.place,
    h(
      'div.placing',
      { role: 'status' },
      h('span.spinner', { 'aria-hidden': 'true' }),
      h('h2', {}, t('placing')),
      h('p', {}, t('placing_text')),
      more,
    ),
  );
}

// Sends the order until the shop has decided about it; what it decided is the order's own page. An answer which says for sure
// that nothing happened is thrown, and the form is there again. Without any, only the same order may be asked about.
async function place(page, sent, person = null) {
  const before = [...page.place.childNodes];
  remember('checkout', JSON.stringify(sent), FOR_TAB);
  showPlacing(page);
  announce(t('placing'));
  page.heading.focus();
  let made;
  try {
    made = await api.placeOrder(sent.body, { key: sent.key });
  } catch (error) {
    if (!isDecided(error)) return void showUndecided(page, sent, error);
    remember('checkout', null, FOR_TAB);
    if (page.signal.aborted) return void notice(sentenceOf(error), { bad: true });
    put(page.place, before);
    if (error.code !== 'price_changed') throw error;
    notice(sentenceOf(error), { bad: true });
    return void page.again(); // with the totals of now
  }
  remember('checkout', null, FOR_TAB);
  cart.recount();
  if (person && !person.address && made.status !== 'refused')
    api.saveProfile({ address: sent.body.address }).catch(() => {});
  const href = hashOf(['order', made.order]);
  if (page.signal.aborted)
    notice(t('status_now', { status: t(`status_${made.status}`) }), { action: { text: t('order'), href } });
  else location.replace(href);
}

// A 409 with a time to wait says that the order is still being worked on.
const isDecided = (error) =>
  error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429 && !error.retryAfterMs;

function showUndecided(page, sent, error) {
  if (page.signal.aborted) return;
  const again = h('button.button', { type: 'button', on: { click: () => resume(page, sent) } }, t('retry'));
  put(page.place, h('div.problem', { role: 'alert' }, sentenceOf(error)), h('div.actions', {}, again));
  again.focus();
}
