// A colour, a turn and a letter for a product that has no picture; always the same for the same SKU. Pure.

export const TINTS = 6;

export function tintOf(sku, name) {
  let sum = 2166136261;
  for (const character of sku) sum = Math.imul(sum ^ character.codePointAt(0), 16777619) >>> 0;
  sum ^= sum >>> 15;
  sum >>>= 0;
  return { tint: sum % TINTS, turn: (Math.floor(sum / TINTS) % 8) * 45, letter: [...name][0]?.toUpperCase() ?? '·' };
}
