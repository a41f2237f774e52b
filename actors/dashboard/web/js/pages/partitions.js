// The partition map: a square for each partition in the colour of its owner, and what moves.
import { bytes, duration, short } from '../lib/amounts.js';
import { ownersOf } from '../lib/cluster.js';
import { hueOf } from '../lib/hues.js';
import { t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { act, empty, panel, table } from '../ui/parts.js';

export const partitions = {
  name: 'partitions',
  paths: () => ['/partitions'],
  draw({ round, write }) {
    const answers = round.good('/partitions');
    const { partitions: all, moving } = ownersOf(answers);
    if (all.length === 0) return empty(t('no_partitions'));
    const owners = [...new Set(all.map((one) => one.owner))].sort();
    const kinds = [...new Set(all.map((one) => one.kind))];
    const count = (name) => all.filter((one) => one.owner === name).length;
    return [
      h('ul.legend', { 'aria-label': t('owners') }, owners.map((name) => h('li', {}, h(`span.swatch${name ? `.hue-${hueOf(name)}` : ''}`, {}), `${name || t('nobody')} (${count(name)})`))),
      kinds.map((kind) => map(t(kind === 'rows' ? 'with_rows' : 'without_rows'), all.filter((one) => one.kind === kind))),
      table(
        t('moving'),
        [{ name: t('partition'), number: true }, { name: t('from') }, { name: t('to') }, { name: t('stage') }, { name: t('records'), number: true }, { name: t('size'), number: true }],
        moving.map((one) => [one.partition, one.node, one.to, t(one.stage === 'copies' ? 'stage_copies' : 'stage_hands_over'), short(one.records), bytes(one.bytes)]),
        { empty: t('nothing_moves') },
      ),
      table(
        t('hand_overs'),
        [{ name: t('node') }, { name: t('done_count'), number: true }, { name: t('failed_count'), number: true }, { name: t('pause_p50'), number: true }, { name: t('pause_p99'), number: true }, { name: t('last_error'), long: true }],
        answers.filter(({ body }) => body.handOvers).map(({ node, body: { handOvers } }) => [node, handOvers.done, handOvers.failed, duration(handOvers.pauseP50Us / 1000), duration(handOvers.pauseP99Us / 1000), handOvers.lastError]),
      ),
      write ? h('p', {}, act(t('rebalance'), { node: answers[0].node, path: '/partitions/rebalance', what: t('rebalance_what') })) : null,
    ];
  },
};

// For who cannot see it: a sentence of how many each owner has.
function map(title, all) {
  const byOwner = new Map();
  for (const one of all) byOwner.set(one.owner, (byOwner.get(one.owner) ?? 0) + 1);
  const sentence = [...byOwner].map(([name, count]) => `${name || t('nobody')} ${count}`).join(', ');
  return panel(
    title,
    h(
      'div.map',
      { role: 'img', 'aria-label': `${title}: ${sentence}` },
      all.map((one) => {
        const moves = one.target && one.target !== one.owner;
        return h(`span.cell${one.owner ? `.hue-${hueOf(one.owner)}` : ''}${moves ? '.moving' : ''}`, {
          title: `${one.number}: ${one.owner || t('nobody')}${moves ? ` → ${one.target}` : ''}${one.pinned ? ` (${t('pinned')})` : ''}`,
        });
      }),
    ),
  );
}
