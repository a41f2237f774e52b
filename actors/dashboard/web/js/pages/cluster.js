// The cluster: who is in it, how each node is, and how much it does.
import { bytes, duration, short } from '../lib/amounts.js';
import { kindOf, membersOf, metric } from '../lib/cluster.js';
import { hueOf } from '../lib/hues.js';
import { adminPath } from '../lib/place.js';
import { Series } from '../lib/series.js';
import { moment, t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { act, badge, facts, table } from '../ui/parts.js';
import { plot } from '../ui/plot.js';

const turns = new Series({ rate: true });
const waiting = new Series();
const NOT_MEMBERS = 'processes';

export const cluster = {
  name: 'cluster',
  paths: () => ['/node', '/health', '/members', '/metrics', '/links'],
  plots: (place, signal) => [
    plot(place, { title: t('turns_per_second'), series: turns, show: short, hue: hueOf, signal }),
    plot(place, { title: t('calls_waiting'), series: waiting, show: short, hue: hueOf, signal }),
  ],
  tick(round) {
    const of = (path, value) => Object.fromEntries(round.good(path).filter((one) => value(one.body) !== undefined).map(({ node, body }) => [node, value(body)]));
    const now = Date.now() / 1000;
    turns.add(now, of('/metrics', (body) => metric(body, 'troupe_turns_total')));
    waiting.add(now, of('/node', (body) => body.overload?.queuedCalls));
  },
  draw({ round, write }) {
    const health = new Map(round.good('/health').map(({ node, body }) => [node, body]));
    const nodes = round.good('/node').filter(({ node }) => node !== NOT_MEMBERS);
    const members = membersOf(round.good('/members'));
    const asked = nodes[0]?.node ?? '';
    return [
      h('ul.cards', {}, nodes.map(({ node, body }) => card(body, node, health.get(node)))),
      table(
        t('members'),
        [{ name: t('member') }, { name: t('state') }, { name: t('address') }, { name: t('incarnation'), number: true }, { name: t('partitions_owned'), number: true }, { name: t('weight'), number: true }, { name: t('zone') }, { name: t('trouble'), long: true }, ...(write ? [{ name: t('orders') }] : [])],
        members.map((one) => member(one, write, asked)),
        { empty: t('no_members') },
      ),
      links(round),
    ];
  },
};

function card(body, node, health) {
  const overload = body.overload ?? {};
  const faults = (health?.faults ?? []).map((one) => (typeof one === 'string' ? one : (one.message ?? one.fault ?? JSON.stringify(one))));
  const sick = (health?.services ?? []).map((one) => `${one.name}: ${one.message}`);
  const well = health ? health.healthy && sick.length === 0 : null;
  return h(
    `li.card${well === false ? '.bad' : ''}`,
    { data: { key: node } },
    h('h2', {}, body.name ?? node, ' ', well === null ? null : badge(well ? t('well') : t('unwell'), well ? 'good' : 'bad')),
    facts([
      [t('incarnation'), body.incarnation],
      [t('uptime'), duration(body.uptimeMs)],
      [t('activations'), short(body.activations)],
      [t('calls_waiting'), `${short(overload.queuedCalls)} / ${short(overload.maxQueuedCalls)}`],
      [t('calls_pending'), short(body.pendingCalls)],
      [t('shedding'), overload.shedding ? t('yes') : t('no')],
      [t('dead_letters'), short(body.deadLetters)],
      [t('store'), body.store ? `${bytes(body.store.usedBytes)} / ${bytes(body.store.mapBytes)}` : t('none')],
      [t('commit_mean'), body.store ? duration(body.store.meanCommitUs / 1000) : ''],
    ]),
    [...faults, ...sick, ...(body.store?.failure ? [body.store.failure] : [])].map((text) => h('p.notice.bad', {}, text)),
  );
}

function member(one, write, asked) {
  const trouble = [
    ...(one.sick ?? []).map((sick) => `${sick.service}: ${sick.why}`),
    ...(one.refused ?? []).map((no) => t('refused_partitions', { member: no.member, count: no.partitions, why: no.why })),
    ...(one.suspectSinceMs ? [t('suspect_since', { time: moment(one.suspectSinceMs) })] : []),
  ];
  const drains = one.state === 'draining';
  const cells = [
    one.name,
    [badge(t(`state_${one.state}`), kindOf(one.state)), ' ', one.alive ? null : badge(t('not_alive'), 'bad'), one.client ? badge(t('client')) : null],
    h('span.mono', {}, one.address),
    one.incarnation,
    (one.partitions?.withRows ?? 0) + (one.partitions?.withoutRows ?? 0),
    one.weight,
    one.zone || '',
    trouble.join('; '),
  ];
  if (write)
    cells.push(
      one.client
        ? ''
        : act(drains ? t('serve') : t('drain'), {
            node: asked,
            path: adminPath(['members', one.name, drains ? 'serve' : 'drain']),
            what: t(drains ? 'serve_what' : 'drain_what', { member: one.name }),
          }),
    );
  return cells;
}

function links(round) {
  const rows = round.good('/links').flatMap(({ node, body }) =>
    (body.links ?? []).map((link) => [node, link.peer, badge(link.up ? t('up') : t('down'), link.up ? 'good' : 'bad'), duration(link.rttUs / 1000), short(link.pendingCalls), bytes(link.backlogBytes), bytes(link.bytesOut), bytes(link.bytesIn), link.lastError]),
  );
  const number = true;
  return table(t('links'), [{ name: t('node') }, { name: t('peer') }, { name: t('state') }, { name: t('round_trip'), number }, { name: t('calls_pending'), number }, { name: t('backlog'), number }, { name: t('sent'), number }, { name: t('received'), number }, { name: t('last_error'), long: true }], rows);
}
