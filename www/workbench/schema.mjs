// What the schema of a profile says of a place in it. A path is names and, for items of a list, numbers.

export class Schema {
  #root;

  constructor(root) {
    this.#root = root;
  }

  /** The members that an object at this path may have: `[{ name, description, types, values, default? }]`. */
  membersAt(path) {
    const found = new Map();
    for (const shape of this.#schemasAt(path)) {
      for (const [name, member] of Object.entries(shape.properties ?? {})) {
        if (!found.has(name)) found.set(name, { name, ...this.#described(member) });
      }
    }
    return [...found.values()];
  }

  /** The values that a member at this path may have, as far as they are known: `[{ value, isDefault }]`. */
  valuesAt(path) {
    const values = new Map();
    for (const shape of this.#schemasAt(path)) {
      const all = [
        ...(shape.enum ?? (shape.type === "boolean" ? [true, false] : [])),
        ...(shape.default === undefined ? [] : [shape.default]),
        ...(shape.examples ?? []),
      ];
      for (const value of all) {
        const isDefault = JSON.stringify(value) === JSON.stringify(shape.default);
        if (!values.has(JSON.stringify(value))) values.set(JSON.stringify(value), { value, isDefault });
      }
    }
    return [...values.values()];
  }

  /** What the schema says of a member, in a few sentences. */
  descriptionAt(path) {
    return this.#schemasAt(path).find(({ description }) => description)?.description ?? "";
  }

  #schemasAt(path) {
    let shapes = this.#alternatives(this.#root);
    for (const step of path) {
      shapes = shapes.flatMap((shape) => {
        if (typeof step === "number") return shape.items ? this.#alternatives(shape.items) : [];
        if (Object.hasOwn(shape.properties ?? {}, step)) return this.#alternatives(shape.properties[step]);
        const { additionalProperties: others } = shape;
        return typeof others === "object" ? this.#alternatives(others) : [];
      });
    }
    return shapes;
  }

  /** A schema and what it refers to; what is written beside a reference goes before what it refers to. */
  #alternatives(shape) {
    const { $ref, anyOf = [], ...own } = shape;
    const referred = $ref ? this.#alternatives(this.#resolved($ref)).map((other) => ({ ...other, ...own })) : [own];
    return [...referred, ...anyOf.flatMap((one) => this.#alternatives(one))];
  }

  #resolved(reference) {
    return reference.slice(2).split("/").reduce((shape, name) => shape[name], this.#root);
  }

  #described(member) {
    const shapes = this.#alternatives(member);
    const { description = "" } = shapes.find(({ description }) => description) ?? {};
    const byDefault = shapes.find((shape) => shape.default !== undefined)?.default;
    const values = shapes.flatMap((shape) => shape.enum ?? (shape.type === "boolean" ? [true, false] : []));
    const types = shapes.flatMap(({ type }) => type ?? []);
    return { description, ...(byDefault !== undefined && { default: byDefault }), values, types };
  }
}
