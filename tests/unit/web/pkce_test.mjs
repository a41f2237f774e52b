// The log-in's first step, and what comes back from it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { answerOf, authorizeAddress, challengeOf, randomText, safeReturn } from '../../../demo-shop/web/js/lib/pkce.js';
import { sha256 } from '../../../demo-shop/web/js/lib/sha256.js';
import { claimsOf } from '../../../demo-shop/web/js/lib/token.js';

// Node.js 18 has it, but not as a global.
globalThis.crypto ??= (await import('node:crypto')).webcrypto;

test('the digest is SHA-256 for texts of any length', () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 1000]) {
    const text = 'é'.repeat(length);
    assert.equal(
      Buffer.from(sha256(text)).toString('hex'),
      createHash('sha256').update(text).digest('hex'),
      String(length),
    );
  }
});

test('the challenge is the example of RFC 7636', () => {
  assert.equal(
    challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'),
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

test('random texts are as long as their bytes, of letters that addresses take, and not the same', () => {
  const one = randomText();

  assert.match(one, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(one, randomText());
});

test('the address has all that the log-in wants, and prompt where it is said', () => {
  const facts = { clientId: 'web', redirectUri: 'http://shop/?a=b', state: 's', verifier: 'v' };
  const query = new URL(authorizeAddress('http://shop/oauth/authorize', facts)).searchParams;

  assert.deepEqual(Object.fromEntries(query), {
    response_type: 'code',
    client_id: 'web',
    redirect_uri: 'http://shop/?a=b',
    state: 's',
    code_challenge: challengeOf('v'),
    code_challenge_method: 'S256',
  });
  assert.equal(
    new URL(authorizeAddress('http://shop/a', { ...facts, prompt: 'none' })).searchParams.get('prompt'),
    'none',
  );
});

test('an answer counts with its state alone', () => {
  assert.deepEqual(answerOf('http://shop/?code=c&state=s', 's'), { code: 'c' });
  assert.deepEqual(answerOf('http://shop/?code=c&state=x', 's'), { error: 'wrong_state' });
  assert.deepEqual(answerOf('http://shop/?error=login_required&state=s', 's'), { error: 'login_required' });
  assert.deepEqual(answerOf('http://shop/?state=s', 's'), { error: 'no_code' });
});

test('nobody is sent to another place than this shop', () => {
  for (const good of ['/', '/oauth/authorize?a=b#/cart']) assert.equal(safeReturn(good), good);
  for (const bad of [
    '//evil',
    '/\\evil',
    'https://evil',
    'javascript:alert(1)',
    '',
    null,
    undefined,
    '/a\\b',
    '/a\nb',
    '\t/x',
  ]) {
    assert.equal(safeReturn(bad), '/', String(bad));
  }
});

test('claims are read from a token, and from what is none nothing is', () => {
  const part = Buffer.from(JSON.stringify({ sub: '安娜', roles: ['admin'] })).toString('base64url');

  assert.deepEqual(claimsOf(`h.${part}.s`), { sub: '安娜', roles: ['admin'] });
  for (const bad of ['', 'a.b', 'a.!.c', undefined, null]) assert.deepEqual(claimsOf(bad), {});
});
