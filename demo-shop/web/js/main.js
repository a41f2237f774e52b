// The shop's one page: finds out who is there, and shows the place that the address names.
import { bring } from './net/bring.js';
import { join, recount } from './net/cart.js';
import { isAbort, Problem, sentenceOf } from './net/problem.js';
import { begin, isAdmin, logIn, onChange, who } from './net/session.js';
import { placeOf } from './lib/place.js';
import { currentLanguage, speak, t } from './texts/texts.js';
import { h, put } from './ui/dom.js';
import { drawNavigation, drawSettings, drawShell, startShell } from './ui/shell.js';
import { announce, arrived, notice, showBanner } from './ui/say.js';
import { enter, settle, startScroll } from './ui/scroll.js';
import { onDevice } from './ui/theme.js';

// A page's module gives show(context) -> { title, body, update? }; `update(context)` takes another query of the same page.
const PAGES = {
  '': { load: () => import('./pages/shop.js'), parts: 0 },
  product: { load: () => import('./pages/product.js'), parts: 1 },
  cart: { load: () => import('./pages/cart.js'), parts: 0 },
  checkout: { load: () => import('./pages/checkout.js'), parts: 0, person: true },
  orders: { load: () => import('./pages/orders.js'), parts: 0, person: true },
  order: { load: () => import('./pages/order.js'), parts: 1, person: true },
  account: { load: () => import('./pages/account.js'), parts: 0, person: true },
  register: { load: () => import('./pages/register.js'), parts: 0 },
  admin: { load: () => import('./pages/admin/admin.js'), parts: [1, 2], person: true, admin: true },
};

const main = document.getElementById('main');
let shown = null; // { name, path, view, stop }
let turn = 0;

async function show({ focus = true, anew = false } = {}) {
  const place = placeOf(location.hash);
  const name = place.path[0] ?? '';
  const path = place.path.join('/');
  drawNavigation();
  arrived(location.hash);
  enter();
  if (!anew && shown?.path === path && shown.view.update) {
    await shown.view.update(contextOf(place, shown.stop));
    return void settle({ top: false });
  }
  shown?.stop.abort();
  const mine = ++turn;
  const stop = new AbortController();
  shown = { name, path, view: {}, stop };
  const slow = setTimeout(() => {
    if (mine === turn) showSlow();
  }, 200);
  main.setAttribute('aria-busy', 'true');
  let view;
  try {
    view = await viewOf(name, place, stop);
  } catch (error) {
    if (isAbort(error)) return;
    view = failedView(error);
  } finally {
    clearTimeout(slow);
  }
  if (mine !== turn) return;
  shown.view = view;
  main.removeAttribute('aria-busy');
  put(main, view.body);
  // Of a row that is wider than a telephone: the one that is chosen.
  for (const chip of main.querySelectorAll('.chips [aria-current="true"]')) {
    chip.closest('ul').scrollLeft = chip.offsetLeft - chip.closest('ul').offsetLeft - 16;
  }
  document.title = `${view.title} · ${t('shop_name')}`;
  settle({ top: focus });
  if (!focus) return;
  const heading = main.querySelector('h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus({ preventScroll: true });
}

const contextOf = (place, stop) => ({
  path: place.path.slice(1),
  query: place.query,
  signal: stop.signal,
  again: showAnew,
});

async function viewOf(name, place, stop) {
  const page = PAGES[name];
  if (!page || ![page.parts].flat().includes(Math.max(0, place.path.length - 1))) return emptyView('not_found');
  if (page.person && !who()) return logInView();
  if (page.admin && !isAdmin()) return emptyView('not_for_you');
  const module = await bring(page.load, stop.signal);
  return module.show(contextOf(place, stop));
}

function showSlow() {
  put(
    main,
    h('div.waiting', { role: 'status' }, h('span.spinner', { 'aria-hidden': 'true' }), h('span', {}, t('loading'))),
  );
}

function emptyView(word) {
  return {
    title: t(`${word}_title`),
    body: h(
      'div.empty',
      {},
      h('h1', {}, t(`${word}_title`)),
      h('p', {}, t(`${word}_text`)),
      h('a.button', { href: '#/' }, t('to_the_shop')),
    ),
  };
}

function logInView() {
  return {
    title: t('must_log_in_title'),
    body: h(
      'div.empty',
      {},
      h('h1', {}, t('must_log_in_title')),
      h('p', {}, t('must_log_in_text')),
      h('button.button', { type: 'button', on: { click: () => logIn() } }, t('log_in')),
      h('p', {}, t('no_account'), ' ', h('a', { href: '#/register' }, t('register'))),
    ),
  };
}

function failedView(error) {
  if (error instanceof Problem && error.status === 404) return emptyView('not_found');
  if (error instanceof Problem && error.status === 401) return logInView();
  const text = sentenceOf(error);
  return {
    title: t('retry'),
    body: h(
      'div.empty',
      {},
      h('h1', {}, text),
      h('button.button', { type: 'button', on: { click: () => show({ anew: true }) } }, t('retry')),
    ),
  };
}

// The same page once more, with what had been typed: in another language, or because the shop has changed.
async function showAnew() {
  const typed = [...main.querySelectorAll('input, textarea, select')]
    .filter((one) => one.name && one.type !== 'file')
    .map((one) => [one.name, one.type === 'checkbox' ? one.checked : one.value]);
  await show({ focus: false, anew: true });
  for (const [name, value] of typed) {
    const field = main.querySelector(`[name="${CSS.escape(name)}"]`);
    if (!field) continue;
    if (field.type === 'checkbox') field.checked = value;
    else if (!field.readOnly) field.value = value;
  }
  showBanner();
}

let joining = Promise.resolve(); // what the tab's cart does before the person's own is shown

function personChanged(person) {
  drawShell();
  if (person)
    joining = join()
      .catch((error) => notice(sentenceOf(error), { bad: true }))
      .then(recount);
  else announce(t('logged_out'));
}

async function start() {
  speak(currentLanguage());
  startShell(showAnew);
  startScroll();
  drawShell();
  onDevice(drawSettings);
  onChange(personChanged);
  await begin().catch((error) => notice(sentenceOf(error), { bad: true }));
  await joining;
  addEventListener('hashchange', () => show());
  await show({ focus: false });
  if (!who()) recount();
  // So that a person goes on from page to page while nodes are away.
  for (const page of Object.values(PAGES)) if (!page.admin || isAdmin()) page.load().catch(() => {});
}

start();
