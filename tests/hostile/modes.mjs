// The table: every mode, by endpoint and name.
import { documents, granted, redirects, statuses } from "./modes/answers.mjs";
import { calls, unauthorizeds } from "./modes/api.mjs";
import { echoes, tokens } from "./modes/echoes.mjs";
import { redirected } from "./modes/redirected.mjs";
import { atApi, atToken } from "./modes/tls.mjs";
import { codings, connections, framing, statusLines } from "./modes/token.mjs";

const token = {
  connections,
  framing,
  codings,
  statusLines,
  redirects,
  statuses,
  documents,
  granted,
  echoes,
  tls: atToken,
};
const api = { calls, unauthorizeds, redirected, tls: atApi, echoes: tokens };

export const modes = [...listed("token", token), ...listed("api", api)];

function listed(at, groups) {
  return Object.entries(groups).flatMap(([group, table]) =>
    Object.entries(table).map(([name, mode]) => ({ at, ...mode, name: `${group}: ${name}` }))
  );
}
