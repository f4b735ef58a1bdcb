// Paths as the core writes them: `provider.steps[0].headers.x-api-key`. A name may hold dots itself, so a path is read beside
// the value that it points into.

export const isObject = (value) => typeof value === "object" && value !== null;

/** A table that is asked for names that other people chose: `constructor` and `__proto__` are in it only where they are written. */
export const tableOf = (entries) => Object.assign(Object.create(null), entries);

/** The path of a member. */
export const within = (path, name) => path === "" ? name : `${path}.${name}`;

/** Where a path leads: `{ parent, key, value, exists }`; `undefined` where not even the parent is there. */
export function locate(root, path) {
  let parent;
  let value = root;
  let key;
  let rest = path;
  while (rest !== "") {
    if (!isObject(value)) return undefined;
    parent = value;
    const index = Array.isArray(value) && /^\[(\d+)\]/.exec(rest);
    if (index) {
      key = Number(index[1]);
      rest = rest.slice(index[0].length);
    } else {
      rest = rest.replace(/^\./, "");
      key = member(value, rest);
      if (key === undefined) return isName(rest) ? { parent, key: rest, value: undefined, exists: false } : undefined;
      rest = rest.slice(key.length);
    }
    value = parent[key];
    if (value === undefined) {
      return rest === "" ? { parent, key, value: undefined, exists: false } : undefined;
    }
  }
  return { parent, key, value, exists: true };
}

/** The longest member's name that the path begins with. */
function member(value, path) {
  return Object.keys(value)
    .filter((name) => path.startsWith(name) && /^($|[.[])/.test(path.slice(name.length)))
    .sort((one, other) => other.length - one.length)[0];
}

const isName = (text) => !/[.[]/.test(text);

/** Puts a value at a path, and objects on the way to it. */
export const put = (root, path, value) => putAt(root, path.match(/[^.[\]]+/g), value);

/** The same for the names of a path. */
export function putAt(root, names, value) {
  let parent = root;
  for (const name of names.slice(0, -1)) {
    if (!Object.hasOwn(parent, name) || !isObject(parent[name])) define(parent, name, {});
    parent = parent[name];
  }
  define(parent, names.at(-1), value);
}

/** Not `parent[name] = value`: `__proto__` would be no member then. */
function define(parent, name, value) {
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Takes what is at a path away, or the nearest thing around it; false where nothing but the profile itself is. */
export function takeAway(root, path) {
  for (let at = path; /[.[]/.test(at); at = at.replace(/(\.[^.[]*|\[\d+\])$/, "")) {
    const found = locate(root, at);
    if (!found?.exists) continue;
    if (Array.isArray(found.parent)) found.parent.splice(found.key, 1);
    else delete found.parent[found.key];
    return true;
  }
  return false;
}

/** Which request of the profile a path belongs to: `provider`, `provider.refresh`, `provider.steps[0]`. */
export const requestOf = (path) => /^provider(\.refresh|\.steps\[\d+\])?(?=\.|$)/.exec(path)?.[0] ?? "provider";
