// What the shop takes, so that a form says it before the shop has to. Each gives the mistake's key, or null. Pure.

export const bytesOf = (text) => new TextEncoder().encode(text).length;

export const LEAST_PASSWORD = 8; // bytes; and at most:
export const LONGEST_PASSWORD = 256;

export function passwordMistake(password) {
  const bytes = bytesOf(password);
  return bytes < LEAST_PASSWORD ? 'password_short' : bytes > LONGEST_PASSWORD ? 'password_long' : null;
}

// 2 to 40 lower-case letters and digits, with single . - _ between them or not.
export const nameMistake = (name) => (/^(?=.{2,40}$)[a-z0-9][a-z0-9._-]*[a-z0-9]$/.test(name) ? null : 'bad_user_name');
export const skuMistake = (sku) => (/^[a-z0-9._-]{1,40}$/.test(sku) ? null : 'bad_sku');

export const LONGEST_NAME = 200; // of a product, in bytes
export const LONGEST_DESCRIPTION = 10_000;
export const MOST_PICTURES = 6;
export const LARGEST_PICTURE = 256 * 1024;
export const LONGEST_PAYMENT_MS = 20_000;
export const LONGEST_FULL_NAME = 200; // of a person, in bytes
export const LONGEST_ADDRESS = 500; // in bytes
export const LONGEST_ADDRESS_PART = 120; // in bytes: four of them and what stands between fit
export const MOST_DELIVERED = 1_000_000;
