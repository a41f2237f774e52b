// One product, or a new one: details in both languages, pictures, stock, and whether it is sold.
import * as api from '../../net/shop_api.js';
import { sentenceOf } from '../../net/problem.js';
import { hashOf } from '../../lib/place.js';
import { centsOf, editCents } from '../../lib/money.js';
import { LARGEST_PICTURE, LONGEST_DESCRIPTION, LONGEST_NAME, MOST_PICTURES, skuMistake } from '../../lib/rules.js';
import { number, t } from '../../texts/texts.js';
import { ask } from '../../ui/dialog.js';
import { h, put } from '../../ui/dom.js';
import { field, form, whileBusy } from '../../ui/form.js';
import { fitPicture } from '../../ui/fit_picture.js';
import { icon } from '../../ui/icons.js';
import { nameOf, picture } from '../../ui/product_parts.js';
import { notice } from '../../ui/say.js';
import { card } from '../account.js';
import { deliveryForm, levels } from './stock.js';

const FIELD_OF = { bad_sku: 'sku', product_exists: 'sku' };

export async function showItem({ item, signal, again }) {
  if (item === 'new') return showNew();
  const [product, stock] = await Promise.all([api.product(item, { signal }), api.stock(item, { signal })]);
  const name = nameOf(product);
  return {
    title: t('edit_product', { name }),
    body: [
      h('div.page-head', {}, h('h1', {}, name), h('a', { href: hashOf(['product', item]) }, t('see_in_shop'))),
      h(
        'div.columns',
        {},
        card(
          t('edit'),
          detailsForm(
            product,
            async (details) => {
              await api.saveProduct(item, details);
              notice(t('saved'));
            },
            t('save'),
          ),
        ),
        h(
          'div.stack',
          {},
          card(t('picture'), pictures(product)),
          stockCard(product, stock),
          saleCard(product, name, again),
        ),
      ),
    ],
  };
}

function showNew() {
  const empty = {
    name: '',
    nameZh: '',
    description: '',
    descriptionZh: '',
    category: '',
    categoryZh: '',
    priceCents: 0,
  };
  const sku = field({
    name: 'sku',
    label: t('sku'),
    hint: t('sku_hint'),
    required: true,
    maxlength: 40,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    check: (value) => (skuMistake(value) ? t(skuMistake(value)) : null),
  });
  const create = async (details, given) => {
    await api.createProduct({ sku: given.sku, ...details });
    notice(t('created', { name: details.name }));
    location.hash = hashOf(['admin', 'products', given.sku]);
  };
  return {
    title: t('new_product'),
    body: [h('h1', {}, t('new_product')), h('div.box.medium', {}, detailsForm(empty, create, t('create'), [sku]))],
  };
}

function detailsForm(product, submit, word, before = []) {
  const text = (name, label, more = {}) =>
    field({ name, label, value: product[name], maxlength: LONGEST_NAME, autocomplete: 'off', ...more });
  const price = field({
    name: 'price',
    label: t('price'),
    hint: t('price_hint'),
    required: true,
    inputmode: 'decimal',
    autocomplete: 'off',
    maxlength: 14,
    value: product.priceCents ? editCents(product.priceCents) : '',
    check: (value) => (centsOf(value) === null ? t('bad_amount') : null),
  });
  const long = { kind: 'textarea', maxlength: LONGEST_DESCRIPTION };
  const fields = [
    ...before,
    text('name', t('product_name'), { required: true }),
    text('nameZh', `${t('product_name')} (中文)`, { lang: 'zh-CN' }),
    text('category', t('category')),
    text('categoryZh', `${t('category')} (中文)`, { lang: 'zh-CN' }),
    price,
    text('description', t('description'), long),
    text('descriptionZh', `${t('description')} (中文)`, { ...long, lang: 'zh-CN' }),
  ];
  return form({
    fields,
    word,
    label: word,
    explain: (error) =>
      FIELD_OF[error.code] ? { field: FIELD_OF[error.code], text: sentenceOf(error) } : sentenceOf(error),
    submit: ({ price: amount, sku, ...details }) => submit({ ...details, priceCents: centsOf(amount) }, { sku }),
  });
}

function pictures(product) {
  let numbers = [...product.pictures];
  const list = h('ul.pictures');
  const free = () => Array.from({ length: MOST_PICTURES }, (_, i) => i + 1).find((one) => !numbers.includes(one));
  const kilobytes = `${LARGEST_PICTURE / 1024} KiB`;
  const file = field({
    name: 'picture',
    label: t('picture_choose_file'),
    kind: 'file',
    accept: 'image/png,image/jpeg,image/webp',
    required: true,
    hint: t('picture_hint', { size: kilobytes }),
  });
  const upload = form({
    fields: [file],
    word: t('picture_upload'),
    label: t('picture_upload'),
    explain: (error) => error.sentence ?? sentenceOf(error),
    submit: async () => {
      const bytes = await fitPicture(file.input.files[0], LARGEST_PICTURE).catch(() => null);
      if (!bytes) throw Object.assign(new Error('no picture'), { sentence: t('picture_kind') });
      const next = free();
      await api.savePicture(product.sku, next, bytes);
      numbers.push(next);
      file.input.value = '';
      draw();
      notice(t('picture_saved'));
    },
  });
  function draw() {
    put(
      list,
      numbers.map((one) =>
        h(
          'li',
          {},
          picture(product, { number: one, alt: `${t('picture_of', { name: nameOf(product) })} ${one}` }),
          drop(one),
        ),
      ),
    );
    upload.hidden = free() === undefined;
  }
  function drop(one) {
    const button = h(
      'button.plain',
      {
        type: 'button',
        'aria-label': `${t('remove')}: ${t('picture')} ${one}`,
        on: {
          click: () =>
            whileBusy(button, async () => {
              try {
                await api.removePicture(product.sku, one);
                numbers = numbers.filter((other) => other !== one);
                draw();
                file.input.focus();
              } catch (error) {
                notice(sentenceOf(error), { bad: true });
              }
            }),
        },
      },
      icon('close'),
    );
    return button;
  }
  draw();
  return [list, upload];
}

function stockCard(product, stock) {
  const shown = h('div', {}, levels(stock));
  return card(
    t('admin_stock'),
    shown,
    deliveryForm(product, async (onHand) => {
      put(shown, levels(await api.stock(product.sku).catch(() => ({ ...stock, onHand }))));
    }),
  );
}

function saleCard(product, name, again) {
  const button = h(
    `button.button${product.onSale ? '.danger' : '.second'}`,
    { type: 'button', on: { click: () => whileBusy(button, change) } },
    product.onSale ? t('discontinue') : t('resume'),
  );
  async function change() {
    try {
      if (product.onSale) {
        const yes = await ask({
          title: t('discontinue_ask', { name }),
          text: t('discontinue_text'),
          word: t('discontinue'),
          danger: true,
        });
        if (!yes) return;
        await api.discontinue(product.sku);
      } else {
        await api.resume(product.sku);
      }
      await again();
    } catch (error) {
      notice(sentenceOf(error), { bad: true });
    }
  }
  return card(
    t('status'),
    h('p', {}, product.onSale ? t('on_sale') : t('discontinued'), ' · ', t('on_hand'), ' ', number(product.onHand)),
    button,
  );
}
