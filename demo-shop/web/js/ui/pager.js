// Links to the page before and after; nothing where there is one page alone.
import { t } from '../texts/texts.js';
import { h } from './dom.js';
import { icon } from './icons.js';

export function pager({ page, more, hashFor }) {
  if (page <= 1 && !more) return null;
  return h(
    'nav.pager',
    { 'aria-label': t('page_number', { page }) },
    page > 1
      ? h('a.button.second', { href: hashFor(page - 1), rel: 'prev' }, icon('back'), t('previous_page'))
      : h('span'),
    h('span', {}, t('page_number', { page })),
    more ? h('a.button.second', { href: hashFor(page + 1), rel: 'next' }, t('next_page'), icon('next')) : h('span'),
  );
}

// For lists that go on from a mark: a button that brings more rows below, until there are none.
export function moreButton(load) {
  const button = h('button.button.second.more', { type: 'button', on: { click: () => load(button) } }, t('more'));
  return button;
}
