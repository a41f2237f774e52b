// The finder of actors: by service and the beginning of a key, on every node.
import { bytes, short } from '../lib/amounts.js';
import { kindOf } from '../lib/cluster.js';
import { adminPath } from '../lib/place.js';
import { t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { actorLink, badge, table } from '../ui/parts.js';

const PAGE = 200;
const listPath = (params) => adminPath(['actors'], { service: params.service, prefix: params.prefix, limit: PAGE });

export const actors = {
  name: 'actors',
  paths: (params) => [listPath(params), '/services'],
  controls: (params) =>
    h(
      'form.form',
      { data: { page: 'actors' }, role: 'search' },
      h('label', {}, t('service'), h('input', { name: 'service', value: params.service ?? '', autocomplete: 'off', list: 'service-names', spellcheck: 'false' })),
      h('datalist', { id: 'service-names' }),
      h('label', {}, t('key_begins'), h('input', { name: 'prefix', value: params.prefix ?? '', autocomplete: 'off', spellcheck: 'false' })),
      h('button.button.strong', { type: 'submit' }, t('find')),
    ),
  draw({ round, params }) {
    const names = [...new Set(round.good('/services').flatMap(({ body }) => body.services.map((one) => one.name)))].sort();
    document.getElementById('service-names')?.replaceChildren(...names.map((name) => h('option', { value: name })));
    const answers = round.good(listPath(params));
    const rows = answers.flatMap(({ node, body }) => body.actors.map((one) => ({ ...one, node })));
    rows.sort((a, b) => b.mailbox - a.mailbox || (`${a.service}/${a.key}` < `${b.service}/${b.key}` ? -1 : 1));
    const number = true;
    return table(
      t('actors'),
      [{ name: t('actor') }, { name: t('state') }, { name: t('mailbox'), number }, { name: t('restarts_count'), number }, { name: t('state_size'), number }, { name: t('node') }],
      rows.map((one) => [actorLink(`${one.service}/${one.key}`), badge(t(`state_${one.status}`), kindOf(one.status)), short(one.mailbox), short(one.restarts), bytes(one.stateBytes), one.node]),
      { empty: t('no_actors'), more: answers.some(({ body }) => body.next) ? t('more_actors', { count: PAGE }) : null },
    );
  },
};
