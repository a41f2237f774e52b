// Proof key for code exchange (RFC 7636), S256: a secret of this page, of which the log-in sees the digest first.
import { sha256 } from './sha256.js';

export function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

// A text that nobody guesses: `bytes` random ones.
export function randomText(bytes = 32) {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

export const challengeOf = (verifier) => base64url(sha256(verifier));

// The address of a log-in's first step. `prompt` "none" asks for a code without showing a page.
export function authorizeAddress(endpoint, { clientId, redirectUri, scope, state, verifier, prompt }) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
  });
  if (scope) query.set('scope', scope);
  if (prompt) query.set('prompt', prompt);
  return `${endpoint}?${query}`;
}

// What came back in an address: a code of this log-in, or why there is none.
export function answerOf(address, state) {
  const query = new URL(address).searchParams;
  if (query.get('state') !== state) return { error: 'wrong_state' };
  if (query.has('error')) return { error: query.get('error') };
  const code = query.get('code');
  return code ? { code } : { error: 'no_code' };
}

// A path of this shop to go back to, or "/" for anything that would lead elsewhere.
export function safeReturn(path) {
  const text = String(path ?? '');
  return /^\/(?![/\\])[^\\\u0000-\u001f]*$/.test(text) ? text : '/';
}
