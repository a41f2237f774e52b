// For those who run the shop: its sections, each in a file of its own.
import { bring } from '../../net/bring.js';
import { t } from '../../texts/texts.js';
import { h } from '../../ui/dom.js';

const SECTIONS = {
  products: { load: () => import('./products.js'), text: 'admin_products' },
  stock: { load: () => import('./stock.js'), text: 'admin_stock' },
  orders: { load: () => import('./orders.js'), text: 'admin_orders' },
  users: { load: () => import('./users.js'), text: 'admin_users' },
  payments: { load: () => import('./payments.js'), text: 'admin_payments' },
  sales: { load: () => import('./sales.js'), text: 'admin_sales' },
  audit: { load: () => import('./audit.js'), text: 'admin_audit' },
};

export async function show(context) {
  const [name, item] = context.path;
  const section = SECTIONS[name];
  const module = section ? await bring(section.load, context.signal) : null;
  if (!module || (item !== undefined && !module.showItem)) {
    return { title: t('not_found_title'), body: [sections(''), h('h1', {}, t('not_found_title'))] };
  }
  const view = await (item === undefined ? module.show(context) : module.showItem({ ...context, item }));
  return { ...view, body: [sections(name), view.body].flat() };
}

function sections(now) {
  return h(
    'nav.sections',
    { 'aria-label': t('admin_sections') },
    h(
      'ul.chips.scroll',
      {},
      Object.entries(SECTIONS).map(([name, { text }]) =>
        h('li', {}, h('a.chip', { href: `#/admin/${name}`, 'aria-current': name === now ? 'true' : null }, t(text))),
      ),
    ),
  );
}
