// A question that has to be answered: a modal dialog. The browser keeps the focus inside, and gives it back.
import { t } from '../texts/texts.js';
import { h } from './dom.js';

export function ask(title, text) {
  return new Promise((resolve) => {
    const no = h('button.button', { type: 'button', on: { click: () => dialog.close('no') } }, t('cancel'));
    const yes = h('button.button.strong', { type: 'button', on: { click: () => dialog.close('yes') } }, t('do_it'));
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'ask-title', on: { close } },
      h('h2', { id: 'ask-title' }, title),
      h('p', {}, text),
      h('div.actions', {}, no, yes),
    );
    function close() {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    }
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
