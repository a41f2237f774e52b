// One's account: money, profile, password, how the page looks, and the end of it all.
import * as api from '../net/shop_api.js';
import * as cart from '../net/cart.js';
import { reopenSession } from '../net/browser_session.js';
import { sentenceOf } from '../net/problem.js';
import { forget, logOut, who } from '../net/session.js';
import { joinAddress, splitAddress, ADDRESS_PARTS } from '../lib/address.js';
import { centsOf } from '../lib/money.js';
import { randomText } from '../lib/pkce.js';
import { bytesOf, LEAST_PASSWORD, LONGEST_ADDRESS_PART, LONGEST_FULL_NAME, passwordMistake } from '../lib/rules.js';
import { currentLanguage, money, t } from '../texts/texts.js';
import { ask } from '../ui/dialog.js';
import { freshId, h, put } from '../ui/dom.js';
import { field, form, whileBusy } from '../ui/form.js';
import { announce, notice } from '../ui/say.js';
import { change } from '../ui/shell.js';
import { chosenTheme, switchTheme } from '../ui/theme.js';

export async function show({ signal }) {
  const { name } = who();
  const [person, account] = await Promise.all([api.profile(name, { signal }), api.account({ signal })]);
  return {
    title: t('account'),
    body: [
      h('div.page-head', {}, h('h1', {}, t('account')), h('p.quiet', {}, t('sessions_text', { name })), logOutButton()),
      h('div.columns', {}, moneyCard(account), profileCard(person), passwordCard(), settingsCard(), eraseCard(name)),
    ],
  };
}

export function card(title, ...body) {
  const id = freshId('card');
  return h('section.box', { 'aria-labelledby': id }, h('h2', { id }, title), ...body);
}

function logOutButton() {
  const button = h(
    'button.button.second',
    {
      type: 'button',
      on: {
        click: () =>
          whileBusy(button, async () => {
            try {
              await logOut();
              location.hash = '#/';
            } catch (error) {
              notice(sentenceOf(error), { bad: true });
            }
          }),
      },
    },
    t('log_out'),
  );
  return button;
}

function moneyCard(account) {
  const balance = h('strong.balance', {}, money(account.balanceCents));
  const ever = h('p.quiet', {}, t('deposited_ever', { amount: money(account.depositedCents) }));
  const amount = field({
    name: 'amount',
    label: t('amount'),
    hint: t('amount_hint'),
    inputmode: 'decimal',
    autocomplete: 'off',
    required: true,
    maxlength: 16,
    check: (value) => (centsOf(value) === null ? t('bad_amount') : null),
  });
  let reference = randomText(12); // one deposit, however often it is sent
  const node = form({
    fields: [amount],
    word: t('deposit'),
    explain: sentenceOf,
    label: t('deposit'),
    submit: async ({ amount: text }) => {
      const cents = centsOf(text);
      const now = await api.deposit({ reference, cents });
      reference = randomText(12);
      put(balance, money(now.balanceCents));
      put(ever, t('deposited_ever', { amount: money((account.depositedCents += cents)) }));
      amount.input.value = '';
      notice(t('deposited', { amount: money(cents) }));
    },
  });
  return card(t('balance'), balance, ever, node);
}

function profileCard(person) {
  const address = splitAddress(person.address);
  const fields = [
    field({
      name: 'user',
      label: t('user_name'),
      value: person.name,
      readonly: true,
      plain: true,
      autocomplete: 'username',
    }),
    field({
      name: 'fullName',
      label: t('full_name'),
      value: person.fullName,
      autocomplete: 'name',
      maxlength: LONGEST_FULL_NAME,
      check: notPast(LONGEST_FULL_NAME),
    }),
    ...ADDRESS_PARTS.map((part) =>
      field({
        name: `ship-${part}`,
        label: part === 'name' ? `${t('address')}: ${t('name')}` : t(part),
        value: address[part],
        maxlength: LONGEST_ADDRESS_PART,
        check: notPast(LONGEST_ADDRESS_PART),
        autocomplete: {
          name: 'shipping name',
          street: 'shipping street-address',
          city: 'shipping address-level2',
          country: 'shipping country-name',
        }[part],
      }),
    ),
  ];
  return card(
    t('profile'),
    form({
      fields,
      word: t('save'),
      explain: sentenceOf,
      label: t('profile'),
      submit: async (values) => {
        const parts = Object.fromEntries(ADDRESS_PARTS.map((part) => [part, values[`ship-${part}`]]));
        await api.saveProfile({ fullName: values.fullName, address: joinAddress(parts), language: currentLanguage() });
        notice(t('saved'));
      },
    }),
  );
}

