// The case that no one else passes: a request that began the token request ends early, in each way that it can, while
// others wait. All others get their token, then and later, for one extra token request at most.

const FOLLOWERS = 20;
const CROWD = 500;
/** What the token endpoint takes. */
const SLOW = 700;
const LEADER_HEAD_START = 60;
/** Seconds. A herd that waits for a dead leader may have to wait for the end of its lease: the time limit and a second. */
const TIMEOUT = { yes: 5, no: 2 };
const LEASE = 3000;

export const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
export const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** How a leader ends -> its request, given the query that all share, and what it answers. */
const leaders = {
  "answers without waiting": [(ask) => ask("start"), { status: 200, body: { started: true } }],
  "races it against its own 400 ms": [(ask) => ask("race", { ms: 400 }), { status: 200, body: { late: true } }],
  "is cancelled through a service binding": [
    (ask) => ask("cancel", { path: "/use", ms: 150 }),
    { status: 200, body: { cancelled: true } },
  ],
  "is disconnected from its client": [(ask) => ask("use", {}, { reset: sleep(150) }), { gone: true }],
  "throws": [(ask) => ask("fail", { ms: 100 }), { status: 500, body: "Internal Server Error" }],
};

/** Scenario name -> what it does with a world; it throws if it does not hold. */
export const scenarios = {
  ...Object.fromEntries(
    Object.keys(leaders).flatMap((end) => [
      [`the leader ${end}`, (world) => theLeader(world, end)],
      [
        `the leader ${end}: a client kept from an earlier request`,
        (world) => theLeader(world, end, { client: "kept" }),
      ],
      [`the leader ${end}: nothing keeps its token request alive`, (world) => theLeader(world, end, { pin: "no" })],
      [
        `the leader ${end}: nothing keeps its token request alive, a client kept from an earlier request`,
        (world) => theLeader(world, end, { pin: "no", client: "kept" }),
      ],
    ]),
  ),

  async "all of it at once, as the issue tells it"(world) {
    await world.fail({ type: "slow", delay: SLOW });
    const ask = world.ask({});
    const started = ask("start");
    await sleep(LEADER_HEAD_START);
    const ends = [
      ask("race", { ms: 400 }),
      ask("cancel", { path: "/use", ms: 200 }),
      ask("use", {}, { reset: sleep(150) }),
    ];
    const followers = times(FOLLOWERS, () => ask("use"));
    expect((await started).body, { started: true });
    const [raced, cancelled, gone] = await Promise.all(ends);
    expect([raced.body, cancelled.body, gone], [{ late: true }, { cancelled: true }, { gone: true }]);
    await expectServed(followers);
    await expectServed(times(3, () => ask("use")));
    await world.expectTokenRequests(1);
  },

  async "followers that end early trouble nobody"(world) {
    await world.fail({ type: "slow", delay: SLOW });
    const ask = world.ask({});
    const leader = ask("use");
    await sleep(LEADER_HEAD_START);
    const leaving = times(9, (index) => Object.values(leaders)[1 + index % 3][0](ask));
    const followers = times(FOLLOWERS, () => ask("use"));
    await expectServed([leader, ...followers]);
    await Promise.all(leaving);
    await expectServed([ask("use")]);
    await world.expectTokenRequests(1);
  },

  async "leader after leader is gone"(world) {
    await world.fail({ type: "slow", delay: SLOW, times: 3 });
    const ask = world.ask({ pin: "no", timeout: TIMEOUT.no });
    const first = ask("use", {}, { reset: world.untilTokenRequests(1).then(() => sleep(150)) });
    await sleep(LEADER_HEAD_START);
    const takenOver = world.untilTokenRequests(2);
    const second = ask("use", {}, { reset: takenOver.then(() => sleep(150)) });
    await takenOver;
    const followers = times(FOLLOWERS, () => ask("use"));
    expect(await Promise.all([first, second]), [{ gone: true }, { gone: true }]);
    await expectServed(followers);
    await world.expectTokenRequests(3);
  },

  async "a stale token serves, and its renewal outlives the request that began it"(world) {
    // Stale after less than two seconds, expired after five.
    await world.options({ lifetime: 6 });
    const ask = world.ask({ margin: 3 });
    await expectServed([ask("use")]);
    await sleep(2050);
    await world.fail({ type: "slow", delay: 900 });
    expect((await ask("start")).body, { started: true });
    await expectServed(times(FOLLOWERS, () => ask("use")));
    expect(new Set(await world.tokensUsed()).size, 1);
    await sleep(950);
    await expectServed([ask("use")]);
    expect(new Set(await world.tokensUsed()).size, 2);
    await world.expectTokenRequests(2);
  },

  async "a token that died is replaced once, though the request that began to is gone"(world) {
    const ask = world.ask({});
    await expectServed([ask("use")]);
    await world.revokeAll();
    await world.fail({ type: "slow", delay: SLOW });
    const doomed = [ask("use", {}, { reset: sleep(200) }), ask("cancel", { path: "/use", ms: 200 })];
    await sleep(LEADER_HEAD_START);
    await expectServed(times(FOLLOWERS, () => ask("use")));
    await Promise.all(doomed);
    await expectServed([ask("use")]);
    await world.expectTokenRequests(2);
  },

  async "a client made inside each request keeps its token"(world) {
    const ask = world.ask({ client: "request" });
    for (let i = 0; i < 5; i += 1) await expectServed([ask("use")]);
    await world.expectTokenRequests(1);
  },

  async "a client made at the top level"(world) {
    await world.fail({ type: "slow", delay: 200 });
    const ask = world.ask({ client: "top" });
    await expectServed(times(FOLLOWERS, () => ask("use")));
    await expectServed([ask("use")]);
    await world.expectTokenRequests(1);
  },
};

