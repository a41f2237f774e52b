// A table with headings; on phones each row stands as a card of its own, its cells named by their headings.
import { h } from './dom.js';

// `columns`: [{ text, number }]; `rows`: lists of cells, a text or a node each; the first cell heads its row.
export function table({ caption, columns, rows }) {
  const kind = (column, tag) => `${tag}${column.number ? '.number' : ''}`;
  return h(
    'div.table-box',
    {},
    h(
      'table.table',
      {},
      h('caption.unseen', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((column) => (column.text ? h(kind(column, 'th'), { scope: 'col' }, column.text) : h('td'))),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((cells) =>
          h(
            'tr',
            {},
            cells.map((cell, i) =>
              i === 0
                ? h('th', { scope: 'row' }, cell)
                : h(
                    kind(columns[i], 'td'),
                    {},
                    columns[i].text ? h('span.heading', { 'aria-hidden': 'true' }, columns[i].text) : null,
                    h('span.cell', {}, cell),
                  ),
            ),
          ),
        ),
      ),
    ),
  );
}
