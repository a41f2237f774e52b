// One actor: what it is at, its state, its earlier states, its tables, what it sends, its reminders and its last turns.
import { bytes, duration, short } from '../lib/amounts.js';
import { kindOf } from '../lib/cluster.js';
import { adminPath, hrefOf } from '../lib/place.js';
import { moment, t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { act, actorLink, badge, empty, facts, json, panel, table, tabs } from '../ui/parts.js';

const LINES = 100;
const base = ({ service = '', key = '' }) => ['actors', service, key];
const of = (params, ...rest) => adminPath([...base(params), ...rest], rest[0] === 'state' || rest[0] === 'tables' ? (rest.length > 1 ? { limit: LINES } : {}) : { limit: LINES });

const TABS = {
  state: { paths: (params) => [of(params, 'state')], draw: drawState },
  history: { paths: (params) => [of(params, 'history')], draw: drawHistory },
  tables: { paths: (params) => [of(params, 'tables'), ...(params.table ? [of(params, 'tables', params.table)] : [])], draw: drawTables },
  messages: { paths: (params) => [of(params, 'outbox'), of(params, 'dead-letters')], draw: drawMessages },
  reminders: { paths: (params) => [of(params, 'reminders')], draw: drawReminders },
  events: { paths: (params) => [eventsPath(params)], draw: drawEvents },
  restarts: { paths: (params) => [restartsPath(params)], draw: drawRestarts },
};
const tabOf = (params) => (params.tab in TABS ? params.tab : 'state');
const nameOf = ({ service, key }) => `${service}/${key}`;
const eventsPath = (params) => adminPath(['events'], { actor: nameOf(params), last: LINES });
const restartsPath = (params) => adminPath(['restarts'], { actor: nameOf(params), limit: LINES });

export const actor = {
  name: 'actor',
  below: 'actors',
  title: (params) => nameOf(params),
  paths: (params) => [adminPath(base(params)), ...TABS[tabOf(params)].paths(params)],
  controls: (params) =>
    tabs(
      t('parts'),
      Object.keys(TABS).map((name) => ({ text: t(`tab_${name}`), href: hrefOf('actor', { service: params.service, key: params.key, tab: name }), current: name === tabOf(params) })),
    ),
  draw(context) {
    return [about(context), TABS[tabOf(context.params)].draw(context)];
  },
};

function about({ round, params }) {
  const path = adminPath(base(params));
  const found = round.one(path);
  if (!found) return [empty(t('actor_unknown')), round.errors(path).map((one) => h('p.notice.bad', {}, `${one.node}: ${one.error.message}`))];
  const { node, body } = found;
  const number = true;
  return [
    h('section.panel', {}, [
      h('p', {}, badge(t(`state_${body.status}`), kindOf(body.status)), ' ', t('on_node', { node })),
      body.answered === false ? h('p.notice', {}, t('holds_thread')) : null,
      facts([
        [t('partition'), body.partition],
        [t('mailbox'), body.mailbox],
        [t('queue_delay'), duration(body.queueDelayMs)],
        [t('turns'), short(body.turnsDone)],
        [t('restarts_count'), body.restarts],
        [t('state_size'), bytes(body.stateBytes)],
        [t('edits'), body.edits],
        [t('commits_waiting'), Number(body.commitsSubmitted) - Number(body.commitsDurable)],
      ]),
      body.lastCrash ? h('p.notice.bad', {}, t('last_crash'), ' ', body.lastCrash) : null,
    ]),
    body.turns?.length
      ? table(t('turns_now'), [{ name: t('method') }, { name: t('age'), number }, { name: t('state') }], body.turns.map((one) => [one.method, duration(one.ageMs), one.waiting ? t('state_waiting') : t('state_running')]))
      : null,
    body.pendingCalls?.length
      ? table(t('waits_for'), [{ name: t('actor') }, { name: t('method') }, { name: t('age'), number }, { name: t('deadline_in'), number }], body.pendingCalls.map((one) => [actorLink(one.actor), one.method, duration(one.ageMs), duration(one.deadlineInMs)]))
      : null,
  ];
}

const missing = (round, path) => round.errors(path).map((one) => h('p.notice', {}, `${one.node}: ${one.error.message}`));

function drawState({ round, params }) {
  const found = round.one(of(params, 'state'));
  if (!found) return missing(round, of(params, 'state'));
  if (found.body.state === null) return empty(t('no_state'));
  return panel(t('tab_state'), json(found.body.state, t('tab_state')));
}

function drawHistory({ round, params }) {
  const found = round.one(of(params, 'history'));
  if (!found) return missing(round, of(params, 'history'));
  const states = found.body.states ?? [];
  if (states.length === 0) return empty(t('no_history'));
  return states.map((one) =>
    h('details.panel', { data: { key: one.edit } }, h('summary', {}, `${t('edit')} ${one.edit} · ${one.method} · ${moment(one.atMs)}`), json(one.state, `${t('edit')} ${one.edit}`)),
  );
}

function drawTables({ round, params }) {
  const found = round.one(of(params, 'tables'));
  if (!found) return missing(round, of(params, 'tables'));
  const link = (name) => h('a', { href: hrefOf('actor', { service: params.service, key: params.key, tab: 'tables', table: name }) }, name);
  const rows = params.table ? round.one(of(params, 'tables', params.table)) : null;
  return [
    table(t('tab_tables'), [{ name: t('name') }, { name: t('rows'), number: true }, { name: t('row_type') }], (found.body.tables ?? []).map((one) => [link(one.name), one.rows, one.rowType])),
    rows ? table(params.table, [{ name: t('key') }, { name: t('row'), long: true }], (rows.body.rows ?? []).map((one) => [h('span.mono', {}, one.key), h('span.mono', {}, JSON.stringify(one.row))]), { more: rows.body.next ? t('first_lines', { count: LINES }) : null }) : null,
  ];
}

function drawMessages({ round, params, write }) {
  const waiting = round.one(of(params, 'outbox'))?.body;
  const dead = round.one(of(params, 'dead-letters'));
  if (!waiting && !dead) return missing(round, of(params, 'outbox'));
  const number = true;
  const columns = [{ name: t('number'), number }, { name: t('to') }, { name: t('method') }, { name: t('sent_at') }];
  return [
    table(t('outbox'), columns, (waiting?.messages ?? waiting?.outbox ?? []).map((one) => [one.number, actorLink(one.to), one.method, moment(one.sentMs)])),
    table(
      t('dead_letters'),
      [...columns, { name: t('tries'), number }, { name: t('why'), long: true }, ...(write ? [{ name: t('orders') }] : [])],
      (dead?.body.deadLetters ?? []).map((one) => letter(one, dead.node, write)),
    ),
  ];
}

// A line of a message that was given up; the same on the page of all of them.
export function letter(one, node, write) {
  const at = one.from.indexOf('/');
  const parts = ['actors', one.from.slice(0, at), one.from.slice(at + 1), 'dead-letters'];
  const order = (what) => act(t(what), { node, path: adminPath([...parts, what], { number: one.number }), what: t(`${what}_what`, { number: one.number, from: one.from }) });
  return [one.number, actorLink(one.to), one.method, moment(one.sentMs), one.tries, `${one.errorKind}: ${one.error}`, write ? [order('retry'), ' ', order('drop')] : null];
}

function drawReminders({ round, params }) {
  const found = round.one(of(params, 'reminders'));
  if (!found) return missing(round, of(params, 'reminders'));
  return table(t('tab_reminders'), [{ name: t('name') }, { name: t('due') }, { name: t('period'), number: true }], (found.body.reminders ?? []).map((one) => [one.name, moment(one.dueMs), one.periodMs ? duration(one.periodMs) : t('once')]));
}

function drawEvents({ round, params }) {
  const path = eventsPath(params);
  if (round.unknown(path)) return empty(t('no_recorder'));
  const events = round.good(path).flatMap(({ body }) => body.events ?? []);
  const number = true;
  return [
    missing(round, path),
    table(
      t('tab_events'),
      [{ name: t('time') }, { name: t('method') }, { name: t('outcome') }, { name: t('waited'), number }, { name: t('ran'), number }, { name: t('caller') }, { name: t('input'), long: true }],
      events.map((one) => [moment(one.atMs), one.method, [badge(one.outcome, one.outcome === 'answered' || one.outcome === 'ended' ? 'good' : one.outcome === 'begun' ? '' : 'bad'), one.error ? ` ${one.error}` : ''], duration(one.waitedUs / 1000), one.ranUs === null ? '' : duration(one.ranUs / 1000), one.caller ? actorLink(one.caller) : one.who, h('span.mono', {}, one.input === null ? bytes(one.inputBytes) : JSON.stringify(one.input))]),
    ),
  ];
}

function drawRestarts({ round, params }) {
  return crashes(t('tab_restarts'), round, restartsPath(params));
}

// Crashes as `path` tells them; the same on the page of all of them.
export function crashes(title, round, path) {
  const all = round.good(path).flatMap(({ node, body }) => (body.restarts ?? []).map((one) => ({ ...one, node })));
  all.sort((a, b) => b.atMs - a.atMs);
  return table(
    title,
    [{ name: t('time') }, { name: t('actor') }, { name: t('cause') }, { name: t('method') }, { name: t('outcome') }, { name: t('why'), long: true }, { name: t('node') }],
    all.map((one) => [moment(one.atMs), actorLink(one.actor), one.cause, one.method, [badge(one.outcome, kindOf(one.outcome)), one.afterMs ? ` ${duration(one.afterMs)}` : ''], [one.message, one.trace?.length ? h('details', {}, h('summary', {}, t('thrown_at')), one.trace.map((line) => h('div.mono', {}, line))) : null], one.node]),
    { empty: t('no_crashes') },
  );
}
