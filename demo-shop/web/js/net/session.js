// Who is logged in. OAuth 2.0, authorization code with PKCE: the log-in page keeps a cookie that no script reads, and gives
// this page short-lived access tokens, which are in memory alone. A new one comes without a page being shown.
import { answerOf, authorizeAddress, randomText } from '../lib/pkce.js';
import { claimsOf } from '../lib/token.js';
import { pauseBefore } from '../lib/retry.js';
import { reconnecting } from '../ui/say.js';
import { closeSession } from './browser_session.js';
import { recall, recallJson, remember } from './memory.js';

const CLIENT = 'shop-web';
const EARLY_MS = 20_000; // a token is renewed so long before it ends
const RENEW_MS = 20_000; // for so long a shop that does not answer is asked

let token = null; // { text, endsAt }
let person = null; // { name, roles }
let renewing = null; // the renewal that is under way, of which there is one
const listeners = new Set();

export const who = () => person;
export const isAdmin = () => person?.roles.includes('admin') ?? false;
export const onChange = (listener) => listeners.add(listener);

const redirectUri = () => `${location.origin}/`;

// The log-in that this page's address brings, or the one that the browser's cookie still knows. Before anything is shown.
export async function begin() {
  const address = new URL(location.href);
  if (address.searchParams.has('state')) return void (await finish(address));
  if (recall('known') === 'yes') await renew();
}

// Leaves this page for the log-in page, and comes back to `hash`.
export function logIn(hash = location.hash) {
  const verifier = randomText();
  const state = randomText(16);
  remember('log-in', JSON.stringify({ verifier, state, hash }), { forTab: true });
  location.assign(
    authorizeAddress('/oauth/authorize', { clientId: CLIENT, redirectUri: redirectUri(), state, verifier }),
  );
}

async function finish(address) {
  const begun = recallJson('log-in', { forTab: true });
  remember('log-in', null, { forTab: true });
  history.replaceState(null, '', `/${begun?.hash ?? ''}`);
  const answer = begun ? answerOf(address.href, begun.state) : {};
  const done = answer.code && (await exchange(answer.code, begun.verifier).catch(() => false));
  if (!done) await renew(); // the answer was lost, or this tab did not ask: the cookie tells
}

// A token that may be sent, or null for nobody.
export async function bearer() {
  if (!person) return null;
  if (!token || Date.now() > token.endsAt - EARLY_MS) await renew({ after: token?.text });
  return token?.text ?? null;
}

// Asks for a new token, once however many want it. `after`: the token that was refused; when there is a newer one already,
// nothing is asked. A shop that cannot be reached leaves things as they are; one that says no ends the session.
export function renew({ after = null } = {}) {
  if (after && token && token.text !== after) return Promise.resolve();
  renewing ??= askSilently().finally(() => {
    renewing = null;
  });
  return renewing;
}

// The whole way each time: a code whose answer was lost is worth nothing.
async function askSilently() {
  const started = performance.now();
  for (let attempt = 0; performance.now() - started < RENEW_MS; ++attempt) {
    const end = await askOnce().catch(() => 'again');
    reconnecting('renewal', end === 'again');
    if (end !== 'again') return;
    await new Promise((resolve) => {
      setTimeout(resolve, pauseBefore(attempt));
    });
  }
  reconnecting('renewal', false);
}

async function askOnce() {
  const verifier = randomText();
  const state = randomText(16);
  const address = authorizeAddress('/oauth/authorize', {
    clientId: CLIENT,
    redirectUri: redirectUri(),
    state,
    verifier,
    prompt: 'none',
  });
  const response = await fetch(address, { credentials: 'same-origin', cache: 'no-store' });
  if (response.status >= 500 || response.status === 429) return 'again';
  const answer = answerOf(response.url, state);
  if (answer.code) return (await exchange(answer.code, verifier)) ? 'done' : 'again';
  if (answer.error === 'login_required') forget();
  return 'done';
}

// True when it gave a token.
async function exchange(code, verifier) {
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: CLIENT,
    redirect_uri: redirectUri(),
    code,
    code_verifier: verifier,
  });
  const response = await fetch('/oauth/token', { method: 'POST', body: form, credentials: 'same-origin' });
  if (!response.ok) return false;
  const given = await response.json();
  const claims = claimsOf(given.access_token);
  token = { text: given.access_token, endsAt: Date.now() + (given.expires_in ?? 300) * 1000 };
  change({ name: claims.sub, roles: claims.roles ?? [] });
  remember('known', 'yes');
  return true;
}

// Ends the session here and in the browser's other tabs. Throws a Problem when the shop cannot be told.
export async function logOut() {
  await closeSession();
  forget();
}

// Ends it here alone: the cookie is worth nothing any more.
export function forget() {
  token = null;
  remember('known', null);
  change(null);
}

function change(next) {
  const same = person?.name === next?.name && person?.roles.join() === next?.roles.join();
  person = next;
  if (!same) listeners.forEach((listener) => listener(person));
}

// Another tab of this browser logged out, or in.
addEventListener('storage', (event) => {
  if (event.key?.endsWith('.known') && event.newValue === null && person) forget();
});
