// For the tests of the guide, which lie in folders.
export default {};
