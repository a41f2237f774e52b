// When a request is made again. Pure: the clock, chance and the network are the caller's.

export const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 4_000;
export const PATIENCE_MS = 45_000; // of one request, with all its repetitions
export const ATTEMPT_MS = 12_000; // of one attempt
export const LONGEST_WAIT_MS = 30_000; // of a Retry-After that is heeded; past it the person is told

// Doubles, up to the longest; half of it is chance, so that pages do not come back together.
export function pauseBefore(attempt, chance = Math.random) {
  const whole = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt, 20), LONGEST_PAUSE_MS);
  return whole / 2 + (whole / 2) * chance();
}

// Milliseconds of a Retry-After: seconds or a date. Null where there is none that can be read.
export function retryAfterMs(field, now = Date.now()) {
  if (field === null || field === undefined || field.trim() === '') return null;
  if (/^\s*\d+\s*$/.test(field)) return Number(field) * 1000;
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(field.trim()) ? Date.parse(field) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const NOT_RUN = new Set(['unavailable', 'overloaded']); // the shop says: nothing was done
const PASSING = new Set([408, 425, 500, 502, 503, 504]);

// May this come again though nobody knows whether it was done? What changes nothing may, and what has a key: the shop
// does it once.
export const repeatable = (request) => SAFE.has(request.method) || Boolean(request.key);

// What to do after an attempt: { again: ms }, { renew: true } for a token that is over, or {} to let the answer count.
//   outcome: { network: true } or { status, kind, code, retryAfter }
//   so far:  { attempt, elapsed, renewed }
export function afterAttempt(request, outcome, { attempt, elapsed, renewed = false }, chance = Math.random) {
  const pause = Math.max(pauseBefore(attempt, chance), outcome.retryAfter ?? 0);
  const left = elapsed + pause < PATIENCE_MS;
  if (outcome.network) return repeatable(request) && left ? { again: pause } : {};
  if (outcome.status === 401) return renewed ? {} : { renew: true };
  if (outcome.status === 429) return left && pause <= LONGEST_WAIT_MS ? { again: pause } : {};
  // The same request, under the same key, still runs.
  if (outcome.status === 409 && outcome.retryAfter) return left ? { again: pause } : {};
  if (!PASSING.has(outcome.status) || outcome.kind === 'failed' || !left) return {};
  return repeatable(request) || NOT_RUN.has(outcome.kind) ? { again: pause } : {};
}
