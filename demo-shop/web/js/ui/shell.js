// What stands around every page: brand, navigation, cart, language, colours. Drawn anew when the language or the person
// changes.
import { itemCount, onCount } from '../net/cart.js';
import { isAdmin, logIn, who } from '../net/session.js';
import { currentLanguage, speak, t } from '../texts/texts.js';
import { h, put } from './dom.js';
import { icon } from './icons.js';
import { isDark, switchTheme } from './theme.js';

let redraw = () => {};

// `again()` draws the page anew, in another language.
export function startShell(again) {
  redraw = again;
  onCount(() => drawNavigation());
  const skip = document.getElementById('skip');
  skip.addEventListener('click', (event) => {
    event.preventDefault();
    document.getElementById('main').focus();
  });
}

export function drawShell() {
  document.getElementById('skip').textContent = t('skip');
  put(document.getElementById('brand'), h('span.mark', { 'aria-hidden': 'true' }), t('shop_name'));
  put(document.getElementById('footer'), h('p', {}, t('footer')));
  drawNavigation();
  drawSettings();
}

const SECTIONS = [
  { hash: '#/', name: 'shop', text: 'nav_shop', pages: ['', 'product'] },
  { hash: '#/orders', name: 'orders', text: 'nav_orders', pages: ['orders', 'order'], person: true },
  { hash: '#/admin/products', name: 'admin', text: 'nav_admin', pages: ['admin'], admin: true },
  { hash: '#/account', name: 'account', text: 'nav_account', pages: ['account'], person: true },
];

export function drawNavigation() {
  const navigation = document.getElementById('navigation');
  if (!navigation) return; // the log-in page has none
  const here = location.hash.slice(2).split(/[/?]/)[0];
  const links = SECTIONS.filter((one) => (!one.person || who()) && (!one.admin || isAdmin())).map((one) =>
    link(one.hash, one.name, t(one.text), one.pages.includes(here)),
  );
  if (!who()) {
    const go = () => logIn(['log-in', 'register'].includes(here) ? '#/' : location.hash);
    links.push(
      h(
        'li',
        {},
        h('button.nav-link', { type: 'button', on: { click: go } }, icon('account'), h('span', {}, t('log_in'))),
      ),
    );
  }
  const count = itemCount();
  const cart = link(
    '#/cart',
    'cart',
    t('nav_cart'),
    ['cart', 'checkout'].includes(here),
    count > 0
      ? [
          h('span.badge', { 'aria-hidden': 'true' }, count > 99 ? '99+' : count),
          h('span.unseen', {}, t('cart_holds', { count })),
        ]
      : null,
  );
  links.push(cart);
  navigation.setAttribute('aria-label', t('main_navigation'));
  const focused = navigation.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  put(navigation, h('ul', {}, links));
  if (focused) navigation.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

function link(hash, name, text, current, mark = null) {
  return h(
    'li',
    {},
    h(
      `a.nav-link.to-${name}`,
      { href: hash, 'aria-current': current ? 'page' : null },
      icon(name),
      h('span', {}, text),
      mark,
    ),
  );
}

function drawSettings() {
  const other = currentLanguage() === 'en' ? 'zh' : 'en';
  const dark = isDark();
  const language = h(
    'button.setting',
    {
      type: 'button',
      id: 'language',
      lang: other === 'zh' ? 'zh-CN' : 'en',
      on: { click: () => change(other, 'language') },
    },
    t('language_switch'),
  );
  const theme = h(
    'button.setting',
    {
      type: 'button',
      id: 'theme',
      'aria-label': t(dark ? 'theme_light' : 'theme_dark'),
      on: {
        click: () => {
          switchTheme(dark ? 'light' : 'dark');
          drawSettings();
          document.getElementById('theme').focus();
        },
      },
    },
    icon(dark ? 'sun' : 'moon'),
  );
  put(document.getElementById('settings'), language, theme);
}

export function change(language, focus) {
  speak(language);
  drawShell();
  redraw();
  if (focus) document.getElementById(focus)?.focus();
}

export { drawSettings };
