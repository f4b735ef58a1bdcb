// What a runtime prints of an error that nobody catches, before it ends.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { awkwardCredentials } from "../../pkg-template/testing.js";
import { bin } from "../../scripts/paths.mjs";
import { DENO_ARGS } from "../../scripts/runtimes/deno.mjs";
import { forms, found } from "./suite/leaks.mjs";

const SECRETS = [awkwardCredentials.client_secret, awkwardCredentials.password];
/** A server that says the secret in every form, in pieces of what it may say. */
const ECHOES = SECRETS.flatMap(forms).map((form) => `said ${form}`);

/** The call that fails, and what becomes of its error. */
const program = (end) => `
  import { createClient } from "bearerkit";
  import { awkwardCredentials, fakeProvider } from "bearerkit/testing";
  const fake = fakeProvider({ credentials: awkwardCredentials });
  const echoes = ${JSON.stringify(ECHOES)};
  fake.fail(echoes.map((error_description) => (
    { type: "status", status: 400, body: { error: awkwardCredentials.client_secret, error_description } }
  )));
  const client = (scope) =>
    createClient({ provider: "https://as.example/token", credentials: awkwardCredentials, fetch: fake.fetch, patience: 0, scope });
  const errors = [];
  for (const scope of echoes.keys()) errors.push(await client(String(scope)).token().catch((error) => error));
  fake.fail([{ type: "status", status: 400, body: { error_description: echoes.join(" ") } }]);
  ${end}
`;

const ends = {
  "a rejection that nobody hears of": `client("last").token();`,
  "an error that is thrown on, with others as its causes": `
    setTimeout(() => {
      throw new AggregateError(errors, "mine", { cause: errors.at(-1) });
    });`,
};

const runtimes = {
  node: [process.execPath, ["--stack-trace-limit=200", "--trace-uncaught"]],
  deno: [bin("deno"), DENO_ARGS],
  bun: [bin("bun"), ["--no-install"]],
};

/** Results as the suite has them. */
export function checkUncaught(project) {
  return Object.entries(runtimes).flatMap(([name, [command, args]]) =>
    Object.entries(ends).map(([end, statement], index) => {
      const file = join(project, `uncaught-${index}.mjs`);
      writeFileSync(file, program(statement));
      const { status, stdout, stderr } = spawnSync(command, [...args, file], {
        cwd: project,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      });
      const printed = `${stdout}${stderr}`;
      const leaks = found(printed, SECRETS);
      const isUncaught = status !== 0 && /refused with status 400|AggregateError: mine/.test(printed);
      const error = leaks.length > 0 ? `it shows ${leaks}` : isUncaught ? undefined : `it ended with ${status}`;
      return { name: `${name}: ${end}`, error: error && `${error}\n${printed.slice(0, 3000)}` };
    })
  );
}