function passwordCard() {
  const fields = [
    field({
      name: 'oldPassword',
      label: t('old_password'),
      kind: 'password',
      autocomplete: 'current-password',
      required: true,
    }),
    field({
      name: 'newPassword',
      label: t('new_password'),
      kind: 'password',
      autocomplete: 'new-password',
      required: true,
      hint: t('password_hint', { count: LEAST_PASSWORD }),
      check: mistakeOf,
    }),
    field({
      name: 'again',
      label: t('password_again'),
      kind: 'password',
      autocomplete: 'new-password',
      required: true,
      check: (value) => (value === fields[1].input.value ? null : t('password_differs')),
    }),
  ];
  return card(
    t('change_password'),
    form({
      fields,
      word: t('change_password'),
      label: t('change_password'),
      explain: (error) =>
        error.code === 'bad_credentials' ? { field: 'oldPassword', text: t('code_wrong_password') } : sentenceOf(error),
      submit: async ({ oldPassword, newPassword }) => {
        await api.changePassword({ oldPassword, newPassword });
        await reopenSession(who().name, newPassword).catch(() => {}); // else the person logs in anew, later
        for (const one of fields) one.input.value = '';
        notice(t('password_changed'));
      },
    }),
  );
}

export const notPast = (bytes) => (value) => (bytesOf(value) > bytes ? t('too_long') : null);

export function mistakeOf(password) {
  const mistake = passwordMistake(password);
  return mistake ? t(mistake, { count: LEAST_PASSWORD }) : null;
}

function settingsCard() {
  const choice = (name, label, options, value, chosen) => {
    const one = field({ name, label, kind: 'select', options, value, plain: true });
    one.input.addEventListener('change', () => chosen(one.input.value));
    return one.row;
  };
  return card(
    t('settings'),
    h(
      'div.form',
      {},
      choice(
        'language',
        t('language'),
        [
          ['en', 'English'],
          ['zh', '中文'],
        ],
        currentLanguage(),
        (value) => change(value, 'language'),
      ),
      choice(
        'theme',
        t('colours'),
        [
          ['system', t('system_colours')],
          ['light', t('light')],
          ['dark', t('dark')],
        ],
        chosenTheme(),
        switchTheme,
      ),
    ),
  );
}

function eraseCard(name) {
  const button = h('button.button.danger', { type: 'button', on: { click: erase } }, t('erase'));
  async function erase() {
    const confirmation = field({
      name: 'confirmation',
      label: t('erase_confirm'),
      autocomplete: 'off',
      required: true,
      check: (value) => (value === name ? null : t('erase_wrong')),
    });
    const yes = await ask({
      title: t('erase_ask'),
      text: t('erase_text'),
      word: t('erase'),
      danger: true,
      body: confirmation.row,
      check: () => confirmation.read() !== null,
    });
    if (!yes) return;
    await whileBusy(button, async () => {
      try {
        await api.erase();
        await logOut().catch(forget);
        cart.recount();
        location.hash = '#/';
        notice(t('erased'));
        announce(t('erased'));
      } catch (error) {
        notice(sentenceOf(error), { bad: true });
      }
    });
  }
  return card(t('erase'), h('p', {}, t('erase_text')), button);
}
