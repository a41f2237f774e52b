// What many pages are made of.
import { t } from '../texts/texts.js';
import { h } from './dom.js';

// A table that scrolls by itself, with a caption. `columns`: [{ name, number, long }]; a row is a list of cells.
export function table(caption, columns, rows, { empty = t('nothing'), more = null } = {}) {
  if (rows.length === 0) return h('section.panel', {}, h('h2', {}, caption), h('p.soft', {}, empty));
  const kind = (column) => (column.number ? '.number' : column.long ? '.long' : '');
  return h(
    'div.wide',
    { tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption, more ? h('span.soft', {}, ` ${more}`) : null),
      h('thead', {}, h('tr', {}, columns.map((column) => h(`th${kind(column)}`, { scope: 'col' }, column.name)))),
      h(
        'tbody',
        {},
        rows.map((cells) => h('tr', {}, cells.map((cell, i) => h(`td${kind(columns[i])}`, {}, cell ?? '')))),
      ),
    ),
  );
}

export const badge = (text, kind = '') => h(`span.badge${kind ? `.${kind}` : ''}`, {}, text);

export const facts = (pairs) =>
  h('dl.facts', {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));

// "Stock/sku-1" as a link to its page; a text that is no actor stays one.
export function actorLink(name) {
  const at = String(name ?? '').indexOf('/');
  if (at <= 0) return name ?? '';
  const service = name.slice(0, at);
  const key = name.slice(at + 1);
  return h('a', { href: `#/actor?service=${encodeURIComponent(service)}&key=${encodeURIComponent(key)}` }, name);
}

// A button that orders a change of a node: POST `path`. `what` says it in a sentence, and is asked first.
export const act = (word, { node, path, what }) => h('button.button', { type: 'button', data: { node, act: path, what } }, word);

export const json = (value, label) =>
  h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, JSON.stringify(value, null, 2));

export const empty = (text) => h('p.empty', {}, text);
export const panel = (title, ...children) => h('section.panel', {}, h('h2', {}, title), children);

export function tabs(label, links) {
  return h(
    'ul.tabs',
    { 'aria-label': label },
    links.map(({ text, href, current }) => h('li', {}, h('a', { href, 'aria-current': current ? 'true' : null }, text))),
  );
}
