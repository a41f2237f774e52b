// Crashes of actors, the newest first, and those that crash too often to be started.
import { adminPath } from '../lib/place.js';
import { moment, t } from '../texts/texts.js';
import { act, actorLink, table } from '../ui/parts.js';
import { crashes } from './actor.js';

const RESTARTS = '/restarts?limit=100';
const QUARANTINE = '/quarantine?limit=100';

export const restarts = {
  name: 'restarts',
  paths: () => [RESTARTS, QUARANTINE],
  draw({ round, write }) {
    const held = round.good(QUARANTINE).flatMap(({ node, body }) => (body.quarantined ?? []).map((one) => ({ ...one, node })));
    const clear = (one) => act(t('clear'), { node: one.node, path: adminPath(['quarantine', 'clear'], { actor: one.actor }), what: t('clear_what', { actor: one.actor }) });
    return [
      table(
        t('quarantine'),
        [{ name: t('actor') }, { name: t('since') }, { name: t('until') }, { name: t('why'), long: true }, { name: t('last_crash'), long: true }, { name: t('node') }, ...(write ? [{ name: t('orders') }] : [])],
        held.map((one) => [actorLink(one.actor), moment(one.sinceMs), moment(one.untilMs), one.why, one.lastCrash, one.node, write ? clear(one) : null]),
        { empty: t('no_quarantine') },
      ),
      crashes(t('crashes'), round, RESTARTS),
    ];
  },
};
