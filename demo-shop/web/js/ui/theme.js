// Light or dark: as the device says, or as the person chose. css/tokens.css goes by the attribute that is set here, before the
// first paint by early.js.
import { recall, remember } from '../net/memory.js';

const device = matchMedia('(prefers-color-scheme: dark)');

export const chosenTheme = () => recall('theme') ?? 'system';
export const isDark = () => (chosenTheme() === 'system' ? device.matches : chosenTheme() === 'dark');

// "light", "dark" or "system".
export function switchTheme(theme) {
  remember('theme', theme === 'system' ? null : theme);
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event('themechange'));
}

export const onDevice = (listener) => device.addEventListener('change', listener);
