// What things are called elsewhere: in a shell, in the package.

export const PREFIX = "BEARERKIT_";

/** `{client_id}` of a profile is BEARERKIT_CLIENT_ID of the environment. */
export const environmentName = (name) => PREFIX + name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");

/** The export `apsisOne` is the file `apsis-one.json`. */
export const fileName = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
