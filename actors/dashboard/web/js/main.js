// The frame: which page is shown, what it follows while it can be seen, and the changes that its buttons order.
import { placeOf } from './lib/place.js';
import { Round } from './lib/round.js';
import { about, follow, order } from './net/api.js';
import { recall, remember } from './net/memory.js';
import { PAGES } from './pages/pages.js';
import { currentLanguage, speak, t } from './texts/texts.js';
import { ask } from './ui/ask.js';
import { h, renew } from './ui/dom.js';

const at = (id) => document.getElementById(id);
const AGAIN_MS = 3_000;
const STOPPED = 'stopped'; // of a node that ended as it should, and left its store

let known = { write: false, nodes: [] };
let shown = null; // { page, params, round, end, leave, pulse, ticks }

function chrome() {
  renew(
    at('navigation'),
    h(
      'ul',
      {},
      PAGES.filter((page) => page.listed).map((page) =>
        h('li', {}, h('a', { href: `#/${page.name}`, 'aria-current': isCurrent(page) ? 'page' : null }, t(`page_${page.name}`))),
      ),
    ),
  );
  at('skip').textContent = t('skip');
  at('navigation').setAttribute('aria-label', t('pages'));
  const theme = recall('theme') ?? 'system';
  const choice = (label, value, options, change) =>
    h(
      'select',
      { 'aria-label': label, on: { change: (event) => change(event.target.value) } },
      options.map(([name, text]) => h('option', { value: name, selected: name === value }, text)),
    );
  at('settings').replaceChildren(
    choice(t('language'), currentLanguage(), [['en', 'English'], ['zh', '中文']], (value) => {
      speak(value);
      show();
    }),
    choice(t('colours'), theme, ['system', 'light', 'dark'].map((name) => [name, t(`theme_${name}`)]), (value) => {
      remember('theme', value === 'system' ? null : value);
      if (value === 'system') delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = value;
      dispatchEvent(new Event('themechange'));
    }),
  );
}

const isCurrent = (page) => shown?.page.name === page.name || shown?.page.below === page.name;

// The page that the address names, from its beginning.
function show() {
  shown?.end();
  const { page: name, params } = placeOf(location.hash);
  const page = PAGES.find((one) => one.name === name) ?? PAGES[0];
  const leave = new AbortController();
  const round = new Round();
  shown = { page, params, round, leave, close: null, drawn: false };
  shown.end = () => {
    leave.abort();
    unfollow();
  };
  chrome();
  const title = page.title?.(params) ?? t(`page_${page.name}`);
  document.title = `${title} · Troupe`;
  at('title').textContent = title;
  at('plots').replaceChildren();
  renew(at('silent'), []);
  at('main').setAttribute('aria-busy', 'true');
  renew(at('view'), h('p.empty', {}, t('asking')));
  at('controls').replaceChildren(...[page.controls?.(params) ?? []].flat());
  shown.ticks = page.plots?.(at('plots'), leave.signal) ?? [];
  if (!document.hidden) start();
}

function start() {
  if (!shown || shown.close) return;
  const mine = shown;
  mine.close = follow(mine.page.paths(mine.params), {
    answer: (answer) => mine.round.take(answer),
    round: () => {
      // Whoever is silent now may have answered before, and the other way round: what was not said again is forgotten.
      if (shown === mine) draw();
      mine.round = new Round();
    },
    state: (state, event) => shown === mine && pulse(state, event),
  });
  pulse('opening');
}

function unfollow() {
  shown.close?.();
  shown.close = null;
}

function draw() {
  const { page, params, round, ticks } = shown;
  const context = { params, round, write: known.write, at: Date.now() };
  page.tick?.(round);
  for (const tick of ticks) tick();
  renew(
    at('silent'),
    round.silent().map(({ node, error }) =>
      error.code === STOPPED
        ? h('p.soft', { data: { key: node } }, t('silent_stopped', { node }))
        : h('p.silent', { data: { key: node } }, t('silent', { node }), ' ', `${error.code ? `${error.code}: ` : ''}${error.message}`),
    ),
  );
  try {
    renew(at('view'), page.draw(context));
  } catch (error) {
    renew(at('view'), h('p.notice.bad', {}, t('cannot_draw'), ' ', String(error.message)));
    console.error(error);
  }
  at('main').removeAttribute('aria-busy');
  pulse('live');
}

function pulse(state, event) {
  const text = t(`pulse_${state}`, { most: event?.most ?? '', time: new Date().toLocaleTimeString() });
  const again = state === 'refused' || state === 'dropped';
  if (again) unfollow();
  // A reader of screens is not told the time every two seconds.
  at('pulse').setAttribute('role', state === 'live' ? 'presentation' : 'status');
  renew(at('pulse'), [
    document.createTextNode(text),
    again ? h('button.button', { type: 'button', data: { again: 'yes' } }, t('again')) : null,
  ]);
}

// A hidden page follows nothing: nobody is asked for it.
document.addEventListener('visibilitychange', () => {
  if (!shown) return;
  if (document.hidden) {
    unfollow();
    pulse('paused');
  } else start();
});

function say(text, kind) {
  const line = h(`p.notice.${kind}`, {}, text);
  at('notices').replaceChildren(line);
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-act], button[data-again]');
  if (!button) return;
  if (button.dataset.again) return void start();
  const { node, act, what } = button.dataset;
  if (!(await ask(button.textContent, what))) return;
  try {
    await order(node, act);
    say(t('done', { what }), 'good');
  } catch (error) {
    say(t('not_done', { what, why: error.message }), 'bad');
  }
});

// Forms of controls lead to the page with what was filled in.
document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-page]');
  if (!form) return;
  event.preventDefault();
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
  location.hash = `#/${form.dataset.page}?${query}`;
});

at('skip').addEventListener('click', (event) => {
  event.preventDefault();
  at('main').focus();
});
addEventListener('hashchange', () => {
  at('notices').replaceChildren();
  show();
  at('main').focus({ preventScroll: true });
  scrollTo(0, 0);
});

async function open() {
  try {
    known = await about();
  } catch (error) {
    say(error.message, 'bad');
    setTimeout(open, AGAIN_MS);
    return;
  }
  show();
}
chrome();
open();
