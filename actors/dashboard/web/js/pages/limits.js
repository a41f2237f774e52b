// Overload: how full every limit is, what was turned away, breakers, bulkheads and pools.
import { duration, short } from '../lib/amounts.js';
import { kindOf } from '../lib/cluster.js';
import { adminPath } from '../lib/place.js';
import { t } from '../texts/texts.js';
import { act, badge, table } from '../ui/parts.js';

const number = true;
const lines = (round, path, field) => round.good(path).flatMap(({ node, body }) => (body[field] ?? []).map((one) => ({ ...one, node })));
// The value that stands for "no limit".
const NEVER = 2 ** 63;
const most = (value) => (Number(value) >= NEVER || Number(value) === 0 ? '∞' : short(value));

export const limits = {
  name: 'limits',
  paths: () => ['/node', '/limits', '/breakers', '/pools'],
  draw({ round, write }) {
    return [overload(round), breakers(round, write), bulkheads(round), nodeLimits(round), pools(round)];
  },
};

function overload(round) {
  const rows = round.good('/node').filter(({ body }) => body.overload).map(({ node, body: { overload: one } }) => [
    node,
    badge(one.shedding ? t('yes') : t('no'), one.shedding ? 'bad' : 'good'),
    `${short(one.queuedCalls)} / ${short(one.maxQueuedCalls)}`,
    duration(one.waitMs),
    Object.entries(one.refused ?? {}).filter(([, count]) => count > 0).map(([what, count]) => `${what} ${short(count)}`).join(', '),
  ]);
  return table(t('overload'), [{ name: t('node') }, { name: t('shedding') }, { name: t('calls_waiting'), number }, { name: t('wait_now'), number }, { name: t('refused_by'), long: true }], rows);
}

function breakers(round, write) {
  const order = (one, what) => act(t(`breaker_${what}`), { node: one.node, path: adminPath(['breakers', one.method, what], { member: one.member }), what: t(`breaker_${what}_what`, { method: one.method, member: one.member, node: one.node }) });
  return table(
    t('breakers'),
    [{ name: t('method') }, { name: t('member') }, { name: t('state') }, { name: t('calls'), number }, { name: t('failed_count'), number }, { name: t('slow_count'), number }, { name: t('opened_times'), number }, { name: t('refused_count'), number }, { name: t('node') }, ...(write ? [{ name: t('orders') }] : [])],
    lines(round, '/breakers', 'breakers').map((one) => [one.method, one.member, badge(t(`state_${one.state}`), kindOf(one.state)), one.calls, one.failed, one.slow, one.opened, one.refused, one.node, write ? [order(one, 'open'), ' ', order(one, 'reset')] : null]),
    { empty: t('no_breakers') },
  );
}

function bulkheads(round) {
  return table(
    t('bulkheads'),
    [{ name: t('calls_to') }, { name: t('in_flight'), number }, { name: t('waiting'), number }, { name: t('refused_count'), number }, { name: t('retries'), number }, { name: t('hedges'), number }, { name: t('node') }],
    lines(round, '/limits', 'calls').map((one) => [one.to, `${short(one.inFlight)} / ${most(one.mostInFlight)}`, `${short(one.waitingForPlace)} / ${most(one.mostWaiting)}`, short(one.refused), short(one.retries), short(one.hedges), one.node]),
    { empty: t('no_bulkheads') },
  );
}

function nodeLimits(round) {
  return table(
    t('node_limits'),
    [{ name: t('name') }, { name: t('used'), number }, { name: t('limit'), number }, { name: t('field') }, { name: t('node') }],
    lines(round, '/limits', 'node').map((one) => [one.name, short(one.used), most(one.most), one.field, one.node]),
  );
}

function pools(round) {
  const rows = lines(round, '/pools', 'pools').flatMap((pool) => pool.members.map((one) => [pool.service, pool.balance, one.node, badge(one.choosable ? t('yes') : t('no'), one.choosable ? 'good' : 'warn'), one.underWay, one.calls, one.failures, one.leftOutMs ? duration(one.leftOutMs) : '', pool.node]));
  return table(t('pools'), [{ name: t('service') }, { name: t('balance') }, { name: t('member') }, { name: t('choosable') }, { name: t('in_flight'), number }, { name: t('calls'), number }, { name: t('failed_count'), number }, { name: t('left_out'), number }, { name: t('node') }], rows, { empty: t('no_pools') });
}
