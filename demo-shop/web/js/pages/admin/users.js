// Users: found by name, and who of them runs the shop.
import * as api from '../../net/shop_api.js';
import { isAbort, sentenceOf } from '../../net/problem.js';
import { who } from '../../net/session.js';
import { hashOf } from '../../lib/place.js';
import { day, t } from '../../texts/texts.js';
import { ask } from '../../ui/dialog.js';
import { h } from '../../ui/dom.js';
import { whileBusy } from '../../ui/form.js';
import { notice } from '../../ui/say.js';
import { table } from '../../ui/table.js';
import { searchForm } from './products.js';

const PER_PAGE = 50;
const ADMIN = 'admin';

export async function show({ query, signal, again }) {
  const text = query.get('text') ?? '';
  const after = query.get('after') ?? '';
  const found = await api.users({ text, after, limit: PER_PAGE }, { signal });
  return {
    title: t('admin_users'),
    body: [
      h('div.page-head', {}, h('h1', {}, t('admin_users')), h('p.quiet', {}, t('users_count', { count: found.total }))),
      searchForm({
        label: t('find_user'),
        text,
        go: (wanted) => {
          location.hash = hashOf(['admin', 'users'], { text: wanted });
        },
      }),
      found.users.length === 0
        ? h('p.empty', {}, t('no_users'))
        : table({
            caption: t('admin_users'),
            columns: [
              { text: t('user_name') },
              { text: t('full_name') },
              { text: t('since') },
              { text: t('roles') },
              { text: '' },
            ],
            rows: found.users.map((user) => row(user, again)),
          }),
      found.more
        ? h(
            'div.actions',
            {},
            h('a.button.second', { href: hashOf(['admin', 'users'], { text, after: found.next }) }, t('next_page')),
          )
        : null,
    ],
  };
}

function row(user, again) {
  const isAdmin = user.roles.includes(ADMIN);
  const word = t(isAdmin ? 'take_admin' : 'make_admin');
  const button = h(
    'button.button.second',
    { type: 'button', 'aria-label': `${word}: ${user.name}`, on: { click: () => whileBusy(button, change) } },
    word,
  );
  async function change() {
    const yes = await ask({
      title: t(isAdmin ? 'take_admin_ask' : 'make_admin_ask', { name: user.name }),
      word,
      danger: isAdmin,
    });
    if (!yes) return;
    try {
      await api.setRoles(user.name, isAdmin ? user.roles.filter((role) => role !== ADMIN) : [...user.roles, ADMIN]);
      notice(t('roles_saved', { name: user.name }));
      await again();
    } catch (error) {
      if (!isAbort(error)) notice(sentenceOf(error), { bad: true });
    }
  }
  return [
    h('a', { href: hashOf(['admin', 'orders'], { user: user.name }) }, user.name),
    user.fullName,
    user.createdMs ? day(user.createdMs) : '',
    user.erased
      ? h('span.status', {}, t('is_erased'))
      : h(`span.status${isAdmin ? '.is-shipped' : ''}`, {}, t(isAdmin ? 'role_admin' : 'role_customer')),
    user.erased || user.name === who()?.name ? '' : button,
  ];
}
