// Server-sent events as the shop's pages read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStream } from '../../../demo-shop/web/js/lib/event_stream.js';

const all = (...pieces) => {
  const stream = new EventStream();
  return { stream, events: pieces.flatMap((piece) => stream.push(piece)) };
};

test('an event has its name, its lines of data and its id', () => {
  const { stream, events } = all('id: 7\nevent: OrderPlaced\ndata: {"a":\ndata:1}\n\n');

  assert.deepEqual(events, [{ event: 'OrderPlaced', data: '{"a":\n1}', id: '7' }]);
  assert.equal(stream.lastId, '7');
});

test('where the pieces are cut makes no difference', () => {
  const text = '\ufeff: hello\r\nid: 1\r\ndata: x\r\n\r\ndata: y\rid: 2\r\revent: e\ndata\n\n';
  const whole = all(text).events;

  assert.deepEqual(whole, [
    { event: 'message', data: 'x', id: '1' },
    { event: 'message', data: 'y', id: '2' },
    { event: 'e', data: '', id: '2' },
  ]);
  assert.deepEqual(all(...text).events, whole);
  for (let cut = 0; cut <= text.length; ++cut)
    assert.deepEqual(all(text.slice(0, cut), '', text.slice(cut)).events, whole);
});

test('an event that is not whole does not come', () => {
  assert.deepEqual(all('data: x\n').events, []);
  assert.deepEqual(all('id: 9\nevent: e\n\n').events, []);
});

test('an id without an event counts, one with a byte 0 does not', () => {
  assert.equal(all('id: 9\n\n').stream.lastId, '9');
  assert.equal(all('id: 9\n\nid: a\0b\n\n').stream.lastId, '9');
});

test('the pause is taken from digits alone', () => {
  assert.equal(all('retry: 1500\n').stream.retryMs, 1500);
  assert.equal(all('retry: soon\n').stream.retryMs, null);
});

test('fields that are not known, and spaces but the first, stay what they are', () => {
  assert.deepEqual(all('colour: red\ndata:  two\n\n').events, [{ event: 'message', data: ' two', id: '' }]);
});
