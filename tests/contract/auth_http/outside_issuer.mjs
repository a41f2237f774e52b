// outside_issuer.mjs NODE_MODULES: an OpenID provider of others (npm's oidc-provider) on a port that is free, for tests.
//
// Prints one line of JSON when it serves: its issuer, where its keys are, and the client that may ask. It gives tokens of
// the grant client_credentials as JWTs: for the resource https://shop.test/es256 signed by its elliptic key, for
// https://shop.test/rs256 by its RSA key, for https://other.test/ for another audience.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { default: Provider } = await import(pathToFileURL(join(process.argv[2], 'oidc-provider', 'lib', 'index.js')));

const jwk = (pair, alg) => ({ ...pair.privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key-${alg}` });
const keys = [
  jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
  jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
];

const resources = {
  'https://shop.test/es256': { audience: 'shop', alg: 'ES256' },
  'https://shop.test/rs256': { audience: 'shop', alg: 'RS256' },
  'https://other.test/': { audience: 'other', alg: 'ES256' },
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [{
      client_id: 'robot',
      client_secret: 'a-secret-of-tests-that-is-long-enough',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }],
    scopes: ['stock'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'stock',
          audience: resources[resource].audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: resources[resource].alg } },
        }),
      },
    },
  });
  server.on('request', provider.callback());
  process.stdout.write(JSON.stringify({
    issuer,
    token: `${issuer}/token`,
    jwks: `${issuer}/jwks`,
    client: 'robot',
    secret: 'a-secret-of-tests-that-is-long-enough',
  }) + '\n');
});
