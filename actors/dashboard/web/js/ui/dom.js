// Elements by calls: h('a.quiet', { href: '#/' }, 'text', child). Texts become text, never markup. What a page draws anew is
// laid over what is there (renew), so that the focus, open parts and the scroll stay where they are.

const SVG = 'http://www.w3.org/2000/svg';

export const h = (kind, attributes, ...children) => made((tag) => document.createElement(tag), kind, attributes, children);
export const svg = (kind, attributes, ...children) =>
  made((tag) => document.createElementNS(SVG, tag), kind, attributes, children);

function made(create, kind, attributes, children) {
  const [tag, ...classes] = kind.split('.');
  const node = create(tag);
  if (classes.length > 0) node.setAttribute('class', classes.join(' '));
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === 'data') {
      for (const [key, held] of Object.entries(value)) node.dataset[key] = held;
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

// Makes the children of `place` those given, and leaves alone what is the same.
export function renew(place, children) {
  const wanted = document.createElement('div');
  wanted.append(...[children].flat(Infinity).filter(Boolean));
  children_(place, wanted);
}

function children_(place, wanted) {
  const next = [...wanted.childNodes];
  next.forEach((node, i) => {
    const old = place.childNodes[i];
    if (!old) place.append(node);
    else if (!alike(old, node)) old.replaceWith(node);
    else overlay(old, node);
  });
  while (place.childNodes.length > next.length) place.lastChild.remove();
}

const alike = (a, b) =>
  a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.dataset?.key ?? '') === (b.dataset?.key ?? '');

function overlay(old, node) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes])
    if (!node.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) old.removeAttribute(name);
  children_(old, node);
}
