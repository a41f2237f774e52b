// The log-in page: name and password, then back to where the log-in was asked for.
import { safeReturn } from './lib/pkce.js';
import { openSession } from './net/browser_session.js';
import { recall, remember } from './net/memory.js';
import { Problem, sentenceOf } from './net/problem.js';
import { currentLanguage, speak, t } from './texts/texts.js';
import { h, put } from './ui/dom.js';
import { field, form } from './ui/form.js';
import { drawShell, startShell } from './ui/shell.js';
import { onDevice } from './ui/theme.js';

const returnTo = safeReturn(new URL(location.href).searchParams.get('return_to'));
const main = document.getElementById('main');

function draw() {
  const typed = main.querySelector('[name="username"]')?.value;
  const name = field({
    name: 'username',
    label: t('user_name'),
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    maxlength: 64,
    value: typed ?? recall('name') ?? '',
  });
  const password = field({
    name: 'password',
    label: t('password'),
    kind: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const node = form({
    fields: [name, password],
    word: t('log_in'),
    label: t('log_in_title'),
    explain,
    submit: async (values) => {
      const answer = await openSession(values.username, values.password, returnTo);
      remember('name', values.username);
      location.replace(safeReturn(answer.returnTo));
    },
  });
  put(
    main,
    h(
      'div.narrow',
      {},
      h('h1', {}, t('log_in_title')),
      h('div.box', {}, node),
      h('p.below', {}, t('no_account'), ' ', h('a', { href: '/#/register' }, t('register'))),
    ),
  );
  document.title = `${t('log_in_title')} · ${t('shop_name')}`;
  (name.input.value ? password : name).input.focus();
}

function explain(error) {
  if (error instanceof Problem && error.code === 'wrong_password')
    return { field: 'password', text: t('wrong_password') };
  return error instanceof Problem ? sentenceOf(error) : t('log_in_failed');
}

speak(currentLanguage());
startShell(draw);
drawShell();
onDevice(drawShell);
draw();
