// pages.mjs HOST PAGES MODULES CHROMIUM: log-ins in a real browser, over HTTP and over TLS: the whole flow with PKCE, what cookies
// are, and what a page of somebody else cannot do.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [program, pages, modules, browserPath] = process.argv.slice(2);
if (!existsSync(join(modules, 'playwright-core'))) {
  console.error(`there is no playwright-core in ${modules}: run 'tools/dev deps', which brings it by npm`);
  process.exit(1);
}
const { chromium } = createRequire(join(modules, 'index.js'))('playwright-core');
const work = mkdtempSync(join(tmpdir(), 'troupe-pages-'));

function insist(holds, claim, seen) {
  if (!holds) throw new Error(`${claim}; seen: ${JSON.stringify(seen)?.slice(0, 2000)}`);
  console.log(`ok: ${claim}`);
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

function certificate() {
  const [pem, key] = [join(work, 'own.pem'), join(work, 'own.key')];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', pem]);
  insist(made.status === 0, 'openssl makes a certificate', String(made.stderr));
  return [pem, key];
}

async function withHost(secure, use) {
  const port = await freePort();
  const host = spawn(program, [pages, String(port), ...(secure ? certificate() : [])], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { value } = await createInterface({ input: host.stdout })[Symbol.asyncIterator]().next();
    if (!value?.startsWith('http')) throw new Error(`the host did not start: ${value}`);
    await use(value);
  } finally {
    host.kill('SIGTERM');
  }
}

// A site of somebody else, whose page sends a form as soon as it is there.
async function withEvil(use) {
  let page = '';
  const server = createHttp((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${server.address().port}/`, (html) => { page = html; });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function flow(secure) {
  const way = secure ? 'TLS' : 'HTTP';
  await withHost(secure, async (origin) => {
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
    try {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      const verifier = randomBytes(32).toString('base64url');
      const authorize = (more = {}) => `${origin}/oauth/authorize?` + new URLSearchParams({
        response_type: 'code', client_id: 'web', redirect_uri: `${origin}/back.html`, state: 'a state', scope: 'read',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...more });
      const arrived = () => new URL(page.url()).searchParams;
      const sessionName = secure ? '__Host-troupe_session' : 'troupe_session';
      const session = async () => (await context.cookies(origin)).find(({ name }) => name === sessionName);
      const logIn = async (user, password) => {
        await page.getByLabel('Name').fill(user);
        await page.getByLabel('Password').fill(password);
        await page.getByRole('button', { name: 'Log in' }).click();
      };

      await page.goto(authorize());
      insist(page.url().startsWith(`${origin}/login.html?return_to=`), `${way}: a browser comes to the log-in page`, page.url());
      await logIn('ann', 'wrong');
      await page.waitForURL(/error=wrong_password/);
      insist(!(await session()), `${way}: a wrong password begins no session`, await context.cookies());
      await logIn('ann', 'correct horse');
      await page.waitForURL(/back\.html/);
      insist(arrived().get('state') === 'a state' && arrived().get('code'), `${way}: it comes back with a code`, page.url());

      const answers = await page.evaluate(async ([code, redirect, codeVerifier]) => {
        const answer = await fetch('/oauth/token', { method: 'POST', body: new URLSearchParams({
          grant_type: 'authorization_code', client_id: 'web', redirect_uri: redirect, code, code_verifier: codeVerifier }) });
        const tokens = await answer.json();
        const me = await fetch('/me', { headers: { Authorization: `Bearer ${tokens.access_token}` } });
        const bare = await fetch('/me');
        return { status: answer.status, me: await me.json(), bare: bare.status, cookies: document.cookie };
      }, [arrived().get('code'), `${origin}/back.html`, verifier]);
      insist(answers.status === 200 && answers.me.name === 'ann' && answers.me.scopes === 'read',
        `${way}: the page gets a token for the code, and calls with it`, answers);
      insist(answers.bare === 401, `${way}: the cookie is no token`, answers);
      insist(answers.cookies === '', `${way}: no script sees a cookie`, answers);
      const cookie = await session();
      insist(cookie.httpOnly && cookie.sameSite === 'Lax' && cookie.secure === secure && cookie.path === '/',
        `${way}: the cookie is out of reach`, cookie);
      insist((await context.cookies(origin)).length === 1, `${way}: the form's cookie is gone`, await context.cookies());

      await page.goto(authorize({ prompt: 'none' }));
      insist(arrived().get('code'), `${way}: a page that is loaded again gets a code without a log-in`, page.url());

      await withEvil(async (evil, serve) => {
        const send = async (path, fields) => {
          serve(`<form method="post" action="${origin}${path}">${Object.entries(fields)
            .map(([name, value]) => `<input name="${name}" value="${value}">`).join('')}</form>
            <script>document.forms[0].submit()</script>`);
          const answer = page.waitForResponse((one) => one.url() === origin + path);
          await page.goto(evil);
          return (await answer).status();
        };
        const status = await send('/oauth/logout', { form_token: 'x' });
        insist(status === 403, `${way}: a page of somebody else logs nobody out`, status);
        const logged = await send('/oauth/login', { username: 'mallory', password: 'battery staple', form_token: 'x' });
        insist(logged === 403, `${way}: nor in as somebody else`, logged);
        insist((await session()).value === cookie.value, `${way}: the session is what it was`, await session());
      });

      const user = await (async () => {
        await page.goto(`${origin}/back.html`);
        return page.evaluate(async () => {
          const { formToken, user: name } = await (await fetch('/oauth/login')).json();
          const out = await fetch('/oauth/logout', { method: 'POST', headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ formToken }) });
          return { name, status: out.status };
        });
      })();
      insist(user.name === 'ann' && user.status === 200, `${way}: a page of this origin logs out`, user);
      insist(!(await session()), `${way}: the cookie goes`, await context.cookies());
      await page.goto(authorize({ prompt: 'none' }));
      insist(arrived().get('error') === 'login_required', `${way}: and no code comes without a log-in`, page.url());
    } finally {
      await browser.close();
    }
  });
}

try {
  await flow(false);
  await flow(true);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
