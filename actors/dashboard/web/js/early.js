// Runs before anything is painted, so that no page flashes in the wrong colours or is announced in the wrong language.
(() => {
  try {
    const theme = localStorage.getItem('troupe-dashboard.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    const saved = localStorage.getItem('troupe-dashboard.language');
    const language = saved || navigator.languages.find((tag) => /^(zh|en)/i.test(tag)) || 'en';
    document.documentElement.lang = /^zh/i.test(language) ? 'zh-CN' : 'en';
  } catch {
    // Nothing is remembered here: the device's colours it is.
  }
})();
