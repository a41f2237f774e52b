// A question that has to be answered: a modal dialog. The browser keeps the focus inside, and gives it back.
import { freshId, h } from './dom.js';
import { t } from '../texts/texts.js';

// True when the person says yes. `word`: what the button that does it says; `danger`: it cannot be undone.
// `body`: more elements, such as a field; `check()` says whether yes may be said, and shows why not.
export function ask({ title, text, word, danger = false, body = null, check = () => true }) {
  return new Promise((resolve) => {
    const titleId = freshId('title');
    const no = h(
      'button.button.second',
      { type: 'button', value: 'no', on: { click: () => dialog.close('no') } },
      t('cancel'),
    );
    const yes = h(`button.button${danger ? '.danger' : ''}`, { type: 'submit' }, word);
    const form = h(
      'form',
      { method: 'dialog', novalidate: true, on: { submit } },
      h('h2', { id: titleId }, title),
      text ? h('p', {}, text) : null,
      body,
      h('div.actions', {}, no, yes),
    );
    const dialog = h('dialog.dialog', { 'aria-labelledby': titleId, on: { close } }, form);
    function submit(event) {
      event.preventDefault();
      if (check()) dialog.close('yes');
    }
    function close() {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    }
    document.body.append(dialog);
    dialog.showModal();
    (body?.querySelector('input, textarea, select') ?? no).focus();
  });
}
