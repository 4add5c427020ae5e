// Where the nodes of what is open stand. Each open group is laid out by itself, so that opening one costs as much as the groups around it
// have children, whatever the size of the program.

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
    const edges = this.tree.edges(node);
    const graph = new this.graph.Graph({multigraph: true});
    graph.setGraph({nodesep: 18, ranksep: 26, edgesep: 8, marginx: 4, marginy: 4});
    boxes.forEach((box, i) => graph.setNode(String(i), {width: box.width, height: box.height}));
    const outside = {above: edges.some((edge) => edge.from < 0), below: edges.some((edge) => edge.to < 0)};
    if (outside.above) graph.setNode('above', {width: 1, height: 1});
    if (outside.below) graph.setNode('below', {width: 1, height: 1});
    for (const edge of edges) {
      const pill = edge.bits > 0 && edge.from >= 0 ? {width: 44, height: 16, labelpos: 'c'} : {};
      graph.setEdge(edge.from < 0 ? 'above' : String(edge.from), edge.to < 0 ? 'below' : String(edge.to), {...pill, edge});
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
    return {places, width: right - left, height: Math.max(graph.graph().height, 20), edges: edgesOf.map(({points, edge, x, y, width}) =>
      ({edge, points: points.map(shifted), label: width ? shifted({x, y}) : null}))};
  }
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
