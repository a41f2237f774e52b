// A new account; afterwards the person logs in with it.
import * as api from '../net/shop_api.js';
import { Problem, sentenceOf } from '../net/problem.js';
import { openSession } from '../net/browser_session.js';
import { logIn, renew } from '../net/session.js';
import { LEAST_PASSWORD, LONGEST_FULL_NAME, nameMistake } from '../lib/rules.js';
import { currentLanguage, t } from '../texts/texts.js';
import { h } from '../ui/dom.js';
import { field, form } from '../ui/form.js';
import { notice } from '../ui/say.js';
import { mistakeOf, notPast } from './account.js';

const FIELD_OF = { name_taken: 'name', bad_name: 'name', weak_password: 'password' };

export async function show() {
  const name = field({
    name: 'name',
    label: t('user_name'),
    hint: t('user_name_hint'),
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 40,
    required: true,
    check: (value) => (nameMistake(value) ? t(nameMistake(value)) : null),
  });
  const fields = [
    name,
    field({
      name: 'fullName',
      label: t('full_name'),
      autocomplete: 'name',
      maxlength: LONGEST_FULL_NAME,
      check: notPast(LONGEST_FULL_NAME),
    }),
    field({
      name: 'password',
      label: t('password'),
      kind: 'password',
      hint: t('password_hint', { count: LEAST_PASSWORD }),
      autocomplete: 'new-password',
      required: true,
      check: mistakeOf,
    }),
  ];
  const node = form({
    fields,
    word: t('register'),
    label: t('register_title'),
    explain: (error) =>
      error instanceof Problem && FIELD_OF[error.code]
        ? { field: FIELD_OF[error.code], text: sentenceOf(error) }
        : sentenceOf(error),
    submit: async (values) => {
      await api.register({ ...values, language: currentLanguage() });
      await openSession(values.name, values.password);
      await renew();
      notice(t('registered', { name: values.fullName || values.name }));
      location.hash = '#/';
    },
    more: h(
      'p.quiet',
      {},
      t('have_account'),
      ' ',
      h('button.link', { type: 'button', on: { click: () => logIn('#/') } }, t('log_in')),
    ),
  });
  return { title: t('register'), body: h('div.narrow', {}, h('h1', {}, t('register_title')), node) };
}
