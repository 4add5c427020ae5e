// Several models: how many ops of each type each of them has.
import {html} from './dom.mjs';

// The end of a long path.
function shortPath(path) {
  const parts = path.split('/');
  return path.length <= 32 || parts.length < 3 ? path : `…/${parts.slice(-2).join('/')}`;
}

export function modelsTable(models) {
  const totals = new Map();
  for (const {summary} of models) for (const {type, count} of summary.types) totals.set(type, (totals.get(type) ?? 0) + count);
  const types = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([type]) => type);
  const cell = (found) => {
    if (found === undefined) return html('td', {class: 'number none'}, '–');
    const quantized = found.quantized > 0 ? html('span', {class: 'muted'}, ` (${found.quantized} quantized)`) : '';
    return html('td', {class: 'number'}, found.count, quantized);
  };
  const row = (name, value) => html('tr', {}, html('th', {scope: 'row'}, name), models.map(({summary}) => html('td', {class: 'number'}, value(summary))));
  return html('table', {class: 'models'},
    html('thead', {}, html('tr', {}, html('th', {scope: 'col'}, 'op'), models.map(({title}) => html('th', {scope: 'col', title}, shortPath(title))))),
    html('tbody', {},
      row('what it is', (summary) => summary.purpose),
      row('quantization', (summary) => summary.quantization.text),
      row('ops', (summary) => summary.ops),
      row('values stored', (summary) => summary.persistable_values),
      types.map((type) => html('tr', {}, html('th', {scope: 'row'}, type), models.map(({summary}) => cell(summary.types.find((found) => found.type === type)))))));
}
