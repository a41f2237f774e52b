// Forms: a label for each field, its mistake in words beside it, the first wrong one gets the focus, and a button that says
// that it works.
import { freshId, h, put } from './dom.js';
import { t } from '../texts/texts.js';

// { row, input, read(), wrong(text) }. `check(value)` gives the mistake's text or null; `kind` is an input's type,
// "textarea", or "select" with `options` [[value, text]].
export function field({ name, label, kind = 'text', value = '', hint, options, check = () => null, ...attributes }) {
  const id = freshId(name);
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const described = [hint ? hintId : null, errorId].filter(Boolean).join(' ');
  const common = { id, name, 'aria-describedby': described, ...attributes };
  const input =
    kind === 'select'
      ? h(
          'select',
          common,
          options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)),
        )
      : kind === 'textarea'
        ? h('textarea', { rows: 4, ...common, value })
        : h('input', { type: kind, ...common, ...(kind === 'file' ? {} : { value }) });
  const error = h('p.error', { id: errorId });
  const row = h(
    'div.field',
    {},
    h('label', { for: id }, label, attributes.required ? null : optional(attributes)),
    hint ? h('p.hint', { id: hintId }, hint) : null,
    input,
    error,
  );
  function wrong(text) {
    put(error, text);
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    row.classList.toggle('wrong', Boolean(text));
  }
  function read() {
    const given = kind === 'password' || kind === 'file' ? input.value : input.value.trim();
    const mistake = given === '' ? (attributes.required ? t('field_needed') : null) : check(given);
    wrong(mistake);
    return mistake ? null : given;
  }
  input.addEventListener('input', () => wrong(null));
  return { row, input, read, wrong, name };
}

function optional(attributes) {
  return attributes.readonly || attributes.plain ? null : h('span.optional', {}, ` ${t('optional')}`);
}

// Every field's value by name, or null when one is wrong: that one has the focus then.
export function readAll(fields) {
  const values = {};
  let first = null;
  for (const one of fields) {
    const value = one.read();
    if (value === null) first ??= one;
    values[one.name] = value;
  }
  first?.input.focus();
  return first ? null : values;
}

// A form of fields that calls `submit(values)`, once at a time. What it throws is shown above the button by `explain(error)`;
// where that names one of the fields, { field, text }, it stands there.
export function form({ fields, word, submit, explain, more = null, second = null, kind = 'form.form', label }) {
  const problem = h('div.problem', { role: 'alert' });
  const button = h('button.button', { type: 'submit' }, word);
  const node = h(
    kind,
    { novalidate: true, 'aria-label': label, on: { submit: go } },
    fields.map((one) => one.row),
    more,
    problem,
    h('div.actions', {}, button, second),
  );
  async function go(event) {
    event.preventDefault();
    if (button.getAttribute('aria-disabled') === 'true') return;
    put(problem);
    const values = readAll(fields);
    if (!values) return;
    await whileBusy(button, async () => {
      try {
        await submit(values);
      } catch (error) {
        const said = explain(error);
        const place = typeof said === 'object' ? fields.find((one) => one.name === said.field) : null;
        if (place) {
          place.wrong(said.text);
          place.input.focus();
        } else {
          put(problem, typeof said === 'object' ? said.text : said);
        }
      }
    });
  }
  return node;
}

// The button says that it works and does nothing else meanwhile; it keeps the focus.
export async function whileBusy(button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  button.classList.add('busy');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
    button.classList.remove('busy');
  }
}
