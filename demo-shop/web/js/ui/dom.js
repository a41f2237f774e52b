// Elements by calls: h('a.quiet', { href: '#/', on: { click } }, 'text', child). Texts become text, never markup.

const SVG = 'http://www.w3.org/2000/svg';

// `kind`: a tag with classes behind dots. Attributes: true stands alone, false/null/undefined is left out; `on` has
// listeners, `value` and `checked` are set as properties.
export function h(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split('.');
  const node = document.createElement(tag);
  if (classes.length > 0) node.className = classes.join(' ');
  return furnish(node, attributes, children);
}

export function svg(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split('.');
  const node = document.createElementNS(SVG, tag);
  if (classes.length > 0) node.setAttribute('class', classes.join(' '));
  return furnish(node, attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === 'value' || name === 'checked') {
      node[name] = value;
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  add(node, children);
  return node;
}

// Lists are flattened; null, undefined and false are nothing.
export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

export function put(node, ...children) {
  node.replaceChildren();
  add(node, children);
  return node;
}

let made = 0;
// An id that no other element of the page has.
export const freshId = (word) => `${word}-${++made}`;
