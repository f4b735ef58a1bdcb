// CodeMirror writes its styles into a <style> element, which the policy of the pages refuses, unless it stands in a shadow
// root: there it adopts a style sheet. A document can adopt one as well.

const OLD = "if (!root.head && root.adoptedStyleSheets";
const NEW = "if (root.adoptedStyleSheets";

export function adoptStyles() {
  return {
    name: "bearerkit:adopt-styles",
    transform(code, id) {
      if (!/[\\/]style-mod[\\/]src[\\/]style-mod\.js/.test(id)) return null;
      if (!code.includes(OLD)) throw new Error(`${id} has changed: look at how it mounts its styles`);
      return { code: code.replace(OLD, NEW), map: null };
    },
  };
}
