// Traces that nodes remember; and one of them, the spans of all nodes as a waterfall.
import { duration } from '../lib/amounts.js';
import { hueOf } from '../lib/hues.js';
import { adminPath, hrefOf } from '../lib/place.js';
import { joinedTraces, waterfall } from '../lib/waterfall.js';
import { moment, t } from '../texts/texts.js';
import { h, svg } from '../ui/dom.js';
import { badge, empty, facts, table, tabs } from '../ui/parts.js';

const LINES = 100;
const CHOICES = ['recent', 'slow', 'failing'];
const choiceOf = (params) => (CHOICES.includes(params.which) ? params.which : 'recent');
const listPath = (params) => adminPath(['traces'], { which: choiceOf(params), limit: LINES });
const onePath = (params) => adminPath(['traces', params.id ?? '']);
const ms = (ns) => Number(BigInt(ns) / 1_000_000n);

export const traces = {
  name: 'traces',
  paths: (params) => [listPath(params)],
  controls: (params) => tabs(t('page_traces'), CHOICES.map((which) => ({ text: t(`traces_${which}`), href: hrefOf('traces', { which }), current: which === choiceOf(params) }))),
  draw({ round, params }) {
    if (round.unknown(listPath(params))) return empty(t('no_tracing'));
    const answers = round.good(listPath(params));
    const rows = joinedTraces(answers);
    if (choiceOf(params) === 'slow') rows.sort((a, b) => b.ms - a.ms);
    const number = true;
    const off = answers.filter(({ body }) => body.totals?.on === false).map(({ node }) => node);
    return [
      off.length > 0 ? h('p.notice', {}, t('traces_off', { nodes: off.join(', ') })) : null,
      table(
        t('page_traces'),
        [{ name: t('name') }, { name: t('time') }, { name: t('took'), number }, { name: t('spans'), number }, { name: t('errors'), number }, { name: t('nodes') }],
        rows.map((one) => [h('a', { href: hrefOf('trace', { id: one.trace }) }, one.name || one.trace), moment(ms(one.beginNs)), duration(one.ms), one.spans, one.failures > 0 ? badge(one.failures, 'bad') : 0, one.nodes.join(', ')]),
        { empty: t('no_traces') },
      ),
    ];
  },
};

export const trace = {
  name: 'trace',
  below: 'traces',
  title: (params) => t('trace_of', { id: (params.id ?? '').slice(0, 32) }),
  paths: (params) => [onePath(params)],
  draw({ round, params }) {
    const answers = round.good(onePath(params));
    const spans = answers.flatMap(({ body }) => body.spans ?? []);
    if (spans.length === 0) return [empty(t('no_spans')), round.errors(onePath(params)).map((one) => h('p.notice', {}, `${one.node}: ${one.error.message}`))];
    const { lines, ms: whole } = waterfall(spans);
    const effects = [...new Map(answers.flatMap(({ body }) => body.effects ?? []).map((span) => [span.span, span])).values()];
    const number = true;
    return [
      h('section.panel', {}, facts([[t('began'), moment(ms(lines[0].span.beginNs))], [t('took'), duration(whole)], [t('spans'), lines.length]])),
      picture(lines, whole),
      table(
        t('spans'),
        [{ name: t('name') }, { name: t('kind') }, { name: t('node') }, { name: t('took'), number }, { name: t('state') }, { name: t('why'), long: true }],
        lines.map(({ span, depth, ms: took }) => [`${'· '.repeat(depth)}${span.name}`, span.kind, span.node, duration(took), badge(span.status, span.status === 'error' ? 'bad' : ''), span.message]),
      ),
      effects.length > 0
        ? table(t('effects'), [{ name: t('name') }, { name: t('time') }, { name: t('node') }, { name: t('page_trace') }], effects.map((span) => [span.name, moment(ms(span.beginNs)), span.node, h('a', { href: hrefOf('trace', { id: span.trace }) }, span.trace)]))
        : null,
    ];
  },
};

const LEFT = 260;
const BARS = 560;
const ROW = 24;

function picture(lines, whole) {
  const height = 20 + lines.length * ROW;
  const width = LEFT + BARS + 90;
  const cut = (text) => (text.length > 34 ? `${text.slice(0, 33)}…` : text);
  return h(
    'div.drawing',
    { tabindex: '0', role: 'region', 'aria-label': t('waterfall') },
    svg(
      'svg',
      { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': t('waterfall_sentence', { count: lines.length, time: duration(whole) }) },
      [0, 0.25, 0.5, 0.75, 1].map((part) => [
        svg('line.grid-line', { x1: LEFT + part * BARS, x2: LEFT + part * BARS, y1: 16, y2: height }),
        svg('text.soft-text', { x: LEFT + part * BARS, y: 11, 'text-anchor': 'middle' }, duration(part * whole)),
      ]),
      lines.map(({ span, depth, from, to, ms: took }, i) => {
        const y = 18 + i * ROW;
        const length = Math.max(2, (to - from) * BARS);
        return [
          svg('text', { x: 6 + Math.min(depth, 8) * 10, y: y + 14 }, cut(span.name)),
          svg(`rect.bar.hue-${hueOf(span.node)}${span.status === 'error' ? '.bad' : ''}`, { x: LEFT + from * BARS, y: y + 3, width: length, height: ROW - 8, rx: 3 }, svg('title', {}, `${span.name} · ${span.node} · ${duration(took)}`)),
          svg('text.soft-text', { x: LEFT + from * BARS + length + 5, y: y + 14 }, duration(took)),
        ];
      }),
    ),
  );
}
