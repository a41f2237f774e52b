// Where in the dashboard one is: "#/actor?service=Stock&key=sku-1" -> { page: 'actor', params: { service, key } }. Pure.

export function placeOf(hash) {
  const [path, query = ''] = String(hash).replace(/^#\/?/, '').split('?');
  return { page: path || 'cluster', params: Object.fromEntries(new URLSearchParams(query)) };
}

export function hrefOf(page, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== '' && value !== undefined && value !== null));
  return `#/${page}${String(query) ? `?${query}` : ''}`;
}

// A path of the admin API: parts are encoded, a slash in a key too.
export function adminPath(parts, params = {}) {
  const query = Object.entries(params)
    .filter(([, value]) => value !== '' && value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `/${parts.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`;
}
