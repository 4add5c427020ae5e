// What keys and buttons do.
import {byId, html} from './dom.mjs';

const LARGE = 20000;       // ops
const PAUSE = 150;         // milliseconds

// [keys, what they do, the same as a function or null, the button that does it, too]
function keysOf(viewer) {
  return [
    ['/', 'search', () => viewer.searchBox.focus()],
    ['ArrowUp ArrowDown ArrowLeft ArrowRight', 'to the next op or group in the picture, or in the list', null],
    ['Enter', 'open or close a group; to the details of an op', () => viewer.selectedNode !== null && viewer.toggle(viewer.selectedNode)],
    ['Backspace', 'close the group around', () => viewer.closeOuter()],
    ['n', 'next change, or next of the worst', () => viewer.goToStep(viewer.step + 1), 'button-next'],
    ['p', 'previous', () => viewer.goToStep(viewer.step - 1), 'button-previous'],
    ['a', 'what is around the selected op', () => viewer.showAround(), 'button-around'],
    ['s', 'the structure of the whole program', () => viewer.showStructure(), 'button-structure'],
    ['f', 'fold or unfold quantize and dequantize ops', () => viewer.toggleFold(), 'button-fold'],
    ['+ =', 'larger', () => viewer.picture.zoom(1.25), 'button-larger'],
    ['-', 'smaller', () => viewer.picture.zoom(0.8), 'button-smaller'],
    ['0', 'all of the picture', () => viewer.picture.fit(true), 'button-fit'],
    ['i j k l', 'move the picture up, left, down, right', null],
    ['g', 'to the picture', () => viewer.box.focus()],
    ['?', 'this list', () => byId('help').showModal(), 'button-help'],
  ];
}

export function listen(viewer) {
  const keys = keysOf(viewer);
  byId('keys').replaceChildren(...keys.map(([names, text]) => html('tr', {}, html('th', {scope: 'row'}, names), html('td', {}, text))));
  const actions = new Map(keys.flatMap(([names, , action]) => (action === null ? [] : names.split(' ').map((name) => [name, action]))));
  const moves = {i: [0, 80], k: [0, -80], j: [80, 0], l: [-80, 0]};
  window.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
    const {target} = event;
    if (target === viewer.searchBox) {
      if (event.key === 'Escape') viewer.box.focus();
      if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
      event.preventDefault();
      viewer.opsBox.focus();  // first: behind a change of the page it would cost a layout
      if (viewer.list.ops.length > 0) viewer.goToOp(viewer.list.ops[0]);
      return;
    }
    const isControl = ['A', 'BUTTON', 'SUMMARY'].includes(target.tagName);
    if (isControl && event.key === 'Enter') return;
    if (event.key.startsWith('Arrow') && (target === viewer.box || target === window.document.body)) {
      event.preventDefault();
      const next = viewer.picture.next(event.key);
      if (next !== null) viewer.choose(next);
    } else if (event.key in moves) {
      viewer.picture.pan(...moves[event.key]);
    } else if (actions.has(event.key)) {
      event.preventDefault();
      actions.get(event.key)();
    }
  });
  // In a large program the search waits until the typing pauses.
  let waiting = 0;
  viewer.searchBox.addEventListener('input', () => {
    clearTimeout(waiting);
    if (viewer.program.opCount < LARGE) viewer.find();
    else waiting = setTimeout(() => viewer.find(), PAUSE);
  });
  for (const [, , action, button] of keys) if (button !== undefined) byId(button).addEventListener('click', action);
  window.addEventListener('hashchange', () => viewer.goToPlace(decodeURIComponent(window.location.hash.slice(1))));
}
