// What those who run the shop did, and what came of it.
import * as api from '../../net/shop_api.js';
import { isAbort, sentenceOf } from '../../net/problem.js';
import { hashOf } from '../../lib/place.js';
import { dateTime, known, t } from '../../texts/texts.js';
import { h } from '../../ui/dom.js';
import { whileBusy } from '../../ui/form.js';
import { moreButton } from '../../ui/pager.js';
import { notice } from '../../ui/say.js';
import { table } from '../../ui/table.js';
import { searchForm } from './products.js';

const PER_PAGE = 50;

export async function show({ query, signal }) {
  const who = query.get('who') ?? '';
  const load = (before) => api.acts({ who, before, limit: PER_PAGE }, { signal });
  const first = await load('');
  const list = table({ caption: t('admin_audit'), columns: COLUMNS(), rows: first.acts.map(row) });
  return {
    title: t('admin_audit'),
    body: [
      h('h1', {}, t('admin_audit')),
      h('p.quiet', {}, t('audit_text')),
      searchForm({
        label: t('audit_who'),
        text: who,
        go: (wanted) => {
          location.hash = hashOf(['admin', 'audit'], { who: wanted });
        },
      }),
      first.acts.length === 0 ? h('p.empty', {}, t('no_acts')) : list,
      first.more ? more(list, load, first.next) : null,
    ],
  };
}

const COLUMNS = () => [
  { text: t('act_when') },
  { text: t('audit_who') },
  { text: t('act_what') },
  { text: t('act_on') },
  { text: t('act_outcome') },
];

function row(act) {
  const good = act.outcome === 'ok';
  const word = good ? t('act_done') : known(`code_${act.code}`) ? t(`code_${act.code}`) : act.code || act.outcome;
  return [
    dateTime(Number(act.atMs)),
    act.who,
    h('code', {}, `${act.service}.${act.method}`),
    act.key ? h('code', {}, act.key) : '',
    h(`span.status${good ? '.is-confirmed' : '.is-refused'}`, {}, word),
  ];
}

function more(list, load, next) {
  const button = moreButton(() =>
    whileBusy(button, async () => {
      try {
        const found = await load(next);
        const added = table({ caption: '', columns: COLUMNS(), rows: found.acts.map(row) }).querySelectorAll(
          'tbody > tr',
        );
        list.querySelector('tbody').append(...added);
        button.replaceWith(...(found.more ? [more(list, load, found.next)] : []));
      } catch (error) {
        if (!isAbort(error)) notice(sentenceOf(error), { bad: true });
      }
    }),
  );
  return button;
}
