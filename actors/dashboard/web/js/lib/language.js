// Texts in two languages: which one, and how a sentence gets its values. Pure.

export const LANGUAGES = ['en', 'zh'];
export const LOCALES = { en: 'en', zh: 'zh-CN' };

// The one chosen before, else the first that the browser prefers and we have, else English.
export function chooseLanguage(saved, preferred) {
  if (LANGUAGES.includes(saved)) return saved;
  for (const tag of preferred ?? []) {
    const language = String(tag).toLowerCase().split('-')[0];
    if (LANGUAGES.includes(language)) return language;
  }
  return 'en';
}

// A sentence with {names}. A key without a text shows itself, so that it is noticed.
export const fill = (texts, key, values = {}) =>
  (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
