// When a page of the shop makes a request again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterAttempt,
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
  LONGEST_WAIT_MS,
  PATIENCE_MS,
  pauseBefore,
  retryAfterMs,
} from '../../../demo-shop/web/js/lib/retry.js';

const most = () => 1;
const first = { attempt: 0, elapsed: 0 };
const read = { method: 'GET' };
const keyed = { method: 'POST', key: 'k' };
const bare = { method: 'POST' };

test('pauses double up to the longest, and half of each is chance', () => {
  assert.deepEqual(
    [0, 1, 2].map((n) => pauseBefore(n, most)),
    [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS],
  );
  assert.equal(
    pauseBefore(0, () => 0),
    FIRST_PAUSE_MS / 2,
  );
  for (const attempt of [10, 1e9, Number.MAX_SAFE_INTEGER]) assert.equal(pauseBefore(attempt, most), LONGEST_PAUSE_MS);
});

test('a Retry-After is seconds or a date, and nothing else', () => {
  const now = Date.parse('2026-11-30T10:00:00Z');
  assert.equal(retryAfterMs('2', now), 2000);
  assert.equal(retryAfterMs('Mon, 30 Nov 2026 10:00:05 GMT', now), 5000);
  assert.equal(retryAfterMs('Mon, 30 Nov 2026 09:00:00 GMT', now), 0);
  for (const none of [null, undefined, '', '-1 apple', 'soon'])
    assert.equal(retryAfterMs(none, now), null, String(none));
});

test('what got no answer comes again when it changes nothing or has a key, else not', () => {
  const lost = { network: true };
  assert.ok(afterAttempt(read, lost, first, most).again > 0);
  assert.ok(afterAttempt(keyed, lost, first, most).again > 0);
  assert.deepEqual(afterAttempt(bare, lost, first, most), {});
});

test('what the shop did not do comes again even without a key', () => {
  assert.ok(afterAttempt(bare, { status: 503, kind: 'unavailable' }, first, most).again > 0);
  assert.deepEqual(afterAttempt(bare, { status: 504, kind: 'unknown_outcome' }, first, most), {});
  assert.ok(afterAttempt(keyed, { status: 504, kind: 'unknown_outcome' }, first, most).again > 0);
});

test('a refusal, a mistake of the request and a crash count', () => {
  for (const status of [400, 403, 404, 409, 413, 422])
    assert.deepEqual(afterAttempt(keyed, { status }, first, most), {}, String(status));
  assert.deepEqual(afterAttempt(read, { status: 500, kind: 'failed' }, first, most), {});
});

test('a token is renewed once', () => {
  assert.deepEqual(afterAttempt(read, { status: 401 }, first), { renew: true });
  assert.deepEqual(afterAttempt(read, { status: 401 }, { ...first, renewed: true }), {});
});

test('too many requests wait as long as they are told, and not past the longest', () => {
  assert.equal(afterAttempt(bare, { status: 429, retryAfter: 7000 }, first, most).again, 7000);
  assert.deepEqual(afterAttempt(bare, { status: 429, retryAfter: LONGEST_WAIT_MS + 1 }, first, most), {});
});

test('patience ends', () => {
  assert.deepEqual(afterAttempt(read, { network: true }, { attempt: 3, elapsed: PATIENCE_MS }, most), {});
  assert.deepEqual(afterAttempt(read, { status: 503 }, { attempt: 3, elapsed: PATIENCE_MS }, most), {});
});

test('a request that is still in flight under its key is asked about again', () => {
  assert.ok(afterAttempt(keyed, { status: 409, retryAfter: 1000 }, first, most).again > 0);
});
