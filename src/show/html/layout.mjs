// Where the nodes of what is open stand. Each open group is laid out by itself, so that opening one costs as much as the groups around it
// have children, whatever the size of the program.

const STUB = 16;  // less than what dagre leaves between ranks

export const SIZES = {line: 16, padding: 9, sign: 16, title: 24, inside: 12};

// `graph` is the library: {Graph, layout} of dagre. `measure` gives the width of a text, `linesOf` the lines of a closed node.
export class Layout {
  constructor(tree, graph, measure, linesOf) {
    this.tree = tree;
    this.graph = graph;
    this.measure = measure;
    this.linesOf = linesOf;
  }

  // {width, height, nodes: [{node, lines, x, y, width, height, inner}], edges: [{edge, points, label}]}: corners relative to the group; inner
  // is the layout of a node that is open.
  of(node, isOpen) {
    const children = this.tree.open(node);
    const boxes = children.map((child) => this.#box(child, isOpen));
    const key = boxes.map((box) => `${box.width} ${box.height}`).join();
    if (node.layout?.key !== key) node.layout = {key, ...this.#arrange(node, boxes)};
    const {places, edges, width, height} = node.layout;
    return {width, height, edges, nodes: boxes.map((box, i) => ({...box, ...places[i]}))};
  }

  #box(child, isOpen) {
    const lines = this.linesOf(child, isOpen(child));
    const widest = Math.max(...lines.map((line) => this.measure(line)), 30);
    if (!isOpen(child)) {
      return {node: child, lines, width: widest + 2 * SIZES.padding + SIZES.sign, height: lines.length * SIZES.line + 2 * SIZES.padding - 4};
    }
    const inner = this.of(child, isOpen);
    return {node: child, lines: lines.slice(0, 1), inner, width: Math.max(inner.width + 2 * SIZES.inside, this.measure(lines[0]) + 60),
      height: inner.height + SIZES.title + SIZES.inside};
  }

  #arrange(node, boxes) {
    const all = this.tree.edges(node);
    const outside = all.filter(({from, to}) => from < 0 || to < 0);
    const graph = new this.graph.Graph({multigraph: true});
    graph.setGraph({nodesep: 18, ranksep: 26, edgesep: 8, marginx: 4, marginy: outside.length > 0 ? STUB + 2 : 4});
    boxes.forEach((box, i) => graph.setNode(String(i), {width: box.width, height: box.height}));
    for (const edge of all) {
      if (edge.from < 0 || edge.to < 0) continue;
      const pill = edge.bits > 0 ? {width: 44, height: 16, labelpos: 'c'} : {};
      graph.setEdge(String(edge.from), String(edge.to), {...pill, edge});
    }
    this.graph.layout(graph);
    // dagre leaves the points of edges out of what it counts as the width.
    const edgesOf = graph.edges().map((id) => graph.edge(id));
    const xs = edgesOf.flatMap(({points}) => points.map(({x}) => x));
    const left = Math.min(0, ...xs.map((x) => x - 4)), right = Math.max(graph.graph().width, 20, ...xs.map((x) => x + 4));
    const shifted = ({x, y}) => ({x: x - left, y});
    const places = boxes.map((box, i) => {
      const {x, y} = graph.node(String(i));
      return {x: x - left - box.width / 2, y: y - box.height / 2};
    });
    const edges = edgesOf.map(({points, edge, x, y, width}) => ({edge, points: points.map(shifted), label: width ? shifted({x, y}) : null}));
    const stubs = outside.map((edge) => ({edge, points: stubOf(edge, boxes, places), label: null}));
    return {places, width: right - left, height: Math.max(graph.graph().height, 20), edges: [...edges, ...stubs]};
  }
}

// An edge from or to what is outside of the group is short: led to the border, those of a long chain would lie side by side, and take most
// of the time of the layout.
function stubOf({from, to}, boxes, places) {
  const inside = Math.max(from, to);
  const {width, height} = boxes[inside];
  const {x, y} = places[inside];
  const end = x + width * 0.75;
  return from < 0 ? [{x: end + STUB / 2, y: y - STUB}, {x: end, y}] : [{x: end, y: y + height}, {x: end + STUB / 2, y: y + height + STUB}];
}

// A smooth line through points, as the attribute d of an SVG path.
export function pathOf(points) {
  const text = (point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
  if (points.length < 3) return `M${points.map(text).join('L')}`;
  let path = `M${text(points[0])}`;
  for (let i = 1; i + 1 < points.length; ++i) {
    const end = i + 2 === points.length ? points[i + 1] : {x: (points[i].x + points[i + 1].x) / 2, y: (points[i].y + points[i + 1].y) / 2};
    path += `Q${text(points[i])} ${text(end)}`;
  }
  return path;
}
