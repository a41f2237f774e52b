// The language of the page, and its texts: t('key', { values }).
import { chooseLanguage, fill, LOCALES } from '../lib/language.js';
import { recall, remember } from '../net/memory.js';
import { en } from './en.js';
import { zh } from './zh.js';

const TEXTS = { en, zh };
let language = chooseLanguage(recall('language'), navigator.languages);

export const currentLanguage = () => language;
export const t = (key, values) => fill(TEXTS[language], key, values);
export const moment = (ms) =>
  Number(ms) > 0
    ? new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'short', timeStyle: 'medium' }).format(new Date(Number(ms)))
    : '';

export function speak(wanted) {
  language = wanted;
  remember('language', wanted);
  document.documentElement.lang = LOCALES[wanted];
}
