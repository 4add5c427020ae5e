// Elements of the page. Texts become text nodes, never markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function byId(id) { return document.getElementById(id); }

// The document of JSON with that id; null where the file has none.
export function documentOf(id) {
  const element = byId(id);
  return element === null ? null : JSON.parse(element.textContent);
}

let context = null;

// The width of a text as it is drawn in nodes, in units of the picture.
export function textWidth(text) {
  if (context === null) {
    context = document.createElement('canvas').getContext('2d');
    context.font = '600 12px system-ui, sans-serif';  // the first line is bold
  }
  return context.measureText(text).width;
}

// {width, height} of the inside of an element, kept as it is: to ask for it after a change would cost a layout. `changed` is called after
// each change.
export function watchSize(element, changed = () => {}) {
  const size = {};
  const measure = () => {
    size.width = element.clientWidth;
    size.height = element.clientHeight;
  };
  measure();
  new ResizeObserver(() => {
    measure();
    changed();
  }).observe(element);
  return size;
}
