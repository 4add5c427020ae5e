// What the file holds: a program, a change of one, or several models.
import {tensorLine} from './details.mjs';
import {byId, documentOf} from './dom.mjs';
import {modelsTable} from './models.mjs';
import {Viewer} from './viewer.mjs';

function start() {
  const models = documentOf('models');
  if (models !== null) {
    byId('title').textContent = `${models.models.length} models`;
    byId('headline').textContent = 'ops by model';
    byId('main').classList.add('table');
    byId('main').replaceChildren(modelsTable(models.models));
    return;
  }
  const program = documentOf('program');
  const diff = documentOf('diff');
  if (program === null) {  // of parameter files
    byId('title').textContent = `${diff.a} → ${diff.b}`;
    byId('headline').textContent = diff.summary;
    byId('main').classList.add('table');
    byId('main').replaceChildren(...diff.tensor_changes.map(tensorLine));
    return;
  }
  new Viewer(program, {diff, overlay: documentOf('overlay'), graph: {Graph: window.dagre.graphlib.Graph, layout: window.dagre.layout}});
}

start();
