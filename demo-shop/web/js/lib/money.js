// Money is whole cents: how it is shown, and what a person may type. Pure.

export const CURRENCY = 'EUR';
export const MOST_CENTS = 1_000_000_000; // ten million euros: one deposit, one price

const formats = new Map();

// "€12.50" in the habit of the language.
export function showCents(cents, language) {
  if (!formats.has(language)) {
    formats.set(language, new Intl.NumberFormat(language, { style: 'currency', currency: CURRENCY }));
  }
  return formats.get(language).format(Number(cents) / 100);
}

// Cents of "12", "12.5", "12,50" or "€ 12.50"; null for what is no amount from 0.01 to MOST_CENTS.
export function centsOf(text) {
  const match = /^\s*€?\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*€?\s*$/.exec(String(text));
  if (!match) return null;
  const cents = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return cents >= 1 && cents <= MOST_CENTS ? cents : null;
}

// What a field of a form shows for an amount: "12.50", which centsOf() takes.
export function editCents(cents) {
  const whole = Math.trunc(cents / 100);
  return `${whole}.${String(cents % 100).padStart(2, '0')}`;
}
