// What the dashboard's pages decide without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, duration, short } from '../../../actors/dashboard/web/js/lib/amounts.js';
import { flatTree, membersOf, ownersOf } from '../../../actors/dashboard/web/js/lib/cluster.js';
import { joined, laidOut } from '../../../actors/dashboard/web/js/lib/graph.js';
import { adminPath, hrefOf, placeOf } from '../../../actors/dashboard/web/js/lib/place.js';
import { Round } from '../../../actors/dashboard/web/js/lib/round.js';
import { Series } from '../../../actors/dashboard/web/js/lib/series.js';
import { joinedTraces, sagaSteps, waterfall } from '../../../actors/dashboard/web/js/lib/waterfall.js';
import { en } from '../../../actors/dashboard/web/js/texts/en.js';
import { zh } from '../../../actors/dashboard/web/js/texts/zh.js';

test('both languages of the dashboard have the same texts with the same values', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  const values = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(en)) assert.deepEqual(values(zh[key]), values(en[key]), key);
});

test('amounts are written as people read them', () => {
  assert.deepEqual([0.25, 3.14, 42, 1500, 61_000, 3_700_000, 90_000_000].map(duration), ['250 µs', '3.1 ms', '42 ms', '1.5 s', '1 min 1 s', '1 h 1 min', '1 d 1 h']);
  assert.deepEqual([0, 1023, 1536, 5 * 2 ** 30].map(bytes), ['0 B', '1023 B', '1.5 KiB', '5.0 GiB']);
  assert.deepEqual([7, 2.25, 12_345, 2_500_000, 'x'].map(short), ['7', '2.3', '12.3k', '2.5M', '']);
});

test('a counter becomes a rate, and one that fell began anew with its node', () => {
  const series = new Series({ rate: true, most: 3 });
  for (const [at, value] of [[10, 100], [12, 140], [14, 5], [16, 25]]) series.add(at, { one: value });
  assert.deepEqual(series.columns(), { times: [12, 14, 16], lines: { one: [20, 0, 10] } });
});

test('places and paths keep what is in them, a slash in a key too', () => {
  const href = hrefOf('actor', { service: 'Stock', key: 'a/b & c', tab: '' });
  assert.deepEqual(placeOf(href), { page: 'actor', params: { service: 'Stock', key: 'a/b & c' } });
  assert.equal(placeOf('').page, 'cluster');
  assert.equal(adminPath(['actors', 'Stock', 'a/b'], { limit: 5, after: '' }), '/actors/Stock/a%2Fb?limit=5');
});

test('of what several nodes say of a partition the greater version is the later', () => {
  const said = (owner, version) => ({ partitions: [{ number: 0, owner, version }], moving: [] });
  const { partitions } = ownersOf([{ node: 'a', body: said('a', '9') }, { node: 'b', body: said('b', '10') }]);
  assert.deepEqual(partitions.map((one) => one.owner), ['b']);
});

test('a node knows best of itself who it is', () => {
  const members = (pid) => ({ members: [{ name: 'a', alive: true, pid }] });
  assert.equal(membersOf([{ node: 'a', body: members(1) }, { node: 'b', body: members(2) }])[0].pid, 1);
});

test('a silent node is told apart from one that refuses or names another', () => {
  const round = new Round();
  round.take({ node: 'a', path: '/x', status: 421, error: { kind: 'unavailable' } });
  round.take({ node: 'b', path: '/x', status: 0, error: { code: 'killed' } });
  round.take({ node: 'c', path: '/x', status: 200, body: { y: 1 } });
  assert.equal(round.one('/x').node, 'c');
  assert.deepEqual(round.silent(), [{ node: 'b', error: { code: 'killed' } }]);
  assert.equal(round.unknown('/x'), false);
  round.take({ node: 'a', path: '/z', status: 404, error: {} });
  assert.equal(round.unknown('/z'), true);
  assert.equal(round.unknown('/never asked'), false);
});

test('edges of several nodes are one, and services in a circle all get a place', () => {
  const edge = (caller, service, calls) => ({ caller, service, method: 'm', place: 'local', calls, errors: { failed: 1 }, paramsBytes: 10, resultsBytes: 5, latency: { count: calls, sumUs: 100, p99Us: 9 } });
  const edges = joined([{ node: 'a', body: { edges: [edge('A', 'B', 2), edge('B', 'A', 1)] } }, { node: 'b', body: { edges: [edge('A', 'B', 3)] } }]);
  assert.deepEqual([edges[0].calls, edges[0].errors, edges[0].bytes, edges[0].sumUs], [5, 2, 30, 200]);
  const picture = laidOut(edges);
  assert.equal(picture.boxes.length, 2);
  assert.notEqual(picture.boxes[0].x, picture.boxes[1].x);
  assert.ok(picture.lines.every((line) => !line.path.includes('NaN')));
  assert.deepEqual(laidOut([]).boxes, []);
});

test('spans become lines below their parents, and one without its parent stands at the margin', () => {
  const span = (id, parent, beginNs, endNs) => ({ span: id, parent, beginNs, endNs });
  const { lines, ms } = waterfall([span('c', 'b', '1500000', '2000000'), span('b', 'a', '1000000', '3000000'), span('x', 'gone', '1000000', '5000000'), span('b', 'a', '1000000', '3000000')]);
  assert.deepEqual(lines.map((one) => [one.span.span, one.depth]), [['b', 0], ['c', 1], ['x', 0]]);
  assert.equal(ms, 4);
  assert.deepEqual(waterfall([]), { lines: [], ms: 0 });
});

test('what several nodes remember of a trace is one line, named by its root', () => {
  const line = (more) => ({ trace: 't', name: 'part', root: false, beginNs: '2000000', endNs: '3000000', spans: 1, failures: 0, ...more });
  const [one] = joinedTraces([{ node: 'a', body: { traces: [line({})] } }, { node: 'b', body: { traces: [line({ name: 'whole', root: true, beginNs: '1000000', failures: 1 })] } }]);
  assert.deepEqual([one.name, one.spans, one.failures, one.ms, one.nodes], ['whole', 2, 1, 2, ['a', 'b']]);
});

test('the steps of a saga end with what it is at', () => {
  const journal = [{ name: 'reserve', startedMs: '5', finishedMs: '9', undoneMs: '20' }, { name: 'charge', failure: { kind: 'refused', message: 'no money' } }];
  assert.deepEqual(sagaSteps({ phase: 'failed' }, journal).map((one) => one.state), ['undone', 'failed']);
  const stuck = sagaSteps({ phase: 'stuck', stuckStep: 'charge', stuckWhy: 'in doubt' }, []);
  assert.deepEqual([stuck[0].name, stuck[0].state, stuck[0].why], ['charge', 'stuck', 'in doubt']);
});

test('a tree of supervision is named by its path', () => {
  const lines = flatTree({ id: '', children: [{ id: 'a', children: [{ id: 'b' }] }] });
  assert.deepEqual(lines.map((one) => one.path), ['/', 'a', 'a/b']);
});
