// The shop window: search, categories, order, pages.
import * as api from '../net/shop_api.js';
import * as cart from '../net/cart.js';
import { isAbort, sentenceOf } from '../net/problem.js';
import { hashOf } from '../lib/place.js';
import { currentLanguage, money, t } from '../texts/texts.js';
import { h, put } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { categoryOf, nameOf, picture, stockWords } from '../ui/product_parts.js';
import { pager } from '../ui/pager.js';
import { announce, notice } from '../ui/say.js';

export const PER_PAGE = 24;
const TYPING_MS = 300;
const SORTS = [
  ['name', 'sort_name'],
  ['priceUp', 'sort_price_up'],
  ['priceDown', 'sort_price_down'],
  ['', 'sort_sku'],
];

export async function show({ query, signal }) {
  const wanted = wantedOf(query);
  const [first, categories] = await Promise.all([find(wanted, signal), api.categories({ signal })]);
  const results = h('section.results', { 'aria-labelledby': 'found' });
  const bar = filterBar(wanted, categories.categories, signal);
  const heading = h('div.hero', {}, h('h1', {}, t('tagline')));
  draw(results, wanted, first);
  let now = wanted;
  let searching = null; // the latest search; an earlier one that comes later is not wanted
  return {
    title: t('nav_shop'),
    body: [heading, bar.node, results],
    async update(context) {
      searching?.abort();
      searching = new AbortController();
      const next = wantedOf(context.query);
      const leafed = next.page !== now.page;
      now = next;
      bar.show(next);
      results.setAttribute('aria-busy', 'true');
      try {
        const found = await find(next, AbortSignal.any([signal, searching.signal]));
        draw(results, next, found);
        if (leafed) toBeginning(results);
        else announce(foundText(next, found.total));
      } catch (error) {
        if (isAbort(error)) return;
        put(results, h('div.problem', { role: 'alert' }, sentenceOf(error)));
      }
      results.removeAttribute('aria-busy');
    },
  };
}

const wantedOf = (query) => ({
  text: query.get('text') ?? '',
  category: query.get('category') ?? '',
  sort: sortOf(query.get('sort')),
  page: Math.max(1, Number(query.get('page')) || 1),
});

// In addresses "sku" is what the shop calls no order; by name is what is shown when none is said.
const sortOf = (word) => (word === 'sku' ? '' : (word ?? 'name'));

const hashFor = ({ text, category, sort, page }) =>
  hashOf([], { text, category, sort: sort === 'name' ? '' : sort || 'sku', page: page > 1 ? page : '' });

function find({ text, category, sort, page }, signal) {
  return api.products({ text, category, sort, limit: PER_PAGE, offset: (page - 1) * PER_PAGE || '' }, { signal });
}

const foundText = ({ text }, count) => (text ? t('found_for', { count, text }) : t('found', { count }));

function filterBar(wanted, categories, signal) {
  let now = wanted;
  const go = (changes, { replace = false } = {}) => {
    now = { ...now, page: 1, ...changes };
    const hash = hashFor(now);
    if (hash === (location.hash || '#/')) return;
    if (replace) location.replace(hash);
    else location.hash = hash;
  };
  let timer = null;
  signal.addEventListener('abort', () => clearTimeout(timer)); // whoever has left is not called back
  const search = h('input', {
    id: 'search',
    name: 'text',
    type: 'search',
    value: wanted.text,
    maxlength: 100,
    autocomplete: 'off',
    enterkeyhint: 'search',
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(() => go({ text: search.value.trim() }, { replace: true }), TYPING_MS);
      },
    },
  });
  const sort = h(
    'select',
    { id: 'sort', name: 'sort', on: { change: () => go({ sort: sort.value }) } },
    SORTS.map(([value, text]) => h('option', { value, selected: value === wanted.sort }, t(text))),
  );
  const chips = h('ul.chips', { 'aria-label': t('category') });
  const showChips = () =>
    put(
      chips,
      [{ category: '' }, ...categories].map((one) =>
        h(
          'li',
          {},
          h(
            'a.chip',
            {
              href: hashFor({ ...now, category: one.category, page: 1 }),
              'aria-current': one.category === now.category ? 'true' : null,
            },
            one.category ? categoryOf(one) : t('all'),
          ),
        ),
      ),
    );
  showChips();
  const submit = (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go({ text: search.value.trim() });
  };
  const node = h(
    'div.filters',
    {},
    h(
      'form.search',
      { role: 'search', on: { submit } },
      h('label.unseen', { for: 'search' }, t('search_label')),
      icon('search'),
      search,
      h('button.button', { type: 'submit' }, t('search')),
    ),
    h('div.sort', {}, h('label', { for: 'sort' }, t('sort')), sort),
    chips,
  );
  return {
    node,
    show(next) {
      now = next;
      if (document.activeElement !== search) search.value = next.text;
      sort.value = next.sort;
      const focused = chips.contains(document.activeElement) ? document.activeElement.textContent : null;
      showChips();
      if (focused) [...chips.querySelectorAll('a')].find((one) => one.textContent === focused)?.focus();
    },
  };
}

function toBeginning(results) {
  const heading = results.querySelector('h2');
  heading.setAttribute('tabindex', '-1');
  heading.focus({ preventScroll: true });
  results.scrollIntoView({ block: 'start' });
}

function draw(results, wanted, found) {
  const heading = h('h2', { id: 'found' }, found.total === 0 ? t('nothing_found') : foundText(wanted, found.total));
  if (found.products.length === 0) {
    const plain = !wanted.text && !wanted.category;
    put(
      results,
      h(
        'div.empty',
        {},
        heading,
        h('p', {}, t(plain ? 'nothing_for_sale' : 'nothing_found_text')),
        plain ? null : h('a.button.second', { href: '#/' }, t('clear_search')),
      ),
    );
    return;
  }
  put(
    results,
    heading,
    h(
      'ul.grid',
      {},
      found.products.map((product, i) => h('li', {}, card(product, i < 4))),
    ),
    pager({ page: wanted.page, more: found.more, hashFor: (page) => hashFor({ ...wanted, page }) }),
  );
}

function card(product, early) {
  const name = nameOf(product);
  const sold = product.onSale && product.onHand > 0;
  const add = h(
    'button.add',
    { type: 'button', 'aria-label': `${t('add_to_cart')}: ${name}`, on: { click: () => addOne(product, add) } },
    icon('plus'),
  );
  return h(
    'article.card',
    {},
    h(
      'a.card-link',
      { href: hashOf(['product', product.sku]), lang: currentLanguage() === 'zh' && !product.nameZh ? 'en' : null },
      picture(product, { lazy: !early }),
      h('h3', {}, name),
    ),
    h('p.card-category', {}, categoryOf(product)),
    h(
      'div.card-foot',
      {},
      h('p.price', {}, money(product.priceCents)),
      stockWords(product, { quiet: true }),
      sold ? add : null,
    ),
  );
}

export async function addOne(product, button, quantity = 1) {
  if (button.classList.contains('busy')) return;
  button.classList.add('busy');
  try {
    await cart.add(product.sku, quantity);
    notice(t('added', { name: nameOf(product) }), { action: { text: t('see_cart'), href: '#/cart' } });
  } catch (error) {
    notice(sentenceOf(error), { bad: true });
  } finally {
    button.classList.remove('busy');
  }
}
