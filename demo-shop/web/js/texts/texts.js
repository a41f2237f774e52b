// The language of the page, and its texts: t('key', { values }). Whoever shows texts draws itself anew when it changes.
import { chooseLanguage, fill, LOCALES } from '../lib/language.js';
import { showCents } from '../lib/money.js';
import { recall, remember } from '../net/memory.js';
import { en } from './en.js';
import { enCodes } from './en_codes.js';
import { zh } from './zh.js';
import { zhCodes } from './zh_codes.js';

const TEXTS = { en: { ...en, ...enCodes }, zh: { ...zh, ...zhCodes } };

let language = chooseLanguage(recall('language'), navigator.languages);

export const currentLanguage = () => language;
export const t = (key, values) => fill(TEXTS[language], language, key, values);
export const known = (key) => key in TEXTS[language];
export const money = (cents) => showCents(cents, LOCALES[language]);
export const number = (value) => new Intl.NumberFormat(LOCALES[language]).format(value);
export const dateTime = (ms) =>
  new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(ms));
export const day = (ms) => new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium' }).format(new Date(ms));

export function speak(wanted) {
  language = wanted;
  remember('language', wanted);
  document.documentElement.lang = LOCALES[wanted];
}
