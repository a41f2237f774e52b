// An address as a person fills it in, and as the shop keeps it: one line each. Pure.

export const ADDRESS_PARTS = ['name', 'street', 'city', 'country'];

export const joinAddress = (parts) =>
  ADDRESS_PARTS.map((part) => (parts[part] ?? '').trim())
    .filter(Boolean)
    .join('\n');

// Of a kept address; whatever has more lines than parts has them in its last one. One with fewer is no address of this form
// but for its first lines.
export function splitAddress(text) {
  const lines = String(text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const parts = {};
  ADDRESS_PARTS.forEach((part, i) => {
    parts[part] = i < ADDRESS_PARTS.length - 1 ? (lines[i] ?? '') : lines.slice(i).join(', ');
  });
  return parts;
}
