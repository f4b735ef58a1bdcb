// What a reader may say that a member of an answer is, where the package does not guess it: one choice writes it into the profile.

const TOKEN_ROLES = [
  { id: "access_token", title: "access token", of: (pointer) => ({ "response.access_token": pointer }) },
  { id: "seconds", title: "lifetime in seconds", of: (pointer) => expiry({ source: "expires_in", pointer }) },
  {
    id: "minutes",
    title: "lifetime in minutes",
    of: (pointer) => expiry({ source: "expires_in", pointer, unit: "min" }),
  },
  {
    id: "milliseconds",
    title: "lifetime in milliseconds",
    of: (pointer) => expiry({ source: "expires_in", pointer, unit: "ms" }),
  },
  { id: "instant", title: "expiry as a date", of: (pointer) => expiry({ source: "expires_at", pointer }) },
  { id: "refresh_token", title: "refresh token", of: (pointer) => ({ "response.refresh_token": pointer }) },
  { id: "scope", title: "scope", of: (pointer) => ({ "response.scope": pointer }) },
  {
    id: "good",
    title: "success, if it is this value",
    of: (pointer, value) => ({ "response.error_when": { pointer, not: [value] } }),
    isFor: (value) => value !== undefined,
  },
];
const ERROR_ROLES = [
  { id: "error", title: "error code", of: (pointer) => ({ "response.error": pointer }) },
  { id: "error_description", title: "error message", of: (pointer) => ({ "response.error_description": pointer }) },
];

const expiry = (own) => ({ "response.expiry": own });

/** `[{ id, title, set }]` for a member; `place` is that of the answer: the token endpoint's or a step's. */
export function rolesFor({ pointer, value, isHeader, isWhole }, place) {
  const at = isHeader || !isWhole ? pointer : "";
  const [, step] = /^step-(\d+)$/.exec(place) ?? [];
  if (step !== undefined) return [...captures(at, step), ...inStep(ERROR_ROLES, at, step)];
  return [...TOKEN_ROLES, ...ERROR_ROLES].filter(({ isFor }) => !isFor || isFor(value))
    .map(({ id, title, of }) => ({ id, title, set: of(at, value) }));
}

function captures(pointer, step) {
  const name = (/[^/:]*$/.exec(pointer)[0] || "value").replace(/[^A-Za-z0-9_]+/g, "_");
  return [{
    id: "capture",
    title: `captured as ${name}`,
    set: { [`steps[${step}].response.capture.${name}`]: pointer },
  }];
}

const inStep = (roles, pointer, step) =>
  roles.map(({ id, title, of }) => ({
    id,
    title,
    set: Object.fromEntries(Object.entries(of(pointer)).map(([path, value]) => [`steps[${step}].${path}`, value])),
  }));