/** What leaves the machine no time for others, or ends their turn. */
export const crowds = {
  async "a turn that is terminated wherever the exchange is: the next request is served at once"(world) {
    for (let steps = 0; steps < 20; steps += 1) {
      await world.ask({ number: steps })("exit", { steps });
      const before = Date.now();
      await expectServed([world.ask({ number: steps })("use")]);
      if (Date.now() - before > 2000) throw new Error(`after ${steps} steps it took ${Date.now() - before} ms`);
    }
    await world.expectTokenRequests(20);
  },

  async "500 at once, and the leader is cancelled"(world) {
    await theLeader(world, "is cancelled through a service binding", { followers: CROWD });
  },

  async "500 at once, the leader is disconnected, and nothing keeps its token request alive"(world) {
    await theLeader(world, "is disconnected from its client", { pin: "no", followers: CROWD });
  },

  async "500 at once, and none of them is the first"(world) {
    await world.fail({ type: "slow", delay: SLOW });
    const ask = world.ask({});
    await expectServed(times(CROWD, () => ask("use")));
    await world.expectTokenRequests(1);
  },
};

async function theLeader(world, end, { client = "request", pin = "yes", followers = FOLLOWERS } = {}) {
  const [lead, answer] = leaders[end];
  await world.fail({ type: "slow", delay: SLOW });
  const ask = world.ask({ client, pin, timeout: TIMEOUT[pin] });
  const before = Date.now();
  const leader = lead(ask);
  await sleep(LEADER_HEAD_START);
  await expectServed(times(followers, () => ask("use")));
  if (world.tellsOfLoss && followers === FOLLOWERS && Date.now() - before > LEASE) {
    throw new Error("the runtime told that the leader is gone, and nobody took over");
  }
  expect(await leader, answer);
  await expectServed([ask("use"), ask("use")]);
  await world.expectTokenRequests(1, pin === "no" ? 2 : 1);
}

export async function expectServed(requests) {
  const outcomes = await Promise.all(requests);
  const odd = outcomes.filter(({ status, body }) => status !== 200 || body.status !== 200 || body.ok !== true);
  if (odd.length > 0) throw new Error(`${odd.length} of ${outcomes.length} were not served: ${JSON.stringify(odd[0])}`);
}

export function expect(found, expected) {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`expected ${other}, found ${one}`);
}
