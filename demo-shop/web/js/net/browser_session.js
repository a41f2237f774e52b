// The browser's own log-in: a cookie that no script reads. What is posted brings a token that only a page of this shop can
// have read.
import { pauseBefore } from '../lib/retry.js';
import { Problem } from './problem.js';

const ATTEMPTS = 6;
const ENDING_MS = 400;

// { returnTo }: where the page may go on. Problems: wrong_password; too_many_attempts, with the time to wait.
export const openSession = (username, password, returnTo) => posted('/oauth/login', { username, password, returnTo });
export const closeSession = () => posted('/oauth/logout', {});

// After a changed password the log-ins of before end, soon but not at once: also one that was begun too early.
export async function reopenSession(username, password) {
  for (let attempt = 0; attempt < 3; ++attempt) {
    await openSession(username, password);
    await new Promise((resolve) => {
      setTimeout(resolve, ENDING_MS);
    });
    if ((await answerOf(await fetch('/oauth/login', { cache: 'no-store' }))).user) return;
  }
}

// Both may be done twice without harm, so that they are sent again when no answer comes.
async function posted(path, members) {
  for (let attempt = 0; ; ++attempt) {
    const problem = await once(path, members).catch((error) =>
      error instanceof Problem ? error : new Problem(0, { detail: String(error) }),
    );
    if (!(problem instanceof Problem)) return problem;
    const again = problem.status === 0 || problem.status >= 500 || problem.code === 'form_token';
    if (!again || attempt + 1 >= ATTEMPTS) throw problem;
    await new Promise((resolve) => {
      setTimeout(resolve, Math.max(pauseBefore(attempt), problem.retryAfterMs ?? 0));
    });
  }
}

async function once(path, members) {
  const { formToken } = await answerOf(
    await fetch('/oauth/login', { headers: { Accept: 'application/json' }, cache: 'no-store' }),
  );
  const kept = Object.fromEntries(Object.entries({ ...members, formToken }).filter(([, value]) => value));
  return answerOf(
    await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(kept),
    }),
  );
}

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const seconds = Number(response.headers.get('Retry-After'));
  throw new Problem(response.status, body, { retryAfterMs: seconds > 0 ? seconds * 1000 : null });
}
