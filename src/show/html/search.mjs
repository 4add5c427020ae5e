// Which ops have a text in their type, their names or their attributes.

export class Search {
  constructor(program) {
    this.program = program;
    this.texts = program.texts.map((text) => text.toLowerCase());
    this.attributes = program.document.attributes.map((_, number) => {
      const {name, text} = program.attribute(number);
      return `${name}=${text}`.toLowerCase();
    });
  }

  // The ops in which all words of the query occur, in order; all ops for an empty one. "name=value" looks at attributes, "0:39" at places.
  find(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const tests = words.map((word) => this.#test(word));
    const found = [];
    for (let op = 0; op < this.program.opCount; ++op) {
      if (tests.every((test) => test(op))) found.push(op);
    }
    return found;
  }

  #test(word) {
    const {program} = this;
    if (/^-?\d*:\d*$/.test(word)) return (op) => program.place(op) === word;
    const inText = Uint8Array.from(this.texts, (text) => (text.includes(word) ? 1 : 0));
    const sets = this.#sets(word);
    const {variables} = program.document;
    const isNamed = (argument) => (argument >= 0 ? inText[variables[argument][0]] : inText[-1 - argument]) === 1;
    return (op) => {
      if (inText[program.typeNumber(op)] === 1 || sets?.[program.set(op)] === 1) return true;
      let found = false;
      const look = (argument) => { found ||= isNamed(argument); };
      program.forEachInput(op, look);
      if (!found) program.forEachOutput(op, look);
      return found;
    };
  }

  // By set: whether one of its attributes has the word; null where none has.
  #sets(word) {
    const inAttribute = Uint8Array.from(this.attributes, (text) => (text.includes(word) ? 1 : 0));
    if (!inAttribute.includes(1)) return null;
    this.numbersOfSets ??= this.program.document.sets.map((_, set) => Int32Array.from(this.program.attributesOfSet(set)));
    return Uint8Array.from(this.numbersOfSets, (numbers) => (numbers.some((number) => inAttribute[number] === 1) ? 1 : 0));
  }
}
