// The page that a host shows where there is none. It is shown at any depth, so it loads nothing and its one link needs the
// path that the site is served under: WWW_BASE, or "/".

export function notFound({ base = process.env.WWW_BASE ?? "/" } = {}) {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width,initial-scale=1">
    <meta name="robots" content="noindex">
    <title>Page not found | bearerkit</title>
    <style>
      :root { color-scheme: light dark; font: 1rem/1.6 ui-sans-serif, system-ui, sans-serif; }
      body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem; box-sizing: border-box; }
      h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
      p { margin: 0 0 1rem; max-width: 34rem; }
    </style>
  </head>
  <body>
    <main>
      <h1>There is no page at this address</h1>
      <p>It may have moved, or the address may be misspelt.</p>
      <p><a href="${base}">Go to the start page of bearerkit</a></p>
    </main>
  </body>
</html>
`;
}
