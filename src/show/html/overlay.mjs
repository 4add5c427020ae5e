// The colours of a report: how well each op's weights fit, from the worst to the best.

const CLASSES = [
  {least: 40, name: 'good', title: 'SQNR of 40 dB and more'},
  {least: 30, name: 'fair', title: 'SQNR of 30 to 40 dB'},
  {least: 20, name: 'weak', title: 'SQNR of 20 to 30 dB'},
  {least: -Infinity, name: 'bad', title: 'SQNR below 20 dB'},
];
const WORST = 10;

export class Overlay {
  // `report` is one of freeze, int8 or undo (model-report.schema.json).
  constructor(program, flow, report) {
    this.report = report;
    this.rows = new Map();  // of an op: its weights' rows, the worst first
    const byName = new Map();
    for (const row of report.weights) {
      byName.set(row.source, row);
      byName.set(row.name, row);
    }
    for (let op = 0; op < program.opCount; ++op) {
      if (flow.folded[op] === 1) continue;
      flow.forEachParameter(op, (variable) => {
        const row = byName.get(program.nameOf(variable));
        if (row !== undefined) this.rows.set(op, [...this.rows.get(op) ?? [], row].sort((a, b) => (a.sqnr_db ?? Infinity) - (b.sqnr_db ?? Infinity)));
      });
    }
    this.worst = [...this.rows].filter(([, [row]]) => row.sqnr_db !== null).sort((a, b) => a[1][0].sqnr_db - b[1][0].sqnr_db)
      .slice(0, WORST).map(([op, [row]]) => ({op, row}));
    this.kept = report.kept.map(({block, op, why}) => ({op: program.at(`${block}:${op}`), why})).filter(({op}) => op !== undefined);
    this.keptOf = new Map(this.kept.map(({op, why}) => [op, why]));
  }

  // {name, title, text} of an op; null where the report says nothing of it.
  markOf(op) {
    const rows = this.rows.get(op);
    if (rows === undefined) return null;
    const sqnr = rows[0].sqnr_db;
    if (sqnr === null) return {name: 'unknown', title: 'no noise, or no float weight to compare with', text: 'no SQNR'};
    return {...CLASSES.find(({least}) => sqnr >= least), text: `${sqnr.toFixed(1)} dB`};
  }
}
