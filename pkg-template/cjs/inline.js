// `bearerkit/inline`, `/workerd` and `/edge` for `require`, which no host has another form for.
module.exports = { ...require("./core.js"), ...require("./index.js") };
