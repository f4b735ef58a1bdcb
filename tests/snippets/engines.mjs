// Stand-ins for the engines of shared stores, so that a page's snippet runs without a server: of each what an adapter calls, on
// one Map. The engines themselves are in tests/stores/.
export const records = new Map();

/** The comparison that each engine of them has. */
function write(name, value, over) {
  if ((records.get(name) ?? null) !== over) return false;
  records.set(name, value);
  return true;
}

const read = (name) => Promise.resolve(records.get(name) ?? null);

/** Runs a script: the one that writes, where `over` is missing if nothing may be there; without arguments the one that reads. */
async function evaluate(name, args) {
  const found = await read(name);
  if (args.length === 0) return found && `=${found}`;
  const [value, _ttl, over = null] = args;
  return write(name, value, over) ? 1 : 0;
}

class Client {
  get = read;
  on() {
    return this;
  }
}

export class IoRedis extends Client {
  call() {}
  eval = (_script, _count, name, ...args) => evaluate(name, args);
}

export class Upstash extends Client {
  eval = (_script, [name], args) => evaluate(name, args);
}

export class NodeRedis extends Client {
  async connect() {
    return await this;
  }
  pExpire() {}
  eval = (_script, { keys: [name], arguments: args }) => evaluate(name, args);
}

export const createRedis = () => new NodeRedis();

/** The statements of an adapter of SQL, told apart by their first word. */
function query(text, [name, value, _ttl, over = null]) {
  if (/^\s*select/i.test(text)) return [records.get(name)].filter(Boolean).map((value) => ({ value }));
  return write(name, value, over) ? [{ name }] : [];
}

export class Pool {
  on() {
    return this;
  }
  async query(text, values = []) {
    const rows = await query(text, values);
    return { rows, rowCount: rows.length };
  }
}

export const pg = { Pool };

/** By the name of the adapter that takes it. */
export const bindings = {
  workersKv: { get: read, put: async (name, value) => void records.set(name, value) },
  durableObject: {
    idFromName: (name) => name,
    get: (name) => ({ get: () => read(name), set: async (value, over) => await write(name, value, over) }),
  },
  r2: {
    async get(name) {
      const value = await read(name);
      return value && { etag: value, text: async () => value };
    },
    put: async (name, value, { onlyIf: { etagMatches = null } }) => await write(name, value, etagMatches) ? {} : null,
  },
  d1: {
    prepare: (text) => ({
      bind: (...values) => ({
        first: async (column) => (await query(text, values))[0]?.[column] ?? null,
        run: async () => ({ meta: { changes: (await query(text, values)).length } }),
      }),
    }),
  },
};

const opened = [];
if (globalThis.Deno?.openKv) {
  const { openKv } = Deno;
  const open = async () => {
    const kv = await openKv(":memory:");
    opened.push(kv);
    return kv;
  };
  Object.defineProperty(Deno, "openKv", { value: open });
}

/** How many records there are. What a store cannot compare is written once the caller has its token: it is waited for. */
export async function count() {
  for (let turn = 0; turn < 100; turn += 1) {
    let found = [...records.keys()].filter((name) => name.startsWith("bearerkit:1:")).length;
    for (const kv of opened) for await (const _ of kv.list({ prefix: [] })) found += 1;
    if (found > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return 0;
}
