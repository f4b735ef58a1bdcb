// Which members a profile may have, by the place where they stand, as providers/schema.json says: `{ "": […], response: […] }`.
// What the parts of a step and of a refresh may have is the same as at the top.

export function membersOf(schema) {
  const members = {};
  const collect = (path, node) => {
    const shape = resolve(schema, node);
    if (!shape) return;
    members[path] = Object.keys(shape.properties);
    if (path === "refresh" || path === "steps") return;
    for (const [name, member] of Object.entries(shape.properties)) {
      const items = resolved(schema, member).items;
      collect(path ? `${path}.${name}` : name, items ?? member);
    }
  };
  collect("", schema);
  return members;
}

/** The object with a closed list of members that a part of the schema stands for, if it does. */
function resolve(schema, node) {
  const found = resolved(schema, node);
  return [found, ...(found.anyOf ?? []).map((one) => resolved(schema, one))]
    .find((one) => one.additionalProperties === false && one.properties);
}

function resolved(schema, node) {
  if (!node.$ref || node.properties) return node;
  const target = node.$ref.replace(/^#\//, "").split("/").reduce((value, step) => value[step], schema);
  return resolved(schema, target);
}
