// Changes, or the worst weights of a report: the list to go through, and what is said of an op that one of them is about.
import {html} from './dom.mjs';
import {table, tensorLine} from './details.mjs';
import {NO_MARK} from './looks.mjs';
import {count} from './program.mjs';

const MOST_STEPS = 200;    // buttons in the list, and changes of a step

// The steps to go through: changes, or the worst of a report.
export function panelOf(viewer) {
  const parts = [];
  const button = (text, mark, current, go, more = '') => html('button', {type: 'button', class: `step ${mark.name}`, 'aria-current': current ? 'true' : undefined, onclick: go}, html('b', {}, text), more);
  if (viewer.changes !== null) {
    parts.push(html('h2', {}, `Changes (${viewer.changes.steps.length})`));
    for (const group of viewer.changes.groups) {
      const shown = group.steps.slice(0, MOST_STEPS);
      const steps = shown.map((i) => {
        const step = viewer.changes.steps[i];
        return button(viewer.changes.titleOfStep(step), viewer.changes.mark(step.leader), i === viewer.step, () => viewer.goToStep(i));
      });
      if (group.steps.length > shown.length) steps.push(html('p', {class: 'muted'}, `and ${group.steps.length - shown.length} more: n and p go through all`));
      parts.push(group.steps.length === 1 ? steps[0] : html('details', {open: viewer.step >= 0 && group.steps.includes(viewer.step)}, html('summary', {}, viewer.changes.groupTitle(group)), steps));
    }
    const tensors = viewer.changes.diff.tensor_changes ?? [];
    if (tensors.length > 0) parts.push(html('details', {}, html('summary', {}, `${count(tensors.length, 'tensor')} with other values`), tensors.slice(0, MOST_STEPS).map(tensorLine)));
  } else if (viewer.overlay !== null) {
    parts.push(html('h2', {}, 'Worst weights'), ...viewer.overlay.worst.map(({op, row}, i) =>
      button(`${row.sqnr_db.toFixed(1)} dB `, NO_MARK, i === viewer.step, () => viewer.goToStep(i), `${viewer.program.place(op)} ${row.source}`)));
    if (viewer.overlay.kept.length > 0) {
      parts.push(html('details', {}, html('summary', {}, `${count(viewer.overlay.kept.length, 'op')} kept in simulation`),
        viewer.overlay.kept.map(({op, why}) => button(viewer.program.place(op), NO_MARK, false, () => viewer.goToOp(op), ` ${why}`))));
    }
  }
  return parts;
}

function changeItem(viewer, change, isOwn) {
  const title = viewer.changes.titleOf(change);
  return html('li', {}, isOwn ? html('b', {}, title) : title, viewer.changes.linesOf(change).map((line) => html('div', {}, html('code', {}, line))));
}

// Of changes of no op, such as those of variables.
export function changesDetails(viewer, changes) {
  return [html('h2', {}, 'Change'), html('ul', {}, changes.slice(0, MOST_STEPS).map((change) => changeItem(viewer, change, false)))];
}

export function changeDetails(viewer, op) {
  const step = viewer.changes?.stepOf.get(op);
  if (step === undefined) return [];
  const {leader, changes} = viewer.changes.steps[step];
  const own = viewer.changes.changeOf.get(op);
  const one = (change) => changeItem(viewer, change, change === own);
  const rest = changes.filter((change) => change !== own);
  return [html('h3', {}, 'Change'), html('ul', {}, one(own)),
    rest.length > 0 ? html('details', {}, html('summary', {}, own === leader ? `${count(rest.length, 'more change')} with it` : `follows from ${viewer.changes.titleOf(leader)}`), html('ul', {}, rest.slice(0, MOST_STEPS).map(one))) : null].filter(Boolean);
}

export function reportDetails(viewer, op) {
  const rows = viewer.overlay?.rows.get(op) ?? [];
  const why = viewer.overlay?.keptOf.get(op);
  const parts = rows.map((row) => html('section', {class: 'value'}, html('code', {}, row.source), table([['SQNR', row.sqnr_db === null ? 'not known' : `${row.sqnr_db.toFixed(2)} dB`],
    ['largest error', row.largest_error ?? 'not known'], ['bits', row.bits ?? 'not known'], ['type', `${row.from.type} to ${row.to.type}`]])));
  if (why !== undefined) parts.push(html('p', {}, `Kept in simulation: ${why}`));
  return parts.length > 0 ? [html('h3', {}, 'Report'), ...parts] : [];
}
