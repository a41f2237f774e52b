// Server-sent events with a bearer token, which EventSource cannot send. Goes on after the last event that came, for as long
// as `signal` lets it; connections that end are made again, later each time.
import { EventStream } from '../lib/event_stream.js';
import { pauseBefore } from '../lib/retry.js';
import { pause } from './client.js';
import { isAbort } from './problem.js';
import { bearer, renew } from './session.js';

// Past this many milliseconds without a byte the connection is taken for dead.
const SILENCE_MS = 60_000;

// `onEvent({ event, data, id })` for each, `onState(true|false)` when the stream is there or not.
export async function follow(path, { signal, onEvent, onState }) {
  let lastId = '';
  for (let attempt = 0; !signal.aborted; ++attempt) {
    let asked = null;
    try {
      const token = await bearer();
      const came = await readStream(path, token, lastId, {
        signal,
        onEvent,
        onState: (yes) => {
          attempt = 0;
          onState(yes);
        },
      });
      lastId = came.lastId || lastId;
      asked = came.retryMs;
      if (came.status === 401) await renew({ after: token });
      else if (came.status === 403 || came.status === 404) return;
    } catch (error) {
      if (isAbort(error) && signal.aborted) return;
    }
    onState(false);
    await pause(Math.max(pauseBefore(attempt), asked ?? 0), signal).catch(() => {});
  }
}

async function readStream(path, token, lastId, { signal, onEvent, onState }) {
  const timer = new AbortController();
  const stop = () => timer.abort();
  signal.addEventListener('abort', stop, { once: true });
  let late = setTimeout(stop, SILENCE_MS);
  const stream = new EventStream();
  stream.lastId = lastId;
  try {
    const headers = { Accept: 'text/event-stream' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (lastId) headers['Last-Event-ID'] = lastId;
    const response = await fetch(path, { headers, cache: 'no-store', signal: timer.signal });
    if (!response.ok) return { status: response.status, lastId, retryMs: null };
    onState(true);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(late);
      late = setTimeout(stop, SILENCE_MS);
      for (const event of stream.push(value)) onEvent(event);
    }
  } catch (error) {
    if (signal.aborted) throw error; // else the connection broke: it is made again from lastId on
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  }
  return { status: 200, lastId: stream.lastId, retryMs: stream.retryMs };
}
