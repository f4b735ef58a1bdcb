module.exports = {
  testTimeout: 8000,
  testMatch: ["**/*.test.js", "**/*.test.mjs"],
  testPathIgnorePatterns: ["node_modules"],
};
