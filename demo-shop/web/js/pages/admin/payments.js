// How payments behave: good, slow, or refused now and then, to see what the shop does then.
import * as api from '../../net/shop_api.js';
import { sentenceOf } from '../../net/problem.js';
import { LONGEST_PAYMENT_MS } from '../../lib/rules.js';
import { number, t } from '../../texts/texts.js';
import { h } from '../../ui/dom.js';
import { field, form } from '../../ui/form.js';
import { notice } from '../../ui/say.js';

export async function show({ signal }) {
  const now = await api.paymentBehaviour({ signal });
  const count = (name, label, most, hint) =>
    field({
      name,
      label,
      hint,
      value: String(now[name]),
      required: true,
      inputmode: 'numeric',
      maxlength: 6,
      autocomplete: 'off',
      check: (value) => (/^\d+$/.test(value) && Number(value) <= most ? null : t('bad_up_to', { most: number(most) })),
    });
  const node = form({
    fields: [
      count('refusePercent', t('refuse_percent'), 100, t('refuse_hint')),
      count('delayMs', t('delay_ms'), LONGEST_PAYMENT_MS, t('delay_hint', { most: number(LONGEST_PAYMENT_MS) })),
    ],
    word: t('save'),
    label: t('admin_payments'),
    explain: sentenceOf,
    submit: async ({ refusePercent, delayMs }) => {
      await api.setPaymentBehaviour({ refusePercent: Number(refusePercent), delayMs: Number(delayMs) });
      notice(t('saved'));
    },
  });
  return {
    title: t('admin_payments'),
    body: [h('h1', {}, t('admin_payments')), h('div.box.medium', {}, h('p', {}, t('payments_text')), node)],
  };
}
