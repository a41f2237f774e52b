// Requests to the shop, made again while nodes come and go. Each unsafe one has an Idempotency-Key for all its attempts, so
// that it is done once. Throws a Problem, or AbortError when `signal` says that nobody wants the answer any more.
import { randomText } from '../lib/pkce.js';
import { ATTEMPT_MS, afterAttempt, repeatable, retryAfterMs } from '../lib/retry.js';
import { reconnecting } from '../ui/say.js';
import { Problem } from './problem.js';
import { bearer, renew } from './session.js';

export const get = (path, options) => request('GET', path, options);
export const post = (path, body, options) => request('POST', path, { body, ...options });
export const put = (path, body, options) => request('PUT', path, { body, ...options });
export const patch = (path, body, options) => request('PATCH', path, { body, ...options });
export const remove = (path, options) => request('DELETE', path, options);

// `query` is an object; `bytes` a Blob that is the body as it is; `open`: asked as nobody in particular.
export async function request(method, path, { query, body, bytes, key, signal, open = false } = {}) {
  const sent = {
    method,
    path: path + queryOf(query),
    body,
    bytes,
    open,
    key: method === 'GET' ? null : (key ?? randomText(18)),
  };
  const started = performance.now();
  const who = Symbol(path);
  let renewed = false;
  try {
    for (let attempt = 0; ; ++attempt) {
      const token = open ? null : await bearer();
      const outcome = await attemptOnce(sent, token, signal);
      if (outcome.ok) return outcome.value;
      const next = afterAttempt(sent, outcome, {
        attempt,
        elapsed: performance.now() - started,
        renewed: renewed || open || !token,
      });
      if (next.renew) {
        renewed = true;
        await renew({ after: token });
      } else if (next.again !== undefined) {
        if (outcome.status !== 429 && outcome.status !== 409) reconnecting(who, true);
        await pause(next.again, signal);
      } else {
        throw outcome.problem;
      }
    }
  } finally {
    reconnecting(who, false);
  }
}

function queryOf(query) {
  const kept = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return kept.length > 0 ? `?${new URLSearchParams(kept)}` : '';
}

async function attemptOnce(sent, token, signal) {
  const timer = new AbortController();
  const late = setTimeout(() => timer.abort(), ATTEMPT_MS);
  const stop = () => timer.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    const response = await fetch(sent.path, {
      method: sent.method,
      headers: headersOf(sent, token),
      body: sent.bytes ?? (sent.body === undefined || sent.body === null ? undefined : JSON.stringify(sent.body)),
      credentials: 'same-origin',
      signal: timer.signal,
    });
    return await outcomeOf(response);
  } catch (error) {
    signal?.throwIfAborted();
    const mayHaveRun = sent.method !== 'GET' && !repeatable({ ...sent, key: null });
    return { network: true, problem: new Problem(0, { detail: String(error) }, { mayHaveRun }) };
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', stop);
  }
}

function headersOf(sent, token) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (sent.key) headers['Idempotency-Key'] = sent.key;
  if (sent.bytes) headers['Content-Type'] = sent.bytes.type;
  else if (sent.body !== undefined && sent.body !== null) headers['Content-Type'] = 'application/json';
  return headers;
}

async function outcomeOf(response) {
  const text = await response.text();
  let value = null;
  try {
    value = text === '' ? null : JSON.parse(text);
  } catch {
    value = null; // a page of something between: the status says enough
  }
  if (response.ok) return { ok: true, value };
  const retryAfter = retryAfterMs(response.headers.get('Retry-After'));
  const problem = new Problem(response.status, value ?? {}, { retryAfterMs: retryAfter });
  return { status: response.status, kind: problem.kind, code: problem.code, retryAfter, problem };
}

export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal?.aborted) return void reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
