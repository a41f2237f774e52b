// Sagas of the whole cluster by phase; and one of them, its steps as a picture.
import { duration } from '../lib/amounts.js';
import { kindOf } from '../lib/cluster.js';
import { adminPath, hrefOf } from '../lib/place.js';
import { sagaSteps } from '../lib/waterfall.js';
import { moment, t } from '../texts/texts.js';
import { h, svg } from '../ui/dom.js';
import { actorLink, badge, empty, facts, table, tabs } from '../ui/parts.js';

const LINES = 200;
const NOT_DONE = 'running,compensating,stuck';
const CHOICES = { open: NOT_DONE, stuck: 'stuck', failed: 'failed,cancelled,killed', done: 'done', all: '' };
const choiceOf = (params) => (params.show in CHOICES ? params.show : 'open');
const listPath = (params) => {
  const is = CHOICES[choiceOf(params)];
  return adminPath(['rows', 'saga', 'run'], { ...(is ? { field: 'phase', is } : {}), limit: LINES });
};

export const sagas = {
  name: 'sagas',
  paths: (params) => [listPath(params)],
  controls: (params) => tabs(t('phases'), Object.keys(CHOICES).map((name) => ({ text: t(`sagas_${name}`), href: hrefOf('sagas', { show: name }), current: name === choiceOf(params) }))),
  draw({ round, params }) {
    const answers = round.good(listPath(params));
    const rows = answers.flatMap(({ node, body }) => body.rows.map((one) => ({ ...one, node })));
    rows.sort((a, b) => Number(b.row.startedMs ?? 0) - Number(a.row.startedMs ?? 0));
    return table(
      t('sagas'),
      [{ name: t('saga') }, { name: t('phase') }, { name: t('run'), number: true }, { name: t('started') }, { name: t('ended') }, { name: t('why'), long: true }, { name: t('node') }],
      rows.map(({ actor, row, node }) => [sagaLink(actor), badge(t(`phase_${row.phase}`), kindOf(row.phase)), row.number, moment(row.startedMs), moment(row.endedMs), reason(row), node]),
      { empty: t('no_sagas'), more: answers.some(({ body }) => body.next) ? t('first_lines', { count: LINES }) : null },
    );
  },
};

function sagaLink(actor) {
  const at = actor.indexOf('/');
  return h('a', { href: hrefOf('saga', { service: actor.slice(0, at), key: actor.slice(at + 1) }) }, actor);
}

const reason = (row) => row.stuckWhy || (row.failure ? `${row.failure.kind ?? ''}: ${row.failure.message ?? ''}` : '');
const rowsPath = (params, name) => adminPath(['actors', params.service ?? '', params.key ?? '', 'tables', name], { limit: LINES });

export const saga = {
  name: 'saga',
  below: 'sagas',
  title: (params) => `${params.service}/${params.key}`,
  paths: (params) => [rowsPath(params, 'saga'), rowsPath(params, 'saga_journal')],
  draw({ round, params }) {
    const found = round.one(rowsPath(params, 'saga'));
    const run = found?.body.rows.find((one) => one.key === 'run')?.row;
    if (!run) return [empty(t('no_such_saga')), round.errors(rowsPath(params, 'saga')).map((one) => h('p.notice', {}, `${one.node}: ${one.error.message}`))];
    const journal = (round.one(rowsPath(params, 'saga_journal'))?.body.rows ?? []).map((one) => one.row);
    const steps = sagaSteps(run, journal);
    return [
      h('section.panel', {}, [
        h('p', {}, badge(t(`phase_${run.phase}`), kindOf(run.phase)), ' ', actorLink(`${params.service}/${params.key}`)),
        facts([
          [t('run'), run.number],
          [t('started'), moment(run.startedMs)],
          [t('ended'), moment(run.endedMs)],
          [t('took'), Number(run.endedMs) > 0 ? duration(Number(run.endedMs) - Number(run.startedMs)) : ''],
          [t('node'), found.node],
        ]),
        reason(run) ? h('p.notice.bad', {}, reason(run)) : null,
      ]),
      steps.length > 0 ? picture(steps) : null,
      table(
        t('steps'),
        [{ name: t('step') }, { name: t('kind') }, { name: t('state') }, { name: t('took'), number: true }, { name: t('attempts'), number: true }, { name: t('why'), long: true }],
        steps.map((one) => [one.name, one.kind, badge(t(`step_${one.state}`), kindOfStep(one.state)), duration(one.ms), one.attempts, one.why]),
      ),
    ];
  },
};

const kindOfStep = (state) => (state === 'done' ? 'good' : state === 'failed' || state === 'stuck' ? 'bad' : 'warn');
const ACROSS = 168;
const WIDTH = 136;
const HEIGHT = 56;

function picture(steps) {
  const width = 20 + (steps.length - 1) * ACROSS + WIDTH;
  const height = HEIGHT + 24;
  const x = (i) => 10 + i * ACROSS;
  const cut = (text) => (text.length > 17 ? `${text.slice(0, 16)}…` : text);
  const sentence = steps.map((one) => `${one.name} ${t(`step_${one.state}`)}`).join(', ');
  return h(
    'div.drawing',
    { tabindex: '0', role: 'region', 'aria-label': t('steps') },
    svg(
      'svg',
      { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': sentence },
      svg('defs', {}, svg('marker', { id: 'next', viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: 'userSpaceOnUse', orient: 'auto' }, svg('path.tip', { d: 'M0 0 L8 4 L0 8 Z' }))),
      steps.slice(1).map((_, i) => svg('path.edge', { d: `M${x(i) + WIDTH} ${10 + HEIGHT / 2} H${x(i + 1) - 3}`, 'stroke-width': 2, 'marker-end': 'url(#next)' })),
      steps.map((one, i) => [
        svg(`rect.box.${kindOfStep(one.state)}`, { x: x(i), y: 10, width: WIDTH, height: HEIGHT, rx: 8 }, svg('title', {}, `${one.name}: ${one.why}`)),
        svg('text', { x: x(i) + 10, y: 32 }, cut(one.name)),
        svg('text.soft-text', { x: x(i) + 10, y: 52 }, cut(`${t(`step_${one.state}`)}${one.ms > 0 ? ` · ${duration(one.ms)}` : ''}`)),
      ]),
    ),
  );
}
