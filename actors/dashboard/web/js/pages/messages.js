// Durable messages that wait, and those that were given up.
import { duration, short } from '../lib/amounts.js';
import { t } from '../texts/texts.js';
import { actorLink, table } from '../ui/parts.js';
import { letter } from './actor.js';

const LINES = 100;
const DEAD = `/dead-letters?limit=${LINES}`;
const OUTBOX = `/outbox?limit=${LINES}`;

export const messages = {
  name: 'messages',
  paths: () => [OUTBOX, DEAD, '/reminders/due'],
  draw({ round, write }) {
    const number = true;
    const channels = round.good(OUTBOX).flatMap(({ node, body }) => (body.channels ?? []).map((one) => ({ ...one, node })));
    channels.sort((a, b) => b.oldestMs - a.oldestMs);
    return [
      table(
        t('messages_of_nodes'),
        [{ name: t('node') }, { name: t('waiting'), number }, { name: t('delivered'), number }, { name: t('repeated'), number }, { name: t('given_up'), number }],
        round.good(OUTBOX).map(({ node, body: { totals } }) => [node, short(totals.waiting), short(totals.delivered), short(totals.repeated), short(totals.givenUp)]),
      ),
      table(
        t('channels'),
        [{ name: t('from') }, { name: t('to') }, { name: t('waiting'), number }, { name: t('oldest'), number }, { name: t('tries'), number }, { name: t('last_error'), long: true }, { name: t('node') }],
        channels.map((one) => [actorLink(one.from), actorLink(one.to), one.waiting, duration(one.oldestMs), one.tries, one.lastError, one.node]),
        { empty: t('no_channels') },
      ),
      table(
        t('dead_letters'),
        [{ name: t('from') }, { name: t('number'), number }, { name: t('to') }, { name: t('method') }, { name: t('sent_at') }, { name: t('tries'), number }, { name: t('why'), long: true }, ...(write ? [{ name: t('orders') }] : [])],
        round.good(DEAD).flatMap(({ node, body }) => (body.deadLetters ?? []).map((one) => [actorLink(one.from), ...letter(one, node, write)])),
        { empty: t('no_dead_letters') },
      ),
      table(
        t('reminders_due'),
        [{ name: t('node') }, { name: t('due'), number }, { name: t('failing'), number }, { name: t('fired'), number }, { name: t('last_error'), long: true }],
        round.good('/reminders/due').map(({ node, body }) => [node, body.due, body.failing, body.fired, body.lastError]),
      ),
    ];
  },
};
