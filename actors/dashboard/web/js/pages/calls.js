// The call graph: which service calls which, how often, how fast, with how many bytes. Rates are by the second, from one round
// to the next.
import { bytes, duration, short } from '../lib/amounts.js';
import { joined, laidOut } from '../lib/graph.js';
import { t } from '../texts/texts.js';
import { h, svg } from '../ui/dom.js';
import { empty, table } from '../ui/parts.js';

const WIDEST = 7;
let before = null; // { at, edges: Map }
let rates = new Map();

export const calls = {
  name: 'calls',
  paths: () => ['/graph'],
  tick(round) {
    const edges = new Map(joined(round.good('/graph')).map((edge) => [`${edge.from} ${edge.to}`, edge]));
    const at = Date.now() / 1000;
    if (before && at > before.at) {
      rates = new Map();
      for (const [key, edge] of edges) {
        const was = before.edges.get(key);
        const since = (field) => Math.max(0, edge[field] - (was?.[field] ?? 0));
        rates.set(key, { calls: since('calls') / (at - before.at), bytes: since('bytes') / (at - before.at) });
      }
    }
    before = { at, edges };
  },
  draw({ round }) {
    if (round.unknown('/graph')) return empty(t('no_meters'));
    const answers = round.good('/graph');
    const off = answers.filter(({ body }) => body.counted === false).map(({ node }) => node);
    const edges = joined(answers);
    const note = off.length > 0 ? h('p.notice', {}, t('meters_off', { nodes: off.join(', ') })) : null;
    if (edges.length === 0) return [note, empty(t('no_calls'))];
    const rate = (edge) => rates.get(`${edge.from} ${edge.to}`) ?? { calls: 0, bytes: 0 };
    const number = true;
    return [
      note,
      picture(edges, rate),
      table(
        t('edges'),
        [{ name: t('caller') }, { name: t('service') }, { name: t('calls_per_second'), number }, { name: t('bytes_per_second'), number }, { name: t('calls_total'), number }, { name: t('errors'), number }, { name: t('mean'), number }, { name: 'p99', number }, { name: t('where') }, { name: t('methods'), long: true }],
        edges.map((edge) => [
          edge.from,
          edge.to,
          short(rate(edge).calls),
          bytes(rate(edge).bytes),
          short(edge.calls),
          short(edge.errors),
          duration(edge.count ? edge.sumUs / edge.count / 1000 : 0),
          duration(edge.p99Us / 1000),
          [...edge.places].join(', '),
          [...edge.methods.keys()].join(', '),
        ]),
      ),
      methods(answers),
    ];
  },
};

function picture(edges, rate) {
  const { boxes, lines, width, height } = laidOut(edges);
  const most = Math.max(1, ...edges.map((edge) => rate(edge).calls));
  return h(
    'div.drawing',
    { tabindex: '0', role: 'region', 'aria-label': t('call_graph') },
    svg(
      'svg',
      { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': t('graph_sentence', { services: boxes.length, edges: edges.length }) },
      svg('defs', {}, svg('marker', { id: 'tip', viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 6, markerHeight: 6, markerUnits: 'userSpaceOnUse', orient: 'auto-start-reverse' }, svg('path.tip', { d: 'M0 0 L8 4 L0 8 Z' }))),
      lines.map(({ edge, path }) =>
        svg(
          `path.edge${edge.errors > 0 ? '.bad' : ''}`,
          { d: path, 'stroke-width': 1 + (WIDEST - 1) * (rate(edge).calls / most), 'marker-end': 'url(#tip)' },
          svg('title', {}, `${edge.from} → ${edge.to}: ${short(rate(edge).calls)}/s, ${duration(edge.count ? edge.sumUs / edge.count / 1000 : 0)}, ${bytes(rate(edge).bytes)}/s`),
        ),
      ),
      boxes.map((box) => [
        svg(`rect.box${box.name.startsWith('(') ? '.host' : ''}`, { x: box.x, y: box.y, width: box.width, height: box.height, rx: 6 }),
        svg('text', { x: box.x + 10, y: box.y + box.height / 2 + 4 }, box.name.length > 20 ? `${box.name.slice(0, 19)}…` : box.name),
      ]),
    ),
  );
}

function methods(answers) {
  const rows = answers.flatMap(({ node, body }) =>
    (body.methods ?? []).map((one) => [node, `${one.service}.${one.method}`, short(Object.values(one.turns ?? {}).reduce((sum, n) => sum + n, 0)), duration((one.waited?.p99Us ?? 0) / 1000), duration((one.ran?.p50Us ?? 0) / 1000), duration((one.ran?.p99Us ?? 0) / 1000), duration((one.committed?.p99Us ?? 0) / 1000)]),
  );
  const number = true;
  return table(t('methods'), [{ name: t('node') }, { name: t('method') }, { name: t('turns'), number }, { name: t('waited_p99'), number }, { name: t('ran_p50'), number }, { name: t('ran_p99'), number }, { name: t('commit_p99'), number }], rows);
}
