// What takes long now: turns past the node's slow_turn, what each waits for, and threads that one handler holds.
import { duration } from '../lib/amounts.js';
import { t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { actorLink, table } from '../ui/parts.js';

export const slow = {
  name: 'slow',
  paths: () => ['/turns', '/health'],
  draw({ round }) {
    const answers = round.good('/turns');
    const turns = answers.flatMap(({ node, body }) => (body.turns ?? []).map((one) => ({ ...one, node })));
    turns.sort((a, b) => b.ageMs - a.ageMs);
    const blocked = round.good('/health').flatMap(({ node, body }) => (body.blocked ?? []).map((one) => ({ ...one, node })));
    const number = true;
    return [
      table(
        t('slow_turns'),
        [{ name: t('actor') }, { name: t('method') }, { name: t('age'), number }, { name: t('is_at'), long: true }, { name: t('node') }],
        turns.map((one) => [actorLink(one.actor), one.method, duration(one.ageMs), one.at, one.node]),
        { empty: t('nothing_slow') },
      ),
      table(
        t('held_threads'),
        [{ name: t('thread'), number }, { name: t('actor') }, { name: t('method') }, { name: t('held_for'), number }, { name: t('kernel'), long: true }, { name: t('node') }],
        blocked.map((one) => [one.thread, actorLink(one.actor), one.method, duration(one.heldMs), one.kernel, one.node]),
        { empty: t('nothing_held') },
      ),
      h('ul.soft', {}, answers.map(({ node, body }) => h('li', {}, t('slow_since_start', { node, count: body.total, time: duration(body.slowTurnMs) })))),
    ];
  },
};
